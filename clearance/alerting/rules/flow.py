"""What becomes of a declaration at customs, and of the feed that tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._rule import (
    NO_CALENDAR,
    CannotAssess,
    Context,
    Fine,
    Outcome,
    as_hours,
    finding_from_event,
    rule,
    survey,
)
from clearance.alerting.rules.deadlines import near_cutoff
from clearance.calendar import Calendar
from clearance.errors import NoCalendar
from clearance.figures import feeds
from clearance.figures.dwell import TRACKED_STAGES, StageStratum, Usual
from clearance.figures.feeds import Feed
from clearance.model import Declaration, Event, Finding, Flag, Severity, Stage

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@rule(
    zh="滞留",
    text={
        "en": "{stage} for {elapsed_hours} h, more than {limit_hours} h; too few have left this "
        "stage to know what is usual",
        "zh": "{stage} 已 {elapsed_hours} 小时, 超过 {limit_hours} 小时; 历史样本不足, 按默认时限",
    },
    variants={
        "no calendar": {
            "en": "{stage} for {elapsed_hours} h, more than {limit_hours} h; working time is not "
            "known here, so nor is what is usual",
            "zh": "{stage} 已 {elapsed_hours} 小时, 超过 {limit_hours} 小时; "
            "无官方日历, 按默认时限",
        },
        "office": {
            "en": "{stage} for {worked_hours} working hours; 95 % of {direction} at office {office}"
            " finish in {usual_hours}, n = {n}",
            "zh": "{stage} 已 {worked_hours} 工作小时; {office} 关区{direction} 95 % 在 "
            "{usual_hours} 小时内完成, n = {n}",
        },
        "direction": {
            "en": "{stage} for {worked_hours} working hours; 95 % of {direction} at all offices "
            "finish in {usual_hours}, n = {n}",
            "zh": "{stage} 已 {worked_hours} 工作小时; 各关区{direction} 95 % 在 {usual_hours} "
            "小时内完成, n = {n}",
        },
        "all": {
            "en": "{stage} for {worked_hours} working hours; 95 % of all declarations finish in "
            "{usual_hours}, n = {n}",
            "zh": "{stage} 已 {worked_hours} 工作小时; 全部报关单 95 % 在 {usual_hours} "
            "小时内完成, n = {n}",
        },
    },
    next_step={
        "en": "ask the customs desk what it waits for",
        "zh": "联系现场海关, 询问滞留原因",
    },
    hours=48,
    floor_hours=8,
    times=2,
    cutoff_hours=48,
)
def stuck(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """In one stage at customs for longer than is usual there.

    More working time than twice what 95 % of its stratum (stage, direction, office) take, and at
    least 8 hours; critical at twice that, or when a vessel's cut-off is within 48 hours. What is
    usual is learned from this store, open cases counted as not over yet; below 30 that are over
    the wider stratum answers. Where none knows: 48 hours elapsed, as trackers in use flag a
    shipment after 24, 48 or 72 hours without movement. A return is its own alert, a draft waits for
    the declarant, a submission for its receipt, a release for the carrier: none of them is stuck.
    """
    began = _began(declaration)
    if declaration.stage not in TRACKED_STAGES or began is None or began.at is None:
        yield Fine()
        return
    stratum = StageStratum(
        context.system(declaration).name,
        declaration.stage,
        declaration.direction,
        declaration.office,
    )
    usual = context.dwell.usual(stratum)
    variant = _whose(usual)
    try:
        worked = context.calendar(declaration).working(began.at, context.now)
    except NoCalendar:
        usual, worked, variant = None, 0, "no calendar"
    elapsed = (context.now - began.at).total_seconds()
    spent, limit, numbers = _against(usual, worked, elapsed, settings)
    numbers = {
        "stage": str(declaration.stage),
        "direction": declaration.direction,
        **numbers,
    }
    if spent <= limit:
        yield Fine(numbers)
        return
    soon = near_cutoff(declaration, context, timedelta(hours=settings["cutoff_hours"]))
    severity = Severity.CRITICAL if soon or spent > 2 * limit else Severity.WARNING
    yield finding_from_event(
        declaration, context, "stuck", severity, began, variant=variant, **numbers
    )


def _against(
    usual: Usual | None, worked: int, elapsed: float, settings: Mapping[str, Any]
) -> tuple[float, float, dict[str, Any]]:
    """Seconds spent, seconds allowed, and the numbers that say so."""
    if usual is None:
        numbers = {"elapsed_hours": as_hours(elapsed), "limit_hours": settings["hours"]}
        return elapsed, settings["hours"] * 3600, numbers
    limit = max(settings["floor_hours"] * 3600, settings["times"] * usual.seconds)
    numbers = {
        "worked_hours": as_hours(worked),
        "usual_hours": as_hours(usual.seconds),
        "limit_hours": as_hours(limit),
        "n": usual.n,
        "office": usual.stratum.office,
    }
    return worked, limit, numbers


def _whose(usual: Usual | None) -> str:
    if usual is None:
        return ""
    if usual.stratum.office and usual.stratum.direction:
        return "office"
    return "direction" if usual.stratum.direction else "all"


def _began(declaration: Declaration) -> Event | None:
    """The event that began the stage a declaration is in."""
    return next(
        (
            e
            for e in declaration.events
            if e.stage is declaration.stage and e.at == declaration.since
        ),
        None,
    )


@rule(
    zh="查验",
    text={"en": "inspection ordered ({code}): {note}", "zh": "查验通知 ({code}): {note}"},
    variants={
        "cutoff": {
            "en": "inspection ordered ({code}), cut-off {cutoff}: {note}",
            "zh": "查验通知 ({code}), 截关 {cutoff}: {note}",
        }
    },
    next_step={
        "en": "arrange the inspection with the yard and tell the forwarder before the cut-off",
        "zh": "联系场站安排查验, 并在截关前通知货代",
    },
    cutoff_hours=48,
)
def inspection_ordered(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An inspection is ordered and not over: customs has said nothing else of the goods since.

    Critical when a vessel's cut-off is within 48 hours. Over with the next review, release or
    closure; a demand for duties or papers meanwhile says nothing of the goods. An inspection
    ordered after a release is over with another release, a re-review or the closure.
    """
    since = declaration.examined_from
    if since is None or declaration.examined_until is not None:
        yield Fine()
        return
    ordered = next(e for e in declaration.events if e.stage is Stage.INSPECTION and e.at == since)
    soon = near_cutoff(declaration, context, timedelta(hours=settings["cutoff_hours"]))
    if soon:
        yield finding_from_event(
            declaration, context, "inspection_ordered", Severity.CRITICAL, ordered,
            variant="cutoff", cutoff=soon.isoformat(),
        )  # fmt: skip
    else:
        yield finding_from_event(
            declaration, context, "inspection_ordered", Severity.WARNING, ordered
        )


