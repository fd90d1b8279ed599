"""A saved report against the messages: every figure is recomputed by ``recounting_report``, and
compared.

A figure is called by its row and by its place in the JSON there, such as ``change.ci95.0``: names
are the same as those of a trace. What belongs to no row is called by its place alone.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from clearance.errors import BadArgument, ClearanceError
from clearance.named_tuples import NamedTuple
from clearance.reporting import settings as settings_of
from clearance.reporting.figure_names import row_name
from clearance.reporting.recounting_report import Recounted
from clearance.reporting.settings import Different, Settings
from clearance.stores import Store

if TYPE_CHECKING:
    from pathlib import Path

_KEYS = ("as_of", "interval", "cohort", "clock", "zone", "every", "by", "rows", "stages", "longest",
         "anomalies")  # fmt: skip
_LISTS = ("rows", "stages", "longest", "anomalies")
_ZIP = b"PK\x03\x04"
"""How a file of zip begins."""
_VERIFIER = "verify.py"
"""The file of evidence that checks it."""
_EQUAL = 1e-9
"""Figures that differ by a smaller share are the same."""
_MILLISECOND = 1e-3
"""Seconds of what a change is made of: parts that are nothing are no more alike than this."""
_DIFFERENCES = (".rmst_difference", ".change")
"""What differences of means in seconds are called: to a millisecond, however small they are."""
WORDS = frozenset({"notes", "why", "owner", "of", "unit"})
"""What is said in words beside figures; of returns the notes of customs are compared, however."""


class Row(NamedTuple):
    """A row of a report, or the whole of a period: its group as dimensions with their values.

    What belongs to no row is that of no period.
    """

    period: str = ""
    group: tuple[tuple[str, str | None], ...] = ()

    def __str__(self) -> str:
        return row_name(self.period, [value for _, value in self.group])


Name = tuple[Row, str]
"""The row of a figure, and the figure."""


class Difference(NamedTuple):
    """A figure that is not what the messages say."""

    row: str
    figure: str
    saved: Any
    recomputed: Any


class Verified(NamedTuple):
    """What came of it: how many figures were compared, which differ, and what was not compared.

    ``settings`` are those of today that are others than the report names; None where it names none,
    and those of today were used.
    """

    as_of: str
    compared: int
    different: list[Difference]
    not_compared: list[str]
    settings: list[Different] | None = None


def read(file: Path) -> dict[str, Any]:
    """A saved report; raises BadArgument for what is none, or of another layout."""
    try:
        data = file.read_bytes()
    except OSError as why:
        raise ClearanceError("--verify {file}: cannot be read: {why}", file=file, why=why) from why
    if data.startswith(_ZIP):
        raise _no_text(file, data)
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=partial(_object, file))
    except UnicodeDecodeError as why:
        raise _no_report(file) from why
    except (ValueError, RecursionError) as why:
        raise ClearanceError("--verify {file}: is no JSON: {why}", file=file, why=why) from why
    if not isinstance(document, dict) or document.get("schema") != 1:
        raise _no_report(file)
    if any(key not in document for key in _KEYS) or not all(
        map(_is_listed, map(document.get, _LISTS))
    ):
        raise _no_report(file)
    return document


def _object(file: Path, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; raises ClearanceError where it says something twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]
        raise ClearanceError(
            "--verify {file}: says {names} twice in one place", file=file, names=twice
        )
    return made


def _no_text(file: Path, data: bytes) -> ClearanceError:
    """The error of a file of zip: evidence, which checks itself, or any other, as a workbook."""
    with suppress(BadZipFile), ZipFile(BytesIO(data)) as archive:
        if _VERIFIER in archive.namelist():
            return ClearanceError(
                "--verify {file}: is evidence, which the {name} inside of it checks: take it out, "
                "and run python {name} {file}",
                file=file,
                name=_VERIFIER,
            )
    return _no_report(file)


def _is_listed(of: Any) -> bool:
    """Whether it is a list of objects."""
    return isinstance(of, list) and all(isinstance(one, dict) for one in of)


def _no_report(file: Path) -> ClearanceError:
    return ClearanceError(
        "--verify {file}: is no report in JSON that this version knows: save one with clearance "
        "report --output FILE.json",
        file=file,
    )


def verify(store: Store, document: Mapping[str, Any], file: Path, settings: Settings) -> Verified:
    """Compares the figures of a saved report with those that the messages give.

    They rest on the settings that the report names, or on ``settings``, those of today, where it
    names none. Raises ClearanceError where what the report says of itself cannot be used.
    """
    try:
        return _verified(store, document, settings)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as why:
        raise _no_report(file) from why
    except BadArgument as why:
        raise ClearanceError("--verify {file}: {why}", file=file, why=why) from why


def _verified(store: Store, document: Mapping[str, Any], today: Settings) -> Verified:
    saved = document.get("settings")
    used = today if saved is None else settings_of.read(saved, today)
    result = compare(document, Recounted(store, document, used).document())
    if saved is None:
        return result
    others = settings_of.different(saved, today)
    named, found = saved["digest"], settings_of.digest(saved)
    spoilt = [] if named == found else [Difference("", "settings.digest", named, found)]
    return result._replace(settings=others, different=[*spoilt, *result.different])


def compare(saved: Mapping[str, Any], again: Mapping[str, Any]) -> Verified:
    """Compares two reports figure by figure; one that only one of them has is compared with None.

    Words beside the figures of the saved report are not compared. A row that only one of them has
    is told once, and so is what stands more often in a list of one of them.
    """
    told, found, words = dict(figures(saved)), dict(figures(again)), set[str]()
    rows, known = ({row_of(row) for row in each["rows"]} for each in (saved, again))
    told = {name: value for name, value in told.items() if name[0] not in rows - known}
    found = {name: value for name, value in found.items() if name[0] not in known - rows}
    told |= {(row, "declared"): _ROW for row in rows - known}
    found |= {(row, "declared"): _ROW for row in known - rows}
    for name in [name for name, value in told.items() if isinstance(value, _Words)]:
        words.add(told.pop(name).key)
    names = sorted(told.keys() | found.keys(), key=_order)
    pairs = [(name, told.get(name), found.get(name)) for name in names]
    compared = [pair for pair in pairs if pair[1:] != (None, None)]
    different = [pair for pair in compared if not _is_same(*pair)]
    different += _more_often(saved, again)
    shown = [Difference(*_shown(name), *values) for name, *values in different]
    return Verified(saved["as_of"], len(compared), shown, sorted(words))


def _more_often(
    saved: Mapping[str, Any], again: Mapping[str, Any]
) -> Iterator[tuple[Name, int, int]]:
    """What stands more often in a list of one of two reports that have it, and how often in each.

    Of what has the same name only the last would be compared.
    """
    told, found = Counter(_elements(saved)), Counter(_elements(again))
    for name in sorted(told.keys() & found.keys(), key=_order):
        if told[name] != found[name]:
            yield name, told[name], found[name]


# Names


_ROW = "a row"
"""What is told of a row that only one of two reports has."""


class _Words(NamedTuple):
    """Words beside figures, by the key they stand under."""

    key: str


_ASKED = frozenset(
    {"schema", "as_of", "interval", "cohort", "clock", "zone", "every", "by", "settings"}
)
"""What a report was asked for, and the settings it rests on."""
_PLACES: Mapping[str, Sequence[str]] = {
    "rows": (),
    "stages": ("stage",),
    "links": ("direction", "part"),
    "corrections": ("reference",),
    "why": ("part",),
    "anomalies": ("reference",),
    "day_only": ("reference",),
}
"""Lists of a report whose elements are not told by their number, but by what stands in them."""


def figures(document: Mapping[str, Any]) -> Iterator[tuple[Name, Any]]:
    """Every figure of a report by its name, and ``_Words`` where words stand beside them."""
    for key, value in document.items():
        if key in _PLACES:
            for one in value:
                yield from _placed(key, one, document)
        elif key == "why_of":
            yield from _leaves(Row(value["period"]), (key,), _without(value, ("period",)))
        elif key not in _ASKED:
            yield from _leaves(Row(), (key,), value)


def row_of(of: Mapping[str, Any]) -> Row:
    """The row that something in a report belongs to."""
    return Row(of["period"], tuple(of.get("group", {}).items()))


def _shown(name: Name) -> tuple[str, str]:
    """A name as people read it."""
    row, figure = name
    return str(row), figure


def _order(name: Name) -> tuple[str, ...]:
    """Names in the order of what people read, and always in the same one."""
    return (*_shown(name), repr(name))


def _place(
    key: str, one: Mapping[str, Any], document: Mapping[str, Any]
) -> tuple[Row, tuple[str, ...]]:
    """Where an element of a list of a report is: its row, and what its figures begin with."""
    row = Row(document["why_of"]["period"]) if key == "why" else row_of(one)
    place = [one[name] for name in _PLACES[key]]
    return row, (key, *place) if place else ()


def _placed(
    key: str, one: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[tuple[Name, Any]]:
    """The figures of an element of a list of a report."""
    row, path = _place(key, one, document)
    yield from _leaves(row, path, _without(one, ("period", "group", *_PLACES[key])))
    if key in ("anomalies", "day_only"):
        yield (row, ".".join(path)), True


def _elements(document: Mapping[str, Any]) -> Iterator[Name]:
    """What lists of a report have that is told by what stands in it, and the stages of such."""
    for key in _PLACES:
        for one in document.get(key, ()):
            row, path = _place(key, one, document)
            yield row, ".".join(path or (key,))
            for inner in one.get("stages", ()):
                yield row, ".".join((*path, "stages", inner["stage"]))


def _without(of: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name not in names}


def _leaves(row: Row, path: tuple[str, ...], value: Any) -> Iterator[tuple[Name, Any]]:
    """What stands at a place, or further inside; stages are told by their names."""
    if path and path[-1] in WORDS and isinstance(value, str | dict):
        yield (row, ".".join(path)), _Words(path[-1])
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(row, (*path, key), inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if path[-1] == "stages" and isinstance(inner, dict):
                yield from _leaves(row, (*path, inner["stage"]), _without(inner, ("stage",)))
            else:
                yield from _leaves(row, (*path, str(place)), inner)
    else:
        yield (row, ".".join(path)), value


# Values


def _is_same(name: Name, saved: Any, again: Any) -> bool:
    """Whether two figures are the same, but for what rounding does to those that are not whole."""
    if _is_number(saved) and isinstance(again, float):
        is_difference = name[1].startswith("why") or name[1].endswith(_DIFFERENCES)
        nothing = _MILLISECOND if is_difference else _EQUAL
        return math.isclose(saved, again, rel_tol=_EQUAL, abs_tol=nothing)
    return bool(saved == again)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
