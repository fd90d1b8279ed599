"""What a rule is, what it knows, and the register of them all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

from clearance.calendar import Calendar
from clearance.customs import DEFAULT, System, systems
from clearance.customs.calendars import OFFICIAL, Calendars
from clearance.customs.references import NAMING_ROLES, identity_keys, of_role, origins
from clearance.errors import BadArgument, NoCalendar
from clearance.figures.dwell import Dwell
from clearance.figures.feeds import Feed
from clearance.figures.forecast import Forecast
from clearance.model import (
    Declaration,
    Event,
    Finding,
    PendingDelivery,
    Severity,
    Summary,
    UnreadNotice,
    Words,
    in_language,
    normal,
)
from clearance.shipments import plans
from clearance.shipments.plans import Plan


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule knows besides the declaration.

    The moment; settings by rule name; working time; plans by the keys they are filed under; how
    long stays usually last; the feeds; what could not be read lately, or sent; whom to call by
    office.
    """

    now: datetime
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calendars: Calendars = OFFICIAL
    home: str = DEFAULT
    """The customs system of what belongs to no declaration, such as a plan that waits for one."""
    plans: Mapping[str, Sequence[Plan]] = field(default_factory=dict)
    dwell: Dwell = field(default_factory=Dwell)
    risk: Forecast | None = None
    """How likely exports are released in time; None where none has a cut-off ahead."""
    feeds: Sequence[Feed] = ()
    unread: Sequence[UnreadNotice] = ()
    pending_deliveries: Sequence[PendingDelivery] | None = None
    """Deliveries that are not made; None where nobody has looked."""
    contacts: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """Configured sources, each with why it cannot be read, or nothing."""
    came_from: Mapping[str, str] = field(default_factory=dict)
    """Of messages that came from a configured source, which."""
    _planned: dict[int, tuple[Summary, Planned]] = field(
        default_factory=dict, init=False, compare=False
    )
    _settings: dict[str, dict[str, Any]] = field(default_factory=dict, init=False, compare=False)

    def system(self, declaration: Summary) -> System:
        """The customs system of a declaration."""
        return systems().get(declaration.system) or systems()[self.home]

    def day(self, at: datetime, declaration: Summary) -> date:
        """The day of a moment where a declaration is."""
        return at.astimezone(self.system(declaration).zone).date()

    def today(self, declaration: Summary) -> date:
        """The day it is where a declaration is."""
        return self.day(self.now, declaration)

    def calendar(self, declaration: Summary) -> Calendar:
        """The working time of a declaration's customs system."""
        return self.calendars.of(self.system(declaration).name)

    def of(self, rule: str, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a rule, the configured ones over the defaults."""
        if rule not in self._settings:
            self._settings[rule] = {**defaults, **self.settings.get(rule, {})}
        return self._settings[rule]

    def feed(self, declaration: Declaration) -> str:
        """The source that a declaration was last heard of from, else its system."""
        last = declaration.events[-1].messages if declaration.events and self.came_from else ()
        return next((self.came_from[m] for m in last if m in self.came_from), declaration.system)

    def planned(self, declaration: Summary) -> Planned:
        """What was planned for a declaration; the last answer is kept, as every rule asks."""
        known = self._planned.get(id(declaration))
        if known is None or known[0] is not declaration:
            zone = self.system(declaration).zone
            known = declaration, Planned.of(declaration, self.plans, self.now, zone)
            self._planned.clear()
            self._planned[id(declaration)] = known
        return known[1]


class Planned(NamedTuple):
    """The facts of a declaration that customs does not send, and what stands for who said them.

    ``zone`` is that of mere dates among them.
    """

    facts: Mapping[str, str]
    origin: tuple[str, ...]
    zone: tzinfo

    @classmethod
    def of(
        cls, declaration: Summary, known: Mapping[str, Sequence[Plan]], now: datetime, zone: tzinfo
    ) -> Planned:
        """What plans under any of its numbers say; one of a bill may be about several."""
        if not known:
            return cls(_NO_FACTS, (), zone)
        numbers = [(kind, v) for kind, values in declaration.references.items() for v in values]
        about: dict[str, tuple[Plan, bool]] = {}
        for kind, value in numbers:
            for plan in known.get(f"ref:{normal(value)}", ()):
                own = kind in of_role(*NAMING_ROLES) or about.get(plan.id, (plan, False))[1]
                about[plan.id] = plan, own
        facts = plans.facts_at((plan for plan, _ in about.values()), now)
        events = declaration.events if isinstance(declaration, Declaration) else ()
        first = events[0].messages if events else ()
        origin = [
            name
            for id, (_, own) in sorted(about.items())
            for name in ([f"plan {id}"] if own else [f"plan {id} {m}" for m in first])
        ]
        return cls(facts, tuple(origin), zone)

    def time(self, fact: str) -> datetime | None:
        """A fact as a moment in its zone, a mere date as its beginning."""
        at = plans.instant(self.facts.get(fact), self.zone)
        return at.astimezone(self.zone) if at else None

    def day(self, fact: str) -> date | None:
        """A fact as a day in its zone."""
        return plans.day(self.facts.get(fact), self.zone)

    def amount(self, fact: str) -> float | None:
        """A fact in the currency of its customs system."""
        return float(self.facts[fact]) if fact in self.facts else None

    def flag(self, fact: str) -> bool:
        """Whether a fact is yes."""
        return self.facts.get(fact) == "yes"


_NO_FACTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Fine:
    """All is well, as far as this rule can see; what it compared."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CannotAssess:
    """A fact is missing that this rule needs; ``why`` is a template over ``values``."""

    rule: str
    declaration: str | None
    why: str
    references: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


MAX_THRESHOLD = 100_000
"""No threshold is larger, in whatever unit: a day is 24 hours, 100,000 days are 270 years."""

Outcome = Finding | Fine | CannotAssess
Judge = Callable[[Declaration, Context, Mapping[str, Any]], Iterator[Outcome]]
Survey = Callable[[Context, Mapping[str, Any]], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its words in each language, its thresholds, and the function that judges.

    ``variants`` are other texts that a finding may choose. A rule judges a declaration, or, as a
    ``survey``, what no declaration has: a feed, a calendar.
    """

    name: str
    title: dict[str, str]
    text: Words
    next_step: Words
    variants: Mapping[str, Words]
    defaults: dict[str, Any]
    judge: Judge | None = None
    survey: Survey | None = None

    @property
    def reason(self) -> str:
        """What it looks for, and what that rests on."""
        return (self.judge or self.survey).__doc__ or ""

    def words(self, variant: str, lang: str) -> str:
        """The text of a finding, a template over its numbers."""
        return in_language(self.variants.get(variant, self.text), lang)

    def settings(self, context: Context) -> dict[str, Any]:
        """Its thresholds, the configured ones over the defaults."""
        return context.of(self.name, self.defaults)

    def outcomes(self, declaration: Declaration, context: Context) -> list[Outcome]:
        """What it says of a declaration; nothing if it is switched off or looks elsewhere."""
        settings = self.settings(context)
        if self.judge is None or not settings["enabled"]:
            return []
        try:
            return list(self.judge(declaration, context, settings))
        except NoCalendar as why:
            return [cannot_assess(declaration, self.name, NO_CALENDAR, year=why.year)]

    def surveyed(self, context: Context) -> list[Outcome]:
        """What it says of all that is no declaration."""
        settings = self.settings(context)
        if self.survey is None or not settings["enabled"]:
            return []
        try:
            return list(self.survey(context, settings))
        except NoCalendar as why:
            return [CannotAssess(self.name, None, NO_CALENDAR, values={"year": why.year})]


RULES: dict[str, Rule] = {}
"""Every rule by name: deadlines, then the flow, then the quality of the data."""


def rule(
    zh: str,
    text: Words,
    next_step: Words,
    variants: Mapping[str, Words] | None = None,
    *,
    legal_basis: str = "",
    valid_from: str = "",
    **defaults: Any,
) -> Callable[[Judge], Judge]:
    """Makes a rule of a function; ``zh`` is its name in Chinese, the function's that in English.

    ``text``, ``variants`` and ``next_step`` are templates over the numbers of its findings.
    """
    settings = {"legal_basis": legal_basis, "valid_from": valid_from, **defaults}

    def register(judge: Judge) -> Judge:
        _register(judge.__name__, zh, text, next_step, variants, settings, judge=judge)
        return judge

    return register


def survey(
    zh: str,
    text: Words,
    next_step: Words,
    variants: Mapping[str, Words] | None = None,
    **defaults: Any,
) -> Callable[[Survey], Survey]:
    """The same of a function that looks at what no declaration has."""
    settings = {"legal_basis": "", "valid_from": "", **defaults}

    def register(look: Survey) -> Survey:
        _register(look.__name__, zh, text, next_step, variants, settings, survey=look)
        return look

    return register


def _register(
    name: str,
    zh: str,
    text: Words,
    next_step: Words,
    variants: Mapping[str, Words] | None,
    settings: Mapping[str, Any],
    **function: Any,
) -> None:
    title = {"en": name.replace("_", " "), "zh": zh}
    defaults = {"enabled": True, **settings}
    RULES[name] = Rule(name, title, text, next_step, variants or {}, defaults, **function)


def assess(
    declarations: Iterable[Declaration], context: Context
) -> tuple[list[Finding], list[CannotAssess]]:
    """What every rule finds in some declarations and elsewhere, and what none can tell.

    Raises BadArgument for settings of a rule that does not exist.
    """
    check_settings(context.settings)
    findings: list[Finding] = []
    unknown: list[CannotAssess] = []

    def sort(outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Finding):
                findings.append(outcome)
            elif isinstance(outcome, CannotAssess):
                unknown.append(outcome)

    judges = [one for one in RULES.values() if one.judge]
    for declaration in declarations:
        for one in judges:
            sort(one.outcomes(declaration, context))
    for one in RULES.values():
        sort(one.surveyed(context))
    return findings, unknown


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raises BadArgument for a rule, or a setting of one, that does not exist or cannot be."""
    for name, values in settings.items():
        if name not in RULES:
            raise BadArgument(f"rules.{name}: there is no such rule; there are {', '.join(RULES)}")
        if not isinstance(values, Mapping):
            raise BadArgument(f"rules.{name} is {values!r}: it must be a table of settings")
        for key, value in values.items():
            default = RULES[name].defaults.get(key)
            if default is None:
                there = ", ".join(RULES[name].defaults)
                raise BadArgument(
                    f"rules.{name}.{key}: there is no such setting; there are {there}"
                )
            if why := _wrong(key, value, default):
                raise BadArgument(f"rules.{name}.{key} is {value!r}: it must be {why}")


def _wrong(key: str, value: Any, default: Any) -> str:
    """What a setting must be, where it is not; else nothing."""
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "true or false"
    if key == "valid_from":
        dated = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        return "" if dated else 'a date such as "2024-12-01"'
    if isinstance(default, str):
        return "" if isinstance(value, str) else "a text"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        "" if number and 0 < value <= MAX_THRESHOLD else f"a number over 0, {MAX_THRESHOLD} at most"
    )


NO_CALENDAR = "there is no official calendar for {year}"


def cannot_assess(declaration: Declaration, rule: str, why: str, **numbers: Any) -> CannotAssess:
    """That a rule cannot judge a declaration, and why."""
    keys = tuple(sorted(identity_keys(declaration)))
    return CannotAssess(rule, declaration.name, why, keys, numbers)


def finding(
    declaration: Declaration,
    context: Context,
    rule: str,
    severity: Severity,
    since: datetime,
    began: Sequence[str],
    numbers: dict[str, Any],
    *,
    step: int = 0,
    variant: str = "",
) -> Finding:
    """A finding about a declaration."""
    office, direction = declaration.office, declaration.direction
    labels = {"direction": direction, "office": office, "feed": context.feed(declaration)}
    contact = context.planned(declaration).facts.get("contact")
    return Finding(
        rule=rule,
        severity=severity,
        since=since,
        origin=tuple(began),
        values={"reference": declaration.name, **numbers},
        declaration=declaration.name,
        references=tuple(sorted(identity_keys(declaration))),
        step=step,
        variant=variant,
        labels={name: value for name, value in labels.items() if value},
        contact=contact or context.contacts.get(office or ""),
    )


def finding_from_event(
    declaration: Declaration,
    context: Context,
    rule: str,
    severity: Severity,
    event: Event,
    *,
    variant: str = "",
    **numbers: Any,
) -> Finding:
    """A finding that an event began, with its code and customs' own words."""
    assert event.at is not None
    told = {"code": event.code, "note": event.note, **numbers}
    return finding(
        declaration, context, rule, severity, event.at, origins(event), told, variant=variant
    )


def as_hours(seconds: float) -> float | int:
    """Seconds as hours with one decimal, or none where it is whole."""
    rounded = round(seconds / 3600, 1)
    return int(rounded) if rounded == int(rounded) else rounded
