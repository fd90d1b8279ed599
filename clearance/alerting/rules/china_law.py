"""Deadlines of China's customs law: declaring, paying duties.

Each stands with its provision and since when it applies, so that a change of law is a change of
configuration. Days are those of China. Amounts of money are our estimates and are called so;
customs alone sets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from clearance.alerting.rules._context import Context, PlannedFacts
from clearance.alerting.rules._countdown import CRITICAL, WARNING, Step, countdown
from clearance.alerting.rules._rule import (
    Answer,
    Fine,
    Origin,
    Settings,
    Unknown,
    fine,
    not_applicable,
    rule,
    unsaid,
)
from clearance.alerting.running import as_hours
from clearance.calendar import months_after
from clearance.customs.cn_single_window import NAME, law
from clearance.errors import NoCalendar
from clearance.model import LEFT_CUSTOMS, Declaration, Event, Flag, Stage
from clearance.named_tuples import NamedTuple
from clearance.timelines import by_hand, derive

_ACCEPTED = (
    Stage.ACCEPTED,
    Stage.UNDER_REVIEW,
    Stage.REVIEWED,
    Stage.ACTION_DUE,
    Stage.INSPECTION,
    Stage.SUSPENDED,
    Stage.RELEASED,
    Stage.CLEARED,
)
"""Stages of a declaration that customs has accepted."""
_HOUR = timedelta(hours=1)
_FEN, _YUAN = 1, 100
"""Units that a fee is rounded down to, in fen."""


def _fee(amount: float | None, percent: float, days: int, unit: int) -> dict[str, str | int]:
    """The fee for a number of days by our estimate, rounded down to a unit of that many fen.

    Nothing is charged below a threshold, which is then named; empty if the amount is not known.
    """
    if amount is None:
        return {}
    fen = round(amount * 100) * round(percent * 10_000) * days // 1_000_000 // unit * unit
    if fen < law.LEAST_FEE * 100:
        return {"estimate": "0.00", "least": law.LEAST_FEE}
    return {"estimate": f"{fen / 100:,.2f}"}


def _late(fee: Mapping[str, Any]) -> str:
    """The variant of the text for what is late: with its fee, without one yet, or unknown."""
    return "late, no fee" if "least" in fee else "late"


# Declaring


class _Arrival(NamedTuple):
    """An import that has arrived and is not declared: the day, and its dutiable value."""

    day: date
    origin: Origin
    value: float | None


_WHY_DIRECTION = {
    "en": "whether it is an import is not known: plan set --direction",
    "zh": "不知是否进口: plan set --direction",
}
_WHY_TRANSIT = {
    "en": "goods in transit have a second clock, from their arrival at the destination",
    "zh": "转关货物另从运抵指运地起算",
}
_WHY_ARRIVAL = {
    "en": "the day of arrival is not known: plan set --arrival",
    "zh": "不知申报进境日期: plan set --arrival",
}
_WHY_TOO_EARLY = {
    "en": "{legal_basis} did not hold yet",
    "zh": "{legal_basis} 当时尚未施行",
}
_WHY_LOADING = {
    "en": "arrival or loading is not known: plan set --loading",
    "zh": "不知运抵或装货时间: plan set --loading",
}


def _holds(settings: Settings, day: date) -> bool:
    """Whether the provision that a rule rests on is in force on a day."""
    return day >= date.fromisoformat(settings["valid_from"])


def _too_early(settings: Settings) -> Unknown:
    return unsaid(_WHY_TOO_EARLY, legal_basis=settings["legal_basis"])


def _undeclared(
    declaration: Declaration, context: Context, settings: Settings
) -> _Arrival | Fine | Unknown:
    """The arrival of an import that is not declared, or why there is nothing to count down."""
    direction = context.direction(declaration)
    if direction == "export":
        return not_applicable()
    if _is_declared(declaration):
        return fine()
    plan = context.planned(declaration)
    day, at = plan.day("arrival"), plan.time("arrival")
    if direction is None:
        return unsaid(_WHY_DIRECTION) if at else fine()
    if direction == "transit":
        return unsaid(_WHY_TRANSIT)
    if day is None or at is None:
        return unsaid(_WHY_ARRIVAL)
    if not _holds(settings, day):
        return _too_early(settings)
    if not context.past(at):
        return fine()
    origin = Origin(context.midnight(day, declaration), plan.origin)
    return _Arrival(day, origin, plan.amount("value"))


def _is_declared(declaration: Declaration) -> bool:
    """Whether it was accepted, withdrawn, or sent again as another declaration."""
    return declaration.superseded or declaration.stage in (*_ACCEPTED, Stage.WITHDRAWN)


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
            "{last_day}[; late fee by our estimate CNY {estimate} so far] ({legal_basis})",
            "zh": "进口未申报: {arrived} 申报进境, 已超申报期限 {last_day} {days_late} 天"
            "[; 滞报金估算至今 {estimate} 元] ({legal_basis})",
        },
        "late, no fee": {
            "en": "import not declared: arrived {arrived}, {days_late} days past the last free day "
            "{last_day}; no late fee by our estimate so far, below CNY {least} none is charged "
            "({legal_basis})",
            "zh": "进口未申报: {arrived} 申报进境, 已超申报期限 {last_day} {days_late} 天; "
            "滞报金估算至今不足 {least} 元, 免予征收 ({legal_basis})",
        },
    },
    next_step={
        "en": "declare it today, or ask the broker what it waits for; it is not released unpaid",
        "zh": "今日完成申报, 或向报关行询问原因; 未缴滞报金海关不予放行",
    },
    law_of=NAME,
    legal_basis=law.DECLARING.citation,
    valid_from=law.DECLARING.valid_from.isoformat(),
    days=law.IMPORT_DAYS,
    warning_days=3,
    critical_days=1,
    percent_a_day=law.LATE_DECLARATION_PERCENT,
)
def import_undeclared(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An import has arrived and no declaration of it is accepted.

    The first day that is charged is the 15th after the day of arrival, rolled to a working day; the
    day before it is the last free one. A warning three days before that, critical one day before
    and when it is over. Basis: Customs Law (海关法) Article 24, in force since 2001-01-01, and the
    rules on late-declaration fees (海关征收进口货物滞报金办法) Articles 5 to 7 and 16: 0.05 % of
    the dutiable value for each day, in whole yuan, and nothing below 50 yuan; several pages on the
    web print 0.5 %, ten times too high. Whether the day of arrival itself counts is not settled; if
    it does, all is a day earlier: take the day that the alert becomes critical for the last one.
    Transit is not judged, because a second clock runs at its destination. Over when a declaration
    is accepted; one that was accepted before the arrival prevents it.
    """
    arrival = _undeclared(declaration, context, settings)
    if not isinstance(arrival, _Arrival):
        return arrival
    charged = arrival.day + timedelta(days=settings["days"] + 1)
    last_day = context.calendar(declaration).roll(charged) - timedelta(days=1)
    left = (last_day - context.today(declaration)).days
    fee = _fee(arrival.value, settings["percent_a_day"], -left, _YUAN)
    return countdown(
        (
            Step(settings["warning_days"], WARNING),
            Step(settings["critical_days"], CRITICAL),
            Step(-1, CRITICAL),
        ),
        left,
        arrival.origin,
        {
            "arrived": arrival.day.isoformat(),
            "last_day": last_day.isoformat(),
            "days_left": left if left >= 0 else None,
            "legal_basis": settings["legal_basis"],
        },
        {"days_late": -left, **fee} if left < 0 else None,
        variant=_late(fee),
    )


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
    law_of=NAME,
    legal_basis=law.ABANDONMENT.citation,
    valid_from=law.ABANDONMENT.valid_from.isoformat(),
    months=law.ABANDONMENT_MONTHS,
    warning_days=60,
    critical_days=80,
)
def abandoned(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An import is not declared within three months of its arrival.

    A warning after 60 days, critical after 80 and when the three months are over. Basis: Customs
    Law (海关法) Article 30: customs may take and sell the goods. Not judged, and over, as
    ``import_undeclared``.
    """
    arrival = _undeclared(declaration, context, settings)
    if not isinstance(arrival, _Arrival):
        return arrival
    last_day = months_after(arrival.day, settings["months"])
    days = (context.today(declaration) - arrival.day).days
    return countdown(
        (
            Step(-settings["warning_days"], WARNING),
            Step(-settings["critical_days"], CRITICAL),
            Step(-(last_day - arrival.day).days, CRITICAL),
        ),
        -days,
        arrival.origin,
        {
            "arrived": arrival.day.isoformat(),
            "days": days,
            "last_day": last_day.isoformat(),
            "legal_basis": settings["legal_basis"],
        },
    )


@rule(
    zh="出口申报过晚",
    text={
        "en": "export not declared: it arrived {arrived}, loading begins {loading}[, in "
        "{hours_left}]; it must be declared 24 h before ({legal_basis})",
        "zh": "出口未申报: {arrived} 运抵, {loading} 装货[, 还剩 {hours_left}]; "
        "须在装货 24 小时前申报 ({legal_basis})",
    },
    next_step={
        "en": "declare it now, or ask the carrier to move the loading",
        "zh": "立即申报, 或联系承运人调整装货时间",
    },
    law_of=NAME,
    legal_basis=law.DECLARING.citation,
    valid_from=law.DECLARING.valid_from.isoformat(),
    warning_hours=36,
    critical_hours=law.EXPORT_HOURS,
)
def export_declared_late(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An export is in the supervised area, not declared, and loading is near.

    A warning 36 hours before loading, critical at 24. Basis: Customs Law (海关法) Article 24: to
    be declared after arrival in the supervised area and 24 hours before loading (装货的二十四小时
    以前). Judged only where the time of loading is known, and not with a special permit of customs.
    """
    plan = context.planned(declaration)
    sent = declaration.stage in (*_ACCEPTED, Stage.SUBMITTED, Stage.WITHDRAWN)
    if context.direction(declaration) != "export":
        return not_applicable()
    if sent or plan.flag("special_permit"):
        return fine()
    arrived, loading = plan.time("arrival"), plan.time("loading")
    if arrived is None or loading is None:
        return unsaid(_WHY_LOADING)
    if not _holds(settings, loading.date()):
        return _too_early(settings)
    wait = timedelta(hours=settings["warning_hours"])
    left = context.left(loading, wait, timedelta(hours=settings["critical_hours"])) / _HOUR
    values = {
        "arrived": arrived.isoformat(),
        "loading": loading.isoformat(),
        "hours_left": as_hours(left * 3600) if left >= 0 else None,
        "legal_basis": settings["legal_basis"],
    }
    if not context.past(arrived):
        return fine(**values)
    since = max(arrived, loading - wait)
    ids = [f"{plan_id} {loading.isoformat()}" for plan_id in plan.origin]
    steps = (
        Step(settings["warning_hours"], WARNING),
        Step(settings["critical_hours"], CRITICAL),
    )
    return countdown(steps, left, Origin(since, ids), values)


_WHY_ENTRY = {
    "en": "the day the conveyance came is not known: plan set --arrival",
    "zh": "不知运输工具申报进境日期: plan set --arrival",
}


@rule(
    zh="完整申报逾期",
    text={
        "en": "two-step declaration: the full one is due {last_day}, {days_left} days left, the "
        "conveyance came {arrived} ({legal_basis})",
        "zh": "两步申报: 完整申报期限 {last_day}, 还剩 {days_left} 天, {arrived} 申报进境 "
        "({legal_basis})",
    },
    variants={
        "late": {
            "en": "two-step declaration: the full one was due {last_day}, {days_late} days ago; "
            "the conveyance came {arrived} ({legal_basis})",
            "zh": "两步申报: 完整申报期限 {last_day} 已过 {days_late} 天, {arrived} 申报进境 "
            "({legal_basis})",
        }
    },
    next_step={
        "en": "send the full declaration under the same number",
        "zh": "用同一报关单号完成完整申报",
    },
    law_of=NAME,
    legal_basis=law.TWO_STEPS.citation,
    valid_from=law.TWO_STEPS.valid_from.isoformat(),
    days=law.FULL_DECLARATION_DAYS,
    warning_days=3,
    second_days=1,
)
def full_declaration_missing(
    declaration: Declaration, context: Context, settings: Settings
) -> Answer:
    """Goods were picked up on the summary of a two-step declaration, and the full one is missing.

    Due 14 days after the conveyance was declared in: the import date in customs' messages, else the
    planned arrival. A warning three days before and on the last two days, critical when they are
    over. Not rolled to a working day, because it was not read whether it may be. Basis: customs'
    announcement no. 216 of 2019 (海关总署公告 2019 年第 216 号), of which only pages about it were
    read. Over when customs accepts a second sending, releases the goods again, or closes it.
    """
    asked = [a for a in declaration.outstanding if a.action == derive.FULL_DECLARATION]
    if not asked:
        return fine()
    entered = declaration.facts.get("import_export_date")
    arrived = date.fromisoformat(entered[:10]) if entered else None
    arrived = arrived or context.planned(declaration).day("arrival")
    if arrived is None:
        return unsaid(_WHY_ENTRY)
    if not _holds(settings, arrived):
        return _too_early(settings)
    last_day = arrived + timedelta(days=settings["days"])
    left = (last_day - context.today(declaration)).days
    steps = (
        Step(settings["warning_days"], WARNING),
        Step(settings["second_days"], WARNING),
        Step(-1, CRITICAL),
    )
    values = {
        "arrived": arrived.isoformat(),
        "last_day": last_day.isoformat(),
        "days_left": left if left >= 0 else None,
        "legal_basis": settings["legal_basis"],
    }
    origin = Origin(asked[0].since, [asked[0].message])
    return countdown(steps, left, origin, values, {"days_late": -left} if left < 0 else None)


# Duties


class _Duties(NamedTuple):
    """Duties that are unpaid as far as is known: the last day to pay, what that rests on, and the
    day of the declaration.
    """

    last_day: date
    origin: Origin
    declared_on: date
    amount: float | None


_WHY_DUTIES = {
    "en": "whether duties are due is not known: plan set --tax-due",
    "zh": "不知是否应缴税: plan set --tax-due",
}
_WHY_UNDECLARED = {
    "en": "it is not declared yet: plan set --tax-due",
    "zh": "尚未申报: plan set --tax-due",
}


_WHY_ASKED_AGAIN = {
    "en": "by when the duties are due that were asked for on {asked} is not known: "
    "plan set --tax-due",
    "zh": "不知 {asked} 要求缴纳的税款何时到期: plan set --tax-due",
}


def _unpaid(declaration: Declaration, context: Context) -> _Duties | Fine | Unknown:
    """Duties that are unpaid, or why there is nothing to count down."""
    plan = context.planned(declaration)
    direction, asked = context.direction(declaration), _demands(declaration)
    of_export = direction == "export" and (asked or _is_planned(plan))
    if direction != "import" and not of_export:
        return not_applicable()
    if (declaration.guaranteed and not plan.flag("consolidated")) or plan.amount("tax") == 0:
        return fine()
    settled = _settled_at(declaration, context, plan)
    left = [event for event in asked if settled is None or _is_asked_after(event, settled)]
    if settled is not None and not left:
        return fine()
    notice = next(iter(left), None)
    if notice is None and not _is_planned(plan):
        return unsaid(_WHY_DUTIES)
    if settled is not None and notice and notice.at:
        day, due = context.day(notice.at, declaration), plan.day("tax_due")
        if due is None or due < day:
            return unsaid(_WHY_ASKED_AGAIN, asked=day.isoformat())
    if declaration.declared_at or declaration.accepted_at or plan.day("tax_due"):
        return _duties(declaration, context, plan, notice)
    return unsaid(_WHY_UNDECLARED)


def _duties(
    declaration: Declaration, context: Context, plan: PlannedFacts, notice: Event | None
) -> _Duties:
    """The duties of a declaration that is declared, or whose last day to pay is planned."""
    declared = declaration.accepted_at or declaration.declared_at
    on = context.day(declared, declaration) if declared else context.today(declaration)
    last_day = plan.day("tax_due") or _last_day(on, declaration, context)
    asked_at, asked_by = (notice.at, notice.messages) if notice else (declared, ())
    begins = context.midnight(last_day - timedelta(days=law.DUTY_DAYS), declaration)
    origin = Origin(asked_at or begins, asked_by or plan.origin)
    return _Duties(last_day, origin, on, plan.amount("tax"))


def _settled_at(declaration: Declaration, context: Context, plan: PlannedFacts) -> datetime | None:
    """Since when the duties that were asked for until then are paid, or none; None if they are not.

    A release without a guarantee shows that they were paid, unless they are paid once a month.
    """
    told = (by_hand.statement(e) for e in declaration.events if Flag.BY_HAND in e.flags)
    paid = (plan.time("tax_paid"), by_hand.last_done(told).get("tax"))
    moments = [at for at in paid if at is not None and context.past(at)]
    monthly = plan.flag("consolidated") and declaration.released_at is not None
    if declaration.stage in LEFT_CUSTOMS and not monthly:
        left_at = (declaration.released_at, declaration.cleared_at, declaration.withdrawn_at)
        moments += [at for at in (declaration.since, *left_at) if at is not None]
    return max(moments, default=None)


def _is_asked_after(event: Event, settled: datetime) -> bool:
    return event.at is not None and by_hand.is_later(event.at, settled)


def _is_planned(plan: PlannedFacts) -> bool:
    """Whether people said that duties are to be paid."""
    return "tax" in plan.facts or "tax_due" in plan.facts or plan.flag("consolidated")


def _demands(declaration: Declaration) -> list[Event]:
    """Customs' demands for duties since the declaration was last returned or withdrawn."""
    demands: list[Event] = []
    for event in declaration.events:
        if event.action == "tax":
            demands.append(event)
        elif event.stage in (Stage.REJECTED, Stage.WITHDRAWN):
            demands = []
    return demands


def _legal_basis(on: date, settings: Settings) -> str:
    """The provision about duties that applies to a declaration of a day."""
    if _holds(settings, on):
        return str(settings["legal_basis"])
    newest_first = law.DUTY_PROVISIONS
    known = next((p for p in newest_first if on >= p.valid_from), newest_first[-1])
    return known.citation


def _last_day(on: date, declaration: Declaration, context: Context) -> date:
    """The last day to pay the duties of a declaration of a day; raises NoCalendar."""
    calendar = context.calendar(declaration)
    if context.planned(declaration).flag("consolidated"):
        following = months_after(on.replace(day=1), 1)
        return calendar.nth(following.year, following.month, law.MONTHLY_DUTY_WORKING_DAY)
    return calendar.roll(on + timedelta(days=law.DUTY_DAYS))


@rule(
    zh="税款未缴",
    text={
        "en": "duties unpaid: due {due}, {days_left} days left ({legal_basis})",
        "zh": "税款未缴: 缴款期限 {due}, 还剩 {days_left} 天 ({legal_basis})",
    },
    variants={
        "late": {
            "en": "duties unpaid: overdue since {due}, {days_late} days[; late fee by our estimate "
            "CNY {estimate} so far] ({legal_basis})",
            "zh": "税款未缴: 已超缴款期限 {due} {days_late} 天[; 滞纳金估算至今 {estimate} 元] "
            "({legal_basis})",
        },
        "late, no fee": {
            "en": "duties unpaid: overdue since {due}, {days_late} days; no late fee by our "
            "estimate so far, below CNY {least} none is charged ({legal_basis})",
            "zh": "税款未缴: 已超缴款期限 {due} {days_late} 天; 滞纳金估算至今不足 {least} 元, "
            "免予征收 ({legal_basis})",
        },
        "due": {
            "en": "duties unpaid: overdue since {due}, unless a payment is not known yet "
            "({legal_basis})",
            "zh": "税款未缴: 已过缴款期限 {due}, 如已缴纳请登记缴税时间 ({legal_basis})",
        },
    },
    next_step={
        "en": "pay, or say that it was paid: clearance plan set REF --tax-paid TIME",
        "zh": "尽快缴税; 如已缴纳: clearance plan set 编号 --tax-paid 时间",
    },
    law_of=NAME,
    mutes=("stuck",),
    legal_basis=law.DUTY_PROVISIONS[0].citation,
    valid_from=law.DUTY_PROVISIONS[0].valid_from.isoformat(),
    warning_days=5,
    second_days=3,
    critical_days=1,
    percent_a_day=law.LATE_PAYMENT_PERCENT,
    lag_working_days=1,
)
def tax_unpaid(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """Duties are due and not known to be paid.

    Due 15 days after the declaration was completed, rolled to a working day, or on the 5th working
    day of the next month where duties are consolidated (汇总征税), or as planned. A warning 5 and 3
    days before, critical one day before and overdue. Basis: Customs Tariff Law (关税法) Article 43,
    in force since 2024-12-01; before that Customs Law (海关法) Article 60. The late fee is 0.05 % a
    day of the duties, and nothing below 50 yuan. Fine without duties, with a guarantee unless they
    are consolidated, after a payment that people noted, or after a release, but for what customs
    asks for later: by when that is due has to be planned. Of an export it looks where customs asks
    for duties, or where they are planned. No message of customs reports a payment, so days late are
    counted, and a fee is told, a working day after the last day only.
    """
    duties = _unpaid(declaration, context)
    if not isinstance(duties, _Duties):
        return duties
    left = (duties.last_day - context.today(declaration)).days
    late, variant = _overdue(duties, declaration, context, settings)
    return countdown(
        (
            Step(settings["warning_days"], WARNING),
            Step(settings["second_days"], WARNING),
            Step(settings["critical_days"], CRITICAL),
            Step(-1 if late else float("-inf"), CRITICAL),
        ),
        left,
        duties.origin,
        {
            "due": duties.last_day.isoformat(),
            "days_left": left if left >= 0 else None,
            "legal_basis": _legal_basis(duties.declared_on, settings),
        },
        late if left < 0 else None,
        variant=variant,
    )


def _overdue(
    duties: _Duties, declaration: Declaration, context: Context, settings: Settings
) -> tuple[dict[str, Any], str]:
    """How late duties are and what that costs, and the variant of the text for it.

    Nothing before a payment on the last day would be known, nor while nobody knows when it would.
    """
    today, known_by = context.today(declaration), duties.last_day
    try:
        for _ in range(round(settings["lag_working_days"])):
            known_by = context.calendar(declaration).roll(known_by + timedelta(days=1))
    except NoCalendar:
        return {}, "due"
    if today <= known_by:
        return {}, "due"
    days = (today - duties.last_day).days
    fee = _fee(duties.amount, settings["percent_a_day"], days, _FEN)
    return {"days_late": days, **fee}, _late(fee)


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
    law_of=NAME,
    mutes=("tax_unpaid", "stuck"),
    legal_basis=law.ENFORCEMENT.citation,
    valid_from=law.ENFORCEMENT.valid_from.isoformat(),
    months=law.ENFORCEMENT_MONTHS,
    critical_days=75,
)
def tax_unpaid_3_months(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """Duties are unpaid for three months after they were due.

    Critical from 75 days on, and again when the three months are over. Basis: Customs Law (海关法)
    Article 60: customs may take enforcement measures. Fine as ``tax_unpaid``.
    """
    duties = _unpaid(declaration, context)
    if not isinstance(duties, _Duties):
        return duties
    if not _holds(settings, duties.last_day):
        return _too_early(settings)
    last_day = months_after(duties.last_day, settings["months"])
    days = (context.today(declaration) - duties.last_day).days
    return countdown(
        (
            Step(-settings["critical_days"], CRITICAL),
            Step(-(last_day - duties.last_day).days, CRITICAL),
        ),
        -days,
        duties.origin,
        {
            "due": duties.last_day.isoformat(),
            "days": days,
            "last_day": last_day.isoformat(),
            "legal_basis": settings["legal_basis"],
        },
    )
