"""Code tables: what the code of an office, a country or a trade mode is called.

A customs system's tables are CSV files in its folder ``tables``, each read when it is first asked
for. A user's own tables, once ``use`` is told of them, go before these, code by code.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, reduce
from itertools import zip_longest

from clearance.errors import BadArgument
from clearance.model import Words, in_language
from clearance.named_tuples import NamedTuple

TABLES: Mapping[str, Words] = {
    "containers": {"en": "container sizes", "zh": "箱型"},
    "countries": {"en": "countries and regions", "zh": "国别(地区)"},
    "currencies": {"en": "currencies", "zh": "币制"},
    "districts": {"en": "districts inside the country", "zh": "国内地区"},
    "documents": {"en": "attached documents", "zh": "随附单证"},
    "duty_modes": {"en": "duty modes", "zh": "征减免税方式"},
    "levy_natures": {"en": "levy natures", "zh": "征免性质"},
    "offices": {"en": "customs offices", "zh": "关区"},
    "ports": {"en": "ports", "zh": "港口"},
    "terms": {"en": "terms of delivery", "zh": "成交方式"},
    "trade_modes": {"en": "trade modes", "zh": "监管方式"},
    "transport_modes": {"en": "transport modes", "zh": "运输方式"},
    "units": {"en": "units", "zh": "计量单位"},
    "wraps": {"en": "kinds of packages", "zh": "包装种类"},
}
"""Every table that a customs system may have, and what it is called."""

TABLE_OF_FACT: Mapping[str, str] = {
    "office": "offices",
    "port": "offices",
    "trade_mode": "trade_modes",
    "transport_mode": "transport_modes",
    "terms": "terms",
    "levy_nature": "levy_natures",
    "country": "countries",
    "trade_country": "countries",
    "origin": "countries",
    "destination": "countries",
    "currency": "currencies",
    "wrap": "wraps",
    "unit": "units",
    "first_unit": "units",
    "second_unit": "units",
    "district": "districts",
    "duty_mode": "duty_modes",
}
"""Facts of a declaration or its goods that are codes, each with its table."""
_LIKE_A_TABLE = 0.7
"""How like the name of a table a word is that means one, from 0 to 1."""


class Entry(NamedTuple):
    """A code, its name in English and Chinese, and the code that it replaced, if it did."""

    code: str
    words: Words
    old: str | None = None


class Form(NamedTuple):
    """What the codes of a table look like: a regular expression, and an example."""

    pattern: str
    example: str


Table = Mapping[str, Entry]
"""Entries by their codes."""

_configured: dict[str, Mapping[str, Table]] = {}


def use(configured: Mapping[str, Mapping[str, Table]]) -> None:
    """From now on a user's tables, by customs system and name, go before those that are here."""
    if configured != _configured:
        _configured.clear()
        _configured.update(configured)
        table.cache_clear()
        _by_old.cache_clear()


@cache
def table(system: str, name: str) -> Table:
    """A table of a customs system with the user's own rows; empty where there is none.

    A row of the user's that says no old code keeps the one that is known.
    """
    shipped = _shipped(system, name)
    own = _configured.get(system, {}).get(name, {})
    rows = {
        code: entry._replace(old=entry.old or shipped[code].old) if code in shipped else entry
        for code, entry in own.items()
    }
    return {**shipped, **rows}


def modern(system: str, name: str, code: str) -> str:
    """The code that replaced an old one, such as ``DEU`` for ``304``; any other as it is.

    A user's own table changes nothing here: facts in a store do not depend on settings.
    """
    return _by_old(_shipped, system, name).get(code, code)


def name_of(system: str, name: str, code: str | None, lang: str) -> str | None:
    """What a code of a table, old or new, is called; None if the table does not have it."""
    entry = _entry_of(system, name, code) if code else None
    return in_language(entry.words, lang) if entry else None


def code_of(system: str, name: str, written: str) -> str | None:
    """The code of today that a code, old or new, or a name in any language stands for, if any."""
    written = unicodedata.normalize("NFKC", written)
    if entry := _entry_of(system, name, written) or _entry_of(system, name, written.upper()):
        return entry.code
    wanted = _plain(written)
    named = (
        code
        for code, entry in table(system, name).items()
        if wanted in map(_plain, entry.words.values())
    )
    return next(named, None)


def with_name(system: str, fact: str, value: str, lang: str) -> str:
    """The value of a fact with its name beside it, ``5304 蛇口海关``; alone where it has none."""
    name = name_of(system, TABLE_OF_FACT.get(fact, ""), value, lang)
    return f"{value} {name}" if name else value


def named(fact: str, value: str, lang: str) -> str:
    """The same where it is not told whose code it is: alone unless only one system has a name."""
    from clearance.customs import systems

    written = {with_name(system, fact, value, lang) for system in systems()} - {value}
    return written.pop() if len(written) == 1 else value


def search(system: str, name: str, wanted: str = "") -> list[Entry]:
    """The entry of a code, else those whose code begins with a text or whose name holds it."""
    if found := _entry_of(system, name, unicodedata.normalize("NFKC", wanted)):
        return [found]
    entries = table(system, name)
    text = _plain(wanted)
    return [entries[code] for code in sorted(entries) if _holds(entries[code], text)]


def search_all(system: str, wanted: str) -> dict[str, list[Entry]]:
    """The same in every table, by its name: where any has the code, only codes.

    Nothing for what is nearly the name of a table.
    """
    wanted = unicodedata.normalize("NFKC", wanted)
    coded = {name: entry for name in TABLES if (entry := _entry_of(system, name, wanted))}
    if coded:
        return {name: [entry] for name, entry in coded.items()}
    if not wanted or is_like_a_table(wanted):
        return {}
    found = ((name, search(system, name, wanted)) for name in TABLES)
    return {name: entries for name, entries in found if entries}


