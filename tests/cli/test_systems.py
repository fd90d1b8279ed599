"""``systems``: which customs systems there are, what one reads, and a file tried on samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance.customs import systems
from clearance.customs.described import BUNDLED
from tests.conftest import ROOT, Run
from tests.customs.described.support import DOCUMENT, HEAD, NOTICE, file

SAMPLES = ROOT / "samples"
JSON = ("--format", "json")


def test_every_system_is_listed_with_the_roots_it_reads(call: Run) -> None:
    listed = call("systems", "list", *JSON).json
    assert [one["name"] for one in listed["systems"]] == [*systems()]
    assert all(one["roots"] and one["bundled"] for one in listed["systems"])
    assert listed["unusable"] == []


@pytest.mark.parametrize("name", [*systems()])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_is_shown_with_its_codes_in_words(call: Run, name: str, lang: str) -> None:
    shown = call("systems", "show", name, *JSON).json
    assert (shown["name"], shown["zone"]) == (name, systems()[name].zone_name)
    assert len(shown["codes"]) >= 5
    assert all(code["en"] for code in shown["codes"])
    assert len(call("systems", "show", name, "--lang", lang).text.splitlines()) > 10


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("cn_single_window", "CEB…Message"),
        ("eu_ncts", "CCnnnA, CCnnnB"),
        ("uk_cds", "…MetaData"),
        ("dk_dms", "SuccessfulSubmissionResponseDTO"),
    ],
)
def test_documents_are_shown_to_people_without_the_signs_of_patterns(
    call: Run, name: str, written: str
) -> None:
    text = call("systems", "show", name).text.partition("number ")[0]
    assert written in text
    assert not set("[]{}()|*+?") & set(text.partition("reads")[2])


def test_a_name_that_is_none_is_answered_with_those_there_are(call: Run) -> None:
    ran = call("systems", "show", "nowhere")
    assert ran.code == 1
    assert "there is no customs system nowhere: there are cn_single_window" in ran.talk


def test_a_file_is_tried_and_nothing_is_kept(call: Run, home: Path) -> None:
    sample = SAMPLES / "kr_unipass" / "rows_left_out" / "1_masked.xml"
    ran = call("systems", "try", Path(BUNDLED, "kr_unipass.toml"), sample, *JSON)
    assert ran.code == 0
    (tried,) = ran.json["samples"]
    assert [event["code"] for event in tried["events"]] == ["수입신고", "수입신고수리"]
    why = {(one["path"], one["why"]) for one in tried["unread"]}
    assert ("cargCsclPrgsInfoQryVo/vydf", "no path of the file leads there") in why
    assert any("prcsDttm is '20260231095847': there is no such day" in said for _, said in why)
    assert not (home / "clearance.db").exists()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<Other/>", "<Other> is none of the roots of the file"),
        (NOTICE.replace("ACC", ""), "Status: is empty or not there"),
        (NOTICE.replace("XX1", ""), "it does not say which declaration it is about"),
        ("<a", "the message ends in the middle"),
    ],
)
def test_why_a_sample_gives_nothing_is_said(
    call: Run, tmp_path: Path, written: str, said: str
) -> None:
    (tmp_path / "s.xml").write_text(written, encoding="utf-8")
    ran = call("systems", "try", file(tmp_path), tmp_path / "s.xml", *JSON)
    (tried,) = ran.json["samples"]
    assert (ran.code, tried["events"]) == (3, [])
    assert said in tried["refused"]


def test_where_nothing_stands_that_a_document_is_made_of_is_said(call: Run, tmp_path: Path) -> None:
    (tmp_path / "s.xml").write_text(NOTICE, encoding="utf-8")
    made = file(tmp_path, HEAD + DOCUMENT.replace("references =", 'each = "Row"\nreferences ='))
    (tried,) = call("systems", "try", made, tmp_path / "s.xml", *JSON).json["samples"]
    assert {"path": "Row", "why": "is empty or not there"} in tried["unread"]


def test_a_sample_that_is_not_there_is_not_taken_for_one_that_is_read(
    call: Run, tmp_path: Path
) -> None:
    (tmp_path / "s.xml").write_text(NOTICE, encoding="utf-8")
    (tmp_path / "empty.xml").touch()
    (tmp_path / "folder").mkdir()
    made, sample, missing = file(tmp_path), tmp_path / "s.xml", tmp_path / "none.xml"
    alone = call("systems", "try", made, missing)
    assert (alone.code, alone.talk.count("does not exist")) == (2, 1)
    beside = call("systems", "try", made, sample, missing, *JSON)
    assert (beside.code, len(beside.json["samples"])) == (3, 1)
    assert "none.xml does not exist" in beside.talk
    (empty,) = call("systems", "try", made, tmp_path / "empty.xml", *JSON).json["samples"]
    assert empty["refused"] == "the file is empty"
    nothing = call("systems", "try", made, tmp_path / "folder")
    assert (nothing.code, "there is nothing to try" in nothing.talk) == (2, True)


def test_a_code_that_is_in_no_table_is_said(call: Run, tmp_path: Path) -> None:
    (tmp_path / "s.xml").write_text(NOTICE.replace("ACC", "NEW"), encoding="utf-8")
    (tried,) = call("systems", "try", file(tmp_path), tmp_path / "s.xml", *JSON).json["samples"]
    assert {"path": "Status", "why": "NEW is not in the table of codes"} in tried["unread"]


def test_who_reads_a_sample_already_is_said(call: Run, tmp_path: Path) -> None:
    own = file(tmp_path, HEAD + DOCUMENT.replace("Notice", "DetalladaListaDeclaracionesResponse"))
    sample = SAMPLES / "ar_arca" / "normal_import" / "1_ofic.xml"
    (tried,) = call("systems", "try", own, sample, *JSON).json["samples"]
    assert tried["goes_to"] == "ar_arca"


def test_a_file_that_is_wrong_is_one_line(call: Run, tmp_path: Path) -> None:
    broken = file(tmp_path, HEAD.replace("currency", "curency"))
    ran = call("systems", "try", broken, broken)
    assert ran.code == 2
    assert ran.talk.strip().endswith("xx_made_up.toml: curency is not a setting that is known")
    assert call("systems", "try", tmp_path / "none.toml", broken).code == 2
