"""Digests of bytes: SHA-256 and BLAKE2b as ``hashlib`` has them, without OpenSSL.

``hashlib`` loads the library of OpenSSL, and that takes longer than to read ten messages and to
write them. CPython's own modules, on which ``hashlib`` falls back, give the same digests; where
there is none of them ``hashlib`` is asked. ``random`` in the standard library does likewise. For
many messages OpenSSL is quicker: it takes half the time for each.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hashlib import _Hash, blake2b

__all__ = ["blake2b", "for_many", "sha256"]


def _first(name: str, *modules: str) -> Any:
    """What the first of some modules that there is has under a name."""
    for module in modules:
        with suppress(ImportError):
            return getattr(import_module(module), name)
    raise ImportError(name)


OWN = ("_sha256", "_sha2")
"""CPython's own modules of SHA-256: up to version 3.11, and from 3.12."""

if not TYPE_CHECKING:
    blake2b = _first("blake2b", "_blake2", "hashlib")
_chosen = {"sha256": _first("sha256", *OWN, "hashlib")}


def sha256(data: bytes = b"") -> _Hash:
    """The SHA-256 of some bytes, which may be given more."""
    made: _Hash = _chosen["sha256"](data)
    return made


def for_many() -> None:
    """Takes OpenSSL's from now on, where there is one."""
    _chosen["sha256"] = _first("sha256", "hashlib")
