"""``store import`` of a file that somebody has edited: what is wrong is left out, no more."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import AS_OF, INSPECTED, Run, laid, stories

SETTINGS = """[channels.desk]
kind = "console"
[customers.acme]
name = "Acme"
to = ["desk"]
reference = ["TEST-2*", "TEST-1*"]
hold = ["inspection_ordered"]
[sources.inbox]
kind = "folder"
path = "InBox"
"""
LATER = "2026-03-06T10:00:00+08:00"
END = "9999-12-31T23:59:59+00:00"
"""A moment that is none in zones ahead of universal time."""
VALUES: tuple[Any, ...] = (
    None, True, -1, 1.5, 10**30, "x", "2026-13-01", "2026-03-02T08:00:00", END,
    [], {}, ["a"], {"a": 1}, [[1]], [None],
)  # fmt: skip
COMMANDS = [
    ["list", "--all", "--as-of", LATER],
    ["status", INSPECTED.entry, "--as-of", LATER],
    ["alerts", "list", "--all", "--as-of", LATER],
    ["alerts", "history", "--as-of", LATER],
    ["notices", "list", "--all", "--as-of", LATER],
    ["plan", "list", "--as-of", LATER],
    ["check", "--dry-run", "--as-of", LATER],
    ["check", "--as-of", LATER],
    ["report", "--as-of", LATER],
    ["refused", "list"],
    ["store", "verify"],
]
UNUSABLE: list[tuple[str, tuple[Any, ...], Any]] = [
    ("alert", ("rule",), ["a"]),
    ("alert", ("told",), "x"),
    ("alert", ("labels",), [[1]]),
    ("alert", ("step",), "x"),
    ("alert", ("since",), "2026-03-02T08:00:00"),
    ("checked", ("at",), -1),
    ("customer", ("released",), END),
    ("delivery", ("tried_at",), None),
    ("delivery", ("tried_at",), END),
    ("delivery", ("channel",), {}),
    ("notice", ("topic",), "x"),
    ("notice", ("lines",), [None]),
    ("page", ("customer",), ["a"]),
    ("plan", ("references",), []),
    ("plan", ("references",), [None]),
    ("plan", ("entries", 0, 1, "cutoff"), "x"),
    ("plan", ("entries", 0, 1, "cutoff"), END),
    ("plan", ("entries", 0, 1, "tax"), "x"),
    ("plan", ("entries", 0, 1, "contact"), 1),
    ("silence", ("match",), {"office": 1}),
    ("silence", ("until",), "2026-03-02T08:00:00"),
    ("visited", ("last_success",), END),
]
"""What nothing could be made of: the kind of a record, where it stands in it, and what."""


@pytest.fixture
def exported(call: Run, tmp_path: Path) -> Path:
    """An exported store with records of many kinds."""
    settings, file = tmp_path / "config.toml", tmp_path / "exported.json"
    settings.write_text(SETTINGS, "utf-8")
    laid(stories()[:1], tmp_path / "first")
    laid(stories(), tmp_path / "InBox")
    pages = ("share", "--customer", "acme", "--output", tmp_path / "pages")
    until = ("--until", "2026-03-08", "--match", "office=2248", "--note", "why")
    lines: list[tuple[str | Path, ...]] = [
        ("ingest", "first"),
        ("check", "--as-of", "2026-03-01T09:00:00+08:00"),
        ("ingest",),
        ("plan", "set", INSPECTED.entry, "--cutoff", "2026-03-09T12:00", "--as-of", AS_OF),
        ("plan", "set", INSPECTED.entry, "--tax", "0", "--as-of", AS_OF),
        ("check", "--as-of", AS_OF),
        ("alerts", "silence", *until, "--as-of", AS_OF),
        (*pages, "--as-of", AS_OF),
        ("store", "export", file),
    ]
    for line in lines:
        ran = call(*line, "--config", settings)
        assert ran.code in (0, 3, 4), (line, ran.talk)
    return file


def spoilt(exported: Path, key: str, where: tuple[Any, ...], value: Any) -> None:
    """Writes a file anew with something else in one place of a record."""
    tables = json.loads(exported.read_bytes())
    place = tables["records"][key]
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    exported.write_text(json.dumps(tables), "utf-8")


def imported(call: Run, run: Run, exported: Path) -> int:
    """Imports a file into a store of its own, in a fresh interpreter, and has every command look at
    it; returns how many entries were left out.
    """
    store = exported.with_name("new.db")
    store.unlink(missing_ok=True)
    ran = run("store", "import", exported, "--store", store, "--format", "json")
    assert ran.code in (0, 3), ran.talk
    for line in COMMANDS:
        looked = call(*line, "--store", store, "--config", exported.parent / "config.toml")
        assert looked.code in (0, 3, 4, 5), (line, looked.talk)
    lost: int = ran.json["lost"]
    return lost


def test_every_record_of_a_whole_file_comes(call: Run, run: Run, exported: Path) -> None:
    kinds = {record["kind"] for record in json.loads(exported.read_bytes())["records"].values()}
    assert {kind for kind, _, _ in UNUSABLE} <= kinds
    assert imported(call, run, exported) == 0


@pytest.mark.parametrize(("kind", "where", "value"), UNUSABLE)
def test_a_record_that_nothing_could_be_made_of_is_left_out_and_told(
    call: Run, run: Run, exported: Path, kind: str, where: tuple[Any, ...], value: Any
) -> None:
    """It came into the store, where every later list or check ended in a traceback."""
    records = json.loads(exported.read_bytes())["records"]
    key = next(key for key, record in records.items() if record["kind"] == kind)
    spoilt(exported, key, ("document", *where), value)
    assert imported(call, run, exported) == 1


def test_a_plan_in_which_nothing_was_said_comes_and_stops_no_check(
    call: Run, run: Run, exported: Path
) -> None:
    """An earlier version kept one where a fact was taken back that nobody had said."""
    records = json.loads(exported.read_bytes())["records"]
    key = next(key for key, record in records.items() if record["kind"] == "plan")
    spoilt(exported, key, ("document", "entries"), [])
    assert imported(call, run, exported) == 0


def places(found: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON document."""
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, *path, key)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_stands_in_a_record_no_command_ends_in_a_traceback(
    call: Run, run: Run, exported: Path, seed: int
) -> None:
    chance, whole = Random(seed), exported.read_bytes()
    by_kind: dict[str, list[str]] = {}
    for key, record in json.loads(whole)["records"].items():
        by_kind.setdefault(record["kind"], []).append(key)
    for kind in sorted(by_kind):
        exported.write_bytes(whole)
        key = chance.choice(by_kind[kind])
        record = copy.deepcopy(json.loads(whole)["records"][key])
        where = chance.choice([*places(record["document"], "document"), ("keys",), ("id",)])
        spoilt(exported, key, where, chance.choice(VALUES))
        imported(call, run, exported)
