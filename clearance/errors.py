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
as one line. Foreign exceptions are turned into one of these where they cross our border.
"""

from __future__ import annotations

from typing import ClassVar

SALVAGE = "store rebuild --salvage keeps what can be read"
"""What to do about a store that is damaged."""


class ClearanceError(Exception):
    """Anything that is expected to fail now and then."""

    kind: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, text: str, **details: object) -> None:
        """``details`` go into the JSON of the error beside its kind and its text."""
        super().__init__(text)
        self.details = details


class Unreadable(ClearanceError):
    """A message that cannot be read; ``reason`` is the sort of trouble, for machines."""

    kind = "unreadable"
    exit_code = 3

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class NotFound(ClearanceError):
    """No declaration, alert or refusal by that number."""

    kind = "not_found"


class NoCalendar(ClearanceError):
    """A year whose official holidays are not known, so that working time cannot be counted."""

    kind = "calendar"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"there is no official calendar for {year}: name a file that has it in calendar.files"
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
            f"{url} was written by an earlier version of clearance: clearance store rebuild "
            "brings it up to date"
        )


class StoreDamaged(StoreError):
    """The file is not a store, or no longer whole."""

    kind = "damaged"
