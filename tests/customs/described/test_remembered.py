"""What was checked of a user's own files is remembered, and nothing rests on that."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from clearance.customs import described
from clearance.customs.described import format, index_entry
from clearance.customs.described.remembered import Memory
from clearance.errors import BadArgument
from tests.conftest import INSPECTED, Run
from tests.customs.described.support import DOCUMENT, HEAD, file
from tests.loading import RAN, modules

PARSER = "clearance.customs.described.format"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file of a user's own."""
    return file(tmp_path / "customs")


class Looks:
    """A look into the folder of a file, again and again, with a count of the checks."""

    version = "1.0"

    def __init__(self, file: Path, place: Path | None) -> None:
        self.file = file
        self.place = place
        self.checks = 0

    def __call__(self) -> dict[str, Any]:
        memory = Memory(self.file.parent, self.place, self.version)
        entry = memory.entry(self.file, self._checked)
        memory.keep()
        return entry

    def _checked(self, file: Path) -> dict[str, Any]:
        self.checks += 1
        described._checked.cache_clear()
        return described._entry(file)

    @property
    def kept(self) -> Path:
        """The only file that is kept."""
        assert self.place
        (found,) = self.place.iterdir()
        return found


@pytest.fixture
def look(own: Path, tmp_path: Path) -> Looks:
    return Looks(own, tmp_path / "cache")


def test_what_did_not_change_is_checked_once(look: Looks) -> None:
    first = look()
    assert look() == look() == first == described._entry(look.file)
    assert look.checks == 1


def test_what_differs_in_a_character_is_checked_anew(look: Looks) -> None:
    look()
    file(look.file.parent, HEAD.replace("EUR", "DKK") + DOCUMENT)
    assert look()["currency"] == "DKK"
    look()
    assert look.checks == 2


def test_what_cannot_be_used_is_told_each_time(look: Looks) -> None:
    file(look.file.parent, HEAD)
    for _ in range(2):
        with pytest.raises(BadArgument, match="documents"):
            look()
    assert look.checks == 2


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[:-20],
    "a bit": lambda data: data[:-30] + bytes([data[-30] ^ 1]) + data[-29:],
    "no text": lambda _: b"\xff\xfe\x00",
    "no checksum": lambda data: data.partition(b"\n")[2],
    "another version": lambda data: data.replace(b'"made_by": "', b'"made_by": "9'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_ignored_and_written_anew(
    look: Looks, damage: Callable[[bytes], bytes]
) -> None:
    first = look()
    whole = look.kept.read_bytes()
    look.kept.write_bytes(damage(whole))
    assert look() == first
    assert look.kept.read_bytes() == whole
    assert look.checks == 2


def test_what_another_version_made_is_not_used(look: Looks) -> None:
    look()
    look.version = "1.1"
    look()
    assert look.checks == 2


@pytest.mark.parametrize("place", ["a file", None])
def test_where_nothing_can_be_remembered_all_is_checked(
    own: Path, tmp_path: Path, place: str | None
) -> None:
    (tmp_path / "a file").write_bytes(b"")
    look = Looks(own, tmp_path / place / "below" if place else None)
    assert look() == look()
    assert look.checks == 2


def test_what_is_gone_is_forgotten(look: Looks) -> None:
    look()
    renamed = HEAD.replace("xx_made_up", "xx_other") + DOCUMENT
    Looks(file(look.file.parent, renamed, "xx_other"), look.place)()
    _, _, data = look.kept.read_bytes().partition(b"\n")
    assert [*json.loads(data)["files"]] == ["xx_other.toml"]


def test_two_at_once_leave_one_that_is_whole(look: Looks) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: look(), range(40)))
    assert all(one == found[0] for one in found)
    checks = look.checks
    look()
    assert look.checks == checks


@pytest.mark.parametrize("name", [file.stem for file in Path(described.BUNDLED).glob("*.toml")])
def test_what_is_needed_of_a_file_is_what_json_holds(name: str) -> None:
    entry = index_entry(format.read(Path(described.BUNDLED, f"{name}.toml")))
    assert json.loads(json.dumps(entry)) == entry


def test_a_start_parses_no_file_of_a_user_again(
    kept: Run, environment: Mapping[str, str], home: Path
) -> None:
    file(home / "customs")
    first, second = (modules(RAN, "status", INSPECTED.own, env=environment) for _ in range(2))
    assert PARSER in first
    assert second & {PARSER, "msgspec", "tomllib"} == set()
