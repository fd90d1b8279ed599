"""What can go wrong, as one tree.

::

    ClearanceError                 exit 1   anything that is expected to fail now and then
    ├── Unreadable                 exit 3   a message that is kept as refused, with its reason
    ├── NotFound                   exit 1   no declaration, alert or refusal by that number
    ├── NoCalendar                 exit 1   a year whose holidays are not known
    ├── Interrupted                exit 130 a person ended it
    ├── SourceFailed               exit 3/4 a source of messages did not answer as it should
    ├── BadArgument                exit 2   a value on the command line or in the configuration
    │   ├── CutNumber                       a number that a spreadsheet has cut
    │   ├── BadSetting                      a value in a table of settings
    │   └── BadField                        a value inside our own code, such as a fifth quarter
    └── StoreError                 exit 1   the store cannot be used
        ├── NoStore                exit 1   there is none where it was looked for
        ├── StoreBusy              exit 5   another process is writing and did not finish in time
        │   └── StoreOvertaken             another process has written meanwhile
        ├── StoreNewer             exit 1   a later version of clearance wrote it
        ├── StoreOlder             exit 1   an earlier version wrote it: rebuild it
        └── StoreDamaged           exit 1   it is not a store, or no longer whole

The text of an error names the thing and says what would be right; the command line prints it
as one line. An error is raised with an English template and the values that stand in it::

    raise BadArgument("{option} {written}: not a time", option="--since", written=written)

``str`` gives the English text; ``render.errors`` words the same error in Chinese, by its template.
A value may be an error itself, or a ``Phrase``: a part of a sentence that has words of its own. It
may be a list, which is written with commas, or a foreign exception, which is written without its
number. Foreign exceptions are turned into one of these where they cross our border.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar

COUNTED = (
    "addressees", "alerts", "bytes", "cells", "characters", "columns", "comparisons", "counts",
    "days", "declarations", "elements", "entries", "envelopes", "figures", "files", "forms", "gaps",
    "groups", "headings", "hours", "ids", "items", "keys", "lines", "messages", "minutes",
    "notices", "numbers", "pages", "points", "problems", "records", "rounds", "rules", "shipments",
    "sources", "texts", "timelines", "times", "tries",
)  # fmt: skip
"""Nouns that stand behind a number in English templates."""
_NUMBER = r"\{(?P<name>\w+)(?::(?P<form>[^}]*))?\}"
_NOUN = rf"(?:\bof )?{_NUMBER} (?:[a-z]+ )?(?P<noun>{'|'.join(COUNTED)}|more)\b(?! and [a-z]+s\b)"
_SHARE = rf"(?:^|(?<=[:;,] )){_NUMBER} (?P<noun>of)\b"
"""A number of others, such as ``{n} of {all} alerts``, at the beginning of a clause."""
_VERB = r"(?<!that )\b(are|were|have|do)\b"
_IRREGULAR = {
    "are": "is", "were": "was", "have": "has", "do": "does", "entries": "entry", "tries": "try",
}  # fmt: skip


def agreeing(template: str, values: Mapping[str, object]) -> str:
    """A template whose nouns and verbs agree with the numbers before them: ``1 day is left``.

    English needs it; in a template of another language there are none of its nouns.
    """
    if not any(map(_may_be_one, values.values())):
        return template
    ones = {name for name, form in _counts(template) if _is_one(values.get(name), form)}
    for pattern in (_NOUN, _SHARE) if ones else ():
        for match in reversed([*re.finditer(pattern, template)]):
            if match["name"] in ones:
                before, after = template[: match.start()], template[match.end() :]
                template = before + _of_one(match, after)
    return template


@lru_cache(None)
def _counts(template: str) -> tuple[tuple[str, str], ...]:
    """The name and the form of each number that stands in a template with its noun."""
    found = (*re.finditer(_NOUN, template), *re.finditer(_SHARE, template))
    return tuple((match["name"], match["form"] or "") for match in found)


def _may_be_one(value: object) -> bool:
    """Whether there is a form in which a value is written as one."""
    return isinstance(value, float) or str(value) == "1"


def _is_one(value: object, form: str) -> bool:
    return value is not None and format(value, form) == "1"


def _of_one(match: re.Match[str], after: str) -> str:
    """What is one, and the rest of the template behind it.

    Of what ``of`` stands before, such as ``the timings of {n} declarations``, no verb is told.
    """
    told, noun = match[0].removesuffix(match["noun"]), match["noun"]
    one = noun if noun in ("more", "of") else _IRREGULAR.get(noun, noun[:-1])
    clause, end, rest = re.split("([;:.]|$)", after, maxsplit=1)
    if not told.startswith("of "):
        clause = re.sub(_VERB, lambda verb: _IRREGULAR[verb[1]], clause)
    return f"{told}{one}{clause}{end}{rest}"


class Phrase:
    """Words with values in them, such as a part of an error or a problem that was found.

    ``template`` is English and names ``values`` in braces, as ``str.format`` does; ``str`` gives
    the English text.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.filled(self.template, lambda _, value: _written(value))

    def document(self) -> dict[str, Any]:
        """The same as values of JSON, to be kept in a store."""
        values = {name: _kept(value) for name, value in self.values.items()}
        return {"template": self.template, "values": values}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Phrase:
        """The phrase that a document was made of."""
        values = {
            name: cls.of(value) if isinstance(value, dict) else value
            for name, value in document["values"].items()
        }
        return cls(document["template"], **values)

    def filled(self, template: str, written: Callable[[str, object], object]) -> str:
        """Another template with these values, each as it is written, by name, in that language."""
        values = {name: written(name, value) for name, value in self.values.items()}
        return agreeing(template, values).format(**values)


