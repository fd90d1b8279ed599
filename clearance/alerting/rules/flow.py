"""The way of a declaration through customs, and the feeds that its messages come by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._context import Context
from clearance.alerting.rules._countdown import CRITICAL, WARNING, Step, countdown
from clearance.alerting.rules._rule import (
    Answer,
    Origin,
    Settings,
    Subject,
    critical,
    fine,
    info,
    no_calendar,
    not_applicable,
    problem,
    rule,
    unknown,
    warning,
)
from clearance.alerting.rules.vessels import near_cutoff
from clearance.alerting.running import Running, as_hours
from clearance.calendar import Calendar
from clearance.customs.references import origins, with_role
from clearance.errors import NoCalendar
from clearance.figures import feeds
from clearance.figures.dwell import TRACKED_STAGES, StageStratum, Usual
from clearance.figures.feeds import Feed
from clearance.model import LEFT_CUSTOMS, Declaration, Event, Flag, Role, Stage, replace
from clearance.named_tuples import NamedTuple
from clearance.shipments import plans
from clearance.sources.rest import Rest

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def _stage_event(declaration: Declaration) -> Event | None:
    """The event by which a declaration came to the stage it is in."""
    return next(
        (
            event
            for event in declaration.events
            if event.stage is declaration.stage and event.at == declaration.since
        ),
        None,
    )


@rule(
    zh="滞留",
    text={
        "en": "{stage} for {elapsed_hours}, more than {limit_hours}; too few have left this "
        "stage to know what is usual",
        "zh": "{stage} 已 {elapsed_hours}, 超过 {limit_hours}; 历史样本不足, 按默认时限",
    },
    variants={
        "no calendar": {
            "en": "{stage} for {elapsed_hours}, more than {limit_hours}; working time is not "
            "known here, so nor is what is usual",
            "zh": "{stage} 已 {elapsed_hours}, 超过 {limit_hours}; 无官方日历, 按默认时限",
        },
        "office": {
            "en": "{stage} for {worked_hours}; 95 % of {direction} at office {office} finish in "
            "{usual_hours}, n = {n}",
            "zh": "{stage} 已 {worked_hours}; {office} {direction} 95 % 在 {usual_hours}内"
            "完成, n = {n}",
        },
        "direction": {
            "en": "{stage} for {worked_hours}; 95 % of {direction} at all offices finish in "
            "{usual_hours}, n = {n}",
            "zh": "{stage} 已 {worked_hours}; 各关区{direction} 95 % 在 {usual_hours}内完成, "
            "n = {n}",
        },
        "all": {
            "en": "{stage} for {worked_hours}; 95 % of all declarations finish in {usual_hours}, "
            "n = {n}",
            "zh": "{stage} 已 {worked_hours}; 全部报关单 95 % 在 {usual_hours}内完成, n = {n}",
        },
    },
    next_step={
        "en": "ask the customs desk what it waits for",
        "zh": "联系现场海关, 询问滞留原因",
    },
    confirm_twice=True,
    hours=48,
    floor_hours=8,
    times=2,
    cutoff_hours=48,
)
def stuck(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """It stays in one stage at customs for longer than is usual there.

    More working time than twice what 95 % of its stratum (stage, direction, office) take, and at
    least 8 hours; critical at twice that, or when a vessel's cut-off is within 48 hours. What is
    usual is learned from this store, with open cases counted as not over yet; below 30 that are
    over the wider stratum is used. Usual times are kept in bins nine per cent wide and told by
    their upper end, so a limit errs late by a tenth at most. Where no stratum has enough, or no
    working calendar is known: 48 hours elapsed, as trackers in use flag a shipment after 24, 48 or
    72 hours without movement. What was declared in advance (提前申报) is counted from the planned
    arrival, and is not stuck before it: the conveyance of an import, the goods of an export (运抵).
    A return is an alert of its own, a draft waits for the declarant, a submission for its receipt,
    a release for the carrier: none of them is stuck.
    """
    event = _stage_event(declaration)
    if declaration.stage not in TRACKED_STAGES or event is None or event.at is None:
        return fine()
    arrival = context.planned(declaration).time("arrival")
    if arrival and not context.past(arrival):
        return fine(stage=str(declaration.stage), arrival=arrival.isoformat())
    stay = _stay(declaration, context, settings, max(event.at, arrival or event.at))
    values = {"stage": str(declaration.stage), "direction": declaration.direction, **stay.values}
    if stay.seconds <= stay.limit:
        return fine(**values)
    soon = near_cutoff(declaration, context, timedelta(hours=settings["cutoff_hours"]))
    severity = CRITICAL if soon or stay.seconds > 2 * stay.limit else WARNING
    return problem(severity, event, variant=stay.variant, running=stay.running, **values)


class _Stay(NamedTuple):
    """Seconds in a stage, the seconds allowed, and both as values of a problem.

    ``variant`` chooses the text: it was compared with what is usual at an ``office``, in a
    ``direction`` or for ``all``; or there is ``no calendar``, or else too little history.
    """

    seconds: float
    limit: float
    values: dict[str, Any]
    variant: str
    running: Running


def _stay(declaration: Declaration, context: Context, settings: Settings, since: datetime) -> _Stay:
    """A stay in working time against what is usual, or else in elapsed time against a limit."""
    calendar = context.calendar(declaration)
    system = context.system(declaration).name
    stratum = StageStratum(
        system, str(declaration.stage), declaration.direction, declaration.office
    )
    usual = context.dwell.usual(stratum)
    usual_seconds = settings["times"] * usual.seconds if usual else 0
    limit = max(settings["floor_hours"] * 3600, usual_seconds)
    try:
        worked = context.worked(calendar, since, limit, 2 * limit)
    except NoCalendar:
        return _elapsed(since, context, settings, "no calendar")
    if usual is None:
        return _elapsed(since, context, settings, "")
    values = {
        "worked_hours": as_hours(worked),
        "usual_hours": as_hours(usual.seconds),
        "limit_hours": as_hours(limit),
        "working_day_hours": as_hours(calendar.day),
        "n": usual.n,
        "office": usual.stratum.office,
    }
    running: Running = {
        "worked_hours": ["worked", system, calendar.clock(since)],
        "n": ["stays", stratum.id],
    }
    return _Stay(worked, limit, values, _width(usual), running)


def _elapsed(since: datetime, context: Context, settings: Settings, variant: str) -> _Stay:
    """A stay in elapsed time against a limit, where working time or the usual one is not known."""
    limit = timedelta(hours=settings["hours"])
    elapsed = context.stayed(since, limit, 2 * limit).total_seconds()
    values = {"elapsed_hours": as_hours(elapsed), "limit_hours": settings["hours"]}
    running = {"elapsed_hours": ["hours", since.isoformat()]}
    return _Stay(elapsed, settings["hours"] * 3600, values, variant, running)


def _width(usual: Usual) -> str:
    """The variant of the text that names the stratum of a usual time."""
    if usual.stratum.office and usual.stratum.direction:
        return "office"
    return "direction" if usual.stratum.direction else "all"


@rule(
    zh="查验",
    text={"en": "inspection ordered[ ({code})][: {note}]", "zh": "查验通知[ ({code})][: {note}]"},
    variants={
        "cutoff": {
            "en": "inspection ordered[ ({code})], cut-off {cutoff}[: {note}]",
            "zh": "查验通知[ ({code})], 截关 {cutoff}[: {note}]",
        }
    },
    next_step={
        "en": "arrange the inspection with the yard and tell the forwarder before the cut-off; "
        "when it is over: clearance done REF inspection",
        "zh": "联系场站安排查验, 并在截关前通知货代; 查验结束后: clearance done 编号 查验",
    },
    cutoff_hours=48,
)
def inspection_ordered(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An inspection is ordered and not over: no later message is about the goods.

    Critical when a vessel's cut-off is within 48 hours. Over with the next release or closure, and
    when people say so (``done``); a review of the papers and a demand for duties or
    papers meanwhile are not about the goods. An inspection at the destination, and one of an import
    that is ordered after the release, outlasts the closure: it is over with another release or
    closure after it, or when people say so.
    """
    since = declaration.examined_from
    if since is None or declaration.examined_until is not None:
        return fine()
    ordered = next(e for e in declaration.events if e.stage is Stage.INSPECTION and e.at == since)
    soon = near_cutoff(declaration, context, timedelta(hours=settings["cutoff_hours"]))
    if soon:
        return critical(ordered, variant="cutoff", cutoff=soon.isoformat())
    return warning(ordered)


