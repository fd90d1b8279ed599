"""One contract for every store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clearance.alerting import evaluation, records, rules
from clearance.customs.cn_single_window import ZONE
from clearance.customs.references import index_keys
from clearance.customs.unpacking import parse
from clearance.errors import StoreDamaged
from clearance.model import Message, ReceivedAs, Record, Refusal
from clearance.stores import OPEN, Store, open_store
from clearance.timelines import derive, intake, integrity
from tests.stores.support import NOW, files, items, message

STORES = ("memory", "tinydb", "postgresql")


def url(kind: str, request: pytest.FixtureRequest) -> str:
    if kind == "memory":
        return "memory:"
    if kind == "postgresql":
        return str(request.getfixturevalue("database"))
    if kind == "citus":
        return str(request.getfixturevalue("cluster"))
    return str(request.getfixturevalue("tmp_path") / "仓库 store.db")


@pytest.fixture(
    params=[
        "memory",
        "tinydb",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("postgresql", "citus")),
    ]
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with open_store(url(request.param, request)) as opened:
        yield opened


def test_messages_are_kept_whole_in_the_order_they_came(store: Store) -> None:
    told = [message(3), message(1, bytes(range(256))), message(2, "通关".encode("gb18030"))]
    store.save_messages(told)
    assert list(store.messages()) == told
    assert list(store.messages({told[1].id})) == [told[1]]
    assert store.names_of([told[0].id, "sha256:none"]) == {told[0].id: told[0].received_as}


def test_a_message_kept_again_takes_the_place_of_the_first(store: Store) -> None:
    first, other = message(1), message(2)
    renamed = Message(first.id, first.data, (ReceivedAs("a"), ReceivedAs("b", "2026")), NOW)
    store.save_messages([first, other])
    store.save_messages([renamed])
    assert list(store.messages()) == [renamed, other]


def test_a_message_that_was_made_ready_is_kept_as_it_is_saved(store: Store) -> None:
    """Also where another process has kept it meanwhile, and it is saved with the names of both."""
    same, renamed, left_out = message(1), message(2), message(3)
    store.make_ready([same, renamed, left_out])
    names = (*renamed.received_as, ReceivedAs("another name"))
    saved = [same, renamed._replace(received_as=names)]
    store.save_messages(saved)
    assert list(store.messages()) == saved
    store.make_ready([])
    store.save_messages([left_out])
    assert list(store.messages()) == [*saved, left_out]


def test_refused_messages_are_kept_with_reason_and_bytes_until_forgiven(store: Store) -> None:
    refusal = Refusal("sha256:1", "a.xml", "empty", "the file is empty", 0, NOW, b"\xff\x00")
    store.save_refusals([refusal])
    assert list(store.refused()) == [refusal]
    store.drop_refusals([refusal.id])
    assert list(store.refused()) == []


def test_timelines_come_back_as_they_were_put(store: Store) -> None:
    declarations = derive.link(e for f in files() for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    assert dict(store.timelines()) == dict(zip(ids, declarations, strict=True))
    some = ids[::3]
    assert [id for id, _ in store.timelines(some)] == sorted(some)
    for id, summary in store.summaries():
        whole = dict(store.timelines([id]))[id]
        assert summary.references == whole.references
        assert summary.interval("declare-close") == whole.interval("declare-close")


def test_declarations_are_found_by_any_number_and_by_day(store: Store) -> None:
    declarations = derive.link(e for f in files() for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    for id, declaration in zip(ids, declarations, strict=True):
        for kind, values in declaration.references.items():
            assert id in store.ids({f"{kind}:{values[0].casefold()}"})
    assert store.ids({OPEN}) == {id for id, d in zip(ids, declarations, strict=True) if d.open}
    low, high = "declared:2026-05-01", "declared:2026-06-01"
    expected = {
        id
        for id, d in zip(ids, declarations, strict=True)
        if d.declared_at and low <= f"declared:{d.declared_at.astimezone(UTC).date()}" < high
    }
    assert expected
    assert store.ids_between(low, high) == expected


def test_what_replaces_a_timeline_is_no_longer_found_by_the_old_numbers(store: Store) -> None:
    one, other = derive.link(e for f in files(2) for e in parse(f.data, f.name))[:2]
    (id,) = store.save_timelines([(None, one)])
    assert store.save_timelines([(id, other)]) == [id]
    key = f"unified_no:{one.references['unified_no'][0].casefold()}"
    assert store.ids({key}) == set()
    store.delete_timelines([id])
    assert store.ids() == set()
    assert list(store.timelines()) == []


def test_changed_timelines_are_remembered_until_they_are_settled(store: Store) -> None:
    declarations = derive.link(e for f in files(3) for e in parse(f.data, f.name))
    ids = store.save_timelines((None, declaration) for declaration in declarations)
    assert store.unchecked() == set(ids)
    store.mark_checked(ids[:1])
    assert store.unchecked() == set(ids[1:])


def test_keys_near_one_that_is_missing_are_its_neighbours(store: Store) -> None:
    declarations = derive.link(e for f in files(5) for e in parse(f.data, f.name))
    store.save_timelines((None, declaration) for declaration in declarations)
    keys = sorted(
        {key for d in declarations for key in index_keys(d) if key.startswith("client_ref")}
    )
    near, first = store.neighbouring_keys([keys[2] + "0", ""], 2)
    assert near[1:3] == keys[2:4]
    assert len(first) == 2


@pytest.mark.parametrize("when", ["counted_at", "cleared_at"])
def test_the_timings_within_some_spans_are_all_that_lie_there(store: Store, when: str) -> None:
    declarations = derive.link(e for f in files(40) for e in parse(f.data, f.name))
    store.save_timelines((None, declaration) for declaration in declarations)
    moments = sorted({at for _, one in store.timings() if (at := getattr(one, when))})
    ends = [datetime.fromtimestamp(moments[n], UTC) for n in (2, 9, 20, -1)]
    spans = list(zip(ends[::2], ends[1::2], strict=True))
    found = [each for some in store.timings_within(when, spans) for each in some.by_id()]
    wanted = {
        (id, one)
        for id, one in store.timings()
        if (at := getattr(one, when)) and any(low.timestamp() <= at < high.timestamp()
                                              for low, high in spans)
    }  # fmt: skip
    assert wanted
    assert wanted <= set(found) <= set(store.timings())


def test_what_was_declared_at_no_known_time_is_undated(store: Store) -> None:
    declarations = derive.link(e for f in files(12) for e in parse(f.data, f.name))
    halves = derive.link(e for f in files(4, seed=3)[:1] for e in parse(f.data, f.name))
    ids = store.save_timelines((None, one) for one in (*declarations, *halves))
    known = zip(ids, (*declarations, *halves), strict=True)
    assert store.undated() == {id for id, one in known if one.counted_at is None}


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    declarations = derive.link(e for f in files(3) for e in parse(f.data, f.name))

    def fail() -> None:
        with store.transaction():
            store.save_messages([message(1)])
            store.save_timelines((None, declaration) for declaration in declarations)
            raise KeyError("stop")

    with pytest.raises(KeyError):
        fail()
    assert list(store.messages()) == []
    assert store.ids() == set()
    store.save_messages([message(1)])
    assert len(list(store.messages())) == 1


def test_alerts_are_kept_and_the_live_ones_found(store: Store) -> None:
    told = [f for f in files(100) if f.at < datetime(2026, 8, 1, tzinfo=ZONE)]
    intake.ingest(store, items(told), NOW)
    evaluation.check(store, rules.Context(NOW - timedelta(hours=1)))
    checked = evaluation.check(store, rules.Context(NOW))
    assert checked.new
    assert {a.id for a in records.all_alerts(store, live=True)} == {a.id for a in checked.new}
    assert evaluation.check(store, rules.Context(NOW)).new == ()


def test_records_are_kept_by_kind_and_found_by_their_keys(store: Store) -> None:
    """A record takes the place of the one with its kind and id, and its place in the order."""
    first = Record("parcel", "一", {"cutoff": "2026-11-02", "past": [["a", None]]}, ("open", "x:1"))
    second, other = Record("parcel", "2", {}, ("x:1",)), Record("shelf", "一", {"n": 1}, ("open",))
    store.save_records([first, second, other])
    closed = Record("parcel", "一", {"cutoff": None}, ("x:2",))
    store.save_records([closed])
    assert list(store.records()) == [closed, second, other]
    assert list(store.records("parcel")) == [closed, second]
    assert list(store.records("parcel", ["open"])) == []
    assert list(store.records("parcel", ["x:2", "2", "x:1"])) == [closed, second]
    assert list(store.records("shelf", ["一"])) == [other]
    store.delete_records("parcel", ["一", "nobody's"])
    assert list(store.records()) == [second, other]


@pytest.mark.slow
def test_every_store_tells_the_same_after_the_same_messages(
    request: pytest.FixtureRequest,
) -> None:
    """In the same batches, the ids too: the JSON of a report cannot differ."""
    told = []
    for kind in STORES:
        with open_store(url(kind, request)) as opened:
            intake.ingest(opened, items(files(60)), NOW)
            told.append(list(opened.timelines()))
    assert told == [told[0]] * len(STORES)


def test_rebuilding_changes_nothing_and_mends_what_was_wrong(store: Store) -> None:
    intake.ingest(store, items(files()), NOW)
    before = sorted((d for _, d in store.timelines()), key=lambda d: d.name)
    id, wrong = next(iter(store.timelines()))
    store.save_timelines([(id, derive.link(wrong.events[:1])[0])])
    assert list(integrity.verify(store)) != []
    assert intake.rebuild(store) == len(before)
    assert list(integrity.verify(store)) == []
    assert sorted((d for _, d in store.timelines()), key=lambda d: d.name) == before


def test_a_message_that_can_no_longer_be_read_stops_a_rebuild_and_changes_nothing(
    store: Store,
) -> None:
    intake.ingest(store, items(files(5)), NOW)
    before = dict(store.timelines())
    store.save_messages([message(7, b"<spoilt")])
    with pytest.raises(StoreDamaged, match=f"{7:064x}"):
        intake.rebuild(store)
    assert dict(store.timelines()) == before
    assert any(f"{7:064x}" in str(problem) for problem in integrity.verify(store))
