"""What a report makes of amendments after the closure, lost messages, and dates on the form."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window.demo import File, business_receipt
from tests.conftest import Case, Run, at, laid

PERIOD = ("report", "--period", "2026Q1", "--as-of", "2026-04-20")


def read(call: Run, *asked: str) -> dict[str, Any]:
    ran = call(*asked, "--format", "json")
    assert ran.code == 0, ran.talk
    document: dict[str, Any] = ran.json
    return document


def is_what_the_messages_say(call: Run, *asked: str) -> bool:
    """Whether the second way comes to the same report."""
    assert call(*asked, "--output", "saved.json").code == 0
    return not read(call, "report", "--verify", "saved.json")["different"]


def course(case: Case, *told: str) -> list[File]:
    """A declaration that customs tells of, each as ``P 02 09:00``."""
    return [case.told(line[0], at(line[2:])) for line in told]


CLOSED = ("L 02 08:01", "P 02 12:00", "R 04 08:00")
AMENDED = ("M 10 08:00", "P 10 10:00", "R 10 11:00")


@pytest.mark.parametrize("cohort", ["declared", "closed"])
def test_an_amendment_after_the_closure_changes_no_time_and_is_a_figure_of_its_own(
    call: Run, tmp_path: Path, cohort: str
) -> None:
    cases = [Case(number) for number in range(1, 21)]
    once = [file for one in cases for file in (*one.sent(at("02 08:00")), *course(one, *CLOSED))]
    call("ingest", laid(once, tmp_path / "once"))
    asked = (*PERIOD, "--cohort", cohort)
    before = read(call, *asked)
    again = [file for one in cases for file in course(one, *AMENDED)]
    call("ingest", laid(again, tmp_path / "again"))
    after = read(call, *asked)
    (old,), (new,) = before["rows"], after["rows"]
    assert (new["declared"], new["closed"], new["open"]) == (20, 20, 0)
    for name in ("mean_closed", "median", "rmst", "p90", "within", "change"):
        assert new[name] == old[name], name
    assert new["median"] == 48 * 3600
    for told in ("stages", "longest", "anomalies"):
        assert after[told] == before[told]
    assert is_what_the_messages_say(call, *asked)
    if cohort == "declared":
        assert [row["amended_rate"]["count"] for row in (old, new)] == [0, 20]
        assert [row["amendment_hours"]["value"] for row in (old, new)] == [0, 20 * 3]


@pytest.mark.parametrize(
    ("told", "seconds", "waits_for"),
    [
        (("L 02 08:00", "R 04 08:00"), 48 * 3600, "unknown"),
        (("P 03 08:00", "R 04 08:00"), 24 * 3600, "unknown"),
        (("L 02 08:00", "P 03 08:00", "R 04 08:00"), 0, None),
    ],
    ids=["no release", "no acceptance", "none lost"],
)
def test_time_before_a_lost_message_is_said_to_be_unknown(
    call: Run, tmp_path: Path, told: tuple[str, ...], seconds: int, waits_for: str | None
) -> None:
    """Nobody is made to answer for it, the customs system least of all."""
    case = Case(3)
    call("ingest", laid([*case.sent(at("02 08:00")), *course(case, *told)], tmp_path / "in"))
    stages = {one["stage"]: one for one in read(call, *PERIOD)["stages"]}
    unknown = stages.get("unknown", {"seconds": 0, "owner": None})
    assert (unknown["seconds"], unknown["owner"]) == (seconds, waits_for)
    assert sum(one["seconds"] for one in stages.values() if one["owner"] == "system") == 0
    assert sum(one["seconds"] for one in stages.values()) == 48 * 3600
    assert is_what_the_messages_say(call, *PERIOD)


def dated(case: Case, code: str, when: str, d_date: str) -> File:
    """What customs says at a time, with the declaration date that it writes."""
    file = business_receipt(case.unified, case.entry, code, at(when), 1, declared_at=at("01 00:00"))
    written = b"<D_DATE>2026-03-01T00:00:00<"
    assert written in file.data
    return File(file.name, file.data.replace(written, f"<D_DATE>{d_date}<".encode()), file.at)


@pytest.mark.parametrize("d_date", ["2026-03-02", "2026-03-02T00:00:00"])
def test_what_only_a_date_is_known_of_is_in_figures_of_days_and_named_beside_the_others(
    call: Run, tmp_path: Path, d_date: str
) -> None:
    lone, whole = Case(5), Case(6)
    files = [dated(lone, "P", "04 09:00", d_date), *whole.sent(at("02 08:00"))]
    call("ingest", laid([*files, *course(whole, *CLOSED)], tmp_path / "in"))
    document = read(call, *PERIOD)
    (row,) = document["rows"]
    assert document["day_only"] == [{"reference": lone.entry, "period": "2026Q1"}]
    assert (row["declared"], row["inspection_rate"]["n"]) == (1, 2)
    assert document["undated"] == 0
    assert is_what_the_messages_say(call, *PERIOD)
    for lang in ("en", "zh"):
        for form in ("table", "html"):
            assert lone.entry in call(*PERIOD, "--format", form, "--lang", lang).text


def test_the_quarter_is_that_of_the_declaration_date_and_not_of_the_message(
    call: Run, tmp_path: Path
) -> None:
    """Declared in the last second of March; the message that says so is of April."""
    case, april = Case(7), at("31 23:59:59") + timedelta(seconds=3)
    written = at("31 23:59:58")
    accepted = business_receipt(case.unified, case.entry, "L", april, 1, declared_at=written)
    call("ingest", laid([*case.sent(april), accepted], tmp_path / "in"))
    asked = ("report", "--period", "2026Q1..2026Q2", "--as-of", "2026-04-20")
    assert [row["declared"] for row in read(call, *asked)["rows"]] == [1, 0]
    assert is_what_the_messages_say(call, *asked)
    (one,) = read(call, "status", case.entry, "--as-of", "2026-04-20")["declarations"]
    assert one["dated_at"] == "2026-03-31T23:59:58+08:00"
