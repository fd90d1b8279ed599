"""Korea's UNI-PASS: how far cargos have come, asked for one by one.

Source: Korea Customs Service, "UNI-PASS Open API guide", API001 (cargo clearance progress): a GET
with the personal key, and a cargo number, or a bill of lading and its year. ``tCnt`` of the answer
is -1 for an error, which ``ntceInfo`` explains, and 0 where nothing is found. A bill of several
cargos is answered with a list of them, and each is asked for then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from clearance.customs import xml
from clearance.errors import BadArgument, SourceFailed, Unreadable
from clearance.sources import Given, Item, Reached, Visit, http_session
from clearance.sources.http_session import Session

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PATH = "/ext/rest/cargCsclPrgsInfoQry/retrieveCargCsclPrgsInfo"
_BILL = re.compile(r"([^\s/][^\s]*)/((?:19|20)[0-9]{2})")
_CARGO = re.compile(r"[0-9A-Za-z-]{1,40}")
_ERROR, _NOTHING = "-1", "0"
_PATIENCE = 3
"""Questions one after the other that are not answered before the rest is left for later."""

Question = tuple[str, tuple[dict[str, str], ...]]
"""What is asked for, and the parameters to ask with, in turn until something is found."""


class Source(http_session.Settings, kw_only=True):
    """``[sources.NAME] kind = "unipass"``; ``secret`` is the personal key.

    ``cargos`` are cargo numbers, ``bills`` bills of lading with their year, as ``BILL/YYYY``.
    """

    url: str = "https://unipass.customs.go.kr:38010"
    rate: float | None = 1.0
    cargos: tuple[str, ...] = ()
    bills: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises BadArgument, which begins with the key, for a value that cannot be."""
        http_session.Settings.check(self)
        if self.secret is None:
            raise BadArgument("secret: is missing: say env:NAME or file:PATH")
        if not (self.cargos or self.bills):
            raise BadArgument("cargos: name cargos, or bills")
        for cargo in self.cargos:
            if not _CARGO.fullmatch(cargo):
                raise BadArgument("cargos: {cargo!r} is not a cargo number", cargo=cargo)
        for bill in self.bills:
            if not _BILL.fullmatch(bill):
                raise BadArgument("bills: {bill!r} is not BILL/YYYY", bill=bill)

    def credentials(self) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """The personal key."""
        key = self.revealed()
        return {}, {"crkyCn": key}, [key]

    def visit(self, cursor: str | None, visit: Visit) -> Iterator[Given]:
        """What is known of each cargo and bill; raises SourceFailed in the end if one fails.

        The cursor is the question to begin with: the one after those at which the last run gave up.
        """
        failure, failed = None, 0
        questions = list(self._questions())
        begin = next((n for n, (name, _) in enumerate(questions) if name == cursor), 0)
        questions = questions[begin:] + questions[:begin]
        with self.session(visit) as session:
            for number, question in enumerate(questions, 1):
                try:
                    yield from _answers(session, question)
                    failed = 0
                except SourceFailed as error:
                    failure, failed = error, failed + 1
                    if http_session.ends_a_run(error) or failed == _PATIENCE:
                        yield Reached(questions[number % len(questions)][0])
                        break
        if failure:
            raise failure

    def _questions(self) -> Iterator[Question]:
        for cargo in self.cargos:
            yield _of_cargo(cargo)
        for bill in self.bills:
            number, _, year = bill.rpartition("/")
            ways = ({way: number, "blYy": year} for way in ("hblNo", "mblNo"))
            yield bill, tuple(ways)

    def _first(self, session: Session) -> None:
        _, ways = next(self._questions())
        _asked(session, ways[0])


def _of_cargo(cargo: str) -> Question:
    return cargo, ({"cargMtNo": cargo},)


def _answers(session: Session, question: Question) -> Iterator[Given]:
    """What is known of a cargo, or of each cargo of a bill; nothing if none is found."""
    name, ways = question
    for way in ways:
        data, cargos = _asked(session, way)
        if len(cargos) > 1:
            for cargo in cargos:
                yield from _answers(session, _of_cargo(cargo))
            return
        if data:
            yield Item(name, data, final=True)
            yield None
            return


def _asked(session: Session, parameters: dict[str, str]) -> tuple[bytes, list[str]]:
    """An answer, empty if nothing is found, and the cargos that it is only a list of."""
    url = f"{session.address.rstrip('/')}{_PATH}?{urlencode(parameters)}"
    answer = session.get(url)
    try:
        root = xml.tree(xml.as_text(answer.data))
    except Unreadable as why:
        raise SourceFailed("answers no XML: {why}", why=why) from None
    count, notice = (_text(root, name) for name in ("tCnt", "ntceInfo"))
    if count == _ERROR:
        raise SourceFailed("answers an error: {said}", said=session.said(notice))
    rows = [element for element in root if xml.local(element) == "cargCsclPrgsInfoQryVo"]
    events = any(xml.local(element) == "cargCsclPrgsInfoDtlQryVo" for element in root)
    cargos = [_text(row, "cargMtNo") for row in rows]
    found = count != _NOTHING or rows or events
    only_a_list = len(rows) > 1 and not events and "cargMtNo" not in parameters
    return (answer.data if found else b""), (list(filter(None, cargos)) if only_a_list else [])


def _text(root: Element, name: str) -> str:
    found = xml.find(root, name)
    return "" if found is None else xml.text(found)
