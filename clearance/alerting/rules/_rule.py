"""What a rule is: its words, settings and policy, what it may answer, and the register of rules.

A rule answers with ``Problem``, ``Fine`` or ``Unknown``; ``Rule`` adds what is the same for every
rule, its name, the declaration, labels and a contact, and hands out ``Finding``, ``Fine`` or
``CannotAssess``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from clearance.alerting.lifecycle import Policy
from clearance.alerting.rules._context import Context
from clearance.alerting.running import Running
from clearance.calendar import Calendar
from clearance.customs.references import identity_keys, origins
from clearance.errors import BadArgument, NoCalendar, Phrase
from clearance.model import (
    Declaration,
    Event,
    Finding,
    Flag,
    Severity,
    Summary,
    Value,
    Words,
    in_language,
)
from clearance.named_tuples import NamedTuple

MAX_THRESHOLD = 100_000
"""Upper bound of every threshold."""
MAX_MONTHS = 1200
"""Upper bound of a threshold in months."""

# What a rule answers


class Origin(NamedTuple):
    """What a problem begins with: since when, and the ids that identify it, one for each source.

    An alert is known by them: a problem with the same id is the same alert, a new id a new one.
    """

    since: datetime
    ids: Sequence[str]


class Problem(NamedTuple):
    """Something a person should know: ``values`` fill the rule's text, or that of a ``variant``.

    ``step`` numbers the steps of a countdown. ``running`` names the values that run on with time
    and what they are worked out of; where a rule asked how long something lasts and names none,
    it is asked again at each check.
    """

    severity: Severity
    origin: Origin
    values: Mapping[str, Any] = {}
    variant: str = ""
    step: int = 0
    running: Running | None = None


class Fine(NamedTuple):
    """Nothing is wrong as far as the rule can see; ``values`` are what it compared.

    What the rule is not about, as an import is not about a vessel's cut-off, does not ``apply``.
    """

    values: Mapping[str, Any] = {}
    applies: bool = True


class Unknown(NamedTuple):
    """A fact that the rule needs is missing; ``why`` is a template over ``values``.

    ``standing`` are the origins of the alerts that it raised and that stand; None if all do.
    """

    why: Words
    values: Mapping[str, Any] = {}
    standing: tuple[str, ...] | None = None


class CannotAssess(NamedTuple):
    """That a rule cannot judge, and why; ``declaration`` is None if it looks at the store.

    ``standing`` are the origins of the alerts that it raised and that stand; None if all do.
    """

    rule: str
    declaration: str | None
    why: Words
    references: tuple[str, ...] = ()
    values: Mapping[str, Any] = {}
    standing: tuple[str, ...] | None = None


Answer = Problem | Fine | Unknown
_ANSWERS = (Fine, Problem, Unknown)
Outcome = Finding | Fine | CannotAssess


def problem(
    severity: Severity,
    cause: Event | Origin,
    *,
    variant: str = "",
    step: int = 0,
    running: Running | None = None,
    **values: Any,
) -> Problem:
    """A problem that begins with an event, whose code and note are then among its values.

    The code of an event that only a person told is its kind, *by hand*.
    """
    if isinstance(cause, Origin):
        return Problem(severity, cause, values, variant, step, running)
    assert cause.at is not None
    code = cause.kind if Flag.BY_HAND in cause.flags else cause.code
    values = {"code": code, "note": cause.note, **values}
    return Problem(severity, Origin(cause.at, origins(cause)), values, variant, step, running)


def info(cause: Event | Origin, *, variant: str = "", **values: Any) -> Problem:
    """A problem that is mere information."""
    return problem(Severity.INFO, cause, variant=variant, **values)


def warning(
    cause: Event | Origin, *, variant: str = "", running: Running | None = None, **values: Any
) -> Problem:
    """A problem that somebody should look at."""
    return problem(Severity.WARNING, cause, variant=variant, running=running, **values)


def critical(cause: Event | Origin, *, variant: str = "", **values: Any) -> Problem:
    """A problem that somebody must act on now."""
    return problem(Severity.CRITICAL, cause, variant=variant, **values)


def fine(**values: Any) -> Fine:
    """Nothing is wrong."""
    return Fine(values)


def not_applicable() -> Fine:
    """The rule is not about such a declaration."""
    return _NOT_APPLICABLE


_NOT_APPLICABLE = Fine(applies=False)


def unknown(why: Words, **values: Any) -> Unknown:
    """A fact is missing; alerts that the rule raised stand."""
    return Unknown(why, values)


def unsaid(why: Words, **values: Any) -> Unknown:
    """A fact that only people say is missing; alerts that rested on it are over."""
    return Unknown(why, values, standing=())


def no_calendar(error: NoCalendar, calendar: Calendar, system: str) -> Unknown:
    """Working time cannot be measured: a year is missing, or the system has no calendar at all."""
    if calendar.years:
        return unknown(_NO_YEAR, year=error.year)
    return unknown(_NO_CALENDAR, system=system)


_NO_YEAR = {
    "en": "there is no official calendar for {year}",
    "zh": "缺少 {year} 年法定节假日日历",
}
_NO_CALENDAR = {
    "en": "no working calendar of {system} is known: [calendar.{system}] files in the settings",
    "zh": "没有 {system} 的工作日历: 在设置的 [calendar.{system}] files 中补充",
}

# Rules

Settings = Mapping[str, Any]
Judge = Callable[[Declaration, Context, Settings], Answer | Iterator[Answer]]
Survey = Callable[[Context, Settings], Iterator[Answer]]
_Function = TypeVar("_Function", Judge, Survey)


class Subject(StrEnum):
    """What a rule looks at; deliveries are looked at when all were tried.

    ``history`` is what the other rules found in declarations that nobody speaks of any more.
    """

    DECLARATION = "declaration"
    STORE = "store"
    HISTORY = "history"
    DELIVERIES = "deliveries"


class Rule(Value, kw_only=True):
    """A rule: its words, its settings, its policy, and the function that judges.

    ``text`` and ``variants`` are templates over the values of a problem. ``law_of`` names the
    customs system whose law it rests on: declarations of others are not judged. With ``collects``
    problems of the same origin in several declarations become one alert, which lists them.
    """

    name: str
    title: Words
    text: Words
    next_step: Words
    variants: Mapping[str, Words]
    defaults: Settings
    subject: Subject
    function: Callable[..., Answer | Iterator[Answer]]
    law_of: str | None
    collects: bool
    policy: Policy

    @property
    def reason(self) -> str:
        """What it looks for and what that rests on: the docstring of its function."""
        return self.function.__doc__ or ""

    def words(self, variant: str, lang: str) -> str:
        """The text of a finding, a template over its values."""
        return in_language(self.variants.get(variant, self.text), lang)

    def outcomes(self, declaration: Declaration, context: Context) -> list[Outcome]:
        """What it says of a declaration; nothing if it is disabled or looks at something else."""
        settings = context.settings_of(self.name, self.defaults)
        if self.subject is not Subject.DECLARATION or not settings["enabled"]:
            return []
        if self.law_of not in (None, declaration.system):
            return []
        if (declaration.statements and declaration.put_away) or context.given_up(declaration):
            return [not_applicable()]
        if context.moments:
            context.moments.measured = False
        try:
            answers = _all(self.function(declaration, context, settings))
        except NoCalendar as error:
            system = context.system(declaration).name
            answers = [no_calendar(error, context.calendar(declaration), system)]
        return [
            answer if isinstance(answer, Fine) else self._about(declaration, context, answer)
            for answer in answers
        ]

    def surveyed(self, context: Context) -> list[Outcome]:
        """What it says of a subject that is no declaration; nothing if it is disabled."""
        settings = context.settings_of(self.name, self.defaults)
        if self.subject is Subject.DECLARATION or not settings["enabled"]:
            return []
        return [self._about_store(answer) for answer in _all(self.function(context, settings))]

    def _about(
        self, declaration: Declaration, context: Context, answer: Problem | Unknown
    ) -> Finding | CannotAssess:
        """An answer with the declaration it is about."""
        keys = tuple(sorted(identity_keys(declaration)))
        if isinstance(answer, Unknown):
            why, values, standing = answer
            return CannotAssess(self.name, declaration.name, why, keys, values, standing)
        measured = context.moments is not None and context.moments.measured
        running = {} if answer.running is None and not measured else answer.running
        if self.collects:
            values = {**answer.values, "entries": [declaration.name]}
            return self._finding(
                answer,
                values,
                {"feed": declaration.system, "system": declaration.system},
                references=keys,
                heard_at=context.heard_at(declaration),
                running=running,
            )
        return self._finding(
            answer,
            {"reference": declaration.name, **answer.values},
            _labels(declaration, context),
            declaration=declaration.name,
            references=keys,
            contact=_contact(declaration, context),
            heard_at=context.heard_at(declaration),
            running=running,
        )

    def _about_store(self, answer: Answer) -> Outcome:
        """An answer about no declaration; if it is about a feed, that is its label."""
        if isinstance(answer, Fine):
            return answer
        if isinstance(answer, Unknown):
            return CannotAssess(self.name, None, answer.why, values=answer.values)
        feed = answer.values.get("feed")
        return self._finding(answer, dict(answer.values), {"feed": feed} if feed else {})

    def _finding(
        self,
        answer: Problem,
        values: dict[str, Any],
        labels: dict[str, str],
        *,
        declaration: str | None = None,
        references: tuple[str, ...] = (),
        contact: str | None = None,
        heard_at: datetime | None = None,
        running: Running | None = None,
    ) -> Finding:
        return Finding(
            rule=self.name,
            severity=answer.severity,
            since=answer.origin.since,
            origin=tuple(answer.origin.ids),
            values=values,
            declaration=declaration,
            references=references,
            step=answer.step,
            variant=answer.variant,
            labels=labels,
            contact=contact,
            heard_at=heard_at,
            running=running,
        )


def _all(answers: Answer | Iterator[Answer]) -> list[Answer]:
    """The answers of a rule: it returns one, or yields any number."""
    return [answers] if isinstance(answers, _ANSWERS) else list(answers)


def _labels(declaration: Declaration, context: Context) -> dict[str, str]:
    """What a silence or a channel can match, as far as it is known."""
    planned, facts = context.planned(declaration).facts, declaration.facts
    labels = {
        "direction": declaration.direction,
        "office": declaration.office or planned.get("office"),
        "feed": context.feed(declaration),
        "system": declaration.system,
        "trader": facts.get("trader") or planned.get("trader"),
        "trader_code": facts.get("trader_code"),
        "broker": facts.get("agent") or planned.get("broker"),
        "broker_code": facts.get("agent_code"),
        "customer": context.customer(declaration),
    }
    return {name: value for name, value in labels.items() if value}


def _contact(declaration: Declaration, context: Context) -> str | None:
    """Whom to call: as planned, else by customs office, broker or any other fact."""
    planned = context.planned(declaration).facts.get("contact")
    return planned or contact_of([declaration], context.contacts)


def contact_of(declarations: Iterable[Summary], contacts: Mapping[str, str]) -> str | None:
    """Whom to call about declarations, by the office, broker or any other fact of each."""
    names = (
        name
        for declaration in (declarations if contacts else ())
        for name in (declaration.office or "", *declaration.facts.values())
    )
    return "; ".join(dict.fromkeys(contacts[name] for name in names if name in contacts)) or None


RULES: dict[str, Rule] = {}
"""Every rule by name, in the order they are listed to people."""


def rule(
    *,
    zh: str,
    text: Words,
    next_step: Words,
    variants: Mapping[str, Words] | None = None,
    looks_at: Subject = Subject.DECLARATION,
    law_of: str | None = None,
    legal_basis: str = "",
    valid_from: str = "",
    collects: bool = False,
    settle_minutes: int = 0,
    confirm_twice: bool = False,
    mutes: Collection[str] = (),
    mutes_by: str = "declaration",
    once: bool = False,
    **thresholds: float,
) -> Callable[[_Function], _Function]:
    """Registers a function as a rule under its name; ``zh`` is that name in Chinese.

    What rests on a country's law says whose (``law_of``), by which provision (``legal_basis``) and
    since when (``valid_from``, an ISO date). ``settle_minutes``, ``confirm_twice``, ``mutes``,
    ``mutes_by`` and ``once`` are the ``Policy`` of its alerts. Whatever else is given is a
    threshold with its default, which the configuration may override.
    """
    settle = timedelta(minutes=settle_minutes)
    policy = Policy(settle, confirm_twice, frozenset(mutes), mutes_by, once)
    basis = {"legal_basis": legal_basis, "valid_from": valid_from}

    def register(function: _Function) -> _Function:
        name = function.__name__
        RULES[name] = Rule(
            name=name,
            title={"en": name.replace("_", " "), "zh": zh},
            text=text,
            next_step=next_step,
            variants=variants or {},
            defaults={"enabled": True, **basis, **thresholds},
            subject=looks_at,
            function=function,
            law_of=law_of,
            collects=collects,
            policy=policy,
        )
        return function

    return register


def policies() -> dict[str, Policy]:
    """The policy of every rule's alerts, by rule."""
    return {rule.name: rule.policy for rule in RULES.values()}


