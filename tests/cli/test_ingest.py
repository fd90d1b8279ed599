"""``clearance ingest``."""

from __future__ import annotations

import io
import os
import sys
import time
from itertools import count
from pathlib import Path
from random import Random

import pytest

from clearance.cli import ingest
from clearance.customs.cn_single_window.demo import File
from clearance.sources import Item
from tests.cli.support import HELLO, everything, fits, packed, receipts, writing
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run, at, laid, stories


def test_ingest_counts_messages(call: Run, tmp_path: Path) -> None:
    """
    a folder with two receipts, one of them twice under two names, a letter,
    a zip file in a folder below with a third receipt, and one that is cut short
    """
    taken, declared_, accepted = (
        *INSPECTED.sent(at("04 09:00")),
        INSPECTED.told("L", at("04 09:01")),
    )
    box = laid([taken, declared_, File("copy of it.xml", taken.data, taken.at)], tmp_path / "in")
    (box / "letter.txt").write_bytes(HELLO)
    (box / "below").mkdir()
    whole = packed(receipts(accepted))
    (box / "below" / "march.zip").write_bytes(whole)
    (box / "cut.zip").write_bytes(whole[:80])
    ran = call("ingest", box, "--format", "json")
    assert ran.code == 3
    result = ran.json
    assert set(result) >= {
        "schema", "read", "new", "duplicate", "refused", "events", "declarations", "refusals",
    }  # fmt: skip
    assert [result[name] for name in ("read", "new", "duplicate", "refused")] == [6, 3, 1, 2]
    assert (result["events"], result["declarations"]) == (3, 1)
    assert {r["name"] for r in result["refusals"]} == {"letter.txt", "cut.zip"}
    for refusal in result["refusals"]:
        assert fits(refusal, {"id": str, "name": str, "reason": str})
        assert refusal["id"].startswith("sha256:")
    again = call("ingest", box, "--format", "json")
    assert again.code == 0
    assert [again.json[n] for n in ("read", "new", "duplicate", "refused")] == [6, 0, 6, 0]
    assert again.json["refusals"] == []


def test_ingest_tells_each_refusal_in_a_line_on_stderr(call: Run, tmp_path: Path) -> None:
    laid([CLOSED.told("L", at("02 08:00:20"))], tmp_path)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_bytes(HELLO + name.encode())
    ran = call("ingest", tmp_path / "a.txt", tmp_path / "b.txt", *tmp_path.glob("*.xml"))
    assert ran.code == 3
    assert ran.talk.count("\n") == 2
    assert all(name in line for name, line in zip("ab", ran.talk.splitlines(), strict=True))
    assert "refused" in ran.text


def test_ingest_reads_a_message_or_a_zip_file_from_stdin(call: Run) -> None:
    ran = call("ingest", "-", "--format", "json", stdin=CLOSED.told("L", at("02 08:00:20")).data)
    assert (ran.code, ran.json["new"]) == (0, 1)
    zipped = packed(receipts(*stories()))
    ran = call("ingest", "-", "--format", "json", stdin=zipped)
    assert (ran.code, ran.json["read"], ran.json["new"]) == (0, 20, 19)
    ran = call("ingest", "-", "--format", "json", stdin=b"")
    assert (ran.code, ran.json["refused"]) == (3, 1)


def test_ingest_expands_patterns_where_the_shell_does_not(call: Run, inbox: Path) -> None:
    ran = call("ingest", inbox / "Successed_*.xml", "--format", "json")
    assert ran.json["read"] == 5