def _written(value: object) -> object:
    if isinstance(value, OSError):
        return value.strerror or str(value) or type(value).__name__
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _kept(value: object) -> object:
    """A value as JSON has it; phrases stay phrases, what JSON has not becomes text."""
    if isinstance(value, Phrase):
        return value.document()
    written = _written(value)
    return written if isinstance(written, str | int | float | bool | None) else str(written)


SALVAGE = Phrase("store rebuild --salvage keeps what can be read")
RESCUE = Phrase(
    "store rebuild --salvage keeps what can be read of a file; of a server store export, and store "
    "import into another"
)
"""What to do about a store that is damaged."""
REBUILD = Phrase("store rebuild makes it anew")
"""What to do where only that is damaged which follows from messages."""
DAMAGE = "not a whole store: "
"""How the error of a store begins whose file is damaged inside."""


def installing(libraries: str) -> Phrase:
    """How libraries that only some need come to where clearance is installed."""
    return Phrase(
        "pipx inject clearance {libraries}, or {python} -m pip install {libraries}",
        libraries=libraries,
        python="py" if sys.platform == "win32" else "python3",
    )


class ClearanceError(Phrase, Exception):
    """Anything that is expected to fail now and then."""

    kind: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template, **values)
        self.args = (str(self),)

    def __reduce__(self) -> tuple[Any, ...]:
        """What another process makes the same error of: its own arguments are not ``args``."""
        return type(self).__new__, (type(self), *self.args), vars(self)


class Unreadable(ClearanceError):
    """A message that cannot be read; ``reason`` is the sort of trouble, for machines."""

    kind = "unreadable"
    exit_code = 3

    def __init__(self, reason: str, template: str, /, **values: object) -> None:
        super().__init__(template, **values)
        self.reason = reason


class NotFound(ClearanceError):
    """No declaration, alert or refusal by that number; ``others`` are not found either."""

    kind = "not_found"
    others: Sequence[NotFound] = ()


class Interrupted(ClearanceError):
    """A person ended it."""

    kind = "interrupted"
    exit_code = 130


class NoCalendar(ClearanceError):
    """A year whose official holidays are not known, so that working time cannot be counted."""

    kind = "calendar"

    def __init__(self, year: int) -> None:
        super().__init__(
            "there is no official calendar for {year}: name a file that has it in calendar.files",
            year=year,
        )
        self.year = year


class SourceFailed(ClearanceError):
    """A source of messages did not answer as it should.

    ``status`` is the HTTP status it answered, if that is why; ``in_settings`` says that a setting
    is why, ``after`` how many seconds it asks to be left alone.
    """

    kind = "source"
    exit_code = 3
    status: int | None = None
    in_settings: bool = False
    after: float | None = None

    @property
    def unauthorised(self) -> bool:
        """Whether it does not take the secret."""
        return self.status in (401, 403)


class BadArgument(ClearanceError):
    """A value on the command line or in the configuration that cannot be used."""

    kind = "usage"
    exit_code = 2


class CutNumber(BadArgument):
    """A number that has lost digits in a spreadsheet, or looks so."""


class BadSetting(BadArgument, ValueError):
    """A value in a table of settings; msgspec passes on a ValueError, with the value's place."""


class BadField(BadArgument):
    """A value that cannot exist, such as a fifth quarter."""


class StoreError(ClearanceError):
    """The store cannot be used."""

    kind = "store"


class NoStore(StoreError):
    """There is no store where it was looked for."""

    kind = "no_store"

    def __init__(self, url: str) -> None:
        super().__init__(
            "there is no store at {url}: name another, or clearance ingest makes it", url=url
        )


class StoreBusy(StoreError):
    """Another process is writing to the store and did not finish in time."""

    kind = "busy"
    exit_code = 5


class StoreOvertaken(StoreBusy):
    """Another process has written to a store while a new one was made of it."""


class StoreNewer(StoreError):
    """A later version of clearance wrote the store."""

    kind = "newer"


class StoreOlder(StoreError):
    """An earlier version of clearance wrote the store, in another layout."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "{url} was written by an earlier version of clearance: clearance store rebuild "
            "brings it up to date",
            url=url,
        )


class StoreDamaged(StoreError):
    """The file is not a store, or no longer whole."""

    kind = "damaged"
