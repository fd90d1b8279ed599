"""Every sample reads as the JSON beside it says, in whatever order its messages come in.

``make golden`` writes the JSON anew; read the difference before keeping it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import clearance
from clearance import sources
from clearance.model import Event
from clearance.render import declarations, tables
from clearance.stores import Store
from clearance.timelines import derive, intake
from tests.conftest import ROOT, Golden

SAMPLES = ROOT / "samples"
STORIES = sorted(path for path in SAMPLES.glob("*/*") if path.is_dir())
TIMELINE = "timeline.json"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SHUFFLES = 3


def messages(story: Path) -> list[Path]:
    return sorted(file for file in story.iterdir() if file.suffix != ".json")


def label(path: Path) -> str:
    return path.relative_to(SAMPLES).as_posix()


MESSAGES = [file for story in STORIES for file in messages(story)]


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def expected(file: Path) -> str:
    return file.read_bytes().decode()


def event_json(event: Event) -> dict[str, Any]:
    references: dict[str, list[str]] = {}
    for kind, value in event.references:
        references.setdefault(kind, []).append(value)
    fields = event._asdict()
    assert fields.pop("whole_at") is None
    return fields | {
        "at": tables.iso(event.at),
        "received_at": tables.iso(event.received_at),
        "due": tables.iso(event.due),
        "references": references,
        "facts": dict(event.facts),
    }


def told(store: Store) -> str:
    found = [declaration for _, declaration in store.timelines()]
    found.sort(key=lambda declaration: derive.order(declaration.events[0]))
    shown = [declarations.declaration_json(d, alerts=[], lang="en", events=True) for d in found]
    return written({"declarations": shown})


def ingest(store: Store, files: Iterable[Path]) -> None:
    assert intake.ingest(store, sources.items(files), NOW).refusals == []


def orders(files: list[Path]) -> Iterator[list[Path]]:
    yield files
    yield files[::-1]
    for seed in range(SHUFFLES):
        yield random.Random(seed).sample(files, len(files))


@pytest.fixture(params=["memory:", "tinydb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:" if request.param == "memory:" else str(tmp_path / "clearance.db")


@pytest.mark.parametrize("message", MESSAGES, ids=label)
def test_a_message_reads_as_the_json_beside_it(message: Path, golden: Golden) -> None:
    beside = message.with_name(f"{message.name}.json")
    events = clearance.parse(message.read_bytes(), message.name)
    golden(beside, written([event_json(event) for event in events]))


@pytest.mark.parametrize("story", STORIES, ids=label)
def test_a_story_reads_as_its_timeline(story: Path, golden: Golden) -> None:
    with clearance.open_store("memory:") as store:
        ingest(store, messages(story))
        text = told(store)
    golden(story / TIMELINE, text)


@pytest.mark.parametrize("story", STORIES, ids=label)
@pytest.mark.parametrize("order", range(2 + SHUFFLES))
def test_a_timeline_is_the_same_in_any_order_and_store(story: Path, order: int, url: str) -> None:
    """All in one commit."""
    with clearance.open_store(url) as store:
        ingest(store, list(orders(messages(story)))[order])
        assert told(store) == expected(story / TIMELINE)


@pytest.mark.slow
@pytest.mark.parametrize("story", STORIES, ids=label)
@pytest.mark.parametrize("order", range(2 + SHUFFLES))
def test_a_timeline_is_the_same_when_messages_come_one_by_one(
    story: Path, order: int, url: str
) -> None:
    """Each in a commit of its own, as a client's InBox fills."""
    with clearance.open_store(url) as store:
        for message in list(orders(messages(story)))[order]:
            ingest(store, [message])
        assert told(store) == expected(story / TIMELINE)


@pytest.mark.parametrize("story", STORIES, ids=label)
def test_every_sample_has_its_json_and_every_json_its_sample(story: Path) -> None:
    names = {file.name for file in story.iterdir()}
    samples = {message.name for message in messages(story)}
    assert samples
    assert names == samples | {f"{name}.json" for name in samples} | {TIMELINE}


def test_there_are_samples() -> None:
    assert STORIES
