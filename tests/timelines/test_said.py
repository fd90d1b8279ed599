"""What people said, joined with what messages tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clearance.shipments import keeping, plans
from clearance.stores import codec, open_store
from clearance.stores.alike import of_documents
from clearance.timelines import intake, query, said
from tests.conftest import AS_OF, CLOSED, INSPECTED, Case, Run, at, laid
from tests.stores.support import items

TAXED = Case(61)
TAXED_FILES = [
    *TAXED.sent(at("02 08:00")),
    TAXED.told("L", at("02 08:01")),
    TAXED.told("T", at("02 09:00")),
    TAXED.told("P", at("04 09:00")),
]


@pytest.fixture
def taxed(call: Run, tmp_path: Path) -> Run:
    """A store with a declaration of which customs asked for duties."""
    assert call("ingest", laid(TAXED_FILES, tmp_path / "in")).code == 0
    return call


def row(call: Run, *asked: str) -> dict[str, Any]:
    """The only row of a report."""
    ran = call("report", "--period", "2026Q1", "--as-of", AS_OF, "--format", "json", *asked)
    (found,) = ran.json["rows"]
    return dict(found)


def shown(call: Run, number: str) -> dict[str, Any]:
    """A declaration as ``status`` gives it."""
    (found,) = call("status", number, "--as-of", AS_OF, "--format", "json").json["declarations"]
    return dict(found)


def plan(call: Run, number: str, *facts: str) -> None:
    ran = call("plan", "set", number, *facts, "--as-of", "2026-03-05T08:00:00+08:00")
    assert ran.code == 0, ran.talk


def test_an_arrival_that_people_said_begins_an_interval_of_a_report(taxed: Run) -> None:
    assert row(taxed, "--interval", "arrive-declare")["declared"] == 0
    plan(taxed, TAXED.own, "--arrival", "2026-03-01T08:00")
    assert row(taxed, "--interval", "arrive-declare")["declared"] == 1
    assert shown(taxed, TAXED.entry)["intervals"]["arrive-declare"] == 86400
    assert shown(taxed, TAXED.entry)["arrived_at"] == "2026-03-01T08:00:00+08:00"


def test_a_declaration_before_the_arrival_takes_no_time_from_there_and_is_not_impossible(
    taxed: Run,
) -> None:
    plan(taxed, TAXED.own, "--arrival", "2026-03-03T08:00")
    counted = row(taxed, "--interval", "arrive-declare")
    assert (counted["declared"], counted["anomalous"]) == (0, 0)
    assert "before the arrival" in counted["notes"]["declared"]


def test_an_arrival_that_lies_ahead_is_none_yet(taxed: Run) -> None:
    plan(taxed, TAXED.own, "--arrival", "2027-03-03T08:00")
    assert shown(taxed, TAXED.entry)["arrived_at"] is None
    assert shown(taxed, TAXED.entry)["said"]["arrival"]["value"] == "2027-03-03T08:00:00+08:00"


def test_duties_run_from_what_customs_asked_to_what_people_said_was_paid(taxed: Run) -> None:
    assert (row(taxed, "--interval", "tax")["open"]) == 1
    plan(taxed, TAXED.own, "--tax-paid", "2026-03-02T11:00")
    assert row(taxed, "--interval", "tax")["closed"] == 1
    assert shown(taxed, TAXED.entry)["intervals"]["tax"] == 7200


def test_duties_paid_on_the_day_of_the_notice_were_not_paid_before_it(taxed: Run) -> None:
    plan(taxed, TAXED.own, "--tax-paid", "2026-03-02")
    counted = row(taxed, "--interval", "tax")
    assert (counted["anomalous"], counted["closed"]) == (0, 1)
    assert shown(taxed, TAXED.entry)["intervals"]["tax"] == 0


def test_a_notice_that_people_said_counts_where_no_message_tells_one(
    kept: Run,
) -> None:
    plan(kept, CLOSED.own, "--tax-noticed", "2026-03-02T08:00", "--tax-paid", "2026-03-02T09:00")
    assert shown(kept, CLOSED.entry)["intervals"]["tax"] == 3600


@pytest.mark.parametrize(
    ("when", "put_away"),
    [("2026-03-04T10:00", 1), ("2026-03-04", 1), ("2026-03-04T08:00", 0), ("2026-03-03", 0)],
)
def test_what_people_gave_up_is_put_away_in_a_report_unless_news_came(
    taxed: Run, when: str, put_away: int
) -> None:
    """It is released on the fourth at nine."""
    plan(taxed, TAXED.own, "--given-up", when)
    counted = row(taxed)
    assert (counted["open"], counted["put_away"]) == (1, put_away)
    taxed("report", "--period", "2026Q1", "--as-of", AS_OF, "--output", "saved.json")
    assert taxed("report", "--verify", "saved.json").code == 0


def test_customs_own_notice_goes_before_what_people_said_and_both_are_shown(taxed: Run) -> None:
    plan(taxed, TAXED.own, "--tax-noticed", "2026-03-01T08:00", "--by", "Li")
    found = shown(taxed, TAXED.entry)
    assert found["tax_noticed_at"] == "2026-03-02T09:00:00+08:00"
    assert found["said"]["tax_noticed"] == {
        "value": "2026-03-01T08:00:00+08:00",
        "by": "Li",
        "at": "2026-03-05T08:00:00+08:00",
        "told": "2026-03-02T09:00:00+08:00",
    }
    text = taxed("status", TAXED.entry, "--as-of", AS_OF).text
    assert "2026-03-01 08:00 (said 03-05 08:00, Li); a message says 2026-03-02 09:00" in text
    chinese = taxed("status", TAXED.entry, "--as-of", AS_OF, "--lang", "zh").text
    assert "Li 登记）；报文为 2026-03-02 09:00" in chinese


def test_what_people_say_of_the_same_day_or_company_is_no_difference(taxed: Run) -> None:
    plan(taxed, TAXED.own, "--tax-noticed", "2026-03-02", "--office", TAXED.office)
    said_of = shown(taxed, TAXED.entry)["said"]
    assert all("told" not in fact for fact in said_of.values())


@pytest.mark.parametrize(
    ("dimension", "fact", "value"),
    [
        ("customer", "customer", "Northbay"), ("broker", "broker", "上海远舟报关有限公司"),
        ("trader", "trader", "杭州青溪仪器有限公司"), ("goods", "goods", "水质分析仪"),
        ("hs_chapter", "hs-code", "90"), ("country", "country", "USA"),
        ("trade_mode", "trade-mode", "0110"), ("transport_mode", "transport-mode", "5"),
        ("terms", "terms", "3"), ("currency", "currency", "EUR"),
    ],
)  # fmt: skip
def test_a_dimension_that_no_message_tells_is_filled_from_a_plan(
    taxed: Run, dimension: str, fact: str, value: str
) -> None:
    assert row(taxed, "--by", dimension)["group"] == {dimension: None}
    assert "unknown" in taxed("report", "--period", "2026Q1", "--by", dimension).text
    plan(taxed, TAXED.unified, f"--{fact}", value)
    assert row(taxed, "--by", dimension)["group"] == {dimension: value}


@pytest.mark.parametrize(
    ("fact", "written", "kept_as"),
    [
        ("country", "美国", "USA"), ("country", "502", "USA"), ("country", "usa", "USA"),
        ("terms", "FOB", "3"), ("transport-mode", "水路运输", "2"), ("currency", "502", "USD"),
        ("country", "Atlantis", "Atlantis"), ("hs-code", "9027.8099 90", "9027809990"),
    ],
)  # fmt: skip
def test_a_name_or_an_old_code_is_kept_as_the_code_of_today(
    taxed: Run, fact: str, written: str, kept_as: str
) -> None:
    plan(taxed, TAXED.own, f"--{fact}", written)
    assert shown(taxed, TAXED.own)["said"][fact.replace("-", "_")]["value"] == kept_as


def test_a_sheet_is_who_said_what_stands_in_it(taxed: Run, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(f"统一编号,客户,抵港日期\n{TAXED.unified},禾川,2026-03-01\n", encoding="utf-8")
    assert taxed("plan", "import", file, "--as-of", "2026-03-05T08:00").code == 0
    said_of = shown(taxed, TAXED.own)["said"]
    assert {name: fact["by"] for name, fact in said_of.items()} == {
        "customer": "customers.csv",
        "arrival": "customers.csv",
    }
    assert row(taxed, "--by", "customer")["group"] == {"customer": "禾川"}


def test_what_was_said_later_is_not_known_in_an_earlier_report(taxed: Run) -> None:
    ran = taxed("plan", "set", TAXED.own, "--customer", "Later", "--as-of", "2026-05-01")
    assert ran.code == 0
    assert row(taxed, "--by", "customer")["group"] == {"customer": None}


def test_plans_count_alike_however_many_declarations_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Read by number, a few at a time, and all at once."""
    cases = [Case(number) for number in range(100, 112)]
    with open_store("memory:") as store:
        told = [file for case in cases for file in case.sent(at("02 08:00"))]
        intake.ingest(store, items(told), at("06 08:00"))
        for case in cases[::3]:
            row_of = plans.Row(1, (case.own,), {"arrival": "2026-03-01", "customer": "A"})
            keeping.keep(store, [row_of], at("06 08:00"))
        seen = []
        for at_once, few in ((1000, 5000), (5, 5000), (5, 2)):
            monkeypatch.setattr(said, "_AT_ONCE", at_once)
            monkeypatch.setattr(said, "_FEW_PLANS", few)
            found = query.overview(store, None, at("07 08:00"))
            seen.append({one.name: one.arrived_at for one in found})
    assert seen[0] == seen[1] == seen[2]
    assert sum(at is not None for at in seen[0].values()) == 4


