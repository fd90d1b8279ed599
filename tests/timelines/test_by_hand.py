"""What people say by hand: what of it counts, in any order of arrival, in every store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import by_hand, unpacking
from clearance.customs.by_hand import STAGES, Said
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File
from clearance.errors import BadArgument
from clearance.model import (
    Declaration,
    Effect,
    Event,
    Flag,
    Message,
    ReceivedAs,
    Reference,
    Says,
    Stage,
)
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import derive, intake, integrity, query, saying
from clearance.timelines.saying import Words
from tests.conftest import ROOT, Case, Run, at, laid

CASE = Case(71)
NOW = datetime(2026, 6, 1, tzinfo=ZONE)
SENT = [*CASE.sent(at("02 08:00")), CASE.told("L", at("02 08:01"))]
NUMBER = (Reference("entry_no", CASE.entry),)
OWN = (Reference("client_ref", CASE.own),)


def message(
    says: Says,
    said_at: str,
    about: str | None = None,
    happened: str | None = None,
    *,
    number: int = 1,
    references: Sequence[Reference] = NUMBER,
    text: str | None = None,
) -> Message:
    """The message of a statement."""
    said = Said(says, at(said_at), at(happened or said_at), number, "Li", text, about)
    data = by_hand.written(said, "cn_single_window", references)
    return Message(
        unpacking.reparsed(data, [ReceivedAs("by hand")]).id,
        data,
        (ReceivedAs("by hand"),),
        at(said_at),
    )


SAMPLES = Path(__file__).parents[2] / "samples"
TEAS = Reference("mrn", "26GB000INVENTEDHR6")
ORDER = Reference("lrn", "ORDER-1")
"""The number of the first, and the own reference of both, of two declarations."""


def said_of_teas(
    says: Says, said: str, about: str | None = None, reference: Reference = ORDER
) -> Message:
    said_at = datetime.fromisoformat(f"2026-05-04T{said}+01:00")
    words = Said(says, said_at, said_at, 1, about=about)
    data = by_hand.written(words, "uk_cds", [reference])
    received_as = (ReceivedAs("by hand"),)
    return Message(unpacking.reparsed(data, received_as).id, data, received_as, said_at)


EARLY, LATE = said_of_teas(Says.NOTE, "08:20"), said_of_teas(Says.NOTE, "09:20")


@pytest.mark.parametrize(
    ("note", "later", "stands"),
    [
        (EARLY, said_of_teas(Says.NOTE, "09:30"), True),
        (EARLY, said_of_teas(Says.UNDO, "09:30", EARLY.id), False),
        (LATE, said_of_teas(Says.UNDO, "09:30", LATE.id, TEAS), False),
    ],
    ids=["another note", "taken back", "taken back by the number of customs"],
)
@pytest.mark.parametrize("seed", range(6))
def test_what_was_said_under_a_reference_that_is_used_again_stays_where_it_was_said(
    note: Message, later: Message, stands: bool, seed: int
) -> None:
    """
    08:00  teas     registered, under an own reference and no number
    08:20           a note, or at 09:20
    09:00  teas     accepted, cleared
    09:30           another note, or the first is taken back
    a week later, under the same reference: kettles, rejected and accepted
    """
    samples = sorted((SAMPLES / "uk_cds" / "one_lrn_twice").glob("*.xml"))
    arrivals: list[File | Message] = [File(s.name, s.read_bytes(), NOW) for s in samples]
    arrivals += [note, later]
    Random(seed).shuffle(arrivals)
    with open_store("memory:") as store:
        put(store, arrivals)
        assert list(integrity.verify(store)) == []
        timelines = [declaration for _, declaration in store.timelines()]
    (teas,) = (one for one in timelines if TEAS.value in one.references["mrn"])
    assert len(timelines) == 2
    assert [said.message for said in teas.statements] == [note.id, later.id]
    assert teas.statements[0].stands == stands


def put(store: Store, arrivals: Sequence[File | Message]) -> None:
    """Reads files and statements into a store, one after the other."""
    for arrival in arrivals:
        if isinstance(arrival, Message):
            events = {arrival.id: _events(arrival)}
            batch = intake.Batch(1, messages={arrival.id: arrival}, events=events, received=False)
            intake.write(store, batch, intake.Ingested())
        else:
            intake.ingest(store, [Item(arrival.name, arrival.data)], NOW)


def _events(kept: Message) -> list[Event]:
    return unpacking.reparsed(kept.data, kept.received_as).events()


def told(*arrivals: File | Message) -> Declaration:
    """The one declaration that files and statements are about."""
    with open_store("memory:") as store:
        put(store, arrivals)
        assert list(integrity.verify(store)) == []
        ((_, declaration),) = store.timelines()
    return declaration


def effects(declaration: Declaration) -> list[Effect]:
    return [statement.effect for statement in declaration.statements]


def test_an_event_by_hand_moves_the_declaration_until_customs_tells_it_itself() -> None:
    said = message(Says.EVENT, "02 10:00", "released", "02 09:30")
    by_phone = told(*SENT, said)
    assert (by_phone.stage, by_phone.released_at) == (Stage.RELEASED, at("02 09:30"))
    assert by_phone.by_hand == "released_at"
    own = CASE.told("P", at("02 09:20"))
    by_customs = told(*SENT, said, own)
    assert (by_customs.stage, by_customs.released_at) == (Stage.RELEASED, at("02 09:20"))
    assert by_customs.by_hand == ""
    (statement,) = by_customs.statements
    assert statement.effect is Effect.REPLACED
    (released,) = [event for event in by_customs.course if event.stage is Stage.RELEASED]
    assert statement.replaced_by == released.messages[0]


@pytest.mark.parametrize(
    ("stage", "happened", "customs", "effect"),
    [
        ("accepted", "02 12:00", [("J", "02 10:00")], Effect.BEHIND),
        ("inspection", "02 12:00", [("P", "02 10:00")], Effect.BEHIND),
        ("rejected", "02 12:00", [("P", "02 10:00")], Effect.BEHIND),
        ("withdrawn", "02 12:00", [("P", "02 10:00")], Effect.STANDS),
        ("cleared", "02 12:00", [("P", "02 10:00")], Effect.STANDS),
        ("released", "02 10:00", [("C", "02 12:00")], Effect.OVERRULED),
        ("released", "02 10:00", [("R", "02 12:00")], Effect.STANDS),
        ("released", "02 10:00", [("P", "02 12:00"), ("R", "02 13:00")], Effect.REPLACED),
        ("inspection", "02 10:00", [("C", "02 12:00")], Effect.REPLACED),
        ("inspection", "02 10:00", [("P", "02 12:00")], Effect.STANDS),
        ("rejected", "02 10:00", [("J", "02 12:00")], Effect.OVERRULED),
        ("reviewed", "02 10:00", [("E", "02 12:00")], Effect.STANDS),
    ],
)
def test_what_customs_tells_before_and_after_decides_what_becomes_of_an_event_by_hand(
    stage: str, happened: str, customs: list[tuple[str, str]], effect: Effect
) -> None:
    files = [CASE.told(code, at(when)) for code, when in customs]
    said = message(Says.EVENT, "02 15:00", stage, happened)
    assert effects(told(*SENT, *files, said)) == [effect]
    without, with_it = told(*SENT, *files), told(*SENT, *files, said)
    if effect is not Effect.STANDS:
        assert (with_it.stage, with_it.since, with_it.path) == (
            without.stage,
            without.since,
            without.path,
        )
        assert [e.stage for e in with_it.events if Flag.BY_HAND in e.flags] == [None]


def test_what_people_say_is_no_number_fact_or_word_of_customs() -> None:
    said = message(Says.NOTE, "03 10:00", text="called the yard")
    without, with_it = told(*SENT), told(*SENT, said)
    assert with_it.facts == without.facts
    assert with_it.references == without.references
    assert with_it.last_at == without.last_at
    assert with_it.course == without.course
    assert with_it.submissions == without.submissions
    assert with_it.last_known_at == at("03 10:00")


def test_what_is_done_is_outstanding_no_longer_until_customs_asks_anew() -> None:
    asked = [CASE.told("P", at("02 09:00")), CASE.told("C", at("02 10:00"))]
    done = message(Says.DONE, "02 16:00", "inspection", "02 15:00")
    assert [a.action for a in told(*SENT, *asked).outstanding] == ["inspection"]
    over = told(*SENT, *asked, done)
    assert over.outstanding == ()
    assert over.examined_until == at("02 15:00")
    assert over.by_hand == "examined_until"
    again = told(*SENT, *asked, done, CASE.told("C", at("04 10:00")))
    assert [a.action for a in again.outstanding] == ["inspection"]
    assert effects(again) == [Effect.OVER]


def test_a_payment_by_hand_ends_the_duties_and_is_a_milestone() -> None:
    asked = CASE.told("T", at("02 09:00"))
    paid = told(*SENT, asked, message(Says.DONE, "03 10:00", "tax", "02 11:00"))
    assert (paid.tax_paid_at, paid.interval("tax")) == (at("02 11:00"), 7200)


def test_what_is_put_away_is_open_no_longer_until_it_is_reopened_or_there_is_news() -> None:
    closed = message(Says.CLOSE, "05 10:00", text="given up")
    away = told(*SENT, closed)
    assert (away.open, away.stage, away.cleared_at) == (False, Stage.ACCEPTED, None)
    assert away.put_away_at == at("05 10:00")
    reopened = told(*SENT, closed, message(Says.REOPEN, "05 11:00"))
    assert (reopened.open, effects(reopened)) == (True, [Effect.OVER, Effect.STANDS])
    news = told(*SENT, closed, CASE.told("J", at("06 10:00")))
    assert (news.open, effects(news)) == (True, [Effect.OVER])
    old = told(*SENT, closed, CASE.told("J", at("04 10:00")))
    assert not old.open


def test_what_is_taken_back_counts_no_more() -> None:
    said = message(Says.EVENT, "02 10:00", "released", "02 09:30")
    back = message(Says.UNDO, "02 11:00", said.id)
    declaration = told(*SENT, said, back)
    assert declaration.stage is Stage.ACCEPTED
    assert effects(declaration) == [Effect.UNDONE, Effect.STANDS]


def test_a_statement_under_an_own_reference_follows_the_declaration_that_gets_a_number() -> None:
    draft = CASE.sent(at("02 08:00"))[0]
    said = message(Says.NOTE, "02 08:30", references=OWN, text="wait for the licence")
    declaration = told(draft, said, *SENT)
    assert declaration.name == CASE.entry
    assert [statement.text for statement in declaration.statements] == ["wait for the licence"]


ARRIVALS: list[File | Message] = [
    *SENT,
    CASE.told("J", at("02 12:00")),
    CASE.told("C", at("03 09:00")),
    CASE.told("P", at("04 09:00")),
    CASE.told("R", at("05 09:00")),
]
_MOMENTS = ["02 07:00", "02 12:00", "03 08:00", "03 12:00", "04 10:00", "05 10:00"]


@st.composite
def statements(draw: st.DrawFn) -> list[Message]:
    """Some statements of any sort, and some of them taken back."""
    said = []
    for number in range(draw(st.integers(1, 5))):
        says = draw(st.sampled_from([Says.NOTE, Says.EVENT, Says.DONE, Says.CLOSE, Says.REOPEN]))
        stage = draw(st.sampled_from(STAGES)) if says is Says.EVENT else None
        about = stage or ("inspection" if says is Says.DONE else None)
        when = draw(st.sampled_from(_MOMENTS))
        references = draw(st.sampled_from([NUMBER, OWN]))
        said.append(message(says, when, about, number=number, references=references))
        if draw(st.integers(0, 3)) == 0:
            said.append(message(Says.UNDO, when, said[-1].id, number=number + 10))
    return said


@pytest.mark.parametrize("kind", ["memory", "file"])
@given(st.data())
def test_in_which_order_statements_and_messages_come_does_not_matter(
    kind: str, data: st.DataObject
) -> None:
    arrivals = [*ARRIVALS, *data.draw(statements())]
    shuffled = data.draw(st.permutations(arrivals))
    cut = data.draw(st.integers(0, len(shuffled)))
    with TemporaryDirectory() as folder:
        url = "memory:" if kind == "memory" else str(Path(folder) / "s.db")
        with open_store(url) as store:
            put(store, shuffled[:cut])
            put(store, shuffled)
            assert list(integrity.verify(store)) == []
            found = [declaration for _, declaration in store.timelines()]
    events = [event for one in arrivals for event in _all_events(one)]
    assert found == derive.link(events)


def _all_events(arrival: File | Message) -> list[Event]:
    if isinstance(arrival, Message):
        return _events(arrival)
    return [
        event
        for document in unpacking.unpack(arrival.data, arrival.name)
        if isinstance(document, unpacking.Unpacked)
        for event in document.events()
    ]


@given(st.data())
def test_as_of_a_moment_only_what_was_said_by_then_is_known(data: st.DataObject) -> None:
    said = data.draw(statements())
    moment = at(data.draw(st.sampled_from(_MOMENTS))) + timedelta(seconds=1)
    with open_store("memory:") as store:
        put(store, [*ARRIVALS, *said])
        then = list(query.snapshot(store, None, moment))
    until = [one for one in said if one.seen_at <= moment]
    known = [e for one in [*ARRIVALS, *until] for e in _all_events(one)]
    known = [e for e in known if e.known_at is None or e.known_at <= moment]
    assert [d.statements for d in then] == [d.statements for d in derive.link(known)]
    assert [d.stage for d in then] == [d.stage for d in derive.link(known)]


def test_a_copy_holds_what_was_said(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as source, open_store(tmp_path / "b.db") as target:
        put(source, [*SENT, message(Says.CLOSE, "05 10:00", text="history")])
        integrity.copy(source, target)
        assert [d for _, d in target.timelines()] == [d for _, d in source.timelines()]
        intake.rebuild(target)
        assert [d for _, d in target.timelines()] == [d for _, d in source.timelines()]


def test_nobody_speaks_by_a_file_in_a_folder() -> None:
    said = message(Says.CLOSE, "05 10:00", text="not by a command")
    with open_store("memory:") as store:
        done = intake.ingest(store, [Item("x.xml", said.data)], NOW)
    assert [refusal.kind for refusal in done.refusals] == ["by_hand"]


@given(st.text(max_size=60))
def test_any_text_can_be_said_and_is_kept_but_for_what_no_message_can_hold(text: str) -> None:
    said = Said(Says.NOTE, NOW, NOW, 1, "Li", text, None)
    data = by_hand.written(said, "cn_single_window", NUMBER)
    (event,) = unpacking.reparsed(data, [ReceivedAs("by hand")]).events()
    kept = "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ufffd" or c > "\uffff")
    kept = "".join(c for c in kept if not "\ud800" <= c <= "\udfff")
    assert (event.note or "") == " ".join(kept.split())


def test_declarations_of_one_name_are_told_apart_by_what_only_one_of_them_bears(
    call: Run,
) -> None:
    """A Danish import is named by the number under which its goods were registered."""
    call("ingest", ROOT / "samples" / "dk_dms")
    ran = call("note", "26DK000INVENTED6T5", "twice", "--as-of", "2026-07-01T09:00")
    assert ran.code == 2
    assert "(26DK000INVENTED6T5 (DK-2026-0606), 26DK000INVENTED6T5): give a number" in ran.talk
    ran = call("note", "26DK000INVENTED6T5", "twice", "--lang", "zh")
    assert "（26DK000INVENTED6T5（DK-2026-0606）、26DK000INVENTED6T5）" in ran.talk


def test_nothing_is_said_of_a_number_that_several_declarations_bear() -> None:
    other = Case(72, ref=CASE.own)
    with open_store("memory:") as store:
        put(store, [*SENT, *other.sent(at("03 08:00")), other.told("L", at("03 08:01"))])
        with pytest.raises(BadArgument, match="belongs to 2 declarations"):
            saying.meant(store, [CASE.own], NOW)
        assert len(saying.meant(store, [CASE.own], NOW, every=True).declarations) == 2
        assert len(saying.meant(store, [other.entry], NOW).declarations) == 1


def test_the_same_can_be_said_again_after_it_was_taken_back() -> None:
    words = Words(Says.NOTE, "Li", "same")
    with open_store("memory:") as store:
        put(store, SENT)
        for _ in range(2):
            saying.say(
                store, [(saying.meant(store, [CASE.own], NOW).declarations[0], [words])], NOW
            )
            (kept,) = saying.meant(store, [CASE.own], NOW).declarations
            assert [s.text for s in kept.statements if s.stands and s.text] == ["same"]
            saying.undo(store, [kept], Says.NOTE, NOW, "Li")


def test_each_pair_of_stages_by_hand_is_taken_in_without_an_error() -> None:
    for first, second in pairwise([*STAGES, *STAGES[::-1]]):
        said = [
            message(Says.EVENT, "03 10:00", first, number=1),
            message(Says.EVENT, "03 11:00", second, number=2),
        ]
        assert len(told(*SENT, *said).statements) == 2


def test_what_is_put_away_is_counted_as_open_until_then_and_never_as_closed(
    call: Run, tmp_path: Path
) -> None:
    laid(SENT, tmp_path / "in")
    assert call("ingest", tmp_path / "in").code == 0
    asked = ("report", "--period", "2026Q1", "--as-of", "2026-04-20T08:00", "--format", "json")
    (open_row,) = call(*asked).json["rows"]
    assert (open_row["open"], open_row["closed"], open_row["put_away"]) == (1, 0, 0)
    close = ("close", CASE.own, "--why", "given up", "--as-of", "2026-03-05T08:00")
    assert call(*close).code == 0
    ran = call(*asked).json
    (row,) = ran["rows"]
    assert (row["open"], row["closed"], row["put_away"]) == (1, 0, 1)
    assert "put away by hand" in row["notes"]["put_away"]
    (longest,) = ran["longest"]
    assert longest["seconds"] == 3 * 86400
    assert "put away" in longest["why"]


def test_a_report_says_that_a_release_is_by_hand(call: Run, tmp_path: Path) -> None:
    laid(SENT, tmp_path / "in")
    assert call("ingest", tmp_path / "in").code == 0
    event = ("event", CASE.own, "released", "--at", "2026-03-03T08:00")
    assert call(*event, "--as-of", "2026-03-03T09:00").code == 0
    asked = ("report", "--period", "2026Q1", "--interval", "declare-release")
    (row,) = call(*asked, "--as-of", "2026-04-20T08:00", "--format", "json").json["rows"]
    assert (row["closed"], row["by_hand"]) == (1, 1)
    assert "what a person said" in row["notes"]["by_hand"]
    assert "by hand" in call(*asked, "--as-of", "2026-04-20T08:00").text