def is_like_a_table(word: str) -> bool:
    """Whether a word is nearly the name of a table."""
    from difflib import get_close_matches

    return bool(get_close_matches(_plain(word), TABLES, cutoff=_LIKE_A_TABLE))


def _plain(text: str) -> str:
    """A text without regard to width and case."""
    return unicodedata.normalize("NFKC", text).casefold()


def _entry_of(system: str, name: str, code: str) -> Entry | None:
    """The entry of a code, old or new."""
    entries = table(system, name)
    return entries.get(code) or entries.get(_by_old(table, system, name).get(code, ""))


def _holds(entry: Entry, text: str) -> bool:
    names = map(_plain, entry.words.values())
    return entry.code.casefold().startswith(text) or any(text in name for name in names)


@cache
def _shipped(system: str, name: str) -> Table:
    """A table that is part of the program, with columns ``code``, ``zh``, ``en``, perhaps ``old``;
    nothing in it is checked here.
    """
    import csv

    file = os.path.join(os.path.dirname(__file__), system, "tables", f"{name}.csv")
    if not os.path.isfile(file):
        return {}
    with open(file, encoding="utf-8", newline="") as lines:
        return {
            row["code"]: Entry(
                row["code"], {"en": row["en"], "zh": row["zh"]}, row.get("old") or None
            )
            for row in csv.DictReader(lines)
        }


@cache
def _by_old(look_up: Callable[[str, str], Table], system: str, name: str) -> Mapping[str, str]:
    """The codes of today by the old ones, in a table that is looked up in one way or another."""
    return {entry.old: code for code, entry in look_up(system, name).items() if entry.old}


# Reading

_HEADINGS = {
    "code": "code", "代码": "code", "zh": "zh", "中文": "zh", "名称": "zh",
    "en": "en", "英文": "en", "old": "old", "旧代码": "old",
}  # fmt: skip
_ANY = Form(r"\S(?:.*\S)?", "5304")
_MOST_TOLD = 5
"""Lines that cannot be used and are told of; the others are counted."""


def read(data: bytes, form: Form | None = None) -> Table:
    """A table of a CSV file: columns ``code``, ``zh``, ``en``, ``old`` or 代码, 中文, 英文, 旧代码.

    Their order is free; ``zh`` or ``en`` may be left out, and then the other stands for it. Raises
    BadArgument, with every line that cannot be used.
    """
    from clearance import csv_files

    lines = ((line, row) for line, row in csv_files.rows(data) if any(cell.strip() for cell in row))
    line, headings = next(lines, (1, list[str]()))
    columns = _columns(line, headings)
    entries = dict[str, Entry]()
    wrong = list[BadArgument]()
    taken = dict[tuple[str, str], int]()
    for line, row in lines:
        try:
            entry = _entry(columns, row, form or _ANY)
            _take(taken, entry, line)
            entries[entry.code] = entry
        except BadArgument as why:
            wrong.append(BadArgument("line {line}: {why}", line=line, why=why))
    if wrong:
        raise _together(wrong)
    return entries


def _columns(line: int, headings: Sequence[str]) -> list[str]:
    """What each column holds; raises BadArgument for headings that do not make a table."""
    written = [heading.strip() for heading in headings]
    columns = [_HEADINGS.get(heading.lower(), "") for heading in written]
    for heading, column in zip(written, columns, strict=True):
        if heading and (not column or columns.count(column) > 1):
            raise BadArgument(
                "line {line}: {heading!r} is not a column, or not the only one: there are "
                "code, zh, en, old or 代码, 中文, 英文, 旧代码, each once",
                line=line,
                heading=heading,
            )
    if "code" not in columns or not {"zh", "en"} & set(columns):
        raise BadArgument(
            "line {line}: must name the columns: code, zh, en or 代码, 中文, 英文", line=line
        )
    return columns


def _entry(columns: Sequence[str], row: Sequence[str], form: Form) -> Entry:
    """The entry in a row; raises BadArgument."""
    said = dict[str, str]()
    for column, cell in zip_longest(columns, row, fillvalue=""):
        if cell.strip() and not column:
            raise BadArgument("{cell!r} stands under no heading", cell=cell.strip())
        said[column] = cell.strip()
    code, zh, en = said.get("code", ""), said.get("zh", ""), said.get("en", "")
    if not re.fullmatch(form.pattern, code):
        raise BadArgument(
            "{code!r} is not a code such as {example}", code=code, example=form.example
        )
    if not zh and not en:
        raise BadArgument("{code} has no name: give it one in Chinese or English", code=code)
    return Entry(code, {"en": en or zh, "zh": zh or en}, said.get("old") or None)


def _take(taken: dict[tuple[str, str], int], entry: Entry, line: int) -> None:
    """Notes the line of an entry's codes; raises BadArgument if an earlier line has one of them."""
    keys = [("code", entry.code), *([("old", entry.old)] if entry.old else [])]
    for key in keys:
        if key in taken:
            raise BadArgument(
                "{code} stands on line {earlier} already: leave one of them out",
                code=key[1],
                earlier=taken[key],
            )
    taken.update(dict.fromkeys(keys, line))


def _together(wrong: Sequence[BadArgument]) -> BadArgument:
    """All that is wrong as one error."""
    told: Iterable[BadArgument] = wrong[:_MOST_TOLD]
    untold = len(wrong) - _MOST_TOLD
    if untold > 0:
        told = [*told, BadArgument("{count} more lines", count=untold)]
    return reduce(lambda one, more: BadArgument("{one}; {more}", one=one, more=more), told)
