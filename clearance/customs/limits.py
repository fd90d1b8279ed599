"""How large a message may be, and how much a zip file may unpack to."""

from __future__ import annotations

from clearance.errors import Unreadable

MAX_BYTES = 16 * 1024 * 1024
"""Largest message that is read, in bytes."""
MAX_RATIO = 200
"""How many times its packed size a member may unpack to."""
HEAD = 64 * 1024
"""Bytes that are kept of a message that is too large."""

MAGIC = b"PK\x03\x04", b"PK\x05\x06"
"""First bytes of a zip file, the second those of an empty one."""


class Budget:
    """Bytes that one file may still unpack to, over all containers inside each other."""

    def __init__(self, size: int) -> None:
        self.left = MAX_RATIO * size + MAX_BYTES

    def spend(self, size: int) -> None:
        """Takes a member's bytes off the budget; raises Unreadable when nothing is left."""
        self.left -= size
        if self.left < 0:
            raise Unreadable(
                "compression",
                "it unpacks to more than {times} times its size in all",
                times=MAX_RATIO,
            )


def too_large(size: int) -> Unreadable:
    """The refusal of a message over the limit."""
    return Unreadable(
        "too_large", "{size} bytes: a message has at most {limit}", size=size, limit=MAX_BYTES
    )
