"""What can go wrong, as one tree.

::

    ClearanceError                 exit 1   anything that is expected to fail now and then
    ├── Unreadable                 exit 3   a message that is kept as refused, with its reason
    ├── NotFound                   exit 1   no declaration, alert or refusal by that number
    ├── NoCalendar                 exit 1   a year whose holidays are not known
    ├── BadArgument                exit 2   a value on the command line or in the configuration
    │   └── BadField                        a value inside our own code, such as a fifth quarter
    └── StoreError                 exit 1   the store cannot be used
        ├── StoreBusy              exit 5   another process is writing and did not finish in time
        ├── StoreNewer             exit 1   a later version of clearance wrote it
        ├── StoreOlder             exit 1   an earlier version wrote it: rebuild it
        └── StoreDamaged           exit 1   it is not a store, or no longer whole

The text of an error names the thing and says what would be right; the command line prints it
as one line. An error is raised with an English template and the values that stand in it::

    raise BadArgument("{option} {written}: not a time", option="--since", written=written)

``str`` gives the English text; ``render.errors`` words the same error in Chinese, by its template.
A value may be an error itself. Foreign exceptions are turned into one of these where they cross
our border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

SALVAGE = "store rebuild --salvage keeps what can be read"
"""What to do about a store that is damaged."""


class Bilingual(str):
    """A value of an error that is itself said in each language; as ``str`` it is English."""

    __slots__ = ("words",)
    words: Mapping[str, str]

    def __new__(cls, words: Mapping[str, str]) -> Self:
        """``words`` are its texts by language."""
        made = super().__new__(cls, words["en"])
        made.words = words
        return made


class ClearanceError(Exception):
    """Anything that is expected to fail now and then."""

    kind: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, template: str, /, **values: object) -> None:
        """``template`` is English and names ``values`` in braces, as ``str.format`` does."""
        super().__init__(template.format(**values) if values else template)
        self.template = template
        self.values = values


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


class NoCalendar(ClearanceError):
    """A year whose official holidays are not known, so that working time cannot be counted."""

    kind = "calendar"

    def __init__(self, year: int) -> None:
        super().__init__(
            "there is no official calendar for {year}: name a file that has it in calendar.files",
            year=year,
        )
        self.year = year


class BadArgument(ClearanceError):
    """A value on the command line or in the configuration that cannot be used."""

    kind = "usage"
    exit_code = 2


class BadField(BadArgument):
    """A value that cannot exist, such as a fifth quarter."""


class StoreError(ClearanceError):
    """The store cannot be used."""

    kind = "store"


class StoreBusy(StoreError):
    """Another process is writing to the store and did not finish in time."""

    kind = "busy"
    exit_code = 5


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
