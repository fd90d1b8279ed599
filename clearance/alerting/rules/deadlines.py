"""Deadlines that the law sets, and those of vessels and terminals.

Each legal deadline is dated: its basis and since when it holds stand in the rule's settings, so
that a change of law is a change of configuration. Days are Beijing's. An amount of money is an
estimate of ours and is called one; customs alone sets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from clearance.alerting.rules._rule import (
    CannotAssess,
    Context,
    Fine,
    Outcome,
    as_hours,
    cannot_assess,
    finding,
    rule,
)
from clearance.calendar import Calendar
from clearance.figures.forecast import Probability
from clearance.model import Declaration, Event, Note, Severity, Stage, Summary

_W, _C = Severity.WARNING, Severity.CRITICAL

AT_CUSTOMS = (
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
    Stage.RELEASED,
    Stage.CLEARED,
)
"""Stages of a declaration that customs has accepted."""
_OUT = (Stage.RELEASED, Stage.CLEARED, Stage.WITHDRAWN)
_EXPORT_ONLY = ("cutoff", "cy_cutoff", "loading")
_IMPORT_ONLY = ("free_until", "tax_due", "tax", "value")


class Step(NamedTuple):
    """A step of a countdown: what is left when it begins, in days or hours, and how urgent."""

    left: float
    severity: Severity


_BEFORE = -1
"""The step of what is found before a countdown begins."""


def _reached(steps: tuple[Step, ...], left: float) -> int | None:
    """The last step of a countdown that is reached, or None before the first."""
    reached = [number for number, step in enumerate(steps) if left <= step.left]
    return reached[-1] if reached else None


def direction(declaration: Summary, context: Context) -> str | None:
    """Import, export or transit: as the numbers say, else as planned, else None."""
    facts = context.planned(declaration).facts
    if known := declaration.direction or facts.get("direction"):
        return known
    export = any(fact in facts for fact in _EXPORT_ONLY)
    inbound = any(fact in facts for fact in _IMPORT_ONLY)
    return None if export is inbound else "export" if export else "import"


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that is too short for it.

    >>> months_after(date(2026, 11, 30), 3)
    datetime.date(2027, 2, 28)
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _midnight(day: date, declaration: Declaration, context: Context) -> datetime:
    """The beginning of a day where a declaration is."""
    return datetime(day.year, day.month, day.day, tzinfo=context.system(declaration).zone)


def _estimate(amount: float | None, percent: float, days: int) -> str | None:
    """What so many days late cost, as text; None where the amount is not known."""
    return None if amount is None else f"{amount * percent / 100 * days:,.2f}"


def _too_early(day: date, settings: Mapping[str, Any]) -> bool:
    return day.isoformat() < str(settings["valid_from"])


class _Arrived(NamedTuple):
    """An import whose goods have arrived and that no accepted declaration covers."""

    day: date
    began: tuple[str, ...]
    value: float | None


def _undeclared(
    name: str, declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> _Arrived | Fine | CannotAssess:
    """What the two rules about undeclared imports need, or why they have nothing to say."""
    again = any(inconsistency.kind == "sent_again" for inconsistency in declaration.inconsistencies)
    way = direction(declaration, context)
    if declaration.stage in (*AT_CUSTOMS, Stage.WITHDRAWN) or again or way == "export":
        return Fine()
    plan = context.planned(declaration)
    day, at = plan.day("arrival"), plan.time("arrival")
    if way is None:
        if at is None:
            return Fine()
        return cannot_assess(
            declaration, name, "whether it is an import is not known: plan set --direction"
        )
    if way == "transit":
        why = "goods in transit have a second clock, from their arrival at the destination"
        return cannot_assess(declaration, name, why)
    if day is None or at is None:
        return cannot_assess(
            declaration, name, "the day of arrival is not known: plan set --arrival"
        )
    if _too_early(day, settings):
        basis = settings["legal_basis"]
        return cannot_assess(declaration, name, "{legal_basis} did not hold yet", legal_basis=basis)
    return Fine() if at > context.now else _Arrived(day, plan.origin, plan.amount("value"))


@rule(
    zh="进口未申报",
    text={
        "en": "import not declared: arrived {arrived}, last free day {last_day}, {days_left} days "
        "left ({legal_basis})",
        "zh": "进口未申报: {arrived} 申报进境, 申报期限 {last_day}, 还剩 {days_left} 天 "
        "({legal_basis})",
    },
    variants={
        "late": {
            "en": "import not declared: arrived {arrived}, {days_late} days past the last free day "
            "{last_day}; late fee by our estimate CNY {estimate} so far ({legal_basis})",
            "zh": "进口未申报: {arrived} 申报进境, 已超申报期限 {last_day} {days_late} 天; "
            "滞报金估算至今 {estimate} 元 ({legal_basis})",
        }
    },
    next_step={
        "en": "declare it today, or ask the broker what it waits for; it is not released unpaid",
        "zh": "今日完成申报, 或向报关行询问原因; 未缴滞报金海关不予放行",
    },
    legal_basis="海关法 Art. 24",
    valid_from="2001-01-01",
    days=14,
    warning_days=3,
    critical_days=1,
    percent_a_day=0.05,
)
def import_undeclared(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """No accepted declaration, and the conveyance was declared in at day A.

    The last free day is A + 14, rolled to a working day; warned of three days before, critical one
    day before and overdue. Basis: Customs Law (海关法) Article 24, in force since 2001-01-01, and
    the rules on late-declaration fees (海关征收进口货物滞报金办法): 0.05 % of the dutiable value
    for each day; several pages on the web print 0.5 %, ten times too high. Whether day A counts is
    not settled; the lead of three days covers it. Not judged: transit, which has a second clock at
    its destination. An accepted declaration ends it, one made in advance prevents it.
    """
    arrived = _undeclared("import_undeclared", declaration, context, settings)
    if not isinstance(arrived, _Arrived):
        yield arrived
        return
    last = context.calendar(declaration).roll(arrived.day + timedelta(days=settings["days"]))
    left = (last - context.today(declaration)).days
    steps = (Step(settings["warning_days"], _W), Step(settings["critical_days"], _C), Step(-1, _C))
    numbers = {
        "arrived": arrived.day.isoformat(),
        "last_day": last.isoformat(),
        "days_left": left,
        "legal_basis": settings["legal_basis"],
    }
    step = _reached(steps, left)
    if step is None:
        yield Fine(numbers)
        return
    if left < 0:
        estimate = _estimate(arrived.value, settings["percent_a_day"], -left)
        numbers |= {"days_late": -left, "estimate": estimate}
    yield finding(
        declaration, context, "import_undeclared", steps[step].severity, _midnight(arrived.day, declaration, context),
        arrived.began, numbers, step=step, variant="late" if left < 0 else "",
    )  # fmt: skip


@rule(
    zh="进口货物超期",
    text={
        "en": "import not declared for {days} days since {arrived}; customs may sell the goods "
        "from {last_day} on ({legal_basis})",
        "zh": "进口自 {arrived} 起 {days} 天未申报; {last_day} 起海关可提取变卖 ({legal_basis})",
    },
    next_step={
        "en": "declare it, or ask customs for an extension or to send the goods back",
        "zh": "尽快申报, 或向海关申请延期或退运",
    },
    legal_basis="海关法 Art. 30",
    valid_from="2001-01-01",
    months=3,
    warning_days=60,
    critical_days=80,
)
def abandoned(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """No declaration within three months of the arrival.

    Warned of after 60 days, critical after 80 and when the three months are over. Basis: Customs
    Law (海关法) Article 30: customs may take and sell the goods. Guards as ``import_undeclared``.
    """
    arrived = _undeclared("abandoned", declaration, context, settings)
    if not isinstance(arrived, _Arrived):
        yield arrived
        return
    last = months_after(arrived.day, round(settings["months"]))
    days = (context.today(declaration) - arrived.day).days
    numbers = {
        "arrived": arrived.day.isoformat(),
        "days": days,
        "last_day": last.isoformat(),
        "legal_basis": settings["legal_basis"],
    }
    steps = (
        Step(-settings["warning_days"], _W),
        Step(-settings["critical_days"], _C),
        Step(-(last - arrived.day).days, _C),
    )
    step = _reached(steps, -days)
    if step is None:
        yield Fine(numbers)
        return
    yield finding(
        declaration, context, "abandoned", steps[step].severity, _midnight(arrived.day, declaration, context),
        arrived.began, numbers, step=step,
    )  # fmt: skip


@rule(
    zh="出口申报过晚",
    text={
        "en": "export not declared: it arrived {arrived}, loading begins {loading}, in {hours_left}"
        " h; it must be declared 24 h before ({legal_basis})",
        "zh": "出口未申报: {arrived} 运抵, {loading} 装货, 还剩 {hours_left} 小时; "
        "须在装货 24 小时前申报 ({legal_basis})",
    },
    next_step={
        "en": "declare it now, or ask the carrier to move the loading",
        "zh": "立即申报, 或联系承运人调整装货时间",
    },
    legal_basis="海关法 Art. 24",
    valid_from="2001-01-01",
    warning_hours=36,
    critical_hours=24,
)
def export_declared_late(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """The goods are in the supervised area, not declared, and loading is near.

    Warned of 36 hours before loading, critical at 24. Basis: Customs Law (海关法) Article 24: to
    be declared after arrival in the supervised area and 24 hours before loading (装货的二十四小时
    以前). Only where the time of loading is known; not with a special permit of customs.
    """
    name = "export_declared_late"
    plan = context.planned(declaration)
    sent = (*AT_CUSTOMS, Stage.SUBMITTED, Stage.WITHDRAWN)
    other = direction(declaration, context) != "export"
    if declaration.stage in sent or other or plan.flag("special_permit"):
        yield Fine()
        return
    arrived, loading = plan.time("arrival"), plan.time("loading")
    if arrived is None or loading is None:
        yield cannot_assess(
            declaration, name, "arrival or loading is not known: plan set --loading"
        )
        return
    left = (loading - context.now) / timedelta(hours=1)
    steps = (Step(settings["warning_hours"], _W), Step(settings["critical_hours"], _C))
    numbers = {
        "arrived": arrived.isoformat(),
        "loading": loading.isoformat(),
        "hours_left": as_hours(left * 3600),
        "legal_basis": settings["legal_basis"],
    }
    step = _reached(steps, left)
    if step is None or arrived > context.now:
        yield Fine(numbers)
        return
    since = max(arrived, loading - timedelta(hours=settings["warning_hours"]))
    began = [f"{one} {loading.isoformat()}" for one in plan.origin]
    yield finding(
        declaration, context, name, steps[step].severity, since, began, numbers, step=step
    )


# Duties


class Term(NamedTuple):
    """How long duties may be paid, from when, and what that rests on."""

    valid_from: date
    basis: str
    days: int


TERMS = (
    Term(date(2024, 12, 1), "关税法 Art. 43", 15),
    Term(date(2001, 1, 1), "海关法 Art. 60", 15),
)
"""Terms for duties, the newest first; the term of a declaration is that of its day."""


class _Due(NamedTuple):
    """Duties that are unpaid as far as is known."""

    day: date
    since: datetime
    began: tuple[str, ...]
    basis: str
    amount: float | None


def _unpaid(name: str, declaration: Declaration, context: Context) -> _Due | Fine | CannotAssess:
    """What the rules about duties need, or why they have nothing to say.

    A release without a guarantee shows that duties were paid, unless they are paid once a month.
    """
    plan = context.planned(declaration)
    monthly = plan.flag("consolidated")
    released = declaration.stage in _OUT and not (monthly and declaration.released_at)
    if direction(declaration, context) != "import" or released or declaration.guaranteed:
        return Fine()
    paid = plan.time("tax_paid")
    if (paid and paid <= context.now) or plan.amount("tax") == 0:
        return Fine()
    asked = _tax_notice(declaration)
    declared = declaration.accepted_at or declaration.declared_at
    planned = "tax" in plan.facts or "tax_due" in plan.facts
    if asked is None and not planned and not monthly:
        return cannot_assess(
            declaration, name, "whether duties are due is not known: plan set --tax-due"
        )
    day = plan.day("tax_due")
    if declared is None and day is None:
        return cannot_assess(declaration, name, "it is not declared yet: plan set --tax-due")
    on = context.day(declared, declaration) if declared else context.today(declaration)
    term = next((term for term in TERMS if on >= term.valid_from), TERMS[-1])
    if day is None:
        day = _last_day(on, monthly, term, context.calendar(declaration))
    told = asked.messages if asked else ()
    since = (asked.at if asked else declared) or _midnight(
        day - timedelta(days=term.days), declaration, context
    )
    return _Due(day, since, told or plan.origin, term.basis, plan.amount("tax"))


def _tax_notice(declaration: Declaration) -> Event | None:
    """Customs' demand for duties in the last sending that is not answered by a release."""
    notice = None
    for event in declaration.events:
        if event.action == "tax":
            notice = notice or event
        elif event.stage in (Stage.REJECTED, Stage.WITHDRAWN):
            notice = None
    return notice


