"""``clearance list``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import DECLARATION, EVENT, declared, fits
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, UNKNOWN, Case, Run, at, laid


def test_list_shows_open_declarations_without_their_events(kept: Run) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json")
    assert sorted(declared(ran)) == sorted(c.entry for c in (INSPECTED, RESENT, UNKNOWN))
    for one in ran.json["declarations"]:
        assert fits(one, DECLARATION)
        assert "events" not in one
    with_events = kept("list", "--as-of", AS_OF, "--events", "--format", "json").json
    assert all(fits(e, EVENT) for one in with_events["declarations"] for e in one["events"])
    assert [len(one["events"]) for one in with_events["declarations"]] != [0, 0, 0]


def test_list_is_most_urgent_first_as_the_last_check_left_it(kept: Run, tmp_path: Path) -> None:
    before = kept("list", "--as-of", AS_OF, "--format", "json")
    assert all(one["alerts"] == [] for one in before.json["declarations"])
    laid([UNKNOWN.told("E", at("06 08:00"))], tmp_path / "more")
    kept("ingest", tmp_path / "more")
    kept("check", "--as-of", AS_OF)
    ran = kept("list", "--as-of", AS_OF, "--format", "json")
    assert declared(ran) == [UNKNOWN.entry, INSPECTED.entry, RESENT.entry]
    assert [a["rule"] for a in ran.json["declarations"][1]["alerts"]] == ["inspection_ordered"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--all",), [CLOSED, INSPECTED, RESENT, UNKNOWN]),
        (("--stage", "inspection"), [INSPECTED]),
        (("--stage", "cleared"), [CLOSED]),
        (("--stage", "draft"), []),
        (("--stage", "unknown"), []),
        (("--office", "2248"), [INSPECTED, RESENT]),
        (("--office", "2248", "--stage", "reviewed"), [RESENT]),
        (("--direction", "export"), [UNKNOWN]),
        (("--direction", "export", "--all"), [CLOSED, UNKNOWN]),
        (("--direction", "transit"), []),
        (("--since", "2026-03-05"), [RESENT, UNKNOWN]),
        (("--since", "24h"), [UNKNOWN]),
        (("--since", "2d", "--all"), [INSPECTED, RESENT, UNKNOWN]),
        (("--since", "1w", "--all"), [CLOSED, INSPECTED, RESENT, UNKNOWN]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_list_narrows_down(kept: Run, options: tuple[str, ...], found: list[Case]) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json", *options)
    assert ran.code == 0
    assert sorted(declared(ran)) == sorted(case.entry for case in found)


@pytest.mark.parametrize(
    ("sort", "first"), [("since", RESENT), ("declared", INSPECTED), ("reference", RESENT)]
)
def test_list_is_sorted_as_asked(kept: Run, sort: str, first: Case) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json", "--sort", sort)
    if sort == "reference":
        assert declared(ran) == sorted(declared(ran))
    else:
        key = {"since": "since", "declared": "declared_at"}[sort]
        times = [one[key] for one in ran.json["declarations"]]
        assert times == sorted(times)
        assert declared(ran)[0] == first.entry


def test_two_staged_under_one_bill_are_listed_by_their_own_numbers_and_have_their_own_cutoffs(
    call: Run, tmp_path: Path
) -> None:
    """Both are named by the bill, since nothing better is known of them."""
    receipt = (
        "<DEC_RESULT><CUS_CIQ_NO>{}</CUS_CIQ_NO><ENTRY_ID></ENTRY_ID><BILL_NO>BILL1</BILL_NO>"
        "<NOTICE_DATE>2026-03-02T08:00:00</NOTICE_DATE><CHANNEL>0</CHANNEL></DEC_RESULT>"
    )
    numbers = [f"Z2026{n:013}" for n in (1, 2)]
    said = []
    for order in (numbers, numbers[::-1]):
        store = ("--store", str(tmp_path / f"{order[0]}.db"))
        for number in order:
            file = tmp_path / f"{order[0]}-{number}.xml"
            file.write_text(receipt.format(number), encoding="utf-8")
            assert call("ingest", str(file), *store).code == 0
        cutoff = ("--cutoff", "2026-03-04T12:00", "--direction", "export")
        call("plan", "set", numbers[0], *cutoff, "--as-of", "2026-03-02T09:00+08:00", *store)
        ran = call("list", "--as-of", "2026-03-03T00:00+08:00", "--format", "json", *store)
        said.append(ran.out)
        cutoffs = {d["references"]["staged_no"][0]: d["cutoff"] for d in ran.json["declarations"]}
        assert cutoffs == {numbers[0]: "2026-03-04T12:00:00+08:00", numbers[1]: None}
    assert said[0] == said[1]
