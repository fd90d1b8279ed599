"""What a customs system reads and which codes it knows, for those who want to see it all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clearance.customs import Code, System
from clearance.customs.described import DescribedSystem
from clearance.named_tuples import NamedTuple


class ListedCode(NamedTuple):
    """A code with what it means; ``table`` tells apart tables in which a code may mean another
    thing, ``sub`` is the sub-code or the words of a note beside which it has this meaning.
    """

    table: str
    code: str
    sub: str
    meaning: Code


def listed_codes(system: System) -> list[ListedCode]:
    """Every code of a system, in the order of its tables."""
    if isinstance(system, DescribedSystem):
        return [listed for kind in system.codes for listed in _described(system, kind)]
    tables = {
        name: [*_in_table(table)]
        for name, table in vars(system.codes_module).items()
        if name.isupper() and not name.startswith("_") and isinstance(table, Mapping)
    }
    full = {name: codes for name, codes in tables.items() if codes}
    return [
        ListedCode(name if len(full) > 1 else "", *code)
        for name, codes in full.items()
        for code in codes
    ]


def roots(system: System) -> tuple[list[str], list[str]]:
    """The roots, or patterns of roots, that a system reads or opens, and those it only knows."""
    read, known = dict[str, None](), dict[str, None]()
    for reader in system.readers:
        names = (*reader.roots, *([reader.pattern] if reader.pattern else []))
        (known if reader.recognised else read).update(dict.fromkeys(names))
    return [*read], [name for name in known if name not in read]


def _in_table(table: Mapping[Any, Any]) -> Iterator[tuple[str, str, Code]]:
    """The codes of a table: by code, by code and sub-code, or by code and then sub-code."""
    for key, value in table.items():
        if isinstance(value, Code):
            code, sub = key if isinstance(key, tuple) else (key, "")
            yield str(code), str(sub), value
        elif isinstance(value, Mapping):
            yield from (
                (str(key), str(sub), meaning)
                for sub, meaning in value.items()
                if isinstance(meaning, Code)
            )


def _described(system: DescribedSystem, kind: str) -> Iterator[ListedCode]:
    """The codes of a kind of event, each with its cases."""
    for code, written in system.codes[kind].items():
        for beside, meaning in system.listed(written):
            yield ListedCode(kind, code, beside, meaning)
