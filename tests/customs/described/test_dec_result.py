"""China's business receipt, written as a table, gives the same events as its reader in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance.customs import described
from clearance.customs.described.reading import made_of
from clearance.customs.unpacking import Unpacked, unpack
from clearance.customs.xml import local
from clearance.model import Event
from tests.conftest import ROOT

TABLE = described.of_file(Path(__file__).with_name("cn_single_window.toml"))
STORIES = sorted(
    path for path in (ROOT / "samples" / "cn_single_window").iterdir() if path.is_dir()
)


def receipts(story: Path) -> Iterator[Unpacked]:
    """Every ``DEC_RESULT`` of a story, taken out of its envelopes."""
    for file in sorted(story.iterdir()):
        if file.suffix == ".json":
            continue
        for one in unpack(file.read_bytes(), file.name):
            if isinstance(one, Unpacked) and local(one.root) == "DEC_RESULT":
                yield one


def by_table(one: Unpacked) -> list[Event]:
    """The events that the table gives."""
    (reader,) = (r for r in made_of(TABLE) if r.read and r.claims and r.claims(one.root))
    assert reader.read is not None
    return reader.read(one.root, sorted(one.received_as), one.id)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_table_gives_the_same_events(story: Path) -> None:
    for one in receipts(story):
        assert by_table(one) == one.events(), one.received_as


def test_there_are_receipts_of_many_codes() -> None:
    codes = {event.code for story in STORIES for one in receipts(story) for event in one.events()}
    assert len(codes) >= 20
