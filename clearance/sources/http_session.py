"""Asking a server for messages: its settings, and a session of requests to it alone.

Requests are counted and spaced, tried again where that may help, and never sent to another scheme,
host or port. What went wrong becomes words of our own, because the errors of httpx hold addresses,
and an address may hold a secret.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from clearance import http, sources
from clearance.customs import xml
from clearance.customs.limits import MAGIC
from clearance.errors import BadArgument, Phrase, SourceFailed, Unreadable
from clearance.named_tuples import NamedTuple
from clearance.secret import Secret, may_be_sent_to
from clearance.sources import Given, Visit

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from tenacity import RetryCallState

MAX_BYTES = 16 * 1024 * 1024
"""Bytes of an answer at most, unless it is set."""
_LIMITS = {"timeout": (0, 3600), "retries": (-1, 20), "rate": (0, 1000), "max_bytes": (0, 1 << 30)}
"""What each number must be over, and the most it can be."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_BACKOFF_SECONDS = 0.5
_MAX_BACKOFF_SECONDS = 30.0
_MAX_WAIT_SECONDS = 120.0
"""How long a server that asks for it is left alone within one run."""
_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_UNCHANGED = 304
_WITHOUT_BODY = (204, _UNCHANGED)
_BUSY = 429
_HTML = (b"<!doctype html", b"<html")
_DATA = (b"<?xml", b"{", b"[", *MAGIC)
"""How XML, JSON and zip files begin."""
_MAX_SAID_CHARS = 200


class Again(Exception):
    """A request that failed and may be tried again; ``after`` seconds at the earliest."""

    def __init__(self, why: Phrase, after: float | None = None) -> None:
        super().__init__(str(why))
        self.why, self.after = why, after


class Answer(NamedTuple):
    """What a server answered; ``url`` is where it was found in the end."""

    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes
    links: Mapping[str, str]

    @property
    def unchanged(self) -> bool:
        """Whether there is nothing that the asker does not have."""
        return self.status == _UNCHANGED


class Settings(sources.Settings, ABC, kw_only=True):
    """The settings that every source has that is asked over HTTP.

    ``timeout`` is the seconds of a whole answer, ``rate`` the requests a second at most, and
    ``max_bytes`` those of an answer when it is unpacked.
    """

    url: str
    secret: Secret | None = None
    timeout: float = 30.0
    retries: int = 3
    rate: float | None = None
    max_bytes: int = MAX_BYTES
    every: str = "5m"

    @property
    def place(self) -> Path | None:
        """It is no folder."""
        return None

    @property
    def interval(self) -> float:
        """Seconds after which it is asked again."""
        match = re.fullmatch(r"([0-9]{1,4})([smhd])", self.every)
        if match is None or not int(match[1]):
            raise BadArgument(
                "every: {written!r} is not a time such as 30s, 5m or 2h", written=self.every
            )
        return float(int(match[1]) * _UNITS[match[2]])

    def check(self) -> None:
        """Raises BadArgument, which begins with the key, for a value that cannot be."""
        sources.Settings.check(self)
        _ = self.interval
        for key, (least, most) in _LIMITS.items():
            value = getattr(self, key)
            if value is not None and not least < value <= most:
                raise BadArgument(
                    "{key}: must be over {least}, {most} at most", key=key, least=least, most=most
                )
        if not self.url.startswith(("env:", "file:")):
            check_address(self.url)
            return
        try:
            Secret(self.url)
        except BadArgument as error:
            raise BadArgument("url: {why}", why=error) from None

    def trouble(self) -> str:
        """Nothing: it is not known before it is asked."""
        return ""

    @abstractmethod
    def visit(self, cursor: str | None, visit: Visit) -> Iterator[Given]:
        """Everything after a cursor; raises SourceFailed."""

    @abstractmethod
    def _first(self, session: Session) -> None:
        """Asks once, and looks whether the answer is what it should be."""

    def probe(self) -> SourceFailed | None:
        """Why it cannot be read, by one request of which nothing is kept; None if it can be."""
        try:
            with self.session(Visit(), retries=0) as session:
                self._first(session)
        except SourceFailed as failure:
            return failure
        return None

    def session(self, visit: Visit, retries: int | None = None) -> Session:
        """A session of requests that counts them; raises SourceFailed where a secret is missing."""
        try:
            address = self.address()
            headers, parameters, secrets = self.credentials()
        except BadArgument as error:
            failure = SourceFailed("{why}", why=error)
            failure.in_settings = True
            raise failure from None
        return Session(
            self,
            visit,
            address,
            headers,
            parameters,
            secrets,
            self.retries if retries is None else retries,
        )

    def address(self) -> str:
        """The address as it is set, or where that says; raises BadArgument."""
        if not self.url.startswith(("env:", "file:")):
            return self.url
        try:
            address = Secret(self.url).reveal()
        except BadArgument as error:
            raise BadArgument("url: {why}", why=error) from None
        check_address(address)
        return address

    def credentials(self) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """Headers and parameters that say who asks, and what must not be shown of them."""
        return {}, {}, []

    def revealed(self) -> str:
        """The secret itself; raises BadArgument, also where it has several lines."""
        if self.secret is None:
            raise BadArgument("secret: is missing: say env:NAME or file:PATH")
        try:
            secret = self.secret.reveal()
        except BadArgument as error:
            raise BadArgument("secret: {why}", why=error) from None
        if not secret.isprintable():
            raise BadArgument("secret: what {secret} names cannot be sent", secret=self.secret)
        return secret

    def as_header(self, value: str) -> str:
        """The value of a header with the secret in it; raises BadArgument."""
        if not value.isascii():
            raise BadArgument("secret: what {secret} names cannot be sent", secret=self.secret)
        return value


