"""One run of a command: its settings, the moment it looks from, its store, its output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clearance.customs import DEFAULT, System, own_files, systems
from clearance.errors import BadArgument, ClearanceError, NoStore, NotFound, Phrase
from clearance.files import from_home
from clearance.model import Now, Summary, Value, Words, in_language, replace
from clearance.model.values import field
from clearance.render import Page

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.alerting.rules import Context, Whose
    from clearance.channels import Channel
    from clearance.config import Config
    from clearance.customers.settings import Customer
    from clearance.customs.calendars import Calendars
    from clearance.secret import Secret
    from clearance.sources import Source
    from clearance.sources.remembered import Memory
    from clearance.stores import Store

_SPANS = ("30m", "8h", "7d", "2w")
"""Spans that may stand for a time, as an error names them."""
_YEARS = range(1950, 2201)
"""Years that a time may lie in."""
_WHOSE_ZONE: Words = {
    "en": "periods begin by the clock of {zone}, since the earliest message is of {first}; there "
    "are some of {others} too: --zone or report.zone chooses",
    "zh": "期间按 {zone} 时区划分，因最早的报文属于{first}；另有{others}的报文，"
    "可用 --zone 或 report.zone 指定",
}
_USUAL_FOLDERS = {"config": ".config", "data": ".local/share", "cache": ".cache"}
"""Folders of a user's home on Linux, by what is kept there."""
_AS_OF = "as of {at}: {why}"
"""How an answer begins that holds for a moment which was chosen."""
STORE_NAME = "clearance.db"
"""The file of the store in the user's data folder."""
CONFIG_NAME = "config.toml"
"""The file of settings in the user's configuration folder."""


