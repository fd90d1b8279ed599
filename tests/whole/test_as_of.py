"""Every command that answers as of a moment says what it said then, whatever came later."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.conftest import Case, Ran, Run
from tests.timelines.test_known_then import BEGIN, NOW, SENT, STORIES, Told, files

COMMANDS = (
    ["list", "--all", "--since", "20d"],
    ["check", "--dry-run"],
    ["status", Case(3, "export").unified],
    ["explain", Case(1, "export").unified],
    ["report", "--period", "2026-03", "--every", "month", "--by", "office"],
)
LINKED_LATER = [Told(3, 52, "D"), Told(9, 183, SENT), Told(9, 317, "D"), Told(3, 450, SENT)]
"""Two declarations of one shipment, of which that is known only when one is sent again."""


def told(call: Run, folder: Path, story: list[Told], until: datetime, then: datetime) -> list[Ran]:
    """What each command says as of a moment, of the messages of a story up to another."""
    store = folder / f"{len(list(folder.iterdir()))}.db"
    with open_store(store) as opened:
        items = [Item(file.name, file.data) for file in files(story, until)]
        intake.ingest(opened, items, until)
    at = then.isoformat()
    return [
        call("--store", store, *command, "--as-of", at, "--format", "json") for command in COMMANDS
    ]


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STORIES, st.integers(0, 600))
@example(LINKED_LATER, 400)
def test_later_messages_change_no_byte_of_an_answer_as_of_before_them(
    call: Run, tmp_path: Path, story: list[Told], hours: int
) -> None:
    then = BEGIN + timedelta(hours=hours)
    early, late = (told(call, tmp_path, story, until, then) for until in (then, NOW))
    assert [ran.code for ran in late] == [ran.code for ran in early]
    assert [ran.out for ran in late] == [ran.out for ran in early]
