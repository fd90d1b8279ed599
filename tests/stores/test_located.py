"""What ``--store`` may be, and what is no path though it is no URL either."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from clearance import files
from clearance.errors import BadArgument
from clearance.stores import located, open_store
from tests.conftest import Run

MISSPELT = [
    "env:HUSH",
    "file:/run/hush",
    "postgresql:/clerk:hush-hush@db/clearance",
    "postgresql:clerk:hush-hush@db/clearance",
    "postgres:clerk:hush-hush@db",
    "postgresql//clerk:hush-hush@db/clearance",
    "postgresql;//clerk:hush-hush@db/clearance",
    "postgresql:\\\\clerk:hush-hush@db\\clearance",
    "PostgreSQL:/clerk@db/hush-hush",
    " postgresql:/clerk:hush-hush@db",
    "postgre:/clerk:hush-hush@db/clearance",
    "psql:/clerk:hush-hush@db/clearance",
    "//clerk:hush-hush@db/clearance",
    "/clerk:hush-hush@db/clearance",
    "clerk:hush-hush@db/clearance",
    "jdbc:postgresql://db/clearance",
    "host=db user=clerk password=hush-hush",
    "dbname=clearance password = hush-hush",
    "memory:/x",
    "memory:x",
    "mysql:/db/clearance",
]
PATHS = [
    "store.db",
    "C:\\Users\\clerk@office\\store.db",
    "C:store.db",
    "/data/2026-03-02T08:00@here.db",
    "postgresql/store.db",
    "memory.db",
    "a folder/postgres.db",
]


@pytest.mark.parametrize("written", MISSPELT)
def test_a_url_that_is_misspelt_is_one_line_without_its_password_and_makes_no_file(
    call: Run, inbox: Path, written: str
) -> None:
    before = sorted(inbox.parent.rglob("*"))
    for command in (("ingest", inbox), ("store", "info"), ("cron",), ("store", "copy", written)):
        for lang in ("en", "zh"):
            ran = call(*command, "--store", written, "--format", "json", "--lang", lang)
            assert (ran.code, ran.error["kind"]) == (2, "usage")
            assert ran.talk.count("\n") == 1
            assert "hush" not in ran.text + ran.talk
    assert sorted(inbox.parent.rglob("*")) == before


@pytest.mark.parametrize("written", PATHS)
def test_a_path_is_a_path(written: str) -> None:
    assert located(written)[0] == "tinydb"


@pytest.mark.parametrize("part", [":", "a:", "/:", "postgre", ": ", "password ", "://"])
def test_a_long_text_is_told_a_path_or_none_at_once(part: str) -> None:
    """To try every way to divide so many colons takes a minute."""
    began = process_time()
    with suppress(BadArgument):
        located(part * 2_000)
    assert process_time() - began < 1


def test_a_server_and_memory_are_known_by_their_urls() -> None:
    assert located("memory:") == ("memory", "")
    assert located("postgres://clerk@db/clearance")[0] == "postgresql"
    with pytest.raises(BadArgument, match="no store mysql"):
        located("mysql://clerk@db/clearance")


def test_what_is_there_is_a_path_whatever_it_looks_like(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = "our password=none.db"
    with pytest.raises(BadArgument, match="neither a path nor a URL"):
        located(written)
    Path(written).touch()
    assert located(written) == ("tinydb", written)


@pytest.mark.parametrize("written", ["s.db/", "./s.db", "s.db/.", "x//s.db", "x/./s.db"])
def test_a_path_may_be_written_with_more_than_it_needs(written: str) -> None:
    assert located(written)[1] == str(Path(written))


def test_a_home_that_nobody_knows_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No folder is made that is called so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadArgument, match=r"~nobody-here/s\.db: that home directory is not known"):
        open_store("~nobody-here/s.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("code", "missing"), [(123, True), (53, False), (None, False)])
def test_on_windows_only_what_can_be_no_name_is_missing(
    monkeypatch: pytest.MonkeyPatch, code: int | None, missing: bool
) -> None:
    """Such as a pattern; that a server does not answer is told by the same ``errno``."""

    def refusing(path: Any) -> os.stat_result:
        error: Any = OSError(errno.EINVAL, "as Windows says it", path)
        error.winerror = code
        raise error

    monkeypatch.setattr(os, "stat", refusing)
    assert files.is_missing("*.xml") is missing


def test_a_store_that_may_not_be_looked_at_is_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = os.stat

    def refusing(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
        if str(path).endswith("s.db"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *args, **kwargs)

    monkeypatch.setattr(os, "stat", refusing)
    monkeypatch.setattr(os.path, "getsize", lambda path: Path(path).stat().st_size)
    assert not files.is_missing(tmp_path / "s.db")
    assert files.is_missing(tmp_path / "none" / "s")
    assert files.is_missing(tmp_path / ("long" * 100))
    with pytest.raises(PermissionError):
        open_store(tmp_path / "s.db", create=False)