def check_address(url: str) -> None:
    """Raises BadArgument for what is no address that may be asked, without repeating it."""
    plain = url.replace("{cursor}", "")
    if not plain.isprintable() or " " in plain or not may_be_sent_to(plain):
        raise BadArgument(
            "url: must be an address such as https://host/path, or http to this machine"
        )
    if "@" in urlsplit(plain).netloc:
        raise BadArgument('url: must hold no password: use secret, and auth = "basic"')


@dataclass(slots=True)
class Session:
    """Requests to one server.

    ``headers`` and ``parameters`` say who asks, and go with every request; ``secrets`` must not be
    shown.
    """

    settings: Settings
    visit: Visit
    address: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    secrets: list[str]
    retries: int
    _client: httpx.Client | None = None
    _line: http.Line = field(default_factory=http.Line)
    _asked_at: float | None = None

    def __enter__(self) -> Session:
        try:
            self._client = http.client(self.address, self.settings.timeout)
        except BadArgument as error:
            raise SourceFailed("{why}", why=error) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._client:
            self._client.close()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What stands at an address of this server; raises SourceFailed."""
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Again),
            stop=tenacity.stop_after_attempt(1 + self.retries),
            wait=_wait,
            reraise=True,
        )
        try:
            answer: Answer = retrying(self._followed, url, headers or {})
        except Again as again:
            failure = SourceFailed("{why}", why=again.why)
            failure.after = again.after
            raise failure from None
        return answer

    def joined(self, base: str, written: str) -> str:
        """An address that a server names; raises SourceFailed if it is another server's."""
        import httpx

        try:
            url = httpx.URL(base).join(written)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise SourceFailed("it names an address that is none") from None
        own = httpx.URL(self.address.replace("{cursor}", ""))
        if _origin(url) != _origin(own) or url.userinfo != own.userinfo:
            raise SourceFailed("it names an address at another server, which is not asked")
        return str(url)

    def said(self, written: str) -> str:
        """What a server says, on one short line, with no secret in it."""
        line = " ".join("".join(c if c.isprintable() else " " for c in written).split())
        for secret in self.secrets:
            for form in (secret, quote(secret, safe="")):
                line = line.replace(form, "…")
        return line if len(line) <= _MAX_SAID_CHARS else f"{line[:_MAX_SAID_CHARS]}…"

    def _followed(self, url: str, headers: Mapping[str, str]) -> Answer:
        """One answer, behind redirects at the same server."""
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._asked(url, headers)
            if answer.status not in _REDIRECTS:
                return answer
            there = answer.headers.get("location", "").strip()
            if not there:
                raise SourceFailed("it redirects, and does not say where to")
            url = self.joined(url, there)
        raise SourceFailed("it redirects again and again")

    def _asked(self, url: str, headers: Mapping[str, str]) -> Answer:
        """One answer to one request; raises SourceFailed, and Again."""
        import httpx

        self._pace()
        self.visit.requests += 1
        try:
            with self._line.within(self.settings.timeout):
                return self._answer(url, headers)
        except http.TooMuch:
            raise SourceFailed(
                "answers more than {limit} bytes, or packed in a way that nobody asked for",
                limit=self.settings.max_bytes,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, UnicodeError) as error:
            raise self._explained(error) from None

    def _answer(self, url: str, headers: Mapping[str, str]) -> Answer:
        assert self._client, "a session is asked within its block"
        until = time.monotonic() + self.settings.timeout
        with self._client.stream(
            "GET",
            self._with_parameters(url),
            headers={**headers, **self.headers},
            extensions={"trace": self._line.trace},
        ) as answer:
            _refuse(answer)
            wanted = answer.status_code not in (*_REDIRECTS, *_WITHOUT_BODY)
            data = http.body(answer, self.settings.max_bytes, until) if wanted else b""
            links = {str(rel): link["url"] for rel, link in answer.links.items() if "url" in link}
            said = {name.lower(): value for name, value in answer.headers.items()}
        if wanted:
            _look_at(data, said)
        return Answer(url, answer.status_code, said, data, links)

    def _with_parameters(self, url: str) -> httpx.URL:
        import httpx

        made = httpx.URL(url)
        for name, value in self.parameters.items():
            made = made.copy_set_param(name, value)
        return made

    def _pace(self) -> None:
        """Waits until the next request may be sent."""
        now = time.monotonic()
        if self.settings.rate and self._asked_at is not None:
            time.sleep(max(self._asked_at + 1 / self.settings.rate - now, 0))
        self._asked_at = time.monotonic()

    def _explained(self, error: Exception) -> Exception:
        """A failure of httpx in our words: SourceFailed, or Again."""
        import ssl

        import httpx

        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return SourceFailed(
                "no whole answer within {seconds} s", seconds=f"{self.settings.timeout:g}"
            )
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | UnicodeError):
            return SourceFailed("not an address that can be asked")
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return SourceFailed("its certificate cannot be trusted")
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, httpx.ConnectError | httpx.ProxyError):
            return Again(Phrase("cannot be reached"))
        return Again(Phrase("its answer broke off"))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _refuse(answer: httpx.Response) -> None:
    """Raises Again or SourceFailed for a status that is no answer."""
    status = answer.status_code
    if status == _BUSY or status >= 500:
        after = http.retry_after(answer.headers.get("retry-after", ""))
        if after is None or after <= _MAX_WAIT_SECONDS:
            raise Again(Phrase("HTTP {status}", status=status), after)
        failure = SourceFailed(
            "HTTP {status}: it asks to be left alone for {seconds} s",
            status=status,
            seconds=round(after),
        )
        failure.after = after
        raise failure
    if not (200 <= status < 300 or status in (*_REDIRECTS, _UNCHANGED)):
        shut = status in (401, 403)
        failure = SourceFailed(
            "HTTP {status}: it does not take the secret" if shut else "HTTP {status}", status=status
        )
        failure.status = status
        raise failure


