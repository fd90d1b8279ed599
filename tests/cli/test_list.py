"""``clearance list``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import DECLARATION, EVENT, declared, fits
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, ROOT, UNKNOWN, Case, Run, at, laid


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
        (("--since", "2026/3/5"), [RESENT, UNKNOWN]),
        (("--since", "20260305"), [RESENT, UNKNOWN]),
        (("--since", "2026年3月5日 10:00"), [UNKNOWN]),
        (("--stage", "查验"), [INSPECTED]),
        (("--stage", "INSPECTION"), [INSPECTED]),
        (("--stage", "Under-Review,Action Due,reviewed,查验"), [INSPECTED, RESENT]),
        (("--stage", "已结关，查验"), [CLOSED, INSPECTED]),
        (("--stage", "结关"), [CLOSED]),
        (("--direction", "出口"), [UNKNOWN]),
        (("--direction", "进口、出口"), [INSPECTED, RESENT, UNKNOWN]),
        (("--office", "2248,5304"), [INSPECTED, RESENT, UNKNOWN]),
        (("--office", "蛇口"), [UNKNOWN]),
        (("--find", "test-resent"), [RESENT]),
        (("--find", "0000022"), [INSPECTED]),
        (("--find", "nothing of the kind"), []),
        (("--office", "２２４８，５３０４"), [INSPECTED, RESENT, UNKNOWN]),
        (("--find", f"报关单号：{INSPECTED.entry}"), [INSPECTED]),
        (
            ("--find", f"'{INSPECTED.entry[:4]}-{INSPECTED.entry[4:8]}-{INSPECTED.entry[8:]}'"),
            [INSPECTED],
        ),
        (("--find", f"{INSPECTED.entry}，{RESENT.own}\n99999"), [INSPECTED, RESENT]),
        (("--find", "test–22"), [INSPECTED]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_list_narrows_down(kept: Run, options: tuple[str, ...], found: list[Case]) -> None:
    ran = kept("list", "--as-of", AS_OF, "--format", "json", *options)
    assert ran.code == 0
    assert sorted(declared(ran)) == sorted(case.entry for case in found)


def test_the_code_of_an_office_is_found_in_small_letters(call: Run) -> None:
    call("ingest", ROOT / "samples" / "eu_ncts" / "controls")
    asked = ("list", "--all", "--as-of", "2026-07-01T09:00", "--format", "json", "--office")
    found = [call(*asked, code).json["declarations"] for code in ("NL000396", "nl000396")]
    assert found[0] == found[1] != []


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


def test_a_wrong_stage_is_told_with_the_right_ones(kept: Run) -> None:
    ran = kept("list", "--stage", "查验,nowhere")
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    assert "nowhere" in ran.talk
    assert "inspection" in ran.talk


@pytest.mark.parametrize(("lang", "said"), [("en", "goods registration"), ("zh", "货物登记号")])
def test_a_registration_of_goods_with_the_number_of_a_declaration_is_not_taken_for_it(
    call: Run, lang: str, said: str
) -> None:
    call("ingest", ROOT / "samples" / "dk_dms" / "goods_registration", "--format", "json")
    shown = call("list", "--as-of", "2026-03-20", "--lang", lang).text
    lines = [line for line in shown.splitlines() if line.startswith("26DK000INVENTED6T5")]
    assert [said in line for line in lines] == [False, True]


def test_a_limit_leaves_the_less_urgent_out_and_says_so(kept: Run) -> None:
    whole = kept("list", "--as-of", AS_OF, "--format", "json")
    ran = kept("list", "--as-of", AS_OF, "--limit", "2", "--format", "json")
    assert declared(ran) == declared(whole)[:2]
    assert "1 more" in kept("list", "--as-of", AS_OF, "--limit", "2").text
    assert kept("list", "--limit", "0").code == 2


def test_what_is_open_comes_before_what_is_closed_without_alerts(kept: Run) -> None:
    """The closed one has been longest in its stage."""
    kept("check", "--as-of", AS_OF)
    ran = kept("list", "--all", "--as-of", AS_OF, "--format", "json")
    assert declared(ran)[-1] == CLOSED.entry


def test_what_was_deleted_is_listed_while_an_alert_about_it_fires(
    kept: Run, tmp_path: Path
) -> None:
    kept("ingest", laid([UNKNOWN.told("D", at("06 08:00"))], tmp_path / "more"))
    assert UNKNOWN.entry not in declared(kept("list", "--as-of", AS_OF, "--format", "json"))
    kept("check", "--as-of", AS_OF)
    assert declared(kept("list", "--as-of", AS_OF, "--format", "json"))[0] == UNKNOWN.entry
    every = kept("list", "--all", "--as-of", AS_OF, "--format", "json")
    assert declared(every)[0] == UNKNOWN.entry


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_never_checked_is_told_apart_from_checked_and_fine(kept: Run, lang: str) -> None:
    options = ("list", "--as-of", AS_OF, "--lang", lang)
    never = {"en": "not checked", "zh": "未检查"}[lang]
    assert kept(*options).text.count(never) == 3
    assert kept(*options, "--format", "json").json["checked_at"] is None
    kept("check", "--as-of", AS_OF)
    assert never not in kept(*options).text
    assert kept(*options, "--format", "json").json["checked_at"] == AS_OF
    kept("check", "--as-of", "2026-03-06T10:00:00+08:00", "--dry-run")
    assert kept(*options, "--format", "json").json["checked_at"] == AS_OF


def test_a_list_shows_the_own_reference_and_no_year_and_no_seconds(kept: Run) -> None:
    text = kept("list", "--as-of", AS_OF).text
    (line,) = [line for line in text.splitlines() if INSPECTED.entry in line]
    assert INSPECTED.own in line
    assert " 03-05 10:00 " in line
    assert "2026-03-05 10:00" in kept("list", "--as-of", "2027-01-02T09:00").text


def test_a_column_without_anything_in_it_is_left_out(kept: Run) -> None:
    assert "cutoff" not in kept("list", "--as-of", AS_OF).text
    kept("plan", "set", UNKNOWN.own, "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF)
    assert "03-07 18:00" in kept("list", "--as-of", AS_OF).text


def test_several_alerts_of_one_declaration_are_the_worst_and_a_count(
    kept: Run, tmp_path: Path
) -> None:
    kept("ingest", laid([INSPECTED.told("E", at("06 08:00"))], tmp_path / "more"))
    kept("check", "--as-of", AS_OF)
    kept("plan", "set", INSPECTED.own, "--arrival", "2026-01-02", "--as-of", AS_OF)
    kept("check", "--as-of", AS_OF)
    (told,) = kept("list", "--find", INSPECTED.own, "--as-of", AS_OF, "--format", "json").json[
        "declarations"
    ]
    count = len(told["alerts"])
    text = kept("list", "--find", INSPECTED.own, "--as-of", AS_OF).text
    assert told["alerts"][0]["severity"] == "critical"
    assert count == 1 or f" +{count - 1}\n" in text


def test_an_alert_that_is_only_pending_hides_none_that_fires(kept: Run) -> None:
    """An inspection, a warning, fires; by long standing it is about to be critical besides."""
    kept("check", "--as-of", AS_OF)
    kept("check", "--as-of", "2026-03-13T09:00")
    (told,) = kept(
        *("list", "--find", INSPECTED.own, "--as-of", "2026-03-13T09:00", "--format", "json")
    ).json["declarations"]
    assert [(a["rule"], a["state"]) for a in told["alerts"]] == [
        ("inspection_ordered", "firing"),
        ("stuck", "pending"),
    ]
    text = kept("list", "--find", INSPECTED.own, "--as-of", "2026-03-13T09:00").text
    assert "inspection ordered +1\n" in text


def test_a_shipment_that_is_planned_and_not_declared_is_listed(kept: Run) -> None:
    kept("plan", "set", "SHIP-9", "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF)
    kept("plan", "set", INSPECTED.own, "--free-until", "2026-03-10", "--as-of", AS_OF)
    told = kept("list", "--as-of", AS_OF, "--format", "json").json
    assert [plan["references"] for plan in told["planned"]] == [["SHIP-9"]]
    assert len(told["declarations"]) == 3
    text = kept("list", "--as-of", AS_OF, "--lang", "zh").text
    assert "尚未申报" in text
    assert "SHIP-9" in text
    for narrowed in (("--stage", "inspection"), ("--office", "2248"), ("--find", "TEST-22")):
        assert kept("list", *narrowed, "--as-of", AS_OF, "--format", "json").json["planned"] == []
    before = kept("list", "--as-of", "2026-03-05T18:00", "--format", "json").json
    assert before["planned"] == []


@pytest.mark.parametrize("command", [("list",), ("status", UNKNOWN.own)], ids=["list", "status"])
def test_an_office_is_shown_with_its_name(kept: Run, command: tuple[str, ...]) -> None:
    assert "5304 蛇口海关" in kept(*command, "--as-of", AS_OF, "--lang", "zh").text


def test_targets_are_counted_over_all_that_fits_whatever_the_limit(
    kept: Run, tmp_path: Path
) -> None:
    config = tmp_path / "targets.toml"
    config.write_text('[targets]\n"declare-release" = "24h"\n', encoding="utf-8")
    every = ("list", "--as-of", AS_OF, "--config", config)
    said = {kept(*every, *more).out.decode().splitlines()[-1] for more in ((), ("--limit", "1"))}
    assert len(said) == 1
    assert "declare-release: " in said.pop()


@pytest.mark.parametrize("text", ["云栖", "王师傅", "特种"])
def test_what_people_said_is_found_too(kept: Run, text: str) -> None:
    facts = ("--customer", "云栖食品", "--contact", "王师傅", "--goods", "特种电缆")
    for number in (INSPECTED.own, "PO-NOT-YET"):
        kept("plan", "set", number, *facts, "--as-of", AS_OF)
    found = kept("list", "--all", "--find", text, "--as-of", AS_OF, "--format", "json").json
    numbers = [one["references"]["entry_no"] for one in found["declarations"]]
    assert numbers == [[INSPECTED.entry]]
    assert [one["references"] for one in found["planned"]] == [["PO-NOT-YET"]]
    kept("plan", "set", INSPECTED.own, *(f"--clear={name[2:]}" for name in facts[::2]))
    found = kept("list", "--all", "--find", text, "--format", "json").json
    assert found["declarations"] == []
