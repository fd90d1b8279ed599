"""Stores in damaged files: what is wrong is told, the rest is shown, and all of it can be saved.

``python -m tests.stores.test_damage 3000`` tries so many ways to damage a store.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import sqlite3
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clearance.alerting import evaluation, rules
from clearance.alerting.delivery import sender
from clearance.cli import main
from clearance.stores import open_store
from clearance.stores.chain import LINK
from clearance.stores.codec import LOOK, LOOKED, TOUCHED
from clearance.timelines import intake, integrity
from clearance.timelines.forecasts import FORECAST
from tests.alerting.test_outbox import CHANNELS
from tests.cli.support import HELLO
from tests.conftest import AS_OF, CLOSED, INSPECTED, Ran, Run, laid, stories

pytestmark = pytest.mark.slow

PAGE = 4096
READING: tuple[tuple[str, ...], ...] = (
    ("list", "--all", "--events", "--as-of", AS_OF),
    ("status", INSPECTED.own, "--as-of", AS_OF),
    ("explain", INSPECTED.own, "--as-of", AS_OF),
    ("check", "--dry-run", "--as-of", AS_OF),
    ("report", "--period", "2026Q1", "--as-of", AS_OF),
    ("alerts", "list", "--all", "--as-of", AS_OF),
    ("alerts", "history", "--as-of", AS_OF),
    ("alerts", "silences", "--as-of", AS_OF),
    ("plan", "list", "--as-of", AS_OF),
    ("plan", "show", INSPECTED.own, "--as-of", AS_OF),
    ("refused",),
    ("store", "info"),
)
TOLD = [*READING[:1], *READING[5:9], READING[10]]
"""What tells all that a store holds, if it is whole."""
WRITING: tuple[tuple[str, ...], ...] = (
    ("check", "--as-of", AS_OF),
    ("plan", "set", INSPECTED.own, "--etd", "2026-03-19T10:00", "--as-of", AS_OF),
    (
        "alerts",
        "silence",
        "--match",
        "office=2248",
        "--until",
        "2d",
        "--note",
        "x",
        "--as-of",
        AS_OF,
    ),
    ("ingest", "InBox"),
    ("refused", "retry"),
)
Damage = Callable[[bytearray, random.Random], str]

KNOWN = {FORECAST, LOOK, LOOKED, TOUCHED}
"""Kinds of records of what was learned, and of what a check knows: they are derived anew."""


def run(store: Path, *arguments: str) -> Ran:
    """The command in this interpreter; what it raises is a failure of the test."""
    out, err = io.BytesIO(), io.BytesIO()
    told, talked = (io.TextIOWrapper(s, "utf-8", newline="\n") for s in (out, err))
    with (
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(talked),
        contextlib.chdir(store.parent),
    ):
        code = main([*arguments, "--store", str(store)])
        told.flush()
        talked.flush()
    return Ran(code, out.getvalue(), err.getvalue())


def filled(folder: Path) -> Path:
    """A store with one of everything: refused, planned, alerted, silenced, filed for channels."""
    store, inbox = folder / "whole.db", laid(stories(), folder / "InBox")
    (inbox / "letter.txt").write_bytes(HELLO)
    assert run(store, "ingest", "InBox").code == 3
    for line in (
        ("plan", "set", INSPECTED.own, "--etd", "2026-03-09T10:00", "--as-of", AS_OF),
        ("plan", "set", CLOSED.own, "--cutoff", "2026-03-03T10:00", "--as-of", AS_OF),
        (
            "alerts",
            "silence",
            "--match",
            "rule=stuck",
            "--until",
            "30d",
            "--note",
            "x",
            "--as-of",
            AS_OF,
        ),
    ):
        assert run(store, *line).code == 0
    now = datetime.fromisoformat(AS_OF)
    with open_store(store) as opened:
        evaluation.check(opened, rules.Context(now), sender(CHANNELS, now))
        opened.delete_records("lease", ["check"])
    with closing(sqlite3.connect(store)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("damage")
        patch.setenv("CLEARANCE_HOME", str(folder / "home"))
        patch.setenv("LANG", "C.UTF-8")
        yield filled(folder)


# Ways to damage a file


def flip(data: bytearray, chance: random.Random) -> str:
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(8)
    return f"a bit at {place}"


def overwrite(data: bytearray, chance: random.Random) -> str:
    place = chance.randrange(len(data))
    data[place] = chance.choice([0, 0xFF, 0x7B, 0x31, chance.randrange(256)])
    return f"byte {place} is {data[place]}"


def swap(data: bytearray, chance: random.Random) -> str:
    one, other = chance.sample(range(len(data) // PAGE), 2)
    first, second = slice(one * PAGE, (one + 1) * PAGE), slice(other * PAGE, (other + 1) * PAGE)
    data[first], data[second] = data[second], data[first]
    return f"pages {one} and {other} swapped"


def double(data: bytearray, chance: random.Random) -> str:
    one, other = chance.sample(range(len(data) // PAGE), 2)
    data[one * PAGE : (one + 1) * PAGE] = data[other * PAGE : (other + 1) * PAGE]
    return f"page {other} in the place of {one}"


def blank(data: bytearray, chance: random.Random) -> str:
    one = chance.randrange(len(data) // PAGE)
    data[one * PAGE : (one + 1) * PAGE] = bytes(PAGE)
    return f"page {one} is zeros"


def cut(data: bytearray, chance: random.Random) -> str:
    length = chance.randrange(len(data))
    del data[length:]
    return f"cut at {length}"


WAYS: tuple[Damage, ...] = (flip, flip, overwrite, overwrite, swap, double, blank, cut)


# What must hold, whatever the damage


def faults(store: Path, expected: Mapping[tuple[str, ...], bytes]) -> Iterator[str]:
    """What is wrong with how a damaged store is dealt with."""
    verified = run(store, "store", "verify")
    yield from told_badly(("store", "verify"), verified, {0, 1})
    for line in READING:
        ran = run(store, *line, "--format", "json")
        yield from told_badly(line, ran, {0, 1, 3})
        if verified.code == 0 and line in expected and ran.out != expected[line]:
            yield f"{line} differs, but the store verifies"
    copy = store.with_name("copy.db")
    for line in (("store", "copy", str(copy)), *WRITING):
        shutil.copy(store, store.with_name("written.db"))
        yield from told_badly(line, run(store.with_name("written.db"), *line), {0, 1, 3})
        gone(store.with_name("written.db"))
    gone(copy)
    yield from told_badly(("store", "rebuild"), run(store, "store", "rebuild"), {0, 1, 3})
    salvaged = run(store, "store", "rebuild", "--salvage")
    yield from told_badly(("salvage",), salvaged, {0, 1, 3})
    if salvaged.code != 1 and (again := run(store, "store", "verify")).code:
        yield f"what was salvaged does not verify: {again.talk}"


def told_badly(line: tuple[str, ...], ran: Ran, codes: set[int]) -> Iterator[str]:
    lines = ran.talk.count("\n") - ran.talk.count("refused: ")
    if ran.code not in codes or "Traceback" in ran.talk or lines > 2:
        yield f"{line}: exit code {ran.code}: {ran.talk[-300:]}"


def gone(store: Path) -> None:
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()


def attempts(whole: Path, count: int, seed: int) -> Iterator[str]:
    """Damages a store in so many ways; what was wrong with how that was dealt with."""
    expected = {line: run(whole, *line, "--format", "json").out for line in TOLD}
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        data = bytearray(whole.read_bytes())
        how = WAYS[number % len(WAYS)](data, chance)
        store = whole.with_name("damaged.db")
        gone(store)
        store.write_bytes(data)
        try:
            yield from (f"{number}: {how}: {fault}" for fault in faults(store, expected))
        except Exception:
            yield f"{number}: {how}: {traceback.format_exc()[-900:]}"
    gone(whole.with_name("damaged.db"))


def test_whatever_is_damaged_no_command_crashes_and_verify_finds_it(whole: Path) -> None:
    assert list(attempts(whole, 24, seed=7)) == []


# One record of each kind


def spoilt(whole: Path, table: str, kind: str) -> Path:
    """A store in which one letter of a document is another, as a disk leaves it."""
    store = whole.with_name("spoilt.db")
    gone(store)
    shutil.copy(whole, store)
    with closing(sqlite3.connect(store)) as raw, raw:
        where = f'WHERE doc LIKE \'%"kind":"{kind}"%\'' if kind else ""
        id, doc = raw.execute(f"SELECT id, doc FROM {table} {where} LIMIT 1").fetchone()
        middle = doc.index('"', len(doc) // 2) - 1
        letter = "x" if doc[middle] != "x" else "y"
        changed = f"{doc[:middle]}{letter}{doc[middle + 1 :]}"
        raw.execute(f"UPDATE {table} SET doc = ? WHERE id = ?", (changed, id))
    return store


KINDS = [
    ("messages", ""),
    ("refused", ""),
    ("declarations", ""),
    ("timings", ""),
    *(("records", kind) for kind in ("alert", "plan", "silence", "delivery", "feed", "dwell")),
    *(("records", kind) for kind in ("unread", "system", "link")),
]


@pytest.mark.parametrize(("table", "kind"), KINDS)
def test_a_spoilt_letter_is_found_in_every_kind_of_document_and_the_rest_is_shown(
    whole: Path, table: str, kind: str
) -> None:
    store = spoilt(whole, table, kind)
    assert list(faults(store, {})) == []
    assert run(spoilt(whole, table, kind), "store", "verify").code == 1


def test_what_is_damaged_is_left_out_of_a_list_in_one_line_and_exit_3(whole: Path) -> None:
    store = spoilt(whole, "declarations", "")
    for lang, said in (("en", "1 entry of the store is damaged"), ("zh", "已损坏")):
        ran = run(store, "list", "--all", "--as-of", AS_OF, "--format", "json", "--lang", lang)
        assert ran.code == 3
        assert len(ran.json["declarations"]) == 3
        assert said in ran.talk
        assert ran.talk.count("\n") == 1
    ran = run(store, "status", CLOSED.entry, "--as-of", AS_OF)
    assert ran.code == 1
    assert "1 entry of the store is damaged" in ran.talk


def test_a_rebuild_mends_all_that_follows_from_messages(whole: Path) -> None:
    derived = [("declarations", ""), ("timings", "")]
    for table, kind in [*derived, *(("records", k) for k in ("dwell", "system", "unread"))]:
        store = spoilt(whole, table, kind)
        assert run(store, "store", "rebuild").code == 0, (table, kind)
        assert run(store, "store", "verify").code == 0, (table, kind)


def test_salvage_keeps_every_alert_plan_and_silence_but_the_damaged_one(whole: Path) -> None:
    """What was learned for forecasts, and what checks know, is derived anew."""
    with open_store(whole) as opened:
        before = {(r.kind, r.id): r for r in opened.records() if r.kind not in KNOWN}
    for kind in ("alert", "plan", "silence", "delivery"):
        store = spoilt(whole, "records", kind)
        assert run(store, "store", "rebuild", "--salvage", "--format", "json").json["lost"] == 1
        with open_store(store) as opened:
            after = {(r.kind, r.id): r for r in opened.records()}
            assert list(integrity.verify(opened)) == []
        missing = before.keys() - after.keys()
        assert [found for found, _ in missing] == [kind]
        differing = {name for name, record in after.items() if before.get(name) != record}
        assert {found for found, _ in differing} <= {LINK}, differing


def test_a_damaged_message_comes_back_when_it_is_read_in_again(whole: Path) -> None:
    store = spoilt(whole, "messages", "")
    assert run(store, "ingest", "InBox").code in (0, 3)
    assert run(store, "store", "verify").code == 0


def test_what_is_said_anew_takes_the_place_of_a_damaged_record(whole: Path) -> None:
    store = spoilt(whole, "records", "alert")
    now = datetime.fromisoformat(AS_OF)
    with open_store(store) as opened, open_store(whole) as other:
        evaluation.check(opened, rules.Context(now))
        known = {r.id for r in opened.records("alert")}
        assert known == {r.id for r in other.records("alert")}
    assert run(store, "store", "verify").code == 0


def test_a_declaration_that_no_key_leads_to_is_told_and_no_traceback(whole: Path) -> None:
    store = whole.with_name("spoilt.db")
    gone(store)
    shutil.copy(whole, store)
    with closing(sqlite3.connect(store)) as raw, raw:
        raw.execute("DELETE FROM declarations__keys WHERE id = 1")
    ran = run(store, "store", "verify")
    assert ran.code == 1
    assert "the index of declarations does not fit" in ran.text + ran.talk
    assert run(store, "store", "rebuild").code == 0
    assert run(store, "store", "verify").code == 0


def test_rows_out_of_order_end_every_command(whole: Path) -> None:
    """The ids on two pages of messages are those of each other."""
    store = whole.with_name("spoilt.db")
    gone(store)
    data = bytearray(whole.read_bytes())
    leaves = [
        page
        for page in range(1, len(data) // PAGE)
        if data[page * PAGE] == 13 and b'"deflated"' in data[page * PAGE : (page + 1) * PAGE]
    ]
    one, other = (slice(page * PAGE, (page + 1) * PAGE) for page in leaves[:2])
    data[one], data[other] = data[other], data[one]
    store.write_bytes(data)
    assert list(faults(store, {})) == []


def test_an_illegible_record_of_a_layout_without_checksums_is_found_by_a_rebuild(
    whole: Path,
) -> None:
    """An earlier version could not tell; a value cannot be made of it, so it is damaged."""
    store = whole.with_name("spoilt.db")
    gone(store)
    shutil.copy(whole, store)
    with closing(sqlite3.connect(store)) as raw, raw:
        for table in ("messages", "refused", "records", "declarations", "timings", "unchecked"):
            raw.execute(f"ALTER TABLE {table} DROP COLUMN crc")
        raw.execute(
            "UPDATE records SET doc = replace(doc, 'fired_at\":\"2026', 'fired_at\":\"20k6')"
        )
        raw.execute("PRAGMA user_version=2")
    assert run(store, "store", "rebuild").code == 3
    assert run(store, "alerts", "list", "--as-of", AS_OF).code == 3
    assert run(store, "store", "verify").code == 1
    assert run(store, "store", "rebuild", "--salvage").code == 3
    assert run(store, "alerts", "list", "--as-of", AS_OF).code == 0


def test_a_store_whose_first_page_is_spoilt_is_salvaged_whole(whole: Path) -> None:
    store = whole.with_name("spoilt.db")
    for place in (3, 20, 50, 100, 105, 2000, 4000):
        gone(store)
        data = bytearray(whole.read_bytes())
        data[place : place + 4] = b"\xff\x00\xff\x01"
        store.write_bytes(data)
        ran = run(store, "store", "rebuild", "--salvage", "--format", "json")
        assert (ran.code, ran.json.get("lost")) == (0, 0), (place, ran.talk)
        assert run(store, "store", "verify").code == 0


def test_another_programs_file_is_not_salvaged(whole: Path) -> None:
    store = whole.with_name("spoilt.db")
    gone(store)
    with closing(sqlite3.connect(store)) as raw, raw:
        raw.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, doc TEXT)")
        raw.execute("INSERT INTO messages VALUES (1, '{}')")
    before = store.read_bytes()
    assert run(store, "store", "rebuild", "--salvage").code == 1
    assert store.read_bytes() == before


def test_a_record_that_is_illegible_on_a_server_is_left_out(database: str, call: Run) -> None:
    import psycopg

    with open_store(database) as store:
        intake.ingest(store, [], datetime.fromisoformat(AS_OF))
    call("plan", "set", "TEST-1", "--etd", "2026-03-09T10:00", "--store", database)
    call("plan", "set", "TEST-2", "--etd", "2026-03-09T10:00", "--store", database)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE clearance_records SET doc = replace(doc::text, 'entries', 'entr1es')::json "
            "WHERE doc::text LIKE '%TEST-1%'"
        )
    ran = call("plan", "list", "--store", database, "--format", "json")
    assert ran.code == 3
    assert "TEST-2" in ran.text
    assert "1 entry of the store is damaged" in ran.talk


def test_a_checksum_is_of_the_text_and_of_its_place(whole: Path) -> None:
    with closing(sqlite3.connect(whole)) as raw:
        for id, doc, crc in raw.execute("SELECT id, doc, crc FROM records"):
            assert zlib.crc32(doc.encode(), zlib.crc32(b"records") + id) == crc
            json.loads(doc)


if __name__ == "__main__":
    import os

    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").exists() else None) as place:
        os.environ["CLEARANCE_HOME"] = f"{place}/home"
        for fault in attempts(filled(Path(place)), int(sys.argv[1]), int(sys.argv[2])):
            sys.stdout.write(f"{fault}\n")
