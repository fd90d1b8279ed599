"""What is odd about the data: codes, order, numbers, times, files, calendars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._rule import (
    Context,
    Fine,
    Outcome,
    finding,
    finding_from_event,
    rule,
    survey,
)
from clearance.customs.references import identity_keys
from clearance.model import Declaration, Event, Finding, Flag, PendingDelivery, Severity, Stage
from clearance.timelines import derive

_SAME_MOMENT = timedelta(seconds=1)
"""Events so close may come in either order: a release and a closure are stamped alike."""


@rule(
    zh="未知代码",
    text={
        "en": "code {code!r} is in no table of this version ({note}): {entries}",
        "zh": "状态代码 {code!r} 不在本版本的代码表中 ({note}): {entries}",
    },
    next_step={
        "en": "read customs' note, ask the customs desk what it means, and upgrade clearance",
        "zh": "查看海关回执说明, 向海关查询其含义, 并升级 clearance",
    },
    days=7,
)
def unknown_code(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """A status code that no table knows: kept raw, moves no stage, and a person must look.

    One alert per code and day of the event, listing the declarations that are open or heard the
    code within a week; over when there are none of those, or the code is known. Basis: a code
    outside the tables means that customs changed them.
    """
    recent = context.now - timedelta(days=settings["days"])
    seen = [
        (event, event.at)
        for event in declaration.events
        if Flag.UNKNOWN in event.flags and event.at and (declaration.open or event.at >= recent)
    ]
    for event, at in seen:
        day = at.date().isoformat()
        began = f"{event.system} {event.kind} {event.full_code} {day}"
        numbers = {"code": event.full_code, "note": event.note, "day": day}
        yield _collected("unknown_code", Severity.WARNING, at, began, declaration, numbers)
    if not seen:
        yield Fine()


def _collected(
    name: str,
    severity: Severity,
    since: datetime,
    began: str,
    declaration: Declaration,
    numbers: dict[str, Any],
) -> Finding:
    """A finding that becomes one alert with its like of other declarations."""
    return Finding(
        rule=name,
        severity=severity,
        since=since,
        origin=(began,),
        values={**numbers, "entries": [declaration.name]},
        declaration=None,
        references=tuple(sorted(identity_keys(declaration))),
        labels={"feed": declaration.system},
    )


@rule(
    zh="乱序",
    text={
        "en": "{code} of {at} came only after {applied}, and changes the stage from {before} to "
        "{after}",
        "zh": "{at} 的 {code} 晚于 {applied} 才收到, 状态由 {before} 变为 {after}",
    },
    next_step={
        "en": "look at the timeline again: what was told before no longer holds",
        "zh": "重新查看时间线: 此前的状态已变",
    },
)
def out_of_order(
    declaration: Declaration, context: Context, _: Mapping[str, Any]
) -> Iterator[Outcome]:
    """The last message to be received tells of something earlier, and that changes the stage.

    Events are sorted by their own time, so most messages that come late change nothing and are not
    told. Over with the next message. A second between the two is no disorder.
    """
    heard_of = [e for e in declaration.events if e.received_at and e.at]
    late = max(heard_of, key=_arrival, default=None)
    if late is None or late.at is None:
        yield Fine()
        return
    later = [e for e in heard_of if e.at and e.at > late.at + _SAME_MOMENT]
    applied = [e for e in later if e.stage and _arrival(e) < _arrival(late)]
    if not applied or declaration.stage is None:
        yield Fine()
        return
    stages = derive.stages([e for e in declaration.events if e is not late])
    before = stages[-1][0] if stages else None
    if before is declaration.stage:
        yield Fine({"before": before, "after": declaration.stage})
        return
    yield finding_from_event(
        declaration, context, "out_of_order", Severity.WARNING, late,
        at=late.at.isoformat(), applied=applied[-1].code,
        before=before, after=str(declaration.stage),
    )  # fmt: skip


def _arrival(event: Event) -> tuple[datetime, str]:
    assert event.received_at is not None
    return event.received_at, event.serial or ""


@rule(
    zh="状态矛盾",
    text={
        "en": "released though it was deleted ({code}): {note}",
        "zh": "删单后又放行 ({code}): {note}",
    },
    variants={
        "closed without release": {
            "en": "closed without a release ({code}): {note}",
            "zh": "未放行即结关 ({code}): {note}",
        },
        "two ends": {
            "en": "both closed and deleted ({code}): {note}",
            "zh": "既结关又删单 ({code}): {note}",
        },
    },
    next_step={
        "en": "look at the declaration on customs' site; ask for the message that is missing",
        "zh": "登录海关网站核对该报关单; 补取缺失的回执",
    },
    days=30,
)
def contradiction(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """What cannot both be: released after it was deleted, closed without a release, two ends.

    A real import shows its release and its closure in the same second and in either order, so it
    waits ten minutes after the event. Over when a message resolves it; after 30 days it is history.
    """
    recent = context.now - timedelta(days=settings["days"])
    problem = _contradiction(declaration)
    if problem is None or problem[1].at is None or problem[1].at < recent:
        yield Fine()
        return
    what, event = problem
    yield finding_from_event(
        declaration, context, "contradiction", Severity.CRITICAL, event, variant=what, what=what
    )


def _contradiction(declaration: Declaration) -> tuple[str, Event] | None:
    released = ended = None
    problem: tuple[str, Event] | None = None
    for event in declaration.events:
        stage = event.stage
        if stage in _BEGINS and Flag.TRANSMISSION not in event.flags:
            released, ended = released if ended is None else None, None
        elif stage is Stage.RELEASED:
            released = event
            if ended is not None and ended.stage is Stage.WITHDRAWN:
                problem = "released after deleted", event
            elif problem and problem[0] == "closed without release":
                problem = None
        elif stage in (Stage.CLEARED, Stage.WITHDRAWN):
            final = ended is not None and Flag.RELEASES not in ended.flags
            if ended is not None and final and ended.stage is not stage:
                problem = "two ends", event
            elif stage is Stage.CLEARED and released is None and Flag.RELEASES not in event.flags:
                problem = "closed without release", event
            ended = ended or event
        elif stage is Stage.UNDER_REVIEW and Flag.UNDOES in event.flags:
            ended = None
    return problem


_BEGINS = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)


_GRADE = {
    Stage.DRAFT: 0,
    Stage.SUBMITTED: 1,
    Stage.ACCEPTED: 2,
    Stage.UNDER_REVIEW: 3,
    Stage.ACTION_DUE: 3,
    Stage.INSPECTION: 3,
    Stage.SUSPENDED: 3,
    Stage.RELEASED: 4,
    Stage.CLEARED: 5,
}
"""How far a stage is; between equals a declaration goes to and fro as a matter of course."""


@rule(
    zh="状态倒退",
    text={
        "en": "fell back from {before} to {after} without a return ({code}): {note}",
        "zh": "未经退单由 {before} 倒退至 {after} ({code}): {note}",
    },
    next_step={
        "en": "wait for the next message; if it stays so, ask the customs desk",
        "zh": "等待下一回执; 如持续, 请联系现场海关",
    },
    days=30,
)
def regression(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Customs tells an earlier stage than before, and nothing was returned, amended or deleted.

    Critical after a release. Over when a later message tells the stage again or a later one, and
    after 30 days. What asks for something after a release is an outstanding action and no step
    back; after a release against a guarantee the review goes on.
    """
    recent = context.now - timedelta(days=settings["days"])
    highest: Event | None = None
    fell: Event | None = None
    for event in declaration.events:
        grade = _GRADE.get(event.stage) if event.stage else None
        if Flag.UNTIL_ACCEPTED in event.flags:
            continue
        if event.stage in (Stage.REJECTED, Stage.WITHDRAWN) or Flag.UNDOES in event.flags:
            highest = fell = None
        if grade is None or event.at is None or Flag.TRANSMISSION in event.flags:
            continue
        if highest is None or grade >= _grade(highest):
            highest, fell = event, None
        elif not (event.action and _grade(highest) >= 4) and not _just(highest, event):
            fell = fell or event
    if fell is None or highest is None or fell.at is None or fell.at < recent:
        yield Fine()
        return
    released = _grade(highest) >= 4
    yield finding_from_event(
        declaration, context, "regression", Severity.CRITICAL if released else Severity.WARNING,
        fell, before=str(highest.stage), after=str(fell.stage),
    )  # fmt: skip