def test_an_inspection_that_people_said_is_over_ends_in_a_report_too(kept: Run) -> None:
    before = row(kept, "--interval", "exam")
    plan(kept, INSPECTED.own, "--inspected", "2026-03-05T11:00")
    assert row(kept, "--interval", "exam")["closed"] == before["closed"] + 1


def test_a_report_reads_again_only_the_declarations_that_a_plan_is_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cases = [Case(number) for number in range(100, 112)]
    with open_store("memory:") as store:
        told = [file for case in cases for file in case.sent(at("02 08:00"))]
        intake.ingest(store, items(told), at("06 08:00"))
        rows = [
            plans.Row(1, (cases[0].own,), {"customer": "A"}),
            plans.Row(2, (cases[1].own,), {"contact": "Li"}),
        ]
        keeping.keep(store, rows, at("06 08:00"))
        read: list[set[int]] = []
        summaries = store.summaries

        def watched(ids: Any = None) -> Any:
            read.append(set(ids))
            return summaries(ids)

        monkeypatch.setattr(store, "summaries", watched)
        known = of_documents((id, codec.from_timings(one)) for id, one in store.timings())
        about = said.alike(store, known, at("07 08:00"))
        found = [timing for some in about for timing in some.timings()]
    assert len(found) == 12
    assert [one.customer for one in found if one.customer] == ["A"]
    assert [len(ids) for ids in read] == [1]