def test_a_path_that_does_not_exist_hides_none_of_the_others(
    call: Run, inbox: Path, tmp_path: Path
) -> None:
    """A share that is not mounted; nor is a pattern that nothing fits, nor an empty argument."""
    ran = call("ingest", tmp_path / "share", inbox, "--format", "json", "--lang", "zh")
    assert (ran.code, ran.json["new"]) == (3, 20)
    assert ran.talk.count("不存在") == 1
    ran = call("ingest", inbox / "*.zip", inbox, "", "--format", "json")
    assert (ran.code, ran.json["read"]) == (3, 20)
    assert [line.partition(":")[0] for line in ran.talk.splitlines()] == [
        f"{inbox / '*.zip'} does not exist",
        "an empty path",
    ]
    assert call("ingest", tmp_path / "share", tmp_path / "other").code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_a_pipe_or_a_device_that_is_named_is_refused_and_hides_none_of_the_others(
    call: Run, inbox: Path, tmp_path: Path
) -> None:
    """It was read as nothing, with exit code 0."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, os.devnull):
        ran = call("ingest", place)
        assert (ran.code, ran.talk.count("\n")) == (2, 1)
        assert "is a pipe or a device: give -" in ran.talk
    os.mkfifo(inbox / "pipe")  # found in a folder it is no message
    ran = call("ingest", pipe, inbox, "--format", "json", "--lang", "zh")
    assert (ran.code, ran.json["new"]) == (3, 20)
    assert ran.talk.count("管道") == 1


def test_reading_the_same_folder_twice_changes_nothing(kept: Run, inbox: Path, home: Path) -> None:
    before = everything(kept, str(home / "clearance.db"))
    ran = kept("ingest", inbox, "--format", "json")
    assert [ran.json[n] for n in ("read", "new", "duplicate", "events", "declarations")] == [
        20, 0, 20, 0, 0,
    ]  # fmt: skip
    assert everything(kept, str(home / "clearance.db")) == before
    assert kept("check", "--as-of", AS_OF).out != b""
    kept("ingest", inbox)
    assert kept("check", "--as-of", AS_OF).out == b""


def test_the_order_in_which_files_come_does_not_matter(
    call: Run, inbox: Path, tmp_path: Path
) -> None:
    files = sorted(inbox.iterdir())
    shuffled = Random(7).sample(files, len(files))
    stores = [str(tmp_path / f"{name}.db") for name in ("whole", "one by one", "zip")]
    call("ingest", inbox, "--store", stores[0])
    for file in shuffled:
        assert call("ingest", file, "--store", stores[1]).code == 0
    book = packed({file.name: file.read_bytes() for file in reversed(files)})
    call("ingest", "-", "--store", stores[2], stdin=book)
    assert len({everything(call, store) for store in stores}) == 1


def test_an_archive_takes_files_and_overwrites_none(call: Run, inbox: Path, tmp_path: Path) -> None:
    names = {file.name for file in inbox.iterdir()}
    archive = inbox / "archive"
    archive.mkdir()
    there = min(names)
    (archive / there).write_bytes(b"what lay here before")
    assert call("ingest", inbox, "--archive", archive).code == 0
    assert [file for file in inbox.iterdir() if file.is_file()] == []
    assert (archive / there).read_bytes() == b"what lay here before"
    kept = {file.read_bytes() for file in archive.iterdir()}
    assert kept >= {file.data for file in stories()}
    assert call("ingest", inbox, "--archive", archive, "--format", "json").json["read"] == 0


def test_no_file_is_archived_that_was_not_kept(
    kept: Run, home: Path, inbox: Path, tmp_path: Path
) -> None:
    laid([INSPECTED.told("P", at("06 10:00"))], inbox)
    with writing(home / "clearance.db"):
        ran = kept("ingest", inbox, "--archive", tmp_path / "done", "--busy-timeout", "0.2")
    assert ran.code == 5
    assert len(list(inbox.iterdir())) == 21
    assert not (tmp_path / "done").exists() or not list((tmp_path / "done").iterdir())


def test_a_store_that_lies_in_the_inbox_is_no_message(call: Run, inbox: Path) -> None:
    """A clerk keeps everything in one folder: the store is not read, and above all not moved."""
    store = inbox / "clearance.db"
    ran = call("ingest", inbox, "--store", store, "--archive", inbox / "done", "--format", "json")
    assert store.exists()
    assert (ran.code, ran.json["read"]) == (0, 20)
    assert call("store", "info", "--store", store, "--format=json").json["declarations"] == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_file_name_that_is_not_utf_8_is_read_like_any_other(call: Run, tmp_path: Path) -> None:
    """Unpacked on Linux from an archive that was made on a Chinese Windows: names are in GBK."""
    box = laid([CLOSED.told("L", at("02 08:00:20"))], tmp_path / "in")
    for name, data in (("回执.xml", CLOSED.told("P", at("02 10:00")).data), ("说明.txt", HELLO)):
        Path(os.fsdecode(os.fsencode(box) + b"/" + name.encode("gbk"))).write_bytes(data)
    ran = call("ingest", box, "--archive", tmp_path / "done", "--format", "json")
    assert (ran.code, ran.json["new"], ran.json["refused"]) == (3, 2, 1)
    assert call("refused").code == 0
    assert len(list((tmp_path / "done").iterdir())) == 2


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("lang", "said"), [("en", ["1 file", "2 files"]), ("zh", ["1 个文件", "2 个文件"])]
)
def test_a_count_on_a_terminal_agrees_with_its_noun(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: list[str]
) -> None:
    seconds = count(step=2)
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setattr(time, "monotonic", lambda: float(next(seconds)))
    items = [Item("a.xml", b""), Item("b.xml", b"")]
    assert list(ingest._counted(items, lang)) == items
    assert isinstance(sys.stderr, _Terminal)
    shown = sys.stderr.getvalue().split("\r")
    assert shown == ["", *said, "\x1b[K"]


def test_what_else_is_counted_stands_behind_the_colon_of_its_language(
    call: Run, tmp_path: Path
) -> None:
    (tmp_path / "half.xml").write_bytes(b"<a>")
    for lang, said in (("en", "still being written: 1"), ("zh", "尚在写入：1")):
        assert said in call("ingest", tmp_path, "--lang", lang).text


def test_a_home_that_nobody_knows_is_told_and_the_rest_is_read(call: Run, inbox: Path) -> None:
    alone = call("ingest", "~nobody-here/in")
    assert (alone.code, alone.err) == (
        2,
        b"clearance: ~nobody-here/in: that home directory is not known\n",
    )
    assert call("ingest", "~nobody-here/in", inbox).code == 3
    told = call("ingest", "~nobody-here/in", "--lang", "zh").err.decode()
    assert "没有该用户的主目录" in told
