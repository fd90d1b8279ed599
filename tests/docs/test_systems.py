"""Each customs system has a page, with what it reads and its codes as the code has them.

``make golden`` writes what stands between the marks anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from clearance.customs import System, systems
from clearance.customs.listing import ListedCode, listed_codes, roots
from clearance.render.declarations import stage_name
from tests.conftest import ROOT, Golden

PAGES = ROOT / "docs" / "systems"
MARKED = re.compile(r"<!-- reads -->\n.*<!-- /reads -->\n", re.DOTALL)
LABELS = ("table", "code", "beside", "English", "Chinese", "stage", "asks for", "flags")


def listed(names: list[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("*", "\\*")


def cells(system: System, code: ListedCode) -> list[str]:
    """A row of the table of codes."""
    meaning = code.meaning
    return [
        code.table,
        code.code,
        code.sub,
        meaning.words["en"],
        meaning.words.get("zh", ""),
        stage_name(system.name, meaning.stage, "en") or "—",
        meaning.action or "",
        " ".join(map(str, meaning.flags)),
    ]


def table(system: System) -> Iterator[str]:
    """The codes as a table, without columns that hold nothing."""
    rows = [cells(system, code) for code in listed_codes(system)]
    kept = [n for n, _ in enumerate(LABELS) if any(row[n] for row in rows)]
    for row in (LABELS, ["---"] * len(LABELS), *rows):
        yield f"| {' | '.join(escaped(row[n]) for n in kept)} |"


def block(system: System) -> str:
    """What stands between the marks."""
    read, known = roots(system)
    lines = [
        f"Read: {listed(read)}.",
        "",
        f"Known and passed over: {listed(known)}.",
        "",
        *table(system),
    ]
    return "<!-- reads -->\n" + "\n".join(lines) + "\n<!-- /reads -->\n"


@pytest.mark.parametrize("system", systems().values(), ids=systems())
def test_the_page_of_a_system_says_what_the_code_has(system: System, golden: Golden) -> None:
    page = PAGES / f"{system.name}.md"
    text = page.read_text(encoding="utf-8")
    assert len(MARKED.findall(text)) == 1
    golden(page, MARKED.sub(lambda _: block(system), text))


def test_there_is_no_page_of_a_system_that_is_gone() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")}
    assert pages == {*systems(), "writing-a-table"}


@pytest.mark.parametrize("system", systems().values(), ids=systems())
def test_a_page_says_where_messages_come_from_and_what_is_not_read(system: System) -> None:
    text = (PAGES / f"{system.name}.md").read_text(encoding="utf-8")
    for heading in ("## Where messages come from", "## What is read", "## What is not"):
        assert heading in text