def named(subject: Subject) -> frozenset[str]:
    """The names of the rules that look at a subject."""
    return frozenset(rule.name for rule in RULES.values() if rule.subject is subject)


def judged(declaration: Declaration, context: Context) -> Iterator[Finding | CannotAssess]:
    """What every rule finds in a declaration, and what it cannot assess."""
    for judge in RULES.values():
        for outcome in judge.outcomes(declaration, context):
            if not isinstance(outcome, Fine):
                yield outcome


def surveyed(context: Context, subject: Subject) -> Iterator[Finding | CannotAssess]:
    """What every rule about a subject that is no declaration finds, and what it cannot assess."""
    for judge in RULES.values():
        for outcome in judge.surveyed(context) if judge.subject is subject else ():
            if not isinstance(outcome, Fine):
                yield outcome


# Settings


def check_settings(settings: Mapping[str, Any]) -> None:
    """Raises BadArgument for a rule or a setting that does not exist, or a value it cannot have."""
    for name, values in settings.items():
        if name not in RULES:
            raise BadArgument(
                "rules.{name}: there is no such rule; there are {choices}",
                name=name,
                choices=list(RULES),
            )
        if not isinstance(values, Mapping):
            raise BadArgument(
                "rules.{name} is {value!r}: it must be a table of settings",
                name=name,
                value=values,
            )
        for key, value in values.items():
            _check_setting(name, key, value)


