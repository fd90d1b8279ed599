"""Reference numbers: kinds, roles, and the form they are compared in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from clearance.named_tuples import NamedTuple

Words = Mapping[str, str]
"""A text, or a template of one, in each language by its code; English is the fallback."""


def in_language(words: Words, lang: str) -> str:
    """A text in a language, else in English."""
    return words.get(lang) or words.get("en", "")


class Role(StrEnum):
    """The part that a reference number plays in telling declarations apart."""

    __hash__ = str.__hash__  # that of an enum is a call of Python for each look-up

    OFFICIAL = "official"
    """Customs gives it once: two of them are two declarations."""
    JOINING = "joining"
    """A data centre gives it once: all events that bear it are about one declaration."""
    OWN = "own"
    """The declarant's own reference: joins events too, but may be used for another declaration."""
    GROUP = "group"
    """Finds declarations and never joins them."""
    FILE = "file"
    """Base name of the outgoing file: the only link of an event that carries no number at all."""


class Kind(NamedTuple):
    """A kind of reference number: its name in JSON, its role, and its usual name.

    ``joined_by`` are the characters that stand between the parts of a number that is made of
    several: each part finds it too. ``declares`` is False where what it numbers is no declaration.
    """

    name: str
    role: Role
    words: Words
    joined_by: str = ""
    declares: bool = True


class Reference(NamedTuple):
    """A number of a declaration, or of something it belongs to, such as a bill of lading."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """Its key in an index: the kind, and the value in the form numbers are compared in."""
        return f"{self.kind}:{normal(self.value)}"


def normal(number: str) -> str:
    """A number without regard to spaces, full-width characters and the case of letters."""
    if not number.isascii():
        import unicodedata

        number = unicodedata.normalize("NFKC", number)
        number = number.encode(errors="backslashreplace").decode()
    return "".join(number.split()).casefold()