def _grade(event: Event) -> int:
    """How far an event is; a release against a guarantee leaves the review open."""
    grade = _GRADE[event.stage] if event.stage else 0
    return 3 if Flag.GUARANTEE in event.flags else grade


def _just(one: Event, other: Event) -> bool:
    assert one.at is not None
    assert other.at is not None
    return abs(other.at - one.at) <= _SAME_MOMENT


@rule(
    zh="编号重复",
    text={
        "en": "entry number {entry_no} stands in receipts of {numbers}",
        "zh": "海关编号 {entry_no} 出现在 {numbers} 的回执中",
    },
    variants={
        "consignees": {
            "en": "entry number {entry_no} stands for two consignees: {numbers}",
            "zh": "海关编号 {entry_no} 对应两个收发货人: {numbers}",
        }
    },
    next_step={
        "en": "find out which of them it belongs to; one message is wrong",
        "zh": "核实该编号归属; 其中一份回执有误",
    },
)
def duplicate_number(
    declaration: Declaration, context: Context, _: Mapping[str, Any]
) -> Iterator[Outcome]:
    """One entry number in receipts of two unified numbers, or of two consignees.

    A correction that is sent again has a new entry number and is not one; many declarations under
    one bill of lading are normal and never looked at.
    """
    if len(declaration.references.get("unified_no", ())) < 2 and not _traders(declaration):
        yield Fine()
        return
    clash = _clash(declaration)
    if clash is None:
        yield Fine()
        return
    entry, numbers, variant, event = clash
    yield finding(
        declaration, context, "duplicate_number", Severity.CRITICAL, event.at or context.now,
        [f"{entry} {' '.join(numbers)}"], {"entry_no": entry, "numbers": numbers}, variant=variant,
    )  # fmt: skip


