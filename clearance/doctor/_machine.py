"""The machine: what a terminal shows, and the versions of what the program rests on."""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Iterator
from functools import partial
from importlib import metadata

import clearance
from clearance.doctor import Looks, Setup, Terminal, Verdict, failed, ok, warning
from clearance.errors import Phrase

_MIN_COLUMNS = 80
"""Columns that tables are made for."""
_CHINESE = "报关单"
_AGAIN = Phrase("install clearance again from its folder, as README says")
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<)\s*([0-9.]+)")

Version = tuple[int, ...]


def terminal(setup: Setup) -> Looks:
    """Whether what is shown can be read."""
    yield "terminal", partial(_terminal, setup.terminal)


def _terminal(shown: Terminal) -> Verdict:
    said = (
        Phrase("no terminal")
        if shown.columns is None
        else Phrase("{count} columns", count=shown.columns)
    )
    detail = Phrase("{encoding}, {columns}", encoding=shown.encoding, columns=said)
    if not _can_show(_CHINESE, shown.encoding):
        return warning(detail, Phrase("set PYTHONUTF8=1, on Windows also chcp 65001, for Chinese"))
    if shown.columns is not None and shown.columns < _MIN_COLUMNS:
        return warning(detail, Phrase("make it 80 columns wide: tables leave columns out"))
    return ok(detail)


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def versions(setup: Setup) -> Looks:
    """Whether what the program rests on is there and new enough."""
    yield "versions", partial(_versions, is_file=setup.file is not None)


def _versions(*, is_file: bool) -> Verdict:
    """``is_file`` tells whether the store is one, which SQLite writes."""
    found = {
        "clearance": clearance.__version__,
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
    }
    wrong = list[Phrase]()
    missing = list[str]()
    for name, wanted in _requirements():
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if not _is_within(_version(found[name]), wanted):
            wrong.append(Phrase("{name} must be {wanted}", name=name, wanted=wanted))
    detail = Phrase("{found}", found=[f"{name} {version}" for name, version in found.items()])
    if missing:
        return failed(
            Phrase("not installed: {names}", names=missing),
            _AGAIN,
        )
    if wrong:
        return warning(
            Phrase("{wrong}; there are {found}", wrong=wrong, found=detail),
            _AGAIN,
        )
    if is_file and not _is_sound(_version(sqlite3.sqlite_version)):
        return warning(
            detail,
            Phrase(
                "SQLite before 3.51.3 may, very rarely, damage a file that two programs write at "
                "once: install a Python that comes with a later one, or let one program write"
            ),
        )
    return ok(detail)


def _requirements() -> Iterator[tuple[str, str]]:
    """What the program needs, and in which versions; nothing of what is only for some.

    Nothing where the program was not installed, but runs from a folder.
    """
    try:
        written = metadata.requires("clearance") or []
    except metadata.PackageNotFoundError:
        return
    for line in written:
        match = _REQUIREMENT.fullmatch(line)
        if match and not match[3]:
            yield match[1], match[2].strip()


def _is_within(version: Version, wanted: str) -> bool:
    """Whether a version is within bounds such as ``<0.29,>=0.26``."""
    return all(
        version >= _version(bound) if sign == ">=" else version < _version(bound)
        for sign, bound in _BOUND.findall(wanted)
    )


def _version(written: str) -> Version:
    """The numbers of a version: ``3.51.3`` is (3, 51, 3)."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", written)
    return tuple(map(int, match[0].split("."))) if match else ()


def _is_sound(sqlite: Version) -> bool:
    """Whether an SQLite is free of the fault that damages a file when its log is begun anew.

    Source: sqlite.org/wal.html, "The WAL-Reset Bug": 3.7.0 to 3.51.2, but 3.44.6 and 3.50.7.
    """
    return sqlite >= (3, 51, 3) or any(
        fixed <= sqlite < (3, fixed[1] + 1) for fixed in ((3, 44, 6), (3, 50, 7))
    )
