"""The pull queue of the UK Customs Declaration Service: notifications that were not pushed.

Source: HMRC, "Customs Declarations API", pull notifications: ``GET /notifications/unpulled`` lists
links; reading one moves it to the pulled queue, from which it can be had for 14 days. So the ids
are kept before any is asked for, and what was read and then lost is read from the pulled queue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from types import MappingProxyType
from urllib.parse import quote, unquote

from clearance.customs import xml
from clearance.errors import BadArgument, SourceFailed, Unreadable
from clearance.sources import Given, Item, Reached, Visit, http_session
from clearance.sources.http_session import Answer, Session

_UNPULLED, _PULLED = "/notifications/unpulled", "/notifications/pulled"
_HEADERS = {"accept": "application/vnd.hmrc.1.0+xml"}
_KEPT = timedelta(days=14)
"""How long a notification that was read can be had again."""
_MENDED = timedelta(days=1)
"""How long one that ends in the middle is asked for again, before it is kept as it is."""
_PAGE = 50
"""Notifications in one commit."""
_PATIENCE = 3
"""Notifications one after the other that cannot be had before the rest is left for later."""
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_CONTENT = 204
_NOT_THERE = (404, 410)

Noted = Mapping[str, str]
"""The day each id was first seen, of those not kept yet."""


class Source(http_session.Settings, kw_only=True):
    """``[sources.NAME] kind = "uk_cds"``; ``secret`` is the bearer token of the application."""

    url: str = "https://api.service.hmrc.gov.uk"

    def check(self) -> None:
        """Raises BadArgument, which begins with the key, for a value that cannot be."""
        http_session.Settings.check(self)
        if self.secret is None:
            raise BadArgument("secret: is missing: say env:NAME or file:PATH")

    def credentials(self) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """The bearer token."""
        token = self.revealed()
        return {**_HEADERS, "authorization": self.as_header(f"Bearer {token}")}, {}, [token]

    def visit(self, cursor: str | None, visit: Visit) -> Iterator[Given]:
        """Every notification that is listed, and those noted before that were not kept.

        The cursor holds the ids that are noted and not kept, last those that could not be had.
        """
        with self.session(visit) as session:
            noted = _noted(cursor)
            listed = _listed(_asked(session, _UNPULLED))
            before = list(noted)
            new = [id for id in listed if id not in noted]
            if new:
                today = dict.fromkeys(new, datetime.now(UTC).date().isoformat())
                noted |= today
                yield Reached(partial(_changed, more=today))
                yield None
            yield from _Queue(session, noted, frozenset(listed)).all([*new, *before])

    def _first(self, session: Session) -> None:
        _listed(_asked(session, _UNPULLED))


@dataclass(slots=True)
class _Queue:
    """Notifications that are read one by one, and struck off what is noted.

    Those that are ``missed`` could not be had, and are asked for after all others in the next run.
    """

    session: Session
    noted: dict[str, str]
    listed: Collection[str]
    failure: SourceFailed | None = None
    struck: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def all(self, ids: list[str]) -> Iterator[Given]:
        """The notifications with some ids; raises SourceFailed in the end if one cannot be had."""
        failed = 0
        for number, id in enumerate(ids, 1):
            item = self._one(id)
            failed = 0 if item else failed + 1
            if item:
                yield item
            ends = number == len(ids) or failed == _PATIENCE or self._is_shut
            if ends or number % _PAGE == 0:
                yield Reached(partial(_changed, less=self.struck, last=self.missed))
                yield None
                self.struck, self.missed = [], []
            if ends:
                break
        if self.failure:
            raise self.failure

    @property
    def _is_shut(self) -> bool:
        return self.failure is not None and http_session.ends_a_run(self.failure)

    def _one(self, id: str) -> Item | None:
        """A notification, struck off; None if it cannot be had."""
        try:
            answer = self._read(id)
            if http_session.is_cut(answer.data) and self._age(id) <= _MENDED:
                raise SourceFailed("its answer broke off")
        except SourceFailed as failure:
            self.failure = self._told(id, failure)
            self.missed.append(id)
            return None
        self.struck.append(id)
        return Item(id, answer.data, final=True)

    def _age(self, id: str) -> timedelta:
        return datetime.now(UTC).date() - date.fromisoformat(self.noted[id])

    def _read(self, id: str) -> Answer:
        """A notification from the queue that it is in."""
        queues = (_UNPULLED, _PULLED) if id in self.listed else (_PULLED, _UNPULLED)
        try:
            return _asked(self.session, f"{queues[0]}/{quote(id, safe='')}")
        except SourceFailed as failure:
            if failure.status not in _NOT_THERE:
                raise
        return _asked(self.session, f"{queues[1]}/{quote(id, safe='')}")

    def _told(self, id: str, failure: SourceFailed) -> SourceFailed:
        """Why a notification cannot be had; one that is gone for good is struck off."""
        if failure.status in _NOT_THERE and self._age(id) > _KEPT:
            self.struck.append(id)
            return SourceFailed("notification {id} is gone: it was kept for 14 days", id=id)
        told = SourceFailed("notification {id}: {why}", id=id, why=failure)
        told.status, told.after = failure.status, failure.after
        return told


def _noted(cursor: str | None) -> dict[str, str]:
    """The ids that a cursor notes, each with the day on which it was."""
    kept = http_session.kept(cursor)
    return {id: day for id, day in kept.items() if isinstance(day, str) and _DAY.fullmatch(day)}


def _changed(
    cursor: str | None,
    more: Noted = MappingProxyType({}),
    less: Collection[str] = (),
    last: Collection[str] = (),
) -> str:
    """A cursor with ids that are noted, without some, and with some at its end; another run may
    have noted others.
    """
    noted = sorted({**more, **_noted(cursor)}.items(), key=lambda each: each[0] in last)
    return json.dumps({id: day for id, day in noted if id not in less})


def _asked(session: Session, path: str) -> Answer:
    return session.get(f"{session.address.rstrip('/')}{path}")


def _listed(answer: Answer) -> list[str]:
    """The ids that a list of notifications names; raises SourceFailed if it is no such list."""
    if answer.status == _NO_CONTENT:
        return []
    try:
        root = xml.tree(xml.as_text(answer.data))
    except Unreadable as why:
        raise SourceFailed("answers no list of notifications: {why}", why=why) from None
    if xml.local(root) != "resource":
        raise SourceFailed(
            "answers no list of notifications: its root is <{root}>", root=xml.local(root)[:60]
        )
    links = (element for element in root.iter() if xml.local(element) == "link")
    named = [link.get("href", "") for link in links if link.get("rel") == "notification"]
    ids = [unquote(href.rstrip("/").rpartition("/")[2]) for href in named]
    return [id for id in dict.fromkeys(ids) if id.strip(".")]
