"""Event logs for process mining: CSV of case, activity, timestamp and attributes, or XES.

XES is that of IEEE 1849-2016: one trace for each declaration, named by its best number, and in it
its events in order. An event without a time is a link between numbers and no activity.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO
from xml.sax.saxutils import quoteattr

from clearance.customs import words
from clearance.errors import BadArgument
from clearance.model import Declaration, Event, Flag, in_language
from clearance.render import saying
from clearance.render.text import field, visible
from clearance.render.words import say
from clearance.timelines.by_hand import statement

if TYPE_CHECKING:
    from pathlib import Path

Writer = Callable[[Iterable[Declaration], BinaryIO], None]

_CASE_FIELDS = ("direction", "office", "stage")
"""Attributes of a case; in XES its facts too."""
_EVENT_FIELDS = ("code", "stage", "kind", "serial", "note")
"""Attributes of an event."""

_EXTENSIONS = {"Concept": "concept", "Time": "time", "Lifecycle": "lifecycle"}


def writer(file: Path, lang: str) -> Writer:
    """The writer for a file name's ending; raises BadArgument if there is none.

    Activities are named in the language; keys, codes and stages are English.
    """
    writers = {".csv": _write_csv, ".xes": _write_xes}
    if (chosen := writers.get(file.suffix.lower())) is None:
        raise BadArgument(
            "--events {file}: the name must end in one of {choices}",
            file=file,
            choices=list(writers),
        )
    return partial(chosen, lang)


def activity(event: Event, lang: str) -> str:
    """What happened: the code's meaning, else the code itself; what people told is marked so."""
    if Flag.BY_HAND in event.flags:
        return saying.about_text(statement(event), lang)
    meanings = words.meanings(event)
    return in_language(meanings[0], lang) if meanings else f"{say('code', lang)} {event.code}"


def _write_csv(lang: str, declarations: Iterable[Declaration], out: BinaryIO) -> None:
    """One line for each event, in UTF-8 with a byte order mark."""
    out.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(out, "utf-8", "backslashreplace", newline="", write_through=True)
    rows = csv.writer(text)
    about = [f"case_{name}" for name in _CASE_FIELDS]
    rows.writerow(["case", "activity", "timestamp", *_EVENT_FIELDS, *about])
    for declaration in declarations:
        case = [field(value) for value in _case(declaration).values()]
        name = field(declaration.name)
        for event, at in _timed(declaration):
            attributes = [field(value) for value in _attributes(event).values()]
            rows.writerow([name, field(activity(event, lang)), at.isoformat(), *attributes, *case])
    text.detach()


def _write_xes(lang: str, declarations: Iterable[Declaration], out: BinaryIO) -> None:
    """One trace for each declaration, in UTF-8."""
    out.writelines(
        f"{line}\n".encode(errors="backslashreplace") for line in _xes(declarations, lang)
    )


def _xes(declarations: Iterable[Declaration], lang: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">'
    for name, prefix in _EXTENSIONS.items():
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        yield f'<extension name="{name}" prefix="{prefix}" uri="{uri}"/>'
    yield f'<global scope="trace">{_string("concept:name", say("unknown", lang))}</global>'
    yield '<global scope="event">'
    yield _string("concept:name", say("unknown", lang))
    yield _string("lifecycle:transition", "complete")
    yield '<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>'
    yield "</global>"
    yield '<classifier name="Activity" scope="event" keys="concept:name"/>'
    yield _string("concept:name", say("customs declarations", lang))
    for declaration in declarations:
        yield "<trace>"
        yield _string("concept:name", declaration.name)
        facts = {f"fact_{name}": value for name, value in declaration.facts.items()}
        yield from _strings({**_case(declaration), **facts})
        for event, at in _timed(declaration):
            yield "<event>"
            yield _string("concept:name", activity(event, lang))
            yield f'<date key="time:timestamp" value="{at.isoformat()}"/>'
            yield _string("lifecycle:transition", "complete")
            yield from _strings(_attributes(event))
            yield "</event>"
        yield "</trace>"
    yield "</log>"


def _case(declaration: Declaration) -> dict[str, str | None]:
    return {name: getattr(declaration, name) for name in _CASE_FIELDS}


def _attributes(event: Event) -> dict[str, str | None]:
    return {name: getattr(event, name) for name in _EVENT_FIELDS}


def _timed(declaration: Declaration) -> Iterator[tuple[Event, datetime]]:
    """The events with a time; of what people said only what moves the declaration."""
    moving = (e for e in declaration.events if e.stage or Flag.BY_HAND not in e.flags)
    return ((event, event.at) for event in moving if event.at)


def _strings(attributes: dict[str, str | None]) -> Iterator[str]:
    return (_string(key, value) for key, value in attributes.items() if value)


def _string(key: str, value: str) -> str:
    """A text attribute; what XML cannot hold is shown as ``visible`` shows it."""
    return f"<string key={quoteattr(visible(key))} value={quoteattr(visible(value))}/>"
