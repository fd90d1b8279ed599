"""Pages name each thing of a kind that the code has."""

from __future__ import annotations

import re

import pytest

from clearance import doctor
from clearance.timelines import query
from tests.conftest import ROOT

DOCS = ROOT / "docs"
FOREIGN = {"HOME", "APPDATA", "LOCALAPPDATA", "PGCONNECT_TIMEOUT"}
"""Variables of a machine or of a library, which say nothing to ``clearance`` alone."""


def variables() -> set[str]:
    """The variables that are read; those with an underscore first are between our own programs."""
    read = re.compile(r"(?:environ(?:\.get\(|\[)|envvar=)f?\"([A-Z][A-Z_]*|XDG_\{)")
    source = "".join(file.read_text("utf-8") for file in (ROOT / "clearance").rglob("*.py"))
    return {name.removesuffix("{") for name in read.findall(source)} - FOREIGN


def test_every_variable_that_is_read_is_on_the_page_of_settings() -> None:
    table = (DOCS / "settings.md").read_text("utf-8").partition("\n## Variables\n")[2]
    assert {"NO_COLOR", "XDG_", "CLEARANCE_STORE"} <= variables()
    assert [name for name in sorted(variables()) if f"`{name}" not in table] == []


def test_every_check_of_the_doctor_is_on_its_page() -> None:
    page = (DOCS / "doctor.md").read_text("utf-8")
    rows = {row.split()[0] for row in re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)}
    assert {*doctor._checks(), "routes", "channels"} == rows


@pytest.mark.parametrize("order", [query.URGENT, *query._ORDERS])
def test_every_order_of_a_list_is_on_the_page_of_lists(order: str) -> None:
    page = (DOCS / "declarations.md").read_text("utf-8").partition("\n## What is open\n")[2]
    assert f"`{order}`" in page or f"`--sort {order}`" in page
