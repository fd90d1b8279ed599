"""What is asked as of a moment of the past is what was known then, whatever came later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clearance.customs.cn_single_window.demo import File
from clearance.model import Declaration, Now
from clearance.periods import Month
from clearance.reporting import selecting
from clearance.reporting.query import ReportQuery
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import forecasts, intake, query
from tests.conftest import Case, at
from tests.timelines.test_forecasts import few_are_enough

ZONE = ZoneInfo("Asia/Shanghai")
NOW = at("27 12:00")
BEGIN = at("01 09:00")
CODES = ("L", "E", "J", "C", "P", "R", "D")
"""Accepted, returned, reviewed, to be inspected, released, closed, deleted."""


class Told(NamedTuple):
    """One thing that is told: of which declaration, after how many hours, and by which code."""

    case: int
    hours: int
    code: str


SENT = "sent"
MONTH = Month(2026, 3)
STORIES = st.lists(
    st.builds(Told, st.integers(1, 9), st.integers(0, 600), st.sampled_from((SENT, SENT, *CODES))),
    max_size=40,
)


def files(story: list[Told], until: datetime) -> list[File]:
    """The messages of a story that were known by a moment; thrice one shipment has two numbers."""
    known = []
    for case, hours, code in story:
        when = BEGIN + timedelta(hours=hours)
        own = Case(case, "export", ref=f"OWN-{case % 6}")
        if when <= until:
            known += own.sent(when) if code == SENT else [own.told(code, when)]
    return known


@pytest.fixture(autouse=True, scope="module")
def _few_are_enough() -> Iterator[None]:
    with few_are_enough(4):
        yield


def named(declarations: Iterator[Declaration]) -> list[tuple[object, ...]]:
    return sorted((one.name, one.path, one.counted_at, len(one.events)) for one in declarations)


def told(store: Store, as_of: datetime) -> list[object]:
    """What forecasts rest on, and what a report's figures are of, as of a moment."""
    asked = ReportQuery(periods=[MONTH], zone=ZONE, as_of=as_of)
    learned = forecasts._learn_at(store, as_of)
    cases = forecasts.cases(store, as_of, as_of - timedelta(days=20))
    closed = ReportQuery(periods=[MONTH], zone=ZONE, as_of=as_of, cohort="closed")
    return [
        learned.at,
        learned.since,
        {system: sorted(own) for system, own in cases.items()},
        named(selecting.histories(store, asked)),
        named(selecting.histories(store, closed)),
        named(selecting.undated_histories(store, as_of)),
        selecting.undated(store, as_of),
    ]


RESENT_LATER = [Told(1, 20, SENT), Told(1, 21, "L"), Told(1, 200, "E"), Told(1, 500, SENT)]
"""Declared early as could be told at first, and late since it was returned and sent again."""
DELETED_LATER = [Told(1, 0, "L"), Told(1, 2, SENT), Told(1, 2, "D"), Told(1, 3, SENT)]
"""Accepted before it was sent, as could be told at first, then deleted and sent again."""


@given(STORIES, st.integers(0, 600))
@example(RESENT_LATER, 100)
@example(DELETED_LATER, 1)
def test_later_messages_change_nothing_of_what_is_asked_as_of_before_them(
    story: list[Told], hours: int
) -> None:
    then = BEGIN + timedelta(hours=hours)
    with open_store("memory:") as early, open_store("memory:") as late:
        for store, until in ((early, then), (late, NOW)):
            items = [Item(file.name, file.data) for file in files(story, until)]
            intake.ingest(store, items, until)
        assert told(late, then) == told(early, then)


class Copy(NamedTuple):
    """A message that says the same as others, received after so many hours, with what it adds."""

    hours: int
    entry: str
    office: str
    bill: str
    name: str = ""


COPIES = st.lists(
    st.builds(
        Copy,
        st.integers(0, 48),
        st.sampled_from(("", "223320261990011739")),
        st.sampled_from(("", "2233")),
        st.sampled_from(("", "BILL77", "BILL78")),
        st.sampled_from(("", "2", "9", "plain")),
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


def said_again(copies: list[Copy], until: datetime) -> Iterator[Item]:
    """The copies that were received by a moment: some under several names, and one of these with
    no time in it, which is taken to have come at once.
    """
    for hours, entry, office, bill, called in copies:
        received = BEGIN + timedelta(hours=hours)
        data = (
            "<DEC_RESULT><CUS_CIQ_NO>I20269900000117390</CUS_CIQ_NO>"
            f"<ENTRY_ID>{entry}</ENTRY_ID><NOTICE_DATE>{BEGIN:%Y-%m-%dT%H:%M:%S}</NOTICE_DATE>"
            f"<CHANNEL>L</CHANNEL><NOTE>in</NOTE><CUSTOM_MASTER>{office}</CUSTOM_MASTER>"
            f"<BILL_NO>{bill}</BILL_NO></DEC_RESULT>"
        )
        name = (
            f"_DECCUS004_I20269900000117390_20269900000030879{called or 5}_{received:%Y%m%d%H%M%S}"
        )
        if called == "plain":
            yield Item("plain.xml", data.replace("<NOTE>", f"<X>{hours}</X><NOTE>").encode())
        elif received <= until:
            yield Item(f"Receipt{name}.xml", data.encode())


def found(store: Store, as_of: datetime) -> list[object]:
    """All that is known of declarations as of a moment, and by which numbers they are found."""
    looked = [query.look_up(store, [n], as_of).declarations for n in ("BILL77", "BILL78", "2233")]
    return [
        sorted(query.snapshot(store, None, as_of), key=lambda one: one.name),
        sorted(query.overview(store, None, as_of), key=lambda one: one.name),
        query.listed(store, query.ListFilter(everything=True), as_of),
        *looked,
    ]


@given(COPIES, st.integers(0, 48), st.booleans())
def test_what_a_later_copy_of_a_message_adds_was_not_known_before_it_came(
    copies: list[Copy], hours: int, one_by_one: bool
) -> None:
    then = BEGIN + timedelta(hours=hours)
    with open_store("memory:") as early, open_store("memory:") as late:
        intake.ingest(early, list(said_again(copies, then)), then)
        items = list(said_again(copies, NOW))
        for some in [[item] for item in items] if one_by_one else [items]:
            intake.ingest(late, some, NOW)
        assert found(late, then) == found(early, then)
        assert found(late, Now.fromtimestamp(NOW.timestamp(), ZONE)) == found(late, NOW)