@rule(
    zh="退单",
    text={"en": "returned[ ({code})][: {note}]", "zh": "退单[ ({code})][: {note}]"},
    next_step={
        "en": "read the reason, correct the declaration and send it again under the same reference",
        "zh": "查看退单原因, 修改后用同一企业内部编号重新申报",
    },
    mutes=("stuck",),
)
def returned(declaration: Declaration, context: Context, _: Settings) -> Answer:
    """The declaration, or the message that carried it, was returned.

    Over when it is accepted again, also as another declaration under the same own reference, when
    it is withdrawn, and when people say that it was given up or sent under another reference
    (``close``, ``plan set --given-up``). A return that comes after a release does not undo
    the release: it is over when customs accepts what was sent since, closes or re-opens the case. A
    refused request, such as one to amend an accepted declaration, is no return; a code that may
    mean something else is told by ``unclear_code``.
    """
    event = _late_return(declaration) or _unanswered_return(declaration, context)
    if event is None:
        return fine(returns=sum(s.outcome == "returned" for s in declaration.submissions))
    return critical(event)


_UNANSWERED = (Stage.REJECTED, Stage.DRAFT, Stage.SUBMITTED)


def _late_return(declaration: Declaration) -> Event | None:
    """The event that asks to send the declaration again although it was released."""
    asking = [action.message for action in declaration.outstanding if action.action == "return"]
    events = (e for e in declaration.events if Flag.UNTIL_ACCEPTED not in e.flags)
    return next((e for e in events if asking and asking[0] in e.messages), None)