def _traders(declaration: Declaration) -> bool:
    return "trader" in declaration.facts


def _clash(declaration: Declaration) -> tuple[str, list[str], str, Event] | None:
    """An entry number with two holders: it, the holders, of which sort, and the event."""
    holders: dict[tuple[str, str], set[str]] = {}
    for event in declaration.events:
        numbers = dict(event.references)
        facts = dict(event.facts)
        entry = numbers.get("entry_no")
        if entry is None:
            continue
        for variant, holder in (
            ("", numbers.get("unified_no")),
            ("consignees", facts.get("trader")),
        ):
            if holder:
                own = holders.setdefault((entry, variant), set())
                own.add(holder)
                if len(own) > 1:
                    return entry, sorted(own), variant, event
    return None


@rule(
    zh="时间异常",
    text={
        "en": "events of {day} lie up to {minutes} min after their files came: {entries}",
        "zh": "{day} 有事件时间晚于收到时间, 最多 {minutes} 分钟: {entries}",
    },
    next_step={
        "en": "compare the clock of the client with customs' time",
        "zh": "核对客户端电脑时钟",
    },
    minutes=10,
    days=7,
)
def skewed_time(
    declaration: Declaration, context: Context, settings: Mapping[str, Any]
) -> Iterator[Outcome]:
    """An event that lies more than ten minutes after its file was received.

    Information, one alert a day for all declarations of a dialect: a clock is wrong, or a zone is
    false. Over after a week.
    """
    recent = context.now - timedelta(days=settings["days"])
    ahead = [
        (e.at - e.received_at, e.at, e.received_at)
        for e in declaration.events
        if e.at and e.received_at and e.received_at >= recent
        and e.at - e.received_at > timedelta(minutes=settings["minutes"])
    ]  # fmt: skip
    if not ahead:
        yield Fine()
        return
    by, _, received = max(ahead)
    day = received.date().isoformat()
    numbers = {"day": day, "minutes": round(by / timedelta(minutes=1))}
    began = f"{declaration.system} {day}"
    yield _collected("skewed_time", Severity.INFO, received, began, declaration, numbers)


