"""One tree of errors, and every foreign error that can reach a user turned into one of it."""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import psycopg.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import errors, http
from clearance.alerting import delivery
from clearance.channels import Refused, Retry, _http
from clearance.cli import _app
from clearance.errors import (
    COUNTED,
    ClearanceError,
    Phrase,
    StoreBusy,
    StoreDamaged,
    StoreError,
    agreeing,
)
from clearance.stores.postgresql import connecting
from clearance.stores.sqlite import SQLiteFile
from tests.conftest import ROOT

URL = "https://robot.example/send"
TREE = re.compile(r"(\w+)(?: +exit (\d))? {2,}\S.*$", re.MULTILINE)


def subclasses(kind: type[Exception]) -> Iterator[type[Exception]]:
    """A class of exceptions and all below it."""
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


def unique(kind: type[Exception]) -> list[type[Exception]]:
    return sorted(set(subclasses(kind)), key=lambda below: below.__name__)


def one_line(error: ClearanceError) -> str:
    text = str(error)
    assert text
    assert "\n" not in text
    return text


# The tree

OURS = [kind for kind in unique(ClearanceError) if kind.__module__ == errors.__name__]


def test_the_docstring_shows_every_error_with_its_exit_code() -> None:
    shown = dict(TREE.findall(errors.__doc__ or ""))
    assert set(shown) == {kind.__name__ for kind in OURS}
    codes = {
        kind.__name__: str(kind.exit_code) for kind in OURS if issubclass(kind, ClearanceError)
    }
    assert {name: code for name, code in shown.items() if code} == {
        name: code for name, code in codes.items() if shown[name]
    }


def test_every_error_has_a_kind_of_one_word_for_machines() -> None:
    for kind in OURS:
        assert issubclass(kind, ClearanceError)
        assert re.fullmatch(r"[a-z_]+", kind.kind)


# SQLite


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SQLiteFile]:
    storage = SQLiteFile(tmp_path / "store.db")
    yield storage
    storage.close()


def test_sqlite_has_errors() -> None:
    assert len(unique(sqlite3.Error)) > 5


