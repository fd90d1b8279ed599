"""A user's own files: they are systems as any other, and a broken one stops nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import pytest

from clearance import customs
from clearance.customs import described, systems
from clearance.customs.unpacking import NotUnpacked, Unpacked, unpack
from clearance.errors import Unreadable
from tests.conftest import ROOT, Run
from tests.customs.described.support import DOCUMENT, HEAD, NOTICE, file

JSON = ("--format", "json")
AS_OF = ("--as-of", "2026-03-03T09:00:00+02:00")


@pytest.fixture
def own(home: Path) -> Iterator[Path]:
    """The folder of a user's own files."""
    described._checked.cache_clear()
    folder = home / "customs"
    folder.mkdir(parents=True)
    yield folder
    customs.use_folder(None)


def use(folder: Path) -> None:
    """Has the folder looked at anew, as a new run would."""
    customs.use_folder(None)
    described._checked.cache_clear()
    customs.use_folder(folder)


def reader_of(written: str) -> str:
    """The system that reads a document, or the kind of its refusal."""
    (one,) = unpack(written.encode(), "a.xml")
    if isinstance(one, NotUnpacked):
        return one.why.reason
    try:
        return one.events()[0].system
    except Unreadable as why:
        return why.reason


def test_a_file_is_a_system_as_any_other(own: Path, call: Run, tmp_path: Path) -> None:
    file(own)
    (tmp_path / "n.xml").write_text(NOTICE, encoding="utf-8")
    assert call("ingest", tmp_path / "n.xml", *JSON).json["new"] == 1
    (one,) = call("status", "XX1", *AS_OF, *JSON).json["declarations"]
    assert (one["dialect"], one["stage"]) == ("xx_made_up", "accepted")
    text = call("status", "XX1", *AS_OF, "--lang", "zh").text
    assert "虚构编号" in text
    assert "已接受" in text
    assert call("check", *AS_OF).code == 0
    assert call("store", "verify", *JSON).json["whole"]
    assert call("store", "rebuild", *JSON).code == 0
    (listed,) = (
        s for s in call("systems", "list", *JSON).json["systems"] if s["name"] == "xx_made_up"
    )
    assert (listed["bundled"], listed["roots"]) == (False, ["Notice"])


def test_a_broken_file_is_said_and_stops_no_other(own: Path, call: Run, tmp_path: Path) -> None:
    file(own)
    file(own, HEAD.replace("currency", "curency"), "xx_broken")
    (tmp_path / "n.xml").write_text(NOTICE, encoding="utf-8")
    ran = call("ingest", tmp_path / "n.xml", *JSON)
    assert (ran.code, ran.json["new"]) == (0, 1)
    said = "xx_broken.toml: curency is not a setting that is known"
    assert ran.talk.count(said) == 1
    assert ran.talk.strip().count("\n") == 0
    listed = call("systems", "list", *JSON).json
    assert [said in one["why"] for one in listed["unusable"]] == [True]


def test_files_beyond_the_limit_are_left_out_with_a_word(
    own: Path, call: Run, tmp_path: Path
) -> None:
    pairs = map("".join, product(ascii_lowercase, repeat=2))
    *names, one_more, another = [f"xx_{pair}" for pair in islice(pairs, described.MAX_FILES + 2)]
    for name in names:
        file(own, (HEAD + DOCUMENT).replace("xx_made_up", name), name)
    (tmp_path / "n.xml").write_text(NOTICE, encoding="utf-8")
    assert call("ingest", tmp_path / "n.xml").talk == ""
    for name in (one_more, another):
        file(own, (HEAD + DOCUMENT).replace("xx_made_up", name), name)
    said = f"only 200 files are read, in the order of their names: {one_more}.toml and what comes"
    for command in (("ingest", tmp_path / "n.xml"), ("systems", "list"), ("doctor", "--offline")):
        use(own)
        assert call(*command).talk.count(said) == 1
    assert f"{one_more}.toml 及其后的文件未读取" in call("systems", "list", "--lang", "zh").talk
    (left_out,) = call("systems", "list", *JSON).json["unusable"]
    assert said in left_out["why"]