@survey(
    zh="无法读取",
    text={
        "en": "{count} messages of {day} could not be read ({kind}): {names}",
        "zh": "{day} 有 {count} 份报文无法读取 ({kind}): {names}",
    },
    next_step={
        "en": "see clearance refused; after an upgrade or a repair: clearance refused retry",
        "zh": "查看 clearance refused; 升级或修复后: clearance refused retry",
    },
    days=7,
    names=5,
)
def unreadable(context: Context, settings: Mapping[str, Any]) -> Iterator[Outcome]:
    """Messages that could not be read: kept whole, with the reason.

    One alert a day for each sort of trouble; over when they could be read after all, and after a
    week.
    """
    recent = context.now - timedelta(days=settings["days"])
    groups: dict[tuple[str, str], list[Any]] = {}
    for notice in sorted(context.unread, key=lambda n: (n.seen_at, n.id)):
        if recent <= notice.seen_at <= context.now:
            day = notice.seen_at.date().isoformat()
            groups.setdefault((day, notice.kind), []).append(notice)
    for (day, kind), notices in groups.items():
        few = [notice.name for notice in notices[: round(settings["names"])]]
        yield Finding(
            rule="unreadable",
            severity=Severity.WARNING,
            since=notices[0].seen_at,
            origin=(f"{kind} {day}",),
            values={
                "day": day,
                "kind": kind,
                "count": len(notices),
                "names": few,
                "reason": notices[0].reason,
            },
            declaration=None,
        )
    if not groups:
        yield Fine()


@survey(
    zh="通知失败",
    text={
        "en": "channel {channel} has not taken {alerts} alerts after {tries} tries: {detail}",
        "zh": "通道 {channel} 尚有 {alerts} 条预警未能送达, 已尝试 {tries} 次: {detail}",
    },
    next_step={
        "en": "put the channel's settings right, or tell its readers by other means",
        "zh": "检查该通道的配置, 或以其他方式通知相关人员",
    },
    minutes=15,
    tries=5,
)
def delivery_failing(context: Context, settings: Mapping[str, Any]) -> Iterator[Outcome]:
    """A channel has an alert unsent after 15 minutes or 5 tries, or has ended a delivery for good.

    Judged after the deliveries of a check, and told through the other channels. Over when nothing
    waits so long any more, and what was ended is when the channel takes messages again.
    """
    if context.pending_deliveries is None:
        return
    late = context.now - timedelta(minutes=settings["minutes"])
    channels: dict[str, list[PendingDelivery]] = {}
    for one in context.pending_deliveries:
        if one.ended or one.filed_at <= late or one.tries >= settings["tries"]:
            channels.setdefault(one.channel, []).append(one)
    for channel, unsent in channels.items():
        yield Finding(
            rule="delivery_failing",
            severity=Severity.CRITICAL,
            since=min(one.filed_at for one in unsent),
            origin=(f"channel {channel}",),
            values={
                "channel": channel,
                "alerts": len({alert for one in unsent for alert in one.alerts}),
                "tries": max(one.tries for one in unsent),
                "detail": unsent[-1].detail,
            },
            declaration=None,
        )
    if not channels:
        yield Fine()


@survey(
    zh="缺少日历",
    text={
        "en": "no official calendar for {year}, from {day} on: working time cannot be told",
        "zh": "缺少 {year} 年法定节假日日历 ({day} 起需要): 无法计算工作时间",
    },
    next_step={
        "en": "upgrade clearance, or add the year: [calendar] files in the settings",
        "zh": "升级 clearance, 或在设置的 [calendar] files 中补充该年",
    },
    days=30,
)
def calendar_missing(context: Context, settings: Mapping[str, Any]) -> Iterator[Outcome]:
    """No official calendar for this year, or for one that begins within 30 days.

    Holidays are announced each autumn for the year that follows, so a version of clearance does
    not know those that were announced after it. Nothing is guessed meanwhile. Years before the
    first that is known are not asked for.
    """
    found = [
        (name, year)
        for name in sorted({context.home, *(feed.system for feed in context.feeds)})
        for year in _unknown_years(context, name, round(settings["days"]))
    ]
    for name, year in found:
        begins = datetime(year, 1, 1, tzinfo=context.calendars.of(name).zone)
        whose = "" if name == context.home else f"{name} "
        yield Finding(
            rule="calendar_missing",
            severity=Severity.WARNING,
            since=begins - timedelta(days=settings["days"]),
            origin=(f"calendar {whose}{year}",),
            values={"year": str(year), "day": begins.date().isoformat()},
            declaration=None,
        )
    if not found:
        yield Fine()


def _unknown_years(context: Context, system: str, days: int) -> list[int]:
    """The years up to some days ahead that the calendar of a system lacks; none if it has none."""
    calendar = context.calendars.of(system)
    today = context.now.astimezone(calendar.zone).date()
    years = range(today.year, (today + timedelta(days=days)).year + 1)
    first = min(calendar.years, default=None)
    return [year for year in years if first and year > first and not calendar.knows(year)]
