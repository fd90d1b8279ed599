"""Any HTTP server that hands out messages: as XML, in zip files, or within JSON.

A page is followed by the next one that it names, or by the one that comes after its cursor; a page
that names itself, or one that was read before, is the last one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote

from clearance.customs import xml
from clearance.customs.limits import MAGIC
from clearance.errors import BadArgument, SourceFailed
from clearance.model.values import Value, field
from clearance.secret import Secret
from clearance.sources import Given, Item, Reached, Visit, http_session, zip
from clearance.sources.http_session import Answer, Session

_CURSOR = "{cursor}"
_NAME = "answer"
"""The name of what came; it is the same each time, so that nothing known seems new."""
_MAX_PAGES = 1000
"""Pages of one visit at most."""
_HEADER = "header:"
_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}
"""Headers of an answer that are sent back, and as which."""
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HALF = re.compile("[\ud800-\udfff]")
_STEP = re.compile(r"([^.\[\]]*)((?:\[\])*)")


class Source(http_session.Settings, kw_only=True):
    """``[sources.NAME] kind = "http"``.

    ``auth`` says how the secret is sent, ``name`` in which header or parameter. ``items`` is the
    path of the messages in JSON, ``next`` that of the next page's address, and ``cursor`` that of
    what stands for ``{cursor}`` in the next address; the latter two may be headers.
    """

    headers: dict[str, str] = field(default_factory=dict)
    auth: Literal["none", "bearer", "basic", "header", "query"] = "none"
    name: str | None = None
    format: Literal["auto", "xml", "zip", "json"] = "auto"
    items: str | None = None
    encoding: Literal["text", "base64"] = "text"
    next: str | None = None
    cursor: str | None = None

    def check(self) -> None:
        """Raises BadArgument, which begins with the key, for a value that cannot be."""
        http_session.Settings.check(self)
        if self.auth != "none" and self.secret is None:
            raise BadArgument("secret: is missing: say env:NAME or file:PATH")
        if self.auth == "none" and self.secret:
            raise BadArgument("auth: must say how the secret is sent: {choices}", choices=_WAYS)
        if self.auth in ("header", "query") and not self.name:
            raise BadArgument("name: must name the header or the parameter of the secret")
        if self.auth == "header" and not _TOKEN.fullmatch(self.name or ""):
            raise BadArgument("name: {name!r} is not the name of a header", name=self.name)
        if self.paged and not self.cursor:
            raise BadArgument("cursor: must say where the next {cursor} stands", cursor=_CURSOR)
        self._check_paths()
        for key, value in self.headers.items():
            _check_header(key, value)

    def _check_paths(self) -> None:
        for key in ("items", "next", "cursor"):
            path = getattr(self, key)
            if path is None or (key != "items" and _TOKEN.fullmatch(path.removeprefix(_HEADER))):
                continue
            if path.startswith(_HEADER) or not all(map(_STEP.fullmatch, path.split("."))):
                raise BadArgument(
                    "{key}: {path!r} is no path such as notifications[].xml", key=key, path=path
                )

    @property
    def paged(self) -> bool:
        """Whether the address holds a cursor; if it is a reference, whether a cursor is set."""
        referred = self.url.startswith(("env:", "file:"))
        return bool(self.cursor) if referred else _CURSOR in self.url

    def credentials(self) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """Headers and parameters that say who asks, and what must not be shown of them."""
        headers = {key: _header(key, value) for key, value in self.headers.items()}
        if self.auth == "none":
            return headers, {}, []
        secret = self.revealed()
        if self.auth == "query":
            return headers, {str(self.name): secret}, [secret]
        key, value = {
            "bearer": ("authorization", f"Bearer {secret}"),
            "basic": ("authorization", f"Basic {base64.b64encode(secret.encode()).decode()}"),
            "header": (str(self.name), secret),
        }[self.auth]
        return {**headers, key: self.as_header(value)}, {}, [secret]

    def visit(self, cursor: str | None, visit: Visit) -> Iterator[Given]:
        """Everything after a cursor, a commit a page; raises SourceFailed."""
        with self.session(visit) as session:
            place = _Place.of(cursor, self)
            yield from self._pages(session, visit, place)

    def _pages(self, session: Session, visit: Visit, place: _Place) -> Iterator[Given]:
        url, validators, read = self._address(session, place.cursor), place.validators, set[str]()
        if self.paged:
            validators = {}
        while True:
            answer = session.get(url, _conditions(validators))
            if answer.unchanged:
                visit.unchanged = True
                return
            read.add(url)
            page = _Page.of(answer, self)
            items = list(page.items())
            following = self._following(session, page, place.cursor, bool(items))
            yield from items
            last = following is None or following in read
            if last or not self.next:
                yield Reached(self._reached(place, page, only=len(read) == 1).written())
            yield None
            if last or following is None:
                return
            if len(read) == _MAX_PAGES:
                raise SourceFailed("names more than {count} pages", count=_MAX_PAGES)
            url, validators = following, {}
            place = place.after(page.cursor())

    def _reached(self, place: _Place, page: _Page, *, only: bool) -> _Place:
        """The place behind the last page, or behind any that a cursor leads to."""
        if self.paged:
            return place.after(page.cursor())
        return place.validated(page.answer.headers if only else {})

    def _following(self, session: Session, page: _Page, cursor: str, found: bool) -> str | None:
        """The address of the page after a page; None if it is the last one."""
        if self.next:
            named = page.next()
            return session.joined(page.answer.url, named) if named else None
        reached = page.cursor() if self.paged and found else ""
        return self._address(session, reached) if reached and reached != cursor else None

    def _address(self, session: Session, cursor: str) -> str:
        return session.address.replace(_CURSOR, quote(cursor, safe=""))

    def _first(self, session: Session) -> None:
        list(_Page.of(session.get(self._address(session, "")), self).items())


_WAYS = ["bearer", "basic", "header", "query"]


def _check_header(key: str, value: str) -> None:
    """Raises BadArgument for a header that cannot be sent, or that holds a secret."""
    if not _TOKEN.fullmatch(key):
        raise BadArgument("headers.{name}: is not the name of a header", name=key)
    if value.startswith(("env:", "file:")):
        _check_reference(key, value)
        return
    if key.lower() in _SECRET_HEADERS:
        raise BadArgument("headers.{name}: must say env:NAME or file:PATH", name=key)
    _sendable(key, value)


def _check_reference(key: str, value: str) -> None:
    """Raises BadArgument for what says that it names the place of a secret, and does not."""
    try:
        Secret(value)
    except BadArgument as error:
        raise BadArgument("headers.{name}: {why}", name=key, why=error) from None


def _sendable(key: str, value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise BadArgument("headers.{name}: cannot be sent as it is", name=key)
    return value


def _header(key: str, value: str) -> str:
    """The value of a header, or what it refers to; raises BadArgument."""
    if not value.startswith(("env:", "file:")):
        return value
    try:
        return _sendable(key, Secret(value).reveal())
    except BadArgument as error:
        if error.template.startswith("headers."):
            raise
        raise BadArgument("headers.{name}: {why}", name=key, why=error) from None


class _Place(Value):
    """The place that was reached at an address: a cursor, or the validators of the only page.

    ``at`` is of the address as it is set, and of the settings by which messages are found in an
    answer: with others all begins anew, since what was read by wrong ones was not read.
    """

    at: str
    cursor: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, written: str | None, source: Source) -> _Place:
        """The place that a cursor says; those of earlier versions tell of the address alone."""
        address = _digest(source.url)
        at = f"{address} {_digest(json.dumps([source.items, source.encoding, source.format]))}"
        kept = http_session.kept(written)
        if kept.get("at") not in (at, address):
            return cls(at)
        return cls(at, kept.get("cursor", ""), kept.get("validators", {}))

    def written(self) -> str:
        """The cursor that says it."""
        kept = {"at": self.at, "cursor": self.cursor, "validators": dict(self.validators)}
        return json.dumps({key: value for key, value in kept.items() if value})

    def after(self, cursor: str) -> _Place:
        """The place behind a page with a cursor; the same if it has none."""
        return _Place(self.at, cursor or self.cursor)

    def validated(self, headers: Mapping[str, str]) -> _Place:
        """The place with the validators that an answer has."""
        return _Place(self.at, "", {key: headers[key] for key in _VALIDATORS if key in headers})


def _digest(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _conditions(validators: Mapping[str, str]) -> dict[str, str]:
    """The headers that ask for what is new only; a validator that cannot be sent back is not."""
    return {_VALIDATORS[key]: value for key, value in validators.items() if value.isascii()}


class _Page(Value):
    """An answer, and its content if that is JSON."""

    answer: Answer
    source: Source
    kind: str
    document: Any = None

    @classmethod
    def of(cls, answer: Answer, source: Source) -> _Page:
        """The page that an answer is; raises SourceFailed if it is not what is expected."""
        kind = _found(answer.data) if source.format == "auto" else source.format
        if kind == "zip" and answer.data and not answer.data.startswith(MAGIC):
            raise SourceFailed("answers something else than a zip file")
        document = http_session.parsed(answer.data) if kind == "json" and answer.data else None
        return cls(answer, source, kind, document)

    def items(self) -> Iterator[Item]:
        """What came; raises SourceFailed where it is not where it should be."""
        data = self.answer.data
        if not data.strip():
            return
        if self.kind == "zip":
            members = zip.items(io.BytesIO(data), Item(_NAME, b""))
            yield from (member._replace(final=True) for member in members)
        elif self.kind == "json" and self.source.items is not None:
            yield from self._within(self.source.items)
        else:
            yield Item(_NAME, data, final=True)

    def _within(self, path: str) -> Iterator[Item]:
        if not _leads(self.document, path):
            raise SourceFailed("its answer has no {path}", path=path)
        for value in _each(self.document, _steps(path)):
            if value is not None:
                yield Item(_NAME, _bytes(value, self.source.encoding), final=True)

    def next(self) -> str:
        """The address of the next page as it is named; empty if none is."""
        path = self.source.next or ""
        if path.startswith(_HEADER):
            name = path.removeprefix(_HEADER).lower()
            links = self.answer.links
            return links.get("next", "") if name == "link" else self.answer.headers.get(name, "")
        return self._value(path)

    def cursor(self) -> str:
        """The cursor that it gives; empty if none."""
        path = self.source.cursor or ""
        if path.startswith(_HEADER):
            return self.answer.headers.get(path.removeprefix(_HEADER).lower(), "")
        return self._value(path)

    def _value(self, path: str) -> str:
        """A text or a whole number in JSON, empty if there is none, or it is null or false; raises
        SourceFailed where something else stands there, or half of a character.
        """
        found = next(_each(self.document, _steps(path)), None) if path else None
        if found is None or found is False:
            return ""
        text = str(found)
        if type(found) not in (str, int) or _HALF.search(text):
            raise SourceFailed("its {path} is neither a text nor a whole number", path=path)
        return text


def _found(data: bytes) -> str:
    """The format that an answer has."""
    if data.startswith(MAGIC):
        return "zip"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if start in (b"{", b"[") else "xml"


def _steps(path: str) -> list[str]:
    """The keys of a path in their order, ``[]`` for each of a list."""
    steps = list[str]()
    for part in path.split("."):
        key, _, _ = part.partition("[")
        steps += [*([key] if key else []), *["[]"] * part.count("[]")]
    return steps


def _leads(document: Any, path: str) -> bool:
    """Whether a path leads somewhere, as far as its first list."""
    for step in _steps(path):
        if step == "[]":
            return isinstance(document, list) or document is None
        if not isinstance(document, dict) or step not in document:
            return False
        document = document[step]
    return True


def _each(document: Any, steps: list[str], element: Any = None) -> Iterator[Any]:
    """What a path leads to; an element of a list in which it leads nowhere, as it is."""
    if not steps:
        yield document
        return
    step, rest = steps[0], steps[1:]
    if step == "[]" and isinstance(document, list):
        for each in document:
            yield from _each(each, rest, each)
    elif step != "[]" and isinstance(document, dict) and step in document:
        yield from _each(document[step], rest, element)
    else:
        yield element


def _bytes(value: Any, encoding: str) -> bytes:
    """A message from its value in JSON; what is no such value stays JSON."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if encoding == "base64":
        try:
            return base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError):
            pass
    return xml.encoded(value)
