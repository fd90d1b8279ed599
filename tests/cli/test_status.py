"""``clearance status``."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from clearance.cli import status
from clearance.cli._run import Run as Command
from clearance.model import INTERVALS
from clearance.timelines import query
from tests.cli.support import ALERT, DECLARATION, EVENT, declared, fits, packed
from tests.conftest import AS_OF, CLOSED, INSPECTED, RESENT, RETURNED, UNKNOWN, Case, Run, at, laid


@pytest.mark.parametrize(
    "number",
    [
        CLOSED.entry,
        CLOSED.unified,
        CLOSED.own,
        "OUT_11",
        "out_11",
        CLOSED.unified.lower(),
        CLOSED.own.lower(),
        f" {CLOSED.entry[:4]} {CLOSED.entry[4:]}\t",
        CLOSED.entry.translate({ord("0") + n: ord("\uff10") + n for n in range(10)}),
        "\uff25" + CLOSED.unified[1:],
    ],
)
def test_any_number_finds_its_declaration(kept: Run, number: str) -> None:
    assert declared(kept("status", number, "--format", "json")) == [CLOSED.entry]


@pytest.mark.parametrize(
    "reference", ["PO 2026 17", "po-17 \uff08\u4e0a\u6d77\uff09", "\uff30\uff2f17"]
)
def test_a_reference_that_is_written_oddly_is_found_as_it_is_written(
    call: Run, tmp_path: Path, reference: str
) -> None:
    case = Case(71, ref=reference)
    call(
        "ingest", laid(Case(71, ref=reference).sent(at("04 09:00"), base="OUT_71"), tmp_path / "in")
    )
    found = call("status", reference, "--format", "json")
    assert found.json["declarations"][0]["references"]["unified_no"] == [case.unified]


def test_a_returned_declaration_is_found_by_its_old_number_too(kept: Run) -> None:
    for number in (RETURNED.unified, RESENT.unified, "TEST-RESENT"):
        (one,) = kept("status", number, "--format", "json").json["declarations"]
        assert one["references"]["unified_no"] == [RETURNED.unified, RESENT.unified]


def test_a_bill_finds_all_its_declarations(call: Run, tmp_path: Path) -> None:
    files = []
    for case in (Case(81), Case(82), Case(83, "export")):
        file = case.told("L", at("04 09:00"))
        bill = b"<BILL_NO>TESTBILL7</BILL_NO></DEC_RESULT>"
        files.append(file._replace(data=file.data.replace(b"</DEC_RESULT>", bill)))
    call("ingest", laid(files[:2], tmp_path / "in"))
    call("ingest", laid([Case(84).told("L", at("04 09:00"))], tmp_path / "other"))
    ran = call("status", "testbill7", "--format", "json")
    assert sorted(declared(ran)) == [Case(81).entry, Case(82).entry]


def test_several_numbers_show_each_declaration_once_in_their_order(kept: Run) -> None:
    ran = kept("status", UNKNOWN.own, CLOSED.own, UNKNOWN.entry, "--format", "json")
    assert declared(ran) == [UNKNOWN.entry, CLOSED.entry]


@pytest.mark.parametrize("command", ["status", "explain"])
def test_an_unknown_number_tells_the_closest_known_ones(kept: Run, command: str) -> None:
    """Two digits of the entry number of 22 were swapped."""
    ran = kept(command, "224820261000000202", "--format", "json")
    assert ran.code == 1
    assert ran.error["kind"] == "not_found"
    assert "224820261000000202" in ran.error["message"]
    assert INSPECTED.entry in ran.error["message"]


def test_the_closest_number_is_told_first(kept: Run) -> None:
    ran = kept("status", "224820261000000023")
    assert ran.talk.index(INSPECTED.entry) < ran.talk.index(RESENT.entry)


def test_status_has_every_key_of_the_contract(kept: Run) -> None:
    kept("check", "--as-of", AS_OF)
    ran = kept("status", CLOSED.own, INSPECTED.own, "--as-of", AS_OF, "--format", "json")
    assert ran.json["as_of"] == AS_OF
    closed, inspected = ran.json["declarations"]
    for one in (closed, inspected):
        assert fits(one, DECLARATION)
        assert set(one["intervals"]) == set(INTERVALS)
        assert all(event.keys() >= EVENT.keys() and fits(event, EVENT) for event in one["events"])
        assert all(event["message"].startswith("sha256:") for event in one["events"])
    assert closed["dialect"] == "cn_single_window"
    assert closed["references"] == {
        "client_ref": [CLOSED.own],
        "entry_no": [CLOSED.entry],
        "sent_as": ["OUT_11"],
        "unified_no": [CLOSED.unified],
    }
    assert (closed["direction"], closed["office"], closed["stage"]) == ("export", "3104", "cleared")
    assert (closed["open"], closed["guaranteed"]) == (False, False)
    assert closed["declared_at"] == closed["first_declared_at"] == "2026-03-02T08:00:10+08:00"
    assert closed["accepted_at"] == "2026-03-02T08:00:20+08:00"
    assert closed["released_at"] == "2026-03-02T10:00:00+08:00"
    assert closed["cleared_at"] == closed["since"] == "2026-03-03T15:00:00+08:00"
    assert closed["intervals"]["submit-accept"] == 10
    assert closed["intervals"]["accept-release"] == 7180
    assert closed["intervals"]["declare-close"] == 111590
    assert closed["intervals"]["arrive-declare"] is None
    assert [event["code"] for event in closed["events"]] == ["0", "7", "L", "P", "R"]
    assert (inspected["open"], inspected["cleared_at"]) == (True, None)
    (alert,) = inspected["alerts"]
    assert fits(alert, ALERT)
    assert alert["rule"] == "inspection_ordered"


def test_outstanding_actions_are_told_with_customs_note(call: Run, tmp_path: Path) -> None:
    """Released, and customs still wants the duties."""
    case = Case(91)
    files = [
        *case.sent(at("02 08:00")),
        case.told("L", at("02 08:01")),
        case.told("K", at("02 09:00")),
        case.told("T", at("02 09:30"), note="税单已生成"),
    ]
    call("ingest", laid(files, tmp_path / "in"))
    (one,) = call("status", case.own, "--as-of", AS_OF, "--format", "json").json["declarations"]
    assert (one["stage"], one["guaranteed"]) == ("released", True)
    (action,) = one["outstanding"]
    assert fits(action, {"action": str, "since": str, "note": str})
    assert (action["action"], action["note"]) == ("tax", "税单已生成")


def test_unknown_values_are_null_and_never_empty(call: Run) -> None:
    """A client error carries no number, no office and no direction."""
    box = packed({
        "Failed_OUT_5_20260304090000123.xml": (
            b"<?xml version='1.0'?><Root><failCode>E1</failCode><failInfo>no card</failInfo></Root>"
        )
    })  # fmt: skip
    assert call("ingest", "-", stdin=box).code == 0
    (one,) = call("status", "OUT_5", "--format", "json").json["declarations"]
    assert fits(one, DECLARATION)
    assert (one["direction"], one["office"], one["declared_at"]) == (None, None, None)


def test_events_stand_in_the_order_of_their_times(kept: Run) -> None:
    (one,) = kept("status", "TEST-RESENT", "--format", "json").json["declarations"]
    times = [datetime.fromisoformat(event["at"]) for event in one["events"]]
    assert times == sorted(times)
    assert [event["stage"] for event in one["events"]].count("rejected") == 1


# Numbers as they are pasted

E, U = INSPECTED.entry, INSPECTED.unified


@pytest.mark.parametrize(
    "pasted",
    [
        f"报关单号：{E}",
        f"报关单号: {E}。",
        f"海关编号{E}",
        f"海关编号 {E}",
        f"统一编号：{U}",
        f"企业编号:{INSPECTED.own}",
        f"entry no. {E}",
        f"Entry No: {E}",
        f"Declaration number {E}",
        f"MRN {E}",
        f"{E[:4]}-{E[4:8]}-{E[8]}-{E[9:]}",
        f"{E[:4]}–{E[4:8]}–{E[8:]}",
        f"{E[:4]}.{E[4:8]}.{E[8:]}",
        f"\ufeff{E}",
        f"{E}\u200b",
        f"{E[:9]}\u2060{E[9:]}",
        f"*{E}*",
        f"{E}。",
        f"“{E}”",
        f"'{E}",
        f"【{E}】",
        f"({E})",
        f"{E}/",
        f"{E}\\",
        f"№{E}",
        f"№ {E}",
        f"MRN={E}",
        f"报关单号={E}",
        f"请查一下 {E} 放行了吗",
        f"查{E}，谢谢",
        f"报关单号：{E}".translate({ord("0") + n: ord("\uff10") + n for n in range(10)}),
    ],
)
def test_a_pasted_number_is_found_whatever_stands_around_it(kept: Run, pasted: str) -> None:
    assert declared(kept("status", pasted, "--format", "json")) == [E]


@pytest.mark.parametrize(
    "between",
    [
        ",",
        "，",
        "、",
        ";",
        "；",
        "/",
        " / ",
        "\n",
        "\r\n",
        "\t",
        " ",
        "  ",
        " | ",
        ", ",
        "。\n",
        "，\n报关单号：",
    ],
    ids=repr,
)
def test_several_numbers_in_one_argument_are_all_found(kept: Run, between: str) -> None:
    pasted = between.join((E, CLOSED.entry, RESENT.unified))
    ran = kept("status", pasted, "--format", "json")
    assert (ran.code, declared(ran)) == (0, [E, CLOSED.entry, RESENT.entry])


def test_a_reference_with_separators_in_it_is_looked_up_as_a_whole_first(
    call: Run, tmp_path: Path
) -> None:
    case, other = Case(71, ref="PO-17, 18/19"), Case(72, ref="PO-17")
    files = [*case.sent(at("04 09:00"), base="OUT_71"), *other.sent(at("04 09:00"))]
    call("ingest", laid(files, tmp_path / "in"))
    (one,) = call("status", "po-17, 18/19", "--format", "json").json["declarations"]
    assert one["references"]["unified_no"] == [case.unified]


@pytest.mark.parametrize("dash", "–—−‐\u2011－")
@pytest.mark.parametrize("around", ["{}", "ref. {}", "{}/", "请查 {} 放行了吗", "提单{}已到"])
def test_a_hyphen_is_found_whatever_dash_a_program_put_in_its_place(
    call: Run, tmp_path: Path, dash: str, around: str
) -> None:
    """And not another number, which is the same but for the hyphens."""
    case, other = Case(71, ref="PO-17-18"), Case(72, ref="PO1718")
    files = [*case.sent(at("04 09:00"), base="OUT_71"), *other.sent(at("04 09:00"))]
    call("ingest", laid(files, tmp_path / "in"))
    ran = call("status", around.format(f"po{dash}17{dash}18"), "--format", "json")
    (one,) = ran.json["declarations"]
    assert one["references"]["unified_no"] == [case.unified]


def test_what_is_said_is_not_said_of_a_number_with_another_dash(kept: Run) -> None:
    kept("plan", "set", "PO-17", "--contact", "Li")
    kept("plan", "set", "PO–17", "--contact", "Wu")
    plans = kept("plan", "list", "--format", "json").json["plans"]
    assert sorted(plan["references"] for plan in plans) == [["PO-17"], ["PO–17"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_a_dash_reads_the_numbers_from_standard_input(kept: Run, encoding: str) -> None:
    pasted = f"报关单号\r\n{E}\r\n\r\n{CLOSED.entry}\r\n".encode(encoding)
    ran = kept("status", "-", "--format", "json", stdin=pasted)
    assert declared(ran) == [E, CLOSED.entry]


def test_nothing_on_standard_input_is_wrong_usage(kept: Run) -> None:
    ran = kept("status", "-")
    assert (ran.code, ran.talk.count("\n")) == (2, 1)


def test_the_last_six_digits_find_the_one_declaration_that_ends_in_them(kept: Run) -> None:
    for end in (INSPECTED.entry[-9:], INSPECTED.entry[-6:]):
        ran = kept("status", end, "--format", "json")
        assert (ran.code, declared(ran)) == (0, [INSPECTED.entry])


def test_an_end_that_several_numbers_have_is_told_as_a_list(kept: Run, tmp_path: Path) -> None:
    twin = Case(22, "export", "5304", ref="TEST-TWIN")
    kept("ingest", laid([twin.told("L", at("05 09:00"))], tmp_path / "twin"))
    ran = kept("status", INSPECTED.entry[-6:], "--format", "json")
    assert ran.code == 1
    assert INSPECTED.entry in ran.error["message"]
    assert twin.entry in ran.error["message"]


def test_four_last_digits_are_answered_with_the_numbers_that_end_so(kept: Run) -> None:
    ran = kept("status", INSPECTED.entry[-4:])
    assert ran.code == 1
    assert INSPECTED.entry in ran.talk


@pytest.mark.parametrize("command", ["status", "explain"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_unknown_number_hides_none_of_the_known_ones(
    kept: Run, command: str, lang: str
) -> None:
    mistyped = f"{RESENT.entry[:-2]}43"
    options = (E, "99999", CLOSED.entry, mistyped, "--lang", lang)
    ran = kept(command, *options)
    assert ran.code == 1
    assert E in ran.text
    assert CLOSED.entry in ran.text
    assert ran.talk.count("\n") == 2
    told = kept(command, *options, "--format", "json")
    assert told.code == 1
    assert declared(told) == [E, CLOSED.entry]
    assert [one["number"] for one in told.json["unknown"]] == ["99999", mistyped]
    assert RESENT.entry in told.json["unknown"][1]["close"]


def test_the_nearest_numbers_are_told_with_stage_and_own_reference(kept: Run) -> None:
    mistyped = f"{E[:-2]}32"
    assert f"{E} (inspection, {INSPECTED.own})" in kept("status", mistyped).talk
    assert f"{E}（查验，{INSPECTED.own}）" in kept("status", mistyped, "--lang", "zh").talk


def test_a_mistyped_number_with_dashes_is_answered_with_the_nearest_too(kept: Run) -> None:
    ran = kept("status", f"{E[:4]}-{E[4:8]}-{E[8]}-{E[9:-2]}32")
    assert E in ran.talk


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("000211", "211"),
        ("000211", "00211"),
        ("000211", "0000211"),
        ("211", "000211"),
        ("211", "\uff10\uff12\uff11\uff11"),
        ("PO211", "0 po 211"),
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        ("status", "{}"),
        ("explain", "{}"),
        ("note", "{}", "called"),
        ("event", "{}", "released", "--at", "2026-03-06T08:00"),
        ("done", "{}", "tax"),
        ("close", "{}", "--why", "given up"),
        ("reopen", "{}"),
        ("share", "{}", "--output", "page.html"),
        ("plan", "set", "{}", "--cutoff", "2026-03-07T12:00"),
    ],
    ids=lambda line: line[0],
)
def test_a_number_but_for_the_zeros_before_it_is_named_and_never_taken_for_it(
    call: Run, tmp_path: Path, line: tuple[str, ...], known: str, written: str
) -> None:
    """A spreadsheet drops the zeros before a number; nobody knows whether it did."""
    case = Case(71, ref=known)
    others = [Case(number, ref=f"0{number}-1") for number in range(72, 84)]
    files = [file for one in (case, *others) for file in one.sent(at("04 09:00"))]
    call("ingest", laid(files, tmp_path / "in"))
    ran = call(*(word.format(written) for word in line), "--as-of", AS_OF)
    if line[0] == "plan":
        assert ran.code == 0
        assert known not in ran.text.split()
        assert "no declaration has the number" in ran.talk
    else:
        assert (ran.code, ran.out) == (1, b"")
    assert re.search(rf"\b{known}( \(submitted|\))", ran.talk)


def test_the_end_of_one_number_and_another_but_for_its_zeros_are_both_named(
    call: Run, tmp_path: Path
) -> None:
    """Either may be meant."""
    files = [*Case(71, ref="71").sent(at("04 09:00")), *INSPECTED.sent(at("04 09:00"))]
    ends = Case(72, ref="AB-000071").sent(at("04 09:00"))
    call("ingest", laid([*files, *ends], tmp_path / "in"))
    ran = call("status", "000071")
    assert (ran.code, ran.out) == (1, b"")
    assert "71 (submitted" in ran.talk
    assert Case(72).unified in ran.talk


@pytest.mark.parametrize("cut", ["2.2482E+17", "2.24820261E17", f"{E[:15]}000"])
def test_a_number_that_a_spreadsheet_cut_is_told_as_such(kept: Run, cut: str) -> None:
    ran = kept("status", cut)
    assert ran.code == 1
    assert "a spreadsheet may have cut" in ran.talk
    assert E in ran.talk
    assert "电子表格" in kept("status", cut, "--lang", "zh").talk


def test_several_unknown_numbers_are_one_line_each(kept: Run) -> None:
    ran = kept("status", "NO-SUCH-1", "NO-SUCH-2")
    assert (ran.code, ran.out, ran.talk.count("\n")) == (1, b"", 2)
    told = kept("status", "NO-SUCH-1", "NO-SUCH-2", "--format", "json")
    assert "NO-SUCH-1" in told.error["message"]
    assert "NO-SUCH-2" in told.error["message"]


# What a person reads


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_next_step_stands_with_the_trouble(kept: Run, lang: str) -> None:
    kept("check", "--as-of", AS_OF)
    text = kept("status", INSPECTED.own, "--as-of", AS_OF, "--lang", lang).text
    lines = [line.split()[0] for line in text.splitlines()[1:]]
    assert {"en": "next", "zh": "下一步"}[lang] in lines


def test_status_shows_the_plan_of_a_shipment(kept: Run) -> None:
    facts = ("--cutoff", "2026-03-07T18:00", "--etd", "2026-03-08 08:00", "--tax", "12345.5")
    more = ("--contact", "Li", "--consolidated", "yes")
    kept("plan", "set", UNKNOWN.own, *facts, *more, "--as-of", AS_OF)
    text = kept("status", UNKNOWN.entry, "--as-of", AS_OF, "--lang", "zh").text
    for said in ("2026-03-07 18:00", "2026-03-08 08:00", "12,345.50", "Li"):
        assert said in text
    assert "汇总征税" in text
    (one,) = kept("status", UNKNOWN.entry, "--as-of", AS_OF, "--format", "json").json[
        "declarations"
    ]
    assert one["said"]["cutoff"] == {
        "value": "2026-03-07T18:00:00+08:00", "by": None, "at": AS_OF,
    }  # fmt: skip
    (before,) = kept(
        "status", UNKNOWN.entry, "--as-of", "2026-03-05T20:00", "--format", "json"
    ).json["declarations"]
    assert before["said"] == {}


def test_a_planned_shipment_that_is_not_declared_is_told_with_its_plan(kept: Run) -> None:
    kept("plan", "set", "SHIP-9", "--cutoff", "2026-03-07T18:00", "--as-of", AS_OF)
    ran = kept("status", "ship-9", "--as-of", AS_OF)
    assert ran.code == 0
    assert "not declared" in ran.text
    assert "2026-03-07 18:00" in ran.text
    assert "尚未申报" in kept("status", "SHIP-9", "--lang", "zh", "--as-of", AS_OF).text
    told = kept("status", "SHIP-9", E, "--as-of", AS_OF, "--format", "json").json
    assert told["planned"][0]["references"] == ["SHIP-9"]
    assert [d["references"]["entry_no"] for d in told["declarations"]] == [[E]]


def test_a_note_is_shown_without_separators_around_it_and_json_has_it_as_it_came(
    call: Run, tmp_path: Path
) -> None:
    case = Case(91)
    call("ingest", laid([case.told("P", at("02 09:00"), note=";报关单放行;")], tmp_path / "in"))
    text = call("status", case.entry).text
    assert "报关单放行" in text
    assert ";" not in text
    (one,) = call("status", case.entry, "--format", "json").json["declarations"]
    assert one["events"][0]["note"] == ";报关单放行;"


def test_a_number_that_is_told_under_two_names_is_shown_once(kept: Run) -> None:
    assert "OUT_11" in kept("status", CLOSED.own).text
    text = kept("status", INSPECTED.own).text
    assert text.count(INSPECTED.own) == 1


def test_durations_are_in_the_readers_language(kept: Run) -> None:
    text = kept("status", CLOSED.own, "--lang", "zh").text
    assert "1 天 06 小时" in text
    assert " d " not in text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "and no name begins so: clearance list --find looks inside names too"),
        ("zh", "也没有以此开头的名称：clearance list --find 可查名称中间的文字"),
    ],
)
def test_what_is_no_number_and_begins_no_name_is_told_what_looks_inside_names(
    kept: Run, lang: str, said: str
) -> None:
    ran = kept("status", "鹏达", "--lang", lang)
    assert (ran.code, ran.out) == (1, b"")
    assert said in ran.talk
    assert "--find" not in kept("status", "99999", "--lang", lang).talk


def test_alerts_are_told_with_the_check_they_are_of(kept: Run) -> None:
    """They may have been true then only; and where none was made, nothing is known of them."""
    ask = ("status", INSPECTED.entry, CLOSED.entry, "--as-of", AS_OF, "--format", "json")
    assert kept(*ask).json["checked_at"] is None
    kept("check", "--as-of", AS_OF)
    assert kept(*ask).json["checked_at"] == AS_OF
    before = kept("status", INSPECTED.entry, "--as-of", "2026-03-05T23:00", "--format", "json")
    assert before.json["checked_at"] is None
    later = AS_OF.replace("09:00", "17:30")
    found = kept("alerts", "list", "--as-of", later, "--format", "json").json["alerts"]
    shown = kept("alerts", "show", found[0]["id"], "--as-of", later, "--lang", "en")
    assert "as of the check of 2026-03-06 09:00" in shown.out.decode()


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        (AS_OF.replace("09:00", "17:30"), "as of the check of 2026-03-06 09:00"),
        ("2026-03-05T18:00", ""),
    ],
)
def test_above_a_timeline_with_alerts_stands_which_check_they_are_of(
    kept: Run, home: Path, as_of: str, said: str
) -> None:
    """Nothing where it came after the moment asked about."""
    for moment in ("2026-03-05T12:00", AS_OF):
        kept("check", "--as-of", moment)
    run = Command(store_url=str(home / "clearance.db"), clock=at("06 18:00"), written_as_of=as_of)
    with run.open() as store:
        found = query.look_up(store, [INSPECTED.entry], run.as_of)
        page = status.shown(run, store, found)
    assert page.json["declarations"][0]["alerts"]
    assert page.heading == said


def test_times_of_a_declaration_with_events_of_two_systems_are_of_one_clock(
    call: Run, tmp_path: Path
) -> None:
    """The JSON has each with its offset; a table has none, and would show them in disorder."""
    mrn = "26DK000000000000E1"
    notice = (
        "<Notification><NotificationEventType>CWMACC</NotificationEventType><IssueDateTime>"
        f"20260702080000Z</IssueDateTime><Declaration><MRN>{mrn}</MRN></Declaration></Notification>"
    )
    released = (
        "<CC029C><preparationDateAndTime>2026-07-02T08:30:00</preparationDateAndTime>"
        f"<TransitOperation><MRN>{mrn}</MRN></TransitOperation></CC029C>"
    )
    for name, data in (("a.xml", notice), ("b.xml", released)):
        (tmp_path / name).write_text(data, encoding="utf-8")
    assert call("ingest", tmp_path / "a.xml", tmp_path / "b.xml").code == 0
    as_of = ("--as-of", "2026-07-03T09:00:00+02:00")
    (one,) = call("status", mrn, *as_of, "--format", "json").json["declarations"]
    assert [event["at"] for event in one["events"]] == [
        "2026-07-02T10:00:00+02:00",
        "2026-07-02T08:30:00+00:00",
    ]
    text = call("status", mrn, *as_of).text
    times = re.findall(r"2026-07-02 [0-9:]{5,8}", text)
    assert len(times) == 3
    assert len({time[:13] for time in times}) == 1


def test_of_a_system_without_forms_that_is_what_is_said(call: Run, tmp_path: Path) -> None:
    """Nobody is sent to look for a message that there is not."""
    file = tmp_path / "a.xml"
    file.write_text(
        "<CC029C><preparationDateAndTime>2026-07-02T08:30:00</preparationDateAndTime>"
        "<TransitOperation><MRN>26DE00000000000010</MRN></TransitOperation></CC029C>"
    )
    call("ingest", file)
    ran = call("form", "26DE00000000000010", "--output", tmp_path / "f.html")
    assert ran.code == 1
    assert "there is no form of declarations of eu_ncts" in ran.talk
