"""What finds a declaration that is no number of it: the codes of its goods, and its parties.

The facts that are searched, and how, are data here: ``_WAYS``. An index has keys for every value
that any event of a declaration says, so a look-up reads no more of a large store than of a small
one; whether a declaration has the value at a moment, its facts decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from clearance.model import Event, Summary, Value, normal

_COMPANY_CODE = r"(?=.*[0-9])[0-9A-Z]{9,18}"
"""The code of a company, at customs or in the register of companies; a name has no digit."""
_MAX_KEY_CHARS = 80
"""An index key is cut to so many characters; what is asked for is compared in full."""
_BEHIND_ALL = "\U0010ffff"
"""Stands behind whatever goes on after a beginning; a character that no text has."""
_BEHIND_ITSELF = "!"
"""Stands behind a key before any that goes on: no key holds a blank."""
_GOODS, _NAME, _CODE = "hs", "name", "code"
"""What index keys of searched facts begin with; no kind of number is called so."""
_PARTIES = ("trader", "owner", "agent", "overseas_party")

_WAYS: Mapping[str, str] = {
    "hs_codes": _GOODS,
    **dict.fromkeys(_PARTIES, _NAME),
    **{f"{party}_{code}": _CODE for party in _PARTIES for code in ("code", "scc")},
}
"""The facts that are searched: as codes of goods, of which a fact holds several with blanks
between, and as names, each by its beginning; as codes of companies, whole."""
_GOODS_ASKED = "[0-9]{4,10}"
"""The beginning of a code of goods that is enough to search for."""
_MIN_NAME_CHARS = 2


class Wanted(Value):
    """What an index key must be, or how it must begin."""

    text: str
    is_whole: bool = False

    @property
    def between(self) -> tuple[str, str]:
        """The keys of an index that may be it: from the first up to, and without, the second."""
        low = self.text[:_MAX_KEY_CHARS]
        return low, low + (_BEHIND_ITSELF if self.is_whole else _BEHIND_ALL)

    def fits(self, key: str) -> bool:
        """Whether a key, not cut, is what is wanted."""
        return key == self.text if self.is_whole else key.startswith(self.text)


def wanted(text: str) -> Iterator[Sequence[Wanted]]:
    """What a text may search for, in this order: the next only where nothing fits the one before.

    Four to ten digits, dots between them or not, are the beginning of a code of goods; two or more
    characters the beginning of a party's name, or the code of one.
    """
    value = normal(text)
    digits = value.replace(".", "")
    if re.fullmatch(_GOODS_ASKED, digits):
        yield [Wanted(f"{_GOODS}:{digits}")]
    if len(value) >= _MIN_NAME_CHARS:
        yield [Wanted(f"{_NAME}:{value}"), Wanted(f"{_CODE}:{value}", is_whole=True)]


def is_company_code(value: str) -> bool:
    """Whether a party is told by its code and not by its name."""
    return re.fullmatch(_COMPANY_CODE, value) is not None


def index_keys(events: Iterable[Event]) -> set[str]:
    """The keys of an index for all that events say and that is searched."""
    facts = {fact for event in events for fact in event.facts if fact[0] in _WAYS}
    return {key[:_MAX_KEY_CHARS] for name, value in facts for key in _keys(name, value)}


def fits(declaration: Summary, alternatives: Sequence[Wanted]) -> bool:
    """Whether a declaration has what is wanted in any of the ways."""
    return any(
        one.fits(key)
        for name in _WAYS.keys() & declaration.facts.keys()
        for key in _keys(name, declaration.facts[name])
        for one in alternatives
    )


def _normal_goods(codes: str) -> list[str]:
    """Codes of goods with blanks between, in the form they are compared in: without dots."""
    if codes.isascii():
        return codes.replace(".", "").casefold().split()
    return [normal(code).replace(".", "") for code in codes.split()]


def _keys(fact: str, value: str) -> Iterator[str]:
    """The keys of a fact's value, not cut. A party without a name goes by its code."""
    way = _WAYS[fact]
    if way == _GOODS:
        yield from (f"{way}:{code}" for code in _normal_goods(value))
        return
    if way == _NAME and is_company_code(value):
        way = _CODE
    yield f"{way}:{normal(value)}"
