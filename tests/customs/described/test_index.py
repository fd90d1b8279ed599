"""What is needed of the bundled files at every start stands in an index that is made of them."""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearance.customs import described, systems
from clearance.customs.described import DescribedSystem, format, index
from tests.conftest import INSPECTED, Golden, Run
from tests.loading import RAN, modules

FILES = sorted(Path(described.BUNDLED).glob("*.toml"))
INDEX = Path(index.__file__)
HEAD = '''"""What is needed of bundled files without reading them; a test makes it of the files."""

# ruff: noqa
# fmt: off

from __future__ import annotations

from typing import Any

'''


def written(value: object) -> str:
    """A value as Python has it, a key a line."""
    return pprint.pformat(value, indent=1, width=98, sort_dicts=False)


def test_the_index_is_what_the_files_say(golden: Golden) -> None:
    """``make golden`` writes it anew."""
    entries = {file.stem: described.index_entry(format.read(file)) for file in FILES}
    golden(INDEX, f"{HEAD}INDEX: dict[str, dict[str, Any]] = {written(entries)}\n")


def test_every_file_is_a_system() -> None:
    bundled = {n: s for n, s in systems().items() if isinstance(s, DescribedSystem)}
    assert [*bundled] == [file.stem for file in FILES]
    for name, system in bundled.items():
        assert system.bundled
        assert described.of_file(Path(described.BUNDLED, f"{name}.toml")).roots == system.roots


PARTS = {f"clearance.customs.described.{part}" for part in ("format", "reading", "paths", "times")}
OTHERS = {f"clearance.customs.{name}.readers" for name in ("uk_cds", "eu_ncts", "dk_dms")}


def test_a_message_of_one_system_loads_no_reader_of_another(
    kept: Run, environment: Mapping[str, str], inbox: Path
) -> None:
    """Nor is a file parsed, or what parses it loaded, for a root that is none of its own."""
    found = modules(RAN, "ingest", str(inbox), "--reread", env=environment)
    assert "clearance.customs.cn_single_window.readers" in found
    assert found & (PARTS | OTHERS) == set()


@pytest.mark.parametrize("command", [("status", INSPECTED.own), ("list",)])
def test_a_look_at_declarations_parses_no_file(
    kept: Run, environment: Mapping[str, str], command: tuple[str, ...]
) -> None:
    found = modules(RAN, *command, env=environment)
    assert found & (PARTS | OTHERS) == set()