@pytest.mark.parametrize("kind", unique(sqlite3.Error), ids=lambda kind: kind.__name__)
def test_every_error_of_sqlite_is_one_of_the_store(
    storage: SQLiteFile, kind: type[Exception]
) -> None:
    with pytest.raises(StoreError) as caught, storage.guarded():
        raise kind("no such thing")
    assert "store.db" in one_line(caught.value)
    assert isinstance(caught.value.__cause__, kind)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy),
        (sqlite3.SQLITE_LOCKED, StoreBusy),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreDamaged),
        (sqlite3.SQLITE_NOTADB, StoreDamaged),
        (sqlite3.SQLITE_TOOBIG, StoreDamaged),
        (sqlite3.SQLITE_FULL, StoreError),
        (sqlite3.SQLITE_READONLY, StoreError),
        (sqlite3.SQLITE_IOERR_WRITE, StoreError),
        (sqlite3.SQLITE_CANTOPEN, StoreError),
    ],
)
def test_a_code_of_sqlite_says_whether_the_store_is_busy_or_damaged(
    storage: SQLiteFile, code: int, expected: type[StoreError]
) -> None:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError) as caught, storage.guarded():
        raise error
    assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("code", "said"),
    [(sqlite3.SQLITE_IOERR_SHMSIZE, "disk is full"), (sqlite3.SQLITE_IOERR_READ, "disk I/O error")],
)
def test_a_disk_without_room_for_what_lies_beside_the_file_is_told_as_full(
    storage: SQLiteFile, code: int, said: str
) -> None:
    """SQLite calls both an error of input or output."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError, match=said), storage.guarded():
        raise error


def test_spoilt_text_is_damage(storage: SQLiteFile) -> None:
    with pytest.raises(StoreDamaged), storage.guarded():
        b"\xff".decode()


# PostgreSQL

BUSY = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


def test_psycopg_has_an_error_for_each_state() -> None:
    assert len(unique(psycopg.Error)) > 200


@pytest.mark.parametrize("kind", unique(psycopg.Error), ids=lambda kind: kind.__name__)
def test_every_error_of_psycopg_is_one_of_the_store(kind: type[Exception]) -> None:
    url = "postgresql://clerk@db/clearance"
    with pytest.raises(StoreError) as caught, connecting.guarded(url):
        raise kind("no such\nthing")
    assert url in one_line(caught.value)
    assert isinstance(caught.value, StoreBusy) is issubclass(kind, BUSY)


# HTTP

MISUSE = (httpx.StreamError, httpx.CookieConflict)
"""Errors of a caller that reads twice, or looks for a cookie: no answer can cause them."""


def http_errors() -> list[Exception]:
    """One of each error that httpx exports and an address or an answer can cause."""
    request = httpx.Request("POST", URL)
    found: list[Exception] = []
    for name in httpx.__all__:
        kind = getattr(httpx, name)
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, MISUSE):
            continue
        if issubclass(kind, httpx.HTTPStatusError):
            found.append(kind("no", request=request, response=httpx.Response(500)))
        else:
            found.append(kind("no"))
    return found


def failing_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Every request fails."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    def client(url: str, timeout: float) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(handle), timeout=timeout)

    monkeypatch.setattr(http, "client", client)


def test_httpx_has_errors() -> None:
    assert len(http_errors()) > 15


@pytest.mark.parametrize("error", http_errors(), ids=lambda error: type(error).__name__)
def test_every_error_of_httpx_is_a_result_of_a_delivery(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing_with(monkeypatch, error)
    result = _http.post(URL, {})
    assert isinstance(result, Retry | Refused)
    for_good = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
    assert isinstance(result, Refused) is for_good


@pytest.mark.parametrize("url", ["https://[::1", "https://\ud800/", "ftp://a/", ""])
def test_an_address_that_cannot_be_sent_to_is_refused(url: str) -> None:
    assert isinstance(_http.post(url, {}), Refused)


@pytest.mark.parametrize("error", http_errors(), ids=lambda error: type(error).__name__)
def test_no_error_of_the_heartbeat_goes_further(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    failing_with(monkeypatch, error)
    delivery._beat(URL, False)


# The command line


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_an_error_is_one_line_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[ClearanceError]
) -> None:
    error = ClearanceError.__new__(kind)
    ClearanceError.__init__(error, "what is wrong\nand what is right")

    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(_app, "_called", fail)
    assert _app.run(["list"]) == kind.exit_code
    captured = capsys.readouterr()
    assert captured.err == "clearance: what is wrong and what is right\n"
    assert captured.out == ""


def test_an_error_of_the_operating_system_names_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied", "a.xml")

    monkeypatch.setattr(_app, "_called", fail)
    assert _app.run(["list"]) == 1
    assert capsys.readouterr().err == "clearance: a.xml: Permission denied\n"


@pytest.mark.parametrize(
    ("template", "values", "said"),
    [
        ("due, {n} days left", {"n": 1}, "due, 1 day left"),
        ("due, {n} days left", {"n": 2}, "due, 2 days left"),
        ("due, {n} days left", {"n": 11}, "due, 11 days left"),
        ("{n:g} working hours", {"n": 1.0}, "1 working hour"),
        ("{n:.1f} working days", {"n": 1.0}, "1.0 working days"),
        ("{n} entries are damaged; they are kept", {"n": 1}, "1 entry is damaged; they are kept"),
        ("{n} more were left out", {"n": 1}, "1 more was left out"),
        ("{n} rules found none, or do not apply", {"n": 1}, "1 rule found none, or does not apply"),
        ("the times of {n} messages do not fit", {"n": 1}, "the times of 1 message do not fit"),
        ("{n} of {all} alerts are old", {"n": 1, "all": 3}, "1 of 3 alerts is old"),
        ("{n} of {all} alerts are old", {"n": 1, "all": 1}, "1 of 1 alert is old"),
        ("{n} files after {all} tries", {"n": 1, "all": 1}, "1 file after 1 try"),
        ("{n} files have {all} gaps", {"n": 1, "all": 1}, "1 file has 1 gap"),
        ("{n} of {all} alerts are old", {"n": 0, "all": 1}, "0 of 1 alert are old"),
        ("{a} cells under {b} headings", {"a": 2, "b": 1}, "2 cells under 1 heading"),
        ("link {n} of the chain, all are gone", {"n": 1}, "link 1 of the chain, all are gone"),
        ("{n} messages and records are kept", {"n": 1}, "1 messages and records are kept"),
        ("还剩 {n} 天", {"n": 1}, "还剩 1 天"),
    ],
)
def test_nouns_and_verbs_agree_with_the_number_before_them(
    template: str, values: dict[str, Any], said: str
) -> None:
    assert str(Phrase(template, **values)) == said
    assert agreeing(template, values).format(**values) == said


@given(st.integers().filter(lambda n: n != 1))
def test_a_template_stays_as_it_is_for_any_number_but_one(n: int) -> None:
    template = "{n} of {all} alerts are older than {n} days"
    assert agreeing(template, {"n": n, "all": n}) == template


VERBS = {
    "belongs", "counts", "differs", "does", "ends", "has", "holds", "is", "keeps", "leads", "lies",
    "names", "needs", "occurs", "rests", "runs", "says", "stands", "tells", "was", "as", "less",
}  # fmt: skip
"""Words that end as plural nouns do and stand behind a value that is no number."""


def test_every_noun_behind_a_number_in_a_template_is_known() -> None:
    """A noun of a new template is added to those that agree."""
    behind = re.compile(r"\{\w+(?::[^}]*)?\} ([a-z]+s)\b")
    texts = [
        node.value
        for file in (ROOT / "clearance").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = {word for text in texts for word in behind.findall(text)}
    assert found - VERBS <= set(COUNTED)
    assert len(found) > len(VERBS)
