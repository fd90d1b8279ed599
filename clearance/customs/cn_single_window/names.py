"""Names of the client's files: the number and the time in them."""

from __future__ import annotations


def file_key(name: str) -> tuple[str, int] | None:
    """The unified number in a business receipt's name, else nothing, and the time in any name.

    The time is its 14 digits as a number, else 0. None where a name holds neither.
    """
    parts = name.rpartition("/")[2].split("_")
    written = parts[-1][:14]
    number = parts[2] if len(parts) == 5 and parts[0] == "Receipt" else ""
    time = int(written) if written.isdecimal() else 0
    return (number, time) if number or time else None