class Run(Value, slots=False, kw_only=True):
    """One run of a command: which store, how to show the answer, and the moment looked from.

    ``config`` is None where there is no file of settings. ``clock`` is the time by the clock.
    ``written_lang`` is what ``--lang`` said, ``lang`` the language of the run. ``unusable`` is why
    the settings cannot be used, for a command that runs all the same.
    """

    store_url: str | None = None
    config_file: Path | None = None
    config: Config | None = None
    lang: str = "en"
    written_lang: str | None = None
    form: str = "table"
    output: Path | None = None
    written_as_of: str | None = None
    busy_timeout: float = 30.0
    unusable: ClearanceError | None = None
    clock: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    # Settings

    @property
    def config_place(self) -> Path:
        """The settings file that is named, else that of the user, which need not be there."""
        from pathlib import Path

        return self.config_file or Path(user_folder("config"), CONFIG_NAME)

    @property
    def settings(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings of rules, by rule."""
        return self.config.rules if self.config else {}

    @property
    def targets(self) -> Mapping[str, int]:
        """The seconds that an interval should take at most, by its name."""
        return self.config.targets if self.config else {}

    @property
    def channels(self) -> Mapping[str, Channel]:
        """The channels that alerts are sent to, by name."""
        return self.config.channels if self.config else {}

    @property
    def customers(self) -> Mapping[str, Customer]:
        """Whose goods they may be, by the name in the settings."""
        return self.config.customers if self.config else {}

    @property
    def heartbeat(self) -> Secret | None:
        """The address that a check requests at its end."""
        return self.config.heartbeat.url if self.config else None

    @property
    def sources(self) -> Mapping[str, Source]:
        """The configured sources, by name."""
        return self.config.sources if self.config else {}

    @property
    def calendars(self) -> Calendars:
        """The calendars that are set, else the official ones."""
        if self.config is None:
            from clearance.customs.calendars import OFFICIAL

            return OFFICIAL
        from clearance import config

        return config.calendars(self.config)

    @property
    def context(self) -> Context:
        """What rules know besides a store: the moment, settings, calendars, contacts, sources."""
        from clearance.alerting import rules
        from clearance.sources import resting

        return rules.Context(
            self.as_of,
            self.settings,
            self.calendars,
            home=self.home.name,
            contacts=self.config.contacts if self.config else {},
            targets=self.targets,
            sources={name: source.trouble() for name, source in self.sources.items()},
            rests={name: resting(source) for name, source in self.sources.items()},
            clock=self.now,
            whose=self._whose,
            settings_print=self._settings_print,
        )

    @property
    def _settings_print(self) -> str:
        """A fingerprint of the settings, with the user's own customs systems and codes; empty where
        there are none.
        """
        files = [*([self.config_place] if self.config else []), *own_files()]
        if not files:
            return ""

        from clearance.hashing import sha256

        codes = repr(self.config.codes) if self.config and self.config.codes else ""
        told = b"".join(file.read_bytes() for file in files if file.is_file())
        return sha256(told + codes.encode(errors="surrogatepass")).hexdigest()

    @property
    def _whose(self) -> Whose | None:
        """What names the customer of a declaration; None where no customers are set."""
        if not self.customers:
            return None
        from clearance.customers import matching

        return matching.whose(self.customers)

    # Place and time

    @property
    def home(self) -> System:
        """The customs system of the store: that of its earliest message, else the default."""
        return self._first_system or systems()[DEFAULT]

    @property
    def _first_system(self) -> System | None:
        """The customs system of the store's earliest message; None if there are none."""
        return next((systems()[name] for name in self._system_names), None)

    @cached_property
    def _system_names(self) -> list[str]:
        """The customs systems that the store has messages of, that of the earliest first."""
        from clearance.timelines import known_systems

        with self.open(make=True) as store:
            return known_systems.system_names(store)

    @property
    def usual_zone(self) -> tzinfo | None:
        """The zone of what people say of a declaration that is not known yet; None where the store
        has those of customs systems in several zones.
        """
        zones = {systems()[name].zone for name in self._system_names} or {self.here}
        return zones.pop() if len(zones) == 1 else None

    @cached_property
    def here(self) -> tzinfo:
        """The zone of times that are written without one, and of the moment looked from.

        That set for reports, else that of the store's customs system. While the store holds no
        messages, the machine's; if that is universal time, which says nothing of where the machine
        stands, that of the default customs system.
        """
        if self._report_zone:
            from clearance import periods

            return periods.zone(self._report_zone, "report.zone")
        if self._first_system:
            return self._first_system.zone
        return self._zone_before_messages

    @property
    def _zone_before_messages(self) -> tzinfo:
        from clearance import periods

        machine = periods.MachineZone()
        return self.home.zone if machine.is_universal(self.clock.year) else machine

    def zone(self, written: str | None) -> tzinfo:
        """The zone that reports are cut in: as written, as set, else the customs system's."""
        if chosen := written or self._report_zone:
            from clearance import periods

            return periods.zone(chosen, "--zone")
        return self.home.named_zone

    def say_whose_zone(self, written: str | None) -> None:
        """Says whose zone it is, where nobody chose and the store has messages of several
        systems.
        """
        if written or self._report_zone or len(self._system_names) < 2:
            return
        from clearance.cli._output import warn
        from clearance.render.words import worded

        titles = [in_language(systems()[name].title, self.lang) for name in self._system_names]
        first, *others = titles
        values = {"zone": self.home.zone_name, "first": first, "others": others}
        warn(worded(_WHOSE_ZONE, self.lang, **values))

    @property
    def _report_zone(self) -> str | None:
        return self.config.report.zone if self.config else None

    @property
    def now(self) -> datetime:
        """The moment by the clock, in the zone of here."""
        return self.clock.astimezone(self.here)

    @property
    def as_of(self) -> datetime:
        """The moment looked from, in the zone of here: ``--as-of``, else now.

        ``12h``, ``7d``, ``2w`` are so long before now.
        """
        if not self.written_as_of:
            return Now.combine(self.now.date(), self.now.timetz())
        length = _span(self.written_as_of)
        if length is not None:
            return _later(self.now, -length)
        return self._moment(self.written_as_of, "--as-of", looked_from=self.now)

    def who(self, written: str | None = None) -> str | None:
        """Who says what is said: as written, as set, else the login name; None without any."""
        named = written or (self.config.user.name if self.config else None)
        return " ".join(named.split()) if named else _login_name()

    def happened(self, written: str, option: str, zone: tzinfo, *, timed: bool = False) -> datetime:
        """A time as written, in a zone if it bears none, or so long before the moment looked from.

        Raises BadArgument for one that lies ahead of it, and where it must be ``timed`` for a mere
        date.
        """
        span = _span(written)
        if timed and span is None and _is_day(written):
            raise BadArgument(
                "{option} {written}: is only a date; give the time of day too",
                option=option,
                written=written,
            )
        if span is None:
            at = self._moment(written, option, _SPANS, zone)
        else:
            at = _later(self.as_of, -span)
        if at > self.as_of:
            raise BadArgument(
                "{option} {written}: {at} lies ahead of {now}",
                option=option,
                written=written,
                at=at.astimezone(zone).isoformat(timespec="minutes"),
                now=self.as_of.astimezone(zone).isoformat(timespec="minutes"),
            )
        return at.astimezone(zone)

    def since(self, written: str) -> datetime:
        """A time as written, or ``30m``, ``12h``, ``7d``, ``2w`` before the moment looked from."""
        length = _span(written)
        if length is None:
            return self._moment(written, "--since", _SPANS)
        return _later(self.as_of, -length)

    def until(self, written: str) -> datetime:
        """A time as written, or ``30m``, ``12h``, ``7d``, ``2w`` after the moment looked from."""
        length = _span(written)
        if length is None:
            return self._moment(written, "--until", _SPANS)
        return _later(self.as_of, length)

    def _moment(
        self,
        written: str,
        option: str,
        spans: Iterable[str] = (),
        zone: tzinfo | None = None,
        looked_from: datetime | None = None,
    ) -> datetime:
        """A time as written, in a zone, or that of here, if it bears none; raises BadArgument.

        A mere time of day is one of the day that it is there at the moment looked from.
        """
        from clearance import periods

        there = zone or self.here
        today = (looked_from or self.as_of).astimezone(there).date()
        dated = periods.dated(written, today)
        try:
            said = periods.moment(dated)
            at = said if isinstance(said, datetime) else datetime.combine(said, time())
            is_local = isinstance(said, datetime) and at.tzinfo is None
            local = at if at.tzinfo else at.replace(tzinfo=there)
            at = local.astimezone(self.here)
            if at.year not in _YEARS:
                raise ValueError(written)
        except (ValueError, OverflowError) as error:
            if why := periods.impossible(dated, _YEARS):
                raise BadArgument(
                    "{option} {written}: {why}", option=option, written=written, why=why
                ) from error
            raise BadArgument(
                "{option} {written}: not a time such as {examples}",
                option=option,
                written=written,
                examples=["2026-03-02T08:00:00+08:00", *spans],
            ) from error
        if is_local and (why := periods.unclear(local)):
            raise BadArgument("{option} {written}: {why}", option=option, written=written, why=why)
        return at

    # Store and output

    @property
    def url(self) -> str:
        """The URL of the store: as given, as set, else in the user's data folder."""
        if self.store_url:
            return self.store_url
        if self.config and self.config.store.url:
            return self.config.store.url
        return os.path.join(user_folder("data"), STORE_NAME)

    @property
    def store_file(self) -> str | None:
        """The file of the store, if it is one."""
        from clearance.stores import located

        kind, place = located(self.url)
        return place if kind == "tinydb" else None

    @contextmanager
    def open(self, *, write: bool = False, make: bool = False) -> Iterator[Store]:
        """The store: to read, all of one moment; or to write.

        Raises NoStore if there is none; with ``make`` it is made when it is to be written, and
        read as an empty one before.
        """
        with (
            self._opened(write, make) as store,
            nullcontext() if write else store.reading(),
        ):
            self._note_systems(store)
            try:
                yield store
            finally:
                self.note_damage(store)

    def again(self) -> Run:
        """The same run, a while later."""
        return replace(self, clock=datetime.now(UTC).replace(microsecond=0))

    def memory(self, store: Store, *, moving: bool = False, again: bool = False) -> Memory:
        """What a store remembers of the files that were read into it."""
        from clearance import __version__
        from clearance.sources.remembered import Memory

        return Memory(store, __version__, moving=moving, again=again)

    @cached_property
    def _unreadable(self) -> list[int]:
        """How much of the store could not be read, each time that it was open."""
        return []

    def note_damage(self, store: Store) -> None:
        """Remembers how much of a store could not be read and was passed over."""
        self._unreadable.append(store.unreadable)

    def tell_damage(self) -> bool:
        """Says, in one line, how much of the store could not be read; whether any."""
        count = max(self._unreadable, default=0)
        if count:
            self.tell(
                Phrase(
                    "{count} entries of the store are damaged and were left out: clearance store "
                    "verify says which",
                    count=count,
                )
            )
        return count > 0

    def _opened(self, write: bool, make: bool) -> Store:
        from clearance.stores import open_store

        try:
            return open_store(self.url, create=write and make, busy_timeout=self.busy_timeout)
        except NoStore:
            if not make:
                _ = self.as_of  # wrong usage is told first
                raise
            return open_store("memory:")

    def _note_systems(self, store: Store) -> None:
        """Saves opening the store again to learn its customs system."""
        if "_system_names" not in vars(self):
            from clearance.timelines import known_systems

            vars(self)["_system_names"] = known_systems.system_names(store)

    def whose(self, store: Store, declarations: Sequence[Summary]) -> list[str | None] | None:
        """The customer of each of some declarations, by its name; None where none are set."""
        if not self.customers:
            return None
        from clearance.customers import matching

        found = matching.matches(store, self.customers, declarations, self.as_of)
        return [match.customer for match in found]

    def show(self, page: Page) -> None:
        """Shows a page as the options say."""
        from clearance.cli import _output
        from clearance.render.words import say

        if self.form == "table" and page.empty_message and not page.tables:
            empty = self.dated_text(say(page.empty_message, self.lang))
            page = replace(page, empty_message=empty)
        _output.show(page, self.form, self.output, self.lang)

    def dated(self, error: NotFound) -> NotFound:
        """What is not found, with the moment that was looked from, where one was chosen."""
        from clearance.render.text import shown

        if not self.written_as_of:
            return error
        dated = NotFound(_AS_OF, at=shown(self.as_of), why=error)
        dated.others = [self.dated(other) for other in error.others]
        return dated

    def dated_text(self, text: str) -> str:
        """What a person is told, with the moment that was looked from, where one was chosen."""
        from clearance.render.phrases import worded
        from clearance.render.text import shown

        if not self.written_as_of:
            return text
        return worded(Phrase(_AS_OF, at=shown(self.as_of), why=text), self.lang)

    def tell(self, said: Phrase) -> None:
        """Writes a line of talk on standard error."""
        from clearance.cli import _output
        from clearance.render.phrases import worded

        _output.warn(worded(said, self.lang))


def _login_name() -> str | None:
    """The name that the user is logged in by, where the machine tells one."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, ImportError, KeyError):
        return None


def user_folder(kind: str) -> str:
    """The user's folder for ``config``, ``data``, ``cache``: ``CLEARANCE_HOME`` if that is set."""
    if root := os.environ.get("CLEARANCE_HOME"):
        return str(from_home(root)) if root.startswith("~") else root
    if sys.platform == "linux" and os.environ.get("HOME", "").startswith("/"):
        return _folder_of_linux(kind)
    import platformdirs

    find = getattr(platformdirs, f"user_{kind}_dir")
    found: str = find("clearance", appauthor=False)
    return found


def _folder_of_linux(kind: str) -> str:
    """What platformdirs would say, which takes a tenth of a look-up to load.

    Source: XDG Base Directory Specification 0.8.
    """
    named = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    usual = os.path.join(os.environ["HOME"], _USUAL_FOLDERS[kind])
    return os.path.join(named if named.startswith("/") else usual, "clearance")


def _is_day(written: str) -> bool:
    """Whether a time as written is a mere date."""
    from clearance import periods

    try:
        return not isinstance(periods.moment(written), datetime)
    except ValueError:
        return False


def _later(at: datetime, length: timedelta) -> datetime:
    from clearance import periods

    return periods.later(at, length)


def _span(written: str) -> timedelta | None:
    """The length of ``30m``, ``12h``, ``7d`` or ``2w``; None for anything else."""
    from clearance import hours

    return hours.span(written)