@rule(
    zh="退单",
    text={"en": "returned ({code}): {note}", "zh": "退单 ({code}): {note}"},
    next_step={
        "en": "read the reason, correct the declaration and send it again under the same reference",
        "zh": "查看退单原因, 修改后用同一企业编号重新申报",
    },
)
def returned(declaration: Declaration, context: Context, _: Mapping[str, Any]) -> Iterator[Outcome]:
    """A return of the declaration, or a refusal of the message that carried it.

    Over when it is accepted again, also as another declaration under the same own reference, and
    when it is withdrawn. A return that comes after a release does not take the release back, so it
    stays until customs closes or re-opens the case.
    """
    late = next((a.message for a in declaration.outstanding if a.action == "return"), None)
    began = _returned_by(declaration)
    if late is not None:
        began = next(event for event in declaration.events if late in event.messages)
    again = any(inconsistency.kind == "sent_again" for inconsistency in declaration.inconsistencies)
    unanswered = declaration.returned and declaration.stage in _UNANSWERED and not again
    if began is not None and (late or unanswered):
        yield finding_from_event(declaration, context, "returned", Severity.CRITICAL, began)
    else:
        yield Fine({"returns": sum(e.outcome == "returned" for e in declaration.submissions)})


_UNANSWERED = (Stage.REJECTED, Stage.DRAFT, Stage.SUBMITTED)