def _look_at(data: bytes, headers: Mapping[str, str]) -> None:
    """Raises SourceFailed for an HTML page, and Again for an answer that is cut."""
    if _is_html(data, headers.get("content-type", "").lower()):
        raise SourceFailed("answers with an HTML page: perhaps a log-in page")
    framed = "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")
    if not framed and is_cut(data):
        raise Again(Phrase("its answer broke off"))


def _is_html(data: bytes, said: str) -> bool:
    """Whether an answer is a page for people: it begins so, or says so and is no data.

    Many a program says so of all that it answers.
    """
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    begin = xml.behind_prologue(start)[:20].lower()
    return begin.startswith(_HTML) or (said.startswith("text/html") and not start.startswith(_DATA))


def is_cut(data: bytes) -> bool:
    """Whether an answer is empty or ends in the middle."""
    start = data.lstrip()[:1]
    if data.startswith(MAGIC):
        return not zipfile.is_zipfile(io.BytesIO(data))
    if start in (b"{", b"["):
        return _parsed(data) is None
    try:
        xml.read(data)
    except Unreadable as why:
        return why.reason in ("truncated", "empty")
    return False


def ends_a_run(failure: SourceFailed) -> bool:
    """Whether a server is not to be asked again in this run, whatever else there is to ask for: it
    does not take the secret, or asks to be left alone for long.
    """
    return failure.unauthorised or (failure.after or 0.0) > _MAX_WAIT_SECONDS


def kept(cursor: str | None) -> dict[str, Any]:
    """What a cursor says in JSON; nothing where a source of another kind that had the name left
    it.
    """
    found = _parsed((cursor or "").encode())
    return found[0] if found and isinstance(found[0], dict) else {}


def parsed(data: bytes) -> Any:
    """An answer as JSON; raises SourceFailed if it is none."""
    found = _parsed(data)
    if found is None:
        raise SourceFailed("answers something else than JSON")
    return found[0]


def _parsed(data: bytes) -> tuple[Any] | None:
    try:
        return (json.loads(data),)
    except (ValueError, RecursionError):
        return None


def _wait(state: RetryCallState) -> float:
    """Seconds until the next try: twice as long each time, with chance in it, or as asked."""
    import tenacity

    backoff = tenacity.wait_exponential(_BACKOFF_SECONDS, _MAX_BACKOFF_SECONDS)(state)
    jitter = tenacity.wait_random(0, _BACKOFF_SECONDS)(state)
    failed = state.outcome.exception() if state.outcome else None
    asked = failed.after if isinstance(failed, Again) else None
    return max(backoff, asked or 0) + jitter