def test_what_a_system_here_reads_stays_its_own(own: Path) -> None:
    greedy = DOCUMENT.replace('"Notice"', '"DEC_RESULT", "Manifest", "cargCsclPrgsInfoQryRtnVo"')
    file(own, HEAD + greedy)
    use(own)
    receipt = (
        "<DEC_RESULT><CUS_CIQ_NO>I20260000000000017</CUS_CIQ_NO><CHANNEL>7</CHANNEL>"
        "<NOTICE_DATE>2026-03-02T08:00:00</NOTICE_DATE></DEC_RESULT>"
    )
    assert reader_of(receipt) == "cn_single_window"
    found_nothing = "<cargCsclPrgsInfoQryRtnVo><tCnt>0</tCnt></cargCsclPrgsInfoQryRtnVo>"
    assert reader_of(found_nothing) == "not_a_status"


def test_what_is_only_known_by_name_may_be_read_by_a_file(own: Path) -> None:
    assert reader_of(NOTICE.replace("Notice", "Manifest")) == "not_a_status"
    file(own, HEAD + DOCUMENT.replace("Notice", "Manifest"))
    use(own)
    assert reader_of(NOTICE.replace("Notice", "Manifest")) == "xx_made_up"


def test_of_two_files_the_first_by_name_reads(own: Path) -> None:
    file(own)
    file(own, (HEAD + DOCUMENT).replace("xx_made_up", "xx_another"), "xx_another")
    use(own)
    assert reader_of(NOTICE) == "xx_another"


def test_a_file_may_take_the_place_of_one_that_is_bundled(own: Path) -> None:
    shutil.copy(Path(described.BUNDLED, "ar_arca.toml"), own)
    file = own / "ar_arca.toml"
    added = '[codes.NUEV]\nwords = { en = "new" }\nstage = "accepted"\n\n[codes.OFIC]'
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[codes.OFIC]", added, 1), encoding="utf-8")
    use(own)
    system = systems()["ar_arca"]
    assert not system.bundled
    code = system.code("", "NUEV")
    assert code is not None
    assert code.words["en"] == "new"
    answer = (ROOT / "samples" / "ar_arca" / "normal_import" / "1_ofic.xml").read_text("utf-8")
    assert reader_of(answer) == "ar_arca"


def test_a_system_in_python_cannot_be_replaced(own: Path) -> None:
    file(own, (HEAD + DOCUMENT).replace("xx_made_up", "uk_cds"), "uk_cds")
    use(own)
    (why,) = customs.unusable()
    assert "uk_cds is built in: take another name" in str(why)
    assert systems()["uk_cds"].bundled


def test_a_number_has_the_same_role_in_all_systems(own: Path) -> None:
    file(own, (HEAD + DOCUMENT).replace("xx_no", "mrn").replace("official", "group"))
    use(own)
    (why,) = customs.unusable()
    assert "kinds.mrn.role: must be official, as in other systems" in str(why)


def test_without_a_folder_nothing_is_looked_for(tmp_path: Path) -> None:
    customs.use_folder(tmp_path / "none")
    try:
        assert customs.unusable() == []
    finally:
        customs.use_folder(None)


def test_text_in_its_own_encoding_is_read_only_by_a_file_that_says_so(own: Path) -> None:
    """Latin letters of another encoding are never guessed for the others."""
    data = NOTICE.replace("</At>", "</At><Text>Señal</Text>").encode("cp1252")
    document = DOCUMENT
    file(own, HEAD + document)
    use(own)
    (one,) = unpack(data, "a.xml")
    assert isinstance(one, NotUnpacked)
    assert one.why.reason in ("encoding", "unknown_root")
    head = HEAD.replace('currency = "EUR"', 'currency = "EUR"\nundeclared_encoding = "cp1252"')
    file(own, head + document)
    use(own)
    (one,) = unpack(data, "a.xml")
    assert isinstance(one, Unpacked)
    assert one.events()[0].note == "Señal"


def test_a_message_is_kept_as_refused_until_its_file_is_put_right(
    own: Path, call: Run, tmp_path: Path
) -> None:
    file(own, HEAD.replace("currency", "curency") + DOCUMENT)
    (tmp_path / "n.xml").write_text(NOTICE, encoding="utf-8")
    assert call("ingest", tmp_path / "n.xml", *JSON).json["refused"] == 1
    file(own)
    customs.use_folder(None)
    assert call("refused", "retry", *JSON).json["new"] == 1