def _last_day(on: date, monthly: bool, term: Term, calendar: Calendar) -> date:
    if monthly:
        following = months_after(on.replace(day=1), 1)
        return calendar.nth(following.year, following.month, 5)
    return calendar.roll(on + timedelta(days=term.days))


@rule(
    zh="税款未缴",
    text={
        "en": "duties unpaid: due {due}, {days_left} days left ({legal_basis})",
        "zh": "税款未缴: 缴款期限 {due}, 还剩 {days_left} 天 ({legal_basis})",
    },
    variants={
        "late": {
            "en": "duties unpaid: {days_late} days past {due}; late fee by our estimate CNY "
            "{estimate} so far ({legal_basis})",
            "zh": "税款未缴: 已超缴款期限 {due} {days_late} 天; 滞纳金估算至今 {estimate} 元 "
            "({legal_basis})",
        }
    },
    next_step={
        "en": "pay, or say that it was paid: clearance plan set REF --tax-paid TIME",
        "zh": "尽快缴税; 如已缴纳: clearance plan set 编号 --tax-paid 时间",
    },
    legal_basis="关税法 Art. 43",
    valid_from="2024-12-01",
    warning_days=5,
    second_days=3,
    critical_days=1,
    percent_a_day=0.05,
    lag_working_days=1,
)
def tax_unpaid(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Duties are due and not known to be paid.

    Due 15 days after the declaration was completed, rolled to a working day, or on the 5th working
    day of the next month where duties are consolidated (汇总征税), or as planned. Warned of 5 and 3
    days before, critical one day before and overdue. Basis: Customs Duty Law (关税法) Article 43,
    in force since 2024-12-01; before that Customs Law (海关法) Article 60. The late fee is 0.05 % a
    day of the duties. Fine with a guarantee, no duties, a payment that was told, or a release; no
    message of customs tells of a payment, so it counts as overdue a working day late.
    """
    due = _unpaid("tax_unpaid", declaration, context)
    if not isinstance(due, _Due):
        yield due
        return
    yield from _countdown(due, declaration, context, settings)


def _countdown(
    due: _Due, declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    left = (due.day - context.today(declaration)).days
    lapsed = due.day
    for _ in range(round(settings["lag_working_days"])):
        lapsed = context.calendar(declaration).roll(lapsed + timedelta(days=1))
    late = context.today(declaration) > lapsed
    steps = (
        Step(settings["warning_days"], _W),
        Step(settings["second_days"], _W),
        Step(settings["critical_days"], _C),
        Step(-1 if late else float("-inf"), _C),
    )
    newest = due.basis == TERMS[0].basis
    numbers: dict[str, Any] = {
        "due": due.day.isoformat(),
        "days_left": left,
        "legal_basis": settings["legal_basis"] if newest else due.basis,
    }
    step = _reached(steps, left)
    if step is None:
        yield Fine(numbers)
        return
    if late:
        estimate = _estimate(due.amount, settings["percent_a_day"], -left)
        numbers |= {"days_late": -left, "estimate": estimate}
    yield finding(
        declaration, context, "tax_unpaid", steps[step].severity, due.since, due.began, numbers,
        step=step, variant="late" if late else "",
    )  # fmt: skip


@rule(
    zh="税款三个月未缴",
    text={
        "en": "duties unpaid for {days} days since {due}; from {last_day} on customs may enforce "
        "payment ({legal_basis})",
        "zh": "税款自 {due} 起 {days} 天未缴; {last_day} 起海关可采取强制措施 ({legal_basis})",
    },
    next_step={
        "en": "pay, or agree with customs on how",
        "zh": "尽快缴税, 或与海关协商",
    },
    legal_basis="海关法 Art. 60",
    valid_from="2001-01-01",
    months=3,
    critical_days=75,
)
def tax_unpaid_3_months(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Duties are unpaid for three months after they were due.

    Critical from 75 days on, and again when the three months are over. Basis: Customs Law (海关法)
    Article 60: customs may take enforcement measures. Guards as ``tax_unpaid``.
    """
    due = _unpaid("tax_unpaid_3_months", declaration, context)
    if not isinstance(due, _Due):
        yield due
        return
    last = months_after(due.day, round(settings["months"]))
    days = (context.today(declaration) - due.day).days
    numbers = {
        "due": due.day.isoformat(),
        "days": days,
        "last_day": last.isoformat(),
        "legal_basis": settings["legal_basis"],
    }
    steps = (Step(-settings["critical_days"], _C), Step(-(last - due.day).days, _C))
    step = _reached(steps, -days)
    if step is None:
        yield Fine(numbers)
        return
    yield finding(
        declaration, context, "tax_unpaid_3_months", _C, due.since, due.began, numbers, step=step
    )


# Vessels and terminals


def cutoff(declaration: Summary, context: Context, margin_hours: float) -> datetime | None:
    """When an export must be released at the latest, or None where no cut-off is known."""
    plan = context.planned(declaration)
    etd = plan.time("etd")
    ends = [plan.time("cutoff"), plan.time("cy_cutoff")]
    ends.append(etd - timedelta(hours=margin_hours) if etd else None)
    return min((end for end in ends if end), default=None)


MARGIN = 24
"""Hours before the estimated departure by which an export must be released."""


def near_cutoff(declaration: Summary, context: Context, within: timedelta) -> datetime | None:
    """The cut-off of an export that is not released, where it is so near, or past."""
    if direction(declaration, context) != "export" or declaration.stage in _OUT:
        return None
    settings = context.settings.get("vessel_cutoff", {})
    end = cutoff(declaration, context, settings.get("margin_hours", MARGIN))
    return end if end and end - context.now <= within else None


def release_probability(
    declaration: Summary, context: Context, end: datetime
) -> Probability | Note | None:
    """How likely an export is released by a cut-off, or why that cannot be assessed.

    None where the cut-off has passed, or nobody has looked.
    """
    if context.risk is None or end <= context.now:
        return None
    if declaration.declared_at is None or declaration.stage in (Stage.DRAFT, Stage.REJECTED):
        return Note.of("not_declared")
    examined = declaration.examined_from
    return context.risk.chance(
        declaration.office,
        int(declaration.declared_at.timestamp()),
        int(examined.timestamp()) if examined else None,
        int(end.timestamp()),
    )


def _probability_values(chance: Probability | Note | None) -> dict[str, Any]:
    """A chance as numbers of a finding."""
    if isinstance(chance, Probability):
        return {
            "probability": round(chance.probability, 3),
            "n": chance.n,
            "stratum": str(chance.stratum),
        }
    return {"no_probability": list(chance)} if chance else {}


def _unlikely(chance: Probability | Note | None, settings: Mapping[str, Any]) -> Severity | None:
    """How urgent it is by the chance alone."""
    if not isinstance(chance, Probability):
        return None
    if chance.probability < settings["critical_probability"]:
        return _C
    return _W if chance.probability < settings["warning_probability"] else None


@rule(
    zh="临近截关",
    text={
        "en": "not released, {hours_left} h to the cut-off {cutoff}",
        "zh": "未放行, 距截关 {cutoff} 还有 {hours_left} 小时",
    },
    variants={
        "likely": {
            "en": "not released, {hours_left} h to the cut-off {cutoff}; the probability to be "
            "released by then is {probability}, by {n} that waited as long",
            "zh": "未放行, 距截关 {cutoff} 还有 {hours_left} 小时; 届时放行的概率为 {probability}, "
            "依据等待同样久的 {n} 票",
        },
        "passed": {
            "en": "not released, {hours_past} h past the cut-off {cutoff}",
            "zh": "未放行, 截关 {cutoff} 已过 {hours_past} 小时",
        },
    },
    next_step={
        "en": "call the customs desk and the forwarder: the vessel is at stake",
        "zh": "立即联系现场海关和货代: 可能赶不上船",
    },
    first_hours=24,
    second_hours=12,
    third_hours=4,
    last_hours=1,
    margin_hours=MARGIN,
    warning_probability=0.8,
    critical_probability=0.5,
)
def vessel_cutoff(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An export is not released and its cut-off is near, or it may not be released by then.

    The cut-off is the earliest of customs' own, the container yard's, and 24 hours before the
    estimated departure. Warned of at 24 and 12 hours, critical at 4 and 1 and when it has passed;
    or however far it is, warned of while the probability to be released by then is below 0.8,
    critical below 0.5. The probability is that of exports of the last four quarters that waited as
    long; without enough of them, or where it was wrong by more than 0.10 before (``clearance report
    --calibration``), only the countdown counts. Basis: a usual countdown; Kaplan and Meier (1958).
    A cut-off that is moved begins anew; a release ends it at once.
    """
    if direction(declaration, context) != "export" or declaration.stage in _OUT:
        yield Fine()
        return
    end = cutoff(declaration, context, settings["margin_hours"])
    if end is None:
        why = "no cut-off is known: plan set --cutoff, --cy-cutoff or --etd"
        yield cannot_assess(declaration, "vessel_cutoff", why)
        return
    left = (end - context.now) / timedelta(hours=1)
    steps = (
        Step(settings["first_hours"], _W),
        Step(settings["second_hours"], _W),
        Step(settings["third_hours"], _C),
        Step(settings["last_hours"], _C),
        Step(0, _C),
    )
    likely = release_probability(declaration, context, end)
    numbers = {
        "cutoff": end.isoformat(),
        "hours_left": as_hours(left * 3600),
        **_probability_values(likely),
    }
    step = _reached(steps, left)
    severities = {_unlikely(likely, settings), None if step is None else steps[step].severity}
    severity = next((one for one in (_C, _W) if one in severities), None)
    if severity is None:
        yield Fine(numbers)
        return
    if left <= 0:
        numbers |= {"hours_past": as_hours(-left * 3600)}
    first = end - timedelta(hours=settings["first_hours"])
    since = first if step is not None else declaration.declared_at or context.now
    began = [f"{one} {end.isoformat()}" for one in context.planned(declaration).origin]
    variant = "likely" if isinstance(likely, Probability) else ""
    yield finding(
        declaration, context, "vessel_cutoff", severity, since, began, numbers,
        step=_BEFORE if step is None else step, variant="passed" if left <= 0 else variant,
    )  # fmt: skip


@rule(
    zh="免费期将至",
    text={
        "en": "still at the terminal, last free day {free_until}, {days_left} days left",
        "zh": "仍在场站, 免费期至 {free_until}, 还剩 {days_left} 天",
    },
    variants={
        "late": {
            "en": "still at the terminal, {days_late} days past the last free day {free_until}",
            "zh": "仍在场站, 已超免费期 {free_until} {days_late} 天",
        }
    },
    next_step={
        "en": "have it picked up, or say that it was: clearance plan set REF --gated-out TIME",
        "zh": "安排提货; 如已提货: clearance plan set 编号 --gated-out 时间",
    },
    warning_days=2,
)
def free_time(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An import has not left the terminal and its free time ends, released or not.

    Warned of two days before the last free day, critical on it and after it. Basis: practice;
    terminals and carriers charge from then on. Only where the last free day is known.
    """
    plan = context.planned(declaration)
    last, gone = plan.day("free_until"), plan.time("gated_out")
    gated_out = gone is not None and gone <= context.now
    if gated_out or direction(declaration, context) != "import":
        yield Fine()
        return
    if last is None:
        if declaration.open:
            why = "the last free day is not known: plan set --free-until"
            yield cannot_assess(declaration, "free_time", why)
        else:
            yield Fine()
        return
    left = (last - context.today(declaration)).days
    steps = (Step(settings["warning_days"], _W), Step(0, _C), Step(-1, _C))
    numbers: dict[str, Any] = {"free_until": last.isoformat(), "days_left": left}
    step = _reached(steps, left)
    if step is None:
        yield Fine(numbers)
        return
    if left < 0:
        numbers |= {"days_late": -left}
    first = last - timedelta(days=settings["warning_days"])
    since = _midnight(first, declaration, context)
    began = [f"{one} {last.isoformat()}" for one in plan.origin]
    yield finding(
        declaration, context, "free_time", steps[step].severity, since, began, numbers,
        step=step, variant="late" if left < 0 else "",
    )  # fmt: skip