def _unanswered_return(declaration: Declaration, context: Context) -> Event | None:
    """The first event of the last return, if no later submission was accepted."""
    if declaration.superseded or not declaration.returned:
        return None
    if declaration.stage not in _UNANSWERED or _is_unclear(declaration):
        return None
    last = first_of_submission = None
    for event in context.counted(declaration):
        if event.stage is not Stage.REJECTED:
            first_of_submission = None
            continue
        if first_of_submission is None or Flag.TRANSMISSION in event.flags:
            first_of_submission = event
        last = first_of_submission
    return last


def _is_unclear(declaration: Declaration) -> bool:
    """Whether the last message may mean something else."""
    return any(found.kind == "unclear_code" for found in declaration.inconsistencies)


@rule(
    zh="删单",
    text={"en": "deleted[ ({code})][: {note}]", "zh": "删单[ ({code})][: {note}]"},
    variants={
        "asked": {
            "en": "deleted as we asked on {asked}[ ({code})][: {note}]",
            "zh": "已按本方 {asked} 的申请删单[ ({code})][: {note}]",
        },
        "requested": {
            "en": "cancelled as the declarant requested[ ({code})][: {note}]",
            "zh": "已按申报人请求撤销[ ({code})][: {note}]",
        },
    },
    next_step={
        "en": "find out who asked for it; if nobody did, call the customs desk; goods that still "
        "have to be cleared need another declaration, and the term to declare an import goes on",
        "zh": "确认是否为本方申请; 如非本方申请, 请联系现场海关; 货物仍需通关的须重新申报, "
        "进口货物的申报期限继续计算",
    },
    days=30,
    asked_days=30,
)
def deleted(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """Customs deleted the declaration, before or after a release.

    Critical, unless we asked for it within 30 days before (``plan set --withdrawal-asked``: customs
    may take so long over a request), or the message says that the declarant asked for it: then it
    is information. Over when it is declared again, also as another declaration under the same own
    reference, or the deletion is undone, and after 30 days, when it is history.
    """
    events = reversed(declaration.events)
    event = next((e for e in events if e.stage is Stage.WITHDRAWN), None)
    since = declaration.withdrawn_at
    if event is None or event.at is None or since is None or declaration.superseded:
        return fine()
    if context.over(since, timedelta(days=settings["days"])):
        return fine()
    asked = context.planned(declaration).day("withdrawal_asked")
    day = context.day(event.at, declaration)
    if asked and asked <= day <= asked + timedelta(days=settings["asked_days"]):
        return info(event, variant="asked", asked=asked.isoformat())
    return info(event, variant="requested") if Flag.REQUESTED in event.flags else critical(event)


@rule(
    zh="未发出",
    text={
        "en": "never sent: the client could not send it[ ({code})][: {note}]",
        "zh": "未发出: 客户端未能发送[ ({code})][: {note}]",
    },
    next_step={
        "en": "put right what the client complains of, such as the card in its reader; send again",
        "zh": "按客户端提示处理 (如检查 IC 卡), 然后重新发送",
    },
)
def not_sent(declaration: Declaration, context: Context, _: Settings) -> Answer:
    """The client could not send the declaration, so customs has never seen it.

    Critical at once: nobody else reports it. Over when the data centre has taken the same file, or
    later another whose own reference stands in this one's name between underscores, as REF stands
    in ``I_REF_t-1``; or when it is given up.
    """
    failed = _failed_to_send(declaration, context)
    if not failed or failed[-1].at is None:
        return fine()
    names = with_role(failed[-1].references, Role.FILE)
    sent = (context.sent_after.get(name.value) for name in names)
    if any(at and at >= failed[-1].at for at in sent):
        return fine()
    return critical(failed[0], code=failed[-1].code, note=failed[-1].note)


def _failed_to_send(declaration: Declaration, context: Context) -> list[Event]:
    """The errors of the client that a declaration's events end with."""
    failed: list[Event] = []
    for event in context.counted(declaration):
        failed = [*failed, event] if is_client_error(event) else []
    return failed


def is_client_error(event: Event) -> bool:
    """Whether an event says that the client could not send: its message was not acknowledged."""
    of_client = event.stage is Stage.DRAFT and Flag.TRANSMISSION in event.flags
    return of_client and Flag.ACKNOWLEDGES not in event.flags


@rule(
    zh="无回执",
    text={
        "en": "no answer from customs for {worked_hours}, more than {limit_hours}",
        "zh": "申报后 {worked_hours}无海关回执, 超过 {limit_hours}",
    },
    next_step={
        "en": "see whether the client runs and the declaration left the OutBox; else send it again",
        "zh": "检查客户端是否运行、报文是否已发出; 必要时重新发送",
    },
    warning_hours=1,
    critical_hours=4,
    restart_until=5,
)
def no_reply(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """It was sent, and customs has not answered at all.

    A warning after 1 hour of working time, critical after 4. Basis: a reply that never comes is the
    commonest failure, and nothing reports it. The hours from midnight to 5, when clients are
    restarted, never count. A draft that was only stored waits for nobody.
    """
    sent = _stage_event(declaration)
    if sent is None or sent.at is None or Flag.AWAITS_REPLY not in sent.flags:
        return fine()
    calendar = _without_restarts(context.calendar(declaration), settings["restart_until"])
    limits = (settings["warning_hours"] * 3600, settings["critical_hours"] * 3600)
    worked = context.worked(calendar, sent.at, *limits) / 3600
    is_critical = worked > settings["critical_hours"]
    limit = settings["critical_hours" if is_critical else "warning_hours"]
    values = {
        "worked_hours": as_hours(worked * 3600),
        "limit_hours": limit,
        "working_day_hours": as_hours(calendar.day),
    }
    if worked <= limit:
        return fine(**values)
    return problem(CRITICAL if is_critical else WARNING, sent, **values)


def _without_restarts(calendar: Calendar, restart_until: float) -> Calendar:
    """A calendar without the hours of the day in which clients are restarted."""
    opens = max(calendar.opens, round(restart_until * 3600))
    if opens == calendar.opens or opens >= calendar.closes:
        return calendar
    return replace(calendar, opens=opens)


@rule(
    zh="未结关",
    text={
        "en": "released {released} and not closed for {days} days",
        "zh": "{released} 放行后 {days} 天未结关",
    },
    variants={
        "departed": {
            "en": "departed {departed} and not closed for {days} days since",
            "zh": "{departed} 离港后 {days} 天未结关",
        }
    },
    next_step={
        "en": "ask the carrier for proof that the goods left; a tax refund may need the closure",
        "zh": "联系承运人核对货物离境证明（离港清洁舱单等）; 退税可能需要结关信息",
    },
    warning_days=15,
    critical_days=30,
    departed_days=7,
)
def closure_missing(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """An export is released and not closed.

    A warning 15 days after the release, or 7 after the actual departure where that is known;
    critical 30 days after the release, 15 after the warning at the earliest. No legal deadline was
    found; European customs ask after 20, 90 or 150 days. While the vessel has not sailed it is
    waited for; trade modes without a physical exit are not judged. Nor are imports: customs closes
    them with the release, nothing is refunded against the closure, and one that is not told is a
    message that is missing, no work to do.
    """
    if declaration.direction != "export":
        return not_applicable()
    released = _waits_for_closure(declaration, context)
    if released is None or released.at is None:
        return fine()
    planned_departure = context.planned(declaration).time("departed")
    gone = planned_departure is not None and context.past(planned_departure)
    since = planned_departure if gone and planned_departure else released.at
    first, second = _closure_deadlines(declaration, context, settings, released.at)
    values: dict[str, Any] = {
        "released": context.day(released.at, declaration).isoformat(),
        "departed": planned_departure.date().isoformat() if planned_departure else None,
        "days": context.stayed(since).days,
        "from": context.day(first, declaration).isoformat(),
    }
    if not context.past(first):
        return fine(**values)
    severity = CRITICAL if context.past(second) else WARNING
    running = {"days": ["days", since.isoformat()]}
    variant = "departed" if gone else ""
    return problem(severity, released, variant=variant, running=running, **values)


def _waits_for_closure(declaration: Declaration, context: Context) -> Event | None:
    """The release of an export that is to leave the country and is not closed."""
    planned = context.planned(declaration).facts.get("trade_mode")
    mode = declaration.facts.get("trade_mode") or planned
    if declaration.stage is not Stage.RELEASED:
        return None
    if declaration.cleared_at is not None:
        return None
    if mode in context.system(declaration).modes_without_exit:
        return None
    at = declaration.released_at
    return next((e for e in declaration.events if e.stage is Stage.RELEASED and e.at == at), None)


def _closure_deadlines(
    declaration: Declaration, context: Context, settings: Settings, released: datetime
) -> tuple[datetime, datetime]:
    """From when a missing closure is a warning, and from when it is critical."""
    plan = context.planned(declaration)
    departed, departure = plan.time("departed"), plan.time("etd")
    first = released + settings["warning_days"] * _DAY
    if departed and context.past(departed):
        first = departed + settings["departed_days"] * _DAY
    elif departure:
        first = max(first, departure + settings["departed_days"] * _DAY)
    wait = (settings["critical_days"] - settings["warning_days"]) * _DAY
    return first, max(released + settings["critical_days"] * _DAY, first + wait)


@rule(
    zh="放行后修改",
    text={
        "en": "review reopened after the release[ of {released}][ ({code})][: {note}]",
        "zh": "[{released} ]放行后重审[ ({code})][: {note}]",
    },
    next_step={
        "en": "ask what was amended; the release stands no longer until customs renews it",
        "zh": "确认修改内容; 海关重新放行前原放行失效",
    },
)
def amended_after_release(declaration: Declaration, context: Context, _: Settings) -> Answer:
    """The review was reopened, or an amendment accepted, after the goods were released.

    Over with the next release, closure or deletion. Several within a minute are one.
    """
    ended = reopened = None
    for event in declaration.events:
        if event.stage in LEFT_CUSTOMS:
            ended, reopened = event, None
        elif ended and reopened is None and _reopens(event):
            reopened = event
    if reopened is None or ended is None or ended.stage is Stage.WITHDRAWN:
        return fine()
    day = context.day(ended.at, declaration).isoformat() if ended.at else None
    return warning(reopened, released=day)


def _reopens(event: Event) -> bool:
    return event.stage is Stage.UNDER_REVIEW and Flag.UNDOES in event.flags


@rule(
    zh="海关提示异常",
    text={
        "en": "customs says that something is amiss ({code})[: {note}]",
        "zh": "海关提示异常 ({code})[：{note}]",
    },
    next_step={
        "en": "read customs' note, and ask the office that it comes from",
        "zh": "查看海关说明, 并向发出该说明的海关询问",
    },
)
def something_amiss(declaration: Declaration, context: Context, _: Settings) -> Answer:  # noqa: ARG001
    """No proof of exit, discrepancies at the destination, an exit or a release by hand refused.

    Such a message moves no stage, or says little by it. Over with the next release, closure or
    deletion.
    """
    told = None
    for event in declaration.events:
        if event.stage in LEFT_CUSTOMS:
            told = None
        elif Flag.NOTICE in event.flags and event.at:
            told = event
    return warning(told) if told else fine()


@rule(
    zh="办理期限",
    text={
        "en": "customs asks for {action} by {deadline}, {hours_left} left[ ({code})][: {note}]",
        "zh": "海关要求 {deadline} 前办理: {action}, 还剩 {hours_left}[ ({code})][: {note}]",
    },
    variants={
        "late": {
            "en": "customs asked for {action} by {deadline}, {hours_late} ago[ ({code})][: {note}]",
            "zh": "海关要求 {deadline} 前办理: {action}, 已超期 {hours_late}[ ({code})][: {note}]",
        }
    },
    next_step={
        "en": "do what customs asks for, or ask customs for more time",
        "zh": "尽快办理, 或向海关申请延期",
    },
    warning_hours=72,
    critical_hours=24,
)
def action_deadline(
    declaration: Declaration, context: Context, settings: Settings
) -> Iterator[Answer]:
    """Customs asks for something by a time that its message names, and that time is near.

    A warning 72 hours before, critical at 24 and when it is over. Over when what was asked for is
    no longer outstanding, or the stage in which it was asked for has passed, or people say that it
    is done. Basis: the deadline in
    the message itself. What is asked for without a deadline stands with the declaration as
    outstanding and is no alert.
    """
    steps = (
        Step(settings["warning_hours"], WARNING),
        Step(settings["critical_hours"], CRITICAL),
        Step(0, CRITICAL),
    )
    demands = _demands(declaration, context)
    for event, due in demands:
        left = context.left(due, *(timedelta(hours=step.left) for step in steps)) / _HOUR
        values = {
            "action": event.action,
            "deadline": due.astimezone(context.system(declaration).zone).isoformat(),
            "hours_left": as_hours(left * 3600) if left >= 0 else None,
            "code": event.code,
            "note": event.note,
        }
        overdue = {"hours_late": as_hours(-left * 3600)} if left < 0 else None
        ids = [f"{origin_id} {due.isoformat()}" for origin_id in origins(event)]
        running = {"hours_late": ["late", due.isoformat()]} if left < 0 else None
        origin = Origin(event.at or due, ids)
        yield countdown(steps, left, origin, values, overdue, running=running)
    if not demands:
        yield fine()


def _demands(declaration: Declaration, context: Context) -> list[tuple[Event, datetime]]:
    """The last event that asks for each thing that is still to be done, with its deadline."""
    planned = context.planned(declaration)
    done = context.done(declaration)
    said = declaration.done
    asked = {
        action: since
        for action, since in _asked(declaration).items()
        if action not in said
        if not plans.is_done(action, since, done, planned.zone)
    }
    last = {
        event.action: event
        for event in declaration.events
        if event.action in asked and event.at and event.at >= asked[event.action]
    }
    return [(event, event.due) for event in last.values() if event.due]


def _asked(declaration: Declaration) -> dict[str, datetime]:
    """What customs asks for and is still to be done, each with since when."""
    asked = {action.action: action.since for action in declaration.outstanding}
    current = _stage_event(declaration)
    if current and current.action and current.at:
        asked.setdefault(current.action, current.at)
    return asked


# Feeds


@rule(
    zh="数据源中断",
    text={
        "en": "no message from {feed} for {worked_hours}, more than {limit_hours}; 99 % of its "
        "gaps are under {usual_hours}, n = {n}; {waiting} declarations are open",
        "zh": "{feed} 已 {worked_hours}无报文, 超过 {limit_hours}; 99 % 的间隔在 {usual_hours}内, "
        "n = {n}; 未结报关单 {waiting} 票",
    },
    variants={
        "unreadable": {
            "en": "{feed} cannot be read: {trouble}[; {waiting} declarations are open]",
            "zh": "{feed} 无法读取: {trouble}[; 未结报关单 {waiting} 票]",
        }
    },
    next_step={
        "en": "see whether the client runs, its card is in the reader, and the InBox is reachable",
        "zh": "检查客户端是否运行、IC 卡是否插好、InBox 是否可访问",
    },
    looks_at=Subject.STORE,
    mutes=("stuck", "no_reply", "closure_missing"),
    mutes_by="feed",
    times=2,
    floor_hours=4,
    least_gaps=30,
)
def feed_silent(context: Context, settings: Settings) -> Iterator[Answer]:
    """A source cannot be read, or is silent for longer than ever while declarations are open.

    Silent is more working time than twice the gap that 99 % of its gaps in the last months stay
    under, and at least 4 hours; not judged with fewer than 30 gaps, or without a working calendar.
    When messages came is kept in quarters of an hour, so a silence is told up to a quarter early.
    No data and an error are different things: a configured folder that cannot be read is an alert
    at once, and so is a source that has failed for an hour, whether or not it ever brought a
    message. Times at which a source is announced to rest do not count, and nothing is told then.
    It mutes what it explains: stuck, no reply and a
    missing closure of that feed.
    """
    for feed in context.feeds:
        calendar = context.calendars.of(feed.system)
        try:
            yield _silence(feed, context.rests.get(feed.name, Rest()), calendar, context, settings)
        except NoCalendar as error:
            yield no_calendar(error, calendar, feed.system)
    if not context.feeds:
        yield fine()


def resting(context: Context) -> set[str]:
    """The sources that are announced to rest at the moment judged at."""
    return {
        feed.name
        for feed in context.feeds
        if feed.name in context.rests
        if context.rests[feed.name].holds(context.now, context.calendars.of(feed.system))
    }


def _silence(
    feed: Feed, rest: Rest, calendar: Calendar, context: Context, settings: Settings
) -> Answer:
    """Whether a feed is unreadable, or silent for longer than the floor; raises NoCalendar."""
    now = context.now
    values: dict[str, Any] = {"feed": feed.name, "waiting": feed.waiting}
    if rest.holds(now, calendar):
        return fine(**values)  # what was told before stays: see resting
    if feed.trouble:
        origin = Origin(feed.last_at or now, [f"{feed.name} unreadable"])
        waiting = feed.waiting or None
        return critical(
            origin, variant="unreadable", feed=feed.name, trouble=feed.trouble, waiting=waiting
        )
    if feed.last_at is None or not feed.waiting:
        return fine(**values)
    worked = calendar.working(feed.last_at, now) - rest.working(feed.last_at, now, calendar)
    values |= {
        "worked_hours": as_hours(worked),
        "limit_hours": settings["floor_hours"],
        "working_day_hours": as_hours(calendar.day),
    }
    if worked <= settings["floor_hours"] * 3600:
        return fine(**values)
    origin = Origin(feed.last_at, [f"{feed.name} {feed.last_at.isoformat()}"])
    return _against_gaps(feed.gaps(calendar), worked, origin, values, settings)


_WHY_GAPS = {
    "en": "only {n} gaps between messages of {feed} are known",
    "zh": "{feed} 的报文间隔仅 {n} 个样本",
}


def _against_gaps(
    gaps: Sequence[int], worked: int, origin: Origin, values: Mapping[str, Any], settings: Settings
) -> Answer:
    """A silence of some working seconds against the usual gaps of a feed."""
    if len(gaps) < settings["least_gaps"]:
        return unknown(_WHY_GAPS, n=len(gaps), feed=values["feed"])
    usual = feeds.usual_gap(gaps)
    limit = max(settings["floor_hours"] * 3600, settings["times"] * usual)
    values = {
        **values,
        "limit_hours": as_hours(limit),
        "usual_hours": as_hours(usual),
        "n": len(gaps),
    }
    return fine(**values) if worked <= limit else critical(origin, **values)