def _check_setting(rule: str, key: str, value: Any) -> None:
    defaults = RULES[rule].defaults
    if key not in defaults:
        raise BadArgument(
            "rules.{rule}.{key}: there is no such setting; there are {choices}",
            rule=rule,
            key=key,
            choices=list(defaults),
        )
    if expected := _expected(key, value, defaults[key]):
        raise BadArgument(
            "rules.{rule}.{key} is {value!r}: it must be {expected}",
            rule=rule,
            key=key,
            value=value,
            expected=expected,
        )


def _expected(key: str, value: Any, default: Any) -> Phrase | None:
    """What a value should be, if it is not; else None."""
    if isinstance(default, bool):
        fits, expected = isinstance(value, bool), Phrase("true or false")
    elif key == "valid_from":
        fits, expected = _is_date(value), Phrase('a date such as "2024-12-01"')
    elif key == "months":
        fits = isinstance(value, int) and _is_threshold(value) and value <= MAX_MONTHS
        expected = Phrase("whole months, {limit} at most", limit=MAX_MONTHS)
    elif isinstance(default, str):
        fits, expected = isinstance(value, str), Phrase("a text")
    else:
        fits = _is_threshold(value)
        expected = Phrase("a number over 0, {limit} at most", limit=MAX_THRESHOLD)
    return None if fits else expected


def _is_date(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value).isoformat() == value)
    except (TypeError, ValueError):
        return False


def _is_threshold(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value <= MAX_THRESHOLD