def _returned_by(declaration: Declaration) -> Event | None:
    """The event that began the last return: of several in a row the first of the same sending."""
    began = current = None
    for event in declaration.events:
        if event.stage is Stage.REJECTED:
            if current is None or Flag.TRANSMISSION in event.flags:
                current = event
            began = current
        elif event.stage is not None:
            current = None
    return began


@rule(
    zh="删单",
    text={"en": "deleted ({code}): {note}", "zh": "删单 ({code}): {note}"},
    variants={
        "asked": {
            "en": "deleted as we asked on {asked} ({code}): {note}",
            "zh": "已按本方 {asked} 的申请删单 ({code}): {note}",
        },
        "requested": {
            "en": "cancelled as the declarant requested ({code}): {note}",
            "zh": "已按申报人请求撤销 ({code}): {note}",
        },
    },
    next_step={
        "en": "find out who asked for it; if nobody did, call the customs desk",
        "zh": "确认是否为本方申请; 如非本方申请, 请联系现场海关",
    },
    days=30,
    asked_days=7,
)
def deleted(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Customs deleted the declaration, before or after a release.

    Critical, unless we asked for it within 7 days before (``plan set --withdrawal-asked``), or the
    message says that the declarant asked for it: then it is information. Over when it is declared
    again or the deletion is taken back, and after 30 days, when it is history.
    """
    withdrawn = (e for e in reversed(declaration.events) if e.stage is Stage.WITHDRAWN)
    event = next(withdrawn, None)
    gone = declaration.stage is Stage.WITHDRAWN and declaration.withdrawn_at
    if event is None or event.at is None or not gone:
        yield Fine()
        return
    if gone < context.now - timedelta(days=settings["days"]):
        yield Fine()
        return
    plan = context.planned(declaration)
    asked, day = plan.day("withdrawal_asked"), event.at.date()
    if asked and asked <= day <= asked + timedelta(days=settings["asked_days"]):
        yield finding_from_event(
            declaration, context, "deleted", Severity.INFO, event,
            variant="asked", asked=asked.isoformat(),
        )  # fmt: skip
    elif Flag.REQUESTED in event.flags:
        yield finding_from_event(
            declaration, context, "deleted", Severity.INFO, event, variant="requested"
        )
    else:
        yield finding_from_event(declaration, context, "deleted", Severity.CRITICAL, event)


@rule(
    zh="无回执",
    text={
        "en": "no answer from customs for {worked_hours} working hours, more than {limit_hours}",
        "zh": "申报后 {worked_hours} 工作小时无海关回执, 超过 {limit_hours} 小时",
    },
    next_step={
        "en": "see whether the client runs and the declaration left the OutBox; else send it again",
        "zh": "检查客户端是否运行、报文是否已发出; 必要时重新发送",
    },
    warning_hours=1,
    critical_hours=4,
    restart_until=5,
)
def no_reply(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Sent, and customs has not answered at all.

    Warned of after 1 hour of working time, critical after 4. Basis: a reply that never comes is the
    commonest failure that tells nothing of itself. The hours from midnight to 5, when clients are
    restarted, never count. A draft that was only stored (暂存) waits for nobody.
    """
    sent = _sent(declaration)
    if sent is None or sent.at is None:
        yield Fine()
        return
    calendar = _awake(context.calendar(declaration), settings["restart_until"])
    worked = calendar.working(sent.at, context.now) / 3600
    limit = settings["critical_hours" if worked > settings["critical_hours"] else "warning_hours"]
    numbers = {"worked_hours": round(worked, 1), "limit_hours": limit}
    if worked <= limit:
        yield Fine(numbers)
        return
    critical = worked > settings["critical_hours"]
    severity = Severity.CRITICAL if critical else Severity.WARNING
    yield finding_from_event(declaration, context, "no_reply", severity, sent, **numbers)


def _sent(declaration: Declaration) -> Event | None:
    """The event that says a declaration is on its way, where nothing has answered it."""
    sent = _began(declaration)
    return sent if sent and Flag.AWAITS_REPLY in sent.flags else None


def _awake(calendar: Calendar, restart_until: float) -> Calendar:
    """The calendar without the hours in which clients are restarted."""
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
        "en": "ask the carrier for the departure manifest; the tax refund may need the closure",
        "zh": "联系承运人核对离港清洁舱单; 出口退税可能需要结关信息",
    },
    warning_days=15,
    critical_days=30,
    departed_days=7,
)
def closure_missing(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An export is released and not closed.

    Warned of 15 days after the release, or 7 after the actual departure where that is known;
    critical 30 days after the release, 15 after the warning at the earliest. No Chinese deadline
    was found; peers in Europe ask after 20, 90 or 150 days. A vessel that has not sailed is waited
    for; trade modes without a physical exit are not judged.
    """
    released = declaration.released_at
    plan = context.planned(declaration)
    mode = declaration.facts.get("trade_mode") or plan.facts.get("trade_mode")
    waits = declaration.stage is Stage.RELEASED and declaration.direction == "export"
    if not waits or released is None or mode in WITHOUT_EXIT:
        yield Fine()
        return
    departed, etd = plan.time("departed"), plan.time("etd")
    first = released + settings["warning_days"] * _DAY
    if departed and departed <= context.now:
        first = departed + settings["departed_days"] * _DAY
    elif etd:
        first = max(first, etd + settings["departed_days"] * _DAY)
    wait = (settings["critical_days"] - settings["warning_days"]) * _DAY
    second = max(released + settings["critical_days"] * _DAY, first + wait)
    variant = "departed" if departed and departed <= context.now else ""
    since = departed if departed and variant else released
    numbers = {
        "released": released.date().isoformat(),
        "departed": departed.date().isoformat() if departed else None,
        "days": (context.now - since).days,
        "from": first.date().isoformat(),
    }
    if context.now < first:
        yield Fine(numbers)
        return
    severity = Severity.CRITICAL if context.now >= second else Severity.WARNING
    event = next(e for e in declaration.events if e.stage is Stage.RELEASED and e.at == released)
    yield finding_from_event(
        declaration, context, "closure_missing", severity, event, variant=variant, **numbers
    )


WITHOUT_EXIT = ("0255", "0654", "0844", "0845", "5033", "5034", "9700")
"""Trade modes in which nothing leaves the country: deep processing, scraps sold here, and such."""


@rule(
    zh="放行后修改",
    text={
        "en": "review reopened after the release of {released} ({code}): {note}",
        "zh": "{released} 放行后重审 ({code}): {note}",
    },
    next_step={
        "en": "ask what was amended; the release stands no longer until customs renews it",
        "zh": "确认修改内容; 海关重新放行前原放行失效",
    },
)
def amended_after_release(
    declaration: Declaration, context: Context, _: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An amendment was accepted, or the review reopened, when the goods were released already.

    Over with the next release, closure or deletion. Several within a minute are one.
    """
    released = opened = None
    for event in declaration.events:
        if event.stage in (Stage.RELEASED, Stage.CLEARED, Stage.WITHDRAWN):
            released, opened = event, None
        elif _reopens(event) and released is not None and opened is None:
            opened = event
    if opened is None or released is None or released.stage is Stage.WITHDRAWN:
        yield Fine()
        return
    day = released.at.date().isoformat() if released.at else None
    yield finding_from_event(
        declaration, context, "amended_after_release", Severity.WARNING, opened, released=day
    )


def _reopens(event: Event) -> bool:
    return event.stage is Stage.UNDER_REVIEW and Flag.UNDOES in event.flags


@survey(
    zh="数据源中断",
    text={
        "en": "no message from {feed} for {worked_hours} working hours, more than {limit_hours}; "
        "99 % of its gaps are under {usual_hours}, n = {n}; {waiting} declarations are open",
        "zh": "{feed} 已 {worked_hours} 工作小时无报文, 超过 {limit_hours} 小时; 99 % 的间隔在 "
        "{usual_hours} 小时内, n = {n}; 未结报关单 {waiting} 票",
    },
    variants={
        "unreadable": {
            "en": "{feed} cannot be read: {trouble}; {waiting} declarations are open",
            "zh": "{feed} 无法读取: {trouble}; 未结报关单 {waiting} 票",
        }
    },
    next_step={
        "en": "see whether the client runs, its card is in the reader, and the InBox is reachable",
        "zh": "检查客户端是否运行、IC 卡是否插好、InBox 是否可访问",
    },
    times=2,
    floor_hours=4,
    least_gaps=30,
)
def feed_silent(context: Context, settings: Mapping[str, Any]) -> Iterator[Outcome]:
    """No message from a source for longer than it is ever silent, while declarations are open.

    More working time than twice the gap that 99 % of its gaps in the last months stay under, and
    at least 4 hours; with fewer than 30 gaps it cannot be told. No data and an error are different
    things: a configured folder that cannot be read is told at once. Mutes what it explains: stuck,
    no reply and a missing closure of that feed.
    """
    if not context.feeds:
        yield Fine()
    for feed in context.feeds:
        try:
            yield _silence(feed, context, settings)
        except NoCalendar as why:
            yield CannotAssess("feed_silent", None, NO_CALENDAR, values={"year": why.year})


def _silence(feed: Feed, context: Context, settings: Mapping[str, Any]) -> Outcome:
    """What there is to say of one feed; raises NoCalendar."""
    numbers: dict[str, Any] = {"feed": feed.name, "waiting": feed.waiting}
    if feed.trouble and feed.waiting:
        began = (f"{feed.name} unreadable",)
        trouble = {**numbers, "trouble": feed.trouble}
        return _silent(began, feed.last_at or context.now, "unreadable", trouble)
    if feed.last_at is None or not feed.waiting:
        return Fine(numbers)
    worked = context.calendars.of(feed.system).working(feed.last_at, context.now)
    numbers |= {"worked_hours": as_hours(worked), "limit_hours": settings["floor_hours"]}
    if worked <= settings["floor_hours"] * 3600:
        return Fine(numbers)
    return _against_gaps(feed, worked, numbers, context, settings)


def _against_gaps(
    feed: Feed,
    worked: int,
    numbers: dict[str, Any],
    context: Context,
    settings: Mapping[str, Any],
) -> Outcome:
    """What a silence longer than the least is against the usual gaps."""
    gaps = feed.gaps(context.calendars.of(feed.system))
    if len(gaps) < settings["least_gaps"] or feed.last_at is None:
        why = "only {n} gaps between messages of {feed} are known"
        few = {"n": len(gaps), "feed": feed.name}
        return CannotAssess("feed_silent", None, why, values=few)
    usual = feeds.usual_gap(gaps)
    limit = max(settings["floor_hours"] * 3600, settings["times"] * usual)
    numbers |= {"limit_hours": as_hours(limit), "usual_hours": as_hours(usual), "n": len(gaps)}
    if worked <= limit:
        return Fine(numbers)
    return _silent((f"{feed.name} {feed.last_at.isoformat()}",), feed.last_at, "", numbers)


def _silent(
    began: tuple[str, ...], since: datetime, variant: str, numbers: dict[str, Any]
) -> Finding:
    return Finding(
        rule="feed_silent",
        severity=Severity.CRITICAL,
        since=since,
        origin=began,
        values=numbers,
        declaration=None,
        variant=variant,
        labels={"feed": str(numbers["feed"])},
    )
