"""The quality of the data: codes, order, numbers, times, files, deliveries, calendars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from clearance.alerting.rules._context import Context
from clearance.alerting.rules._rule import (
    Answer,
    Origin,
    Settings,
    Subject,
    critical,
    fine,
    info,
    problem,
    rule,
    warning,
)
from clearance.customs import systems
from clearance.customs.references import of_role
from clearance.model import (
    ENDED,
    Declaration,
    Event,
    Flag,
    PendingDelivery,
    Role,
    Severity,
    Stage,
    UnreadNotice,
)
from clearance.periods import later
from clearance.timelines import derive

_SAME_MOMENT = timedelta(seconds=1)
"""Events at most this far apart may come in either order: customs stamps some of them alike."""


@rule(
    zh="未知代码",
    text={
        "en": "code {code!r} is in no table of this version[ ({note})]: {entries}",
        "zh": "状态代码“{code}”不在本版本的代码表中[ ({note})]: {entries}",
    },
    next_step={
        "en": "read customs' note, ask the customs desk what it means, and upgrade clearance",
        "zh": "查看海关回执说明, 向海关查询其含义, 并升级 clearance",
    },
    collects=True,
    days=7,
)
def unknown_code(
    declaration: Declaration, context: Context, settings: Settings
) -> Iterator[Answer]:
    """A status code is in no table: it is kept as it came, moves no stage, and a person must look.

    One alert per code and day of the event, listing the declarations that are open or got the code
    within a week; over when there are none of those, or the code is known. Basis: a code outside
    the tables means that customs changed them.
    """
    term = timedelta(days=settings["days"])
    events = [
        (event, event.at)
        for event in declaration.events
        if Flag.UNKNOWN in event.flags and event.at
        if declaration.open or not context.over(event.at, term)
    ]
    for event, at in events:
        day = context.day(at, declaration).isoformat()
        origin = Origin(at, [f"{event.system} {event.kind} {event.full_code} {day}"])
        yield warning(origin, code=event.full_code, note=event.note, day=day)
    if not events:
        yield fine()


@rule(
    zh="代码含义不明",
    text={
        "en": "code {code} may mean: {meanings}; its note does not say which[ ({note})]",
        "zh": "状态代码 {code} 可能表示: {meanings}; 回执说明无法判断[ ({note})]",
    },
    next_step={
        "en": "look the declaration up at customs before anything is sent again",
        "zh": "先向海关核实该报关单状态, 不要直接重新申报",
    },
    mutes=("stuck",),
)
def unclear_code(declaration: Declaration, context: Context, _: Settings) -> Answer:  # noqa: ARG001
    """The last message has a code of which two meanings are in circulation, and nothing decides.

    Told where one of them is a return, a deletion or a release and the other is not: critical, as
    to send it again might declare the goods twice, unless it is only whether they are released.
    Until then the less harmful meaning stands. Over with the next message of customs. Basis: two
    tables of these codes are in use, and no official one was seen.
    """
    found = next((i for i in declaration.inconsistencies if i.kind == "unclear_code"), None)
    event = next((e for e in declaration.events if found and found.message in e.messages), None)
    if found is None or event is None:
        return fine()
    stages = {code.stage for code in systems()[event.system].meanings(event)}
    ends = not stages.isdisjoint((Stage.REJECTED, Stage.WITHDRAWN))
    severity = Severity.CRITICAL if ends else Severity.WARNING
    return problem(severity, event, meanings=found.values["meanings"])


@rule(
    zh="乱序",
    text={
        "en": "{code} of {at} came only after {applied}, and changes the stage[ from {before}] to "
        "{after}",
        "zh": "{at} 的 {code} 晚于 {applied} 才收到, 状态[由 {before} ]变为 {after}",
    },
    next_step={
        "en": "look at the timeline again: what was told before no longer holds",
        "zh": "重新查看时间线: 此前的状态已变",
    },
    settle_minutes=10,
)
def out_of_order(declaration: Declaration, context: Context, _: Settings) -> Answer:
    """The message received last is about something earlier, and that changes the stage.

    Events are sorted by their own time, so most messages that come late change nothing and are no
    alert. Over with the next message. Within a second there is no disorder. Only a later event that
    may move the stage counts as overtaken.
    """
    late = _received_last(declaration)
    overtaken = _overtaken(late, declaration, context) if late else []
    if late is None or late.at is None or not overtaken:
        return fine()
    stages = derive.stages([event for event in declaration.events if event is not late])
    before = stages[-1][0] if stages else None
    if before is declaration.stage:
        return fine(before=before, after=declaration.stage)
    return warning(
        late,
        code=late.full_code or str(late.stage),
        at=late.at.isoformat(),
        applied=overtaken[-1].full_code or str(overtaken[-1].stage),
        before=before,
        after=str(declaration.stage),
    )


def _received_last(declaration: Declaration) -> Event | None:
    """The event of customs that was received last, of those that have a time."""
    received = (event for event in declaration.course if event.received_at and event.at)
    return max(received, key=_receipt, default=None)


def _overtaken(late: Event, declaration: Declaration, context: Context) -> list[Event]:
    """The events after a late one that were received before it and may move the stage."""
    later = [event for event in declaration.course if event.stage and _overtakes(late, event)]
    return [event for event in later if event in context.counted(declaration)]


def _overtakes(late: Event, event: Event) -> bool:
    """Whether an event happened after a late one, and was received before it."""
    assert late.at is not None
    if event.at is None or event.received_at is None or event.at <= late.at + _SAME_MOMENT:
        return False
    return _receipt(event) < _receipt(late)


def _receipt(event: Event) -> tuple[datetime, str]:
    """Sort key of the order in which events were received."""
    assert event.received_at is not None
    return event.received_at, event.serial or ""


@rule(
    zh="状态矛盾",
    text={
        "en": "released though it was deleted[ ({code})][: {note}]",
        "zh": "删单后又放行[ ({code})][: {note}]",
    },
    variants={
        "closed without release": {
            "en": "closed without a release[ ({code})][: {note}]",
            "zh": "未放行即结关[ ({code})][: {note}]",
        },
        "two ends": {
            "en": "both closed and deleted[ ({code})][: {note}]",
            "zh": "既结关又删单[ ({code})][: {note}]",
        },
    },
    next_step={
        "en": "look at the declaration on customs' site; ask for the message that is missing",
        "zh": "登录海关网站核对该报关单; 补取缺失的回执",
    },
    settle_minutes=10,
    days=30,
)
def contradiction(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """Two events cannot both be: a release after a deletion, a closure without a release, two ends.

    A closure whose code is also the release needs none before it, and is not final: a deletion may
    undo it. A history that begins with the closure lacks the messages before it, and contradicts
    nothing. A real import shows its release and its closure in the same second and
    in either order, so it waits ten minutes after the event. Over when a message resolves it; after
    30 days it is history.
    """
    term = timedelta(days=settings["days"])
    if not any(event.stage in ENDED for event in declaration.events):
        return fine()
    story = _Ends()
    for event in context.counted(declaration):
        story.take(event)
    cause = story.contradicts
    if cause is None or cause.at is None or context.over(cause.at, term):
        return fine()
    return critical(cause, variant=story.problem, what=story.problem)


class _Ends:
    """The release and the end of a declaration while its events are taken in, in order."""

    def __init__(self) -> None:
        self.began = False
        self.released = False
        self.ended: Event | None = None
        self.problem = ""
        self.contradicts: Event | None = None

    def take(self, event: Event) -> None:
        """Takes in the next event that may move the stage."""
        if event.stage in _BEGINNINGS:
            if Flag.TRANSMISSION not in event.flags:
                self.released, self.ended = self.released and self.ended is None, None
        elif event.stage is Stage.RELEASED:
            self._release(event)
        elif event.stage in ENDED:
            self._end(event)
        elif event.stage is Stage.UNDER_REVIEW and Flag.UNDOES in event.flags:
            self.ended = None
        self.began = True
        self.released = self.released or _may_release(event)

    def _release(self, event: Event) -> None:
        self.released = True
        if self.ended is not None and self.ended.stage is Stage.WITHDRAWN:
            self._report("released after deleted", event)
        elif self.problem == _UNRELEASED:
            self.problem, self.contradicts = "", None

    def _end(self, event: Event) -> None:
        self.released = self.released or Flag.RELEASES in event.flags
        if self.ended is not None and self.ended.stage is not event.stage:
            if _undoes(event, self.ended):
                self.ended = None
            else:
                self._report("two ends", event)
        elif event.stage is Stage.CLEARED and self.began and not self._is_released_by(event):
            self._report(_UNRELEASED, event)
        self.ended = self.ended or event

    def _is_released_by(self, closure: Event) -> bool:
        """Whether it was released before a closure, or a person tells the closure and no more."""
        return self.released or Flag.BY_HAND in closure.flags

    def _report(self, problem: str, event: Event) -> None:
        self.problem, self.contradicts = problem, event


def _may_release(event: Event) -> bool:
    """Whether a release is among the meanings of an event that nothing decides between."""
    if Flag.UNCLEAR not in event.flags or event.system not in systems():
        return False
    return any(code.stage is Stage.RELEASED for code in systems()[event.system].meanings(event))


def _undoes(event: Event, closure: Event) -> bool:
    """Whether an event undoes a closure that was the release too."""
    return Flag.UNDOES in event.flags and Flag.RELEASES in closure.flags


_BEGINNINGS = (Stage.DRAFT, Stage.SUBMITTED, Stage.ACCEPTED)
_UNRELEASED = "closed without release"


_GRADES = {
    Stage.DRAFT: 0,
    Stage.SUBMITTED: 1,
    Stage.ACCEPTED: 2,
    Stage.UNDER_REVIEW: 3,
    Stage.REVIEWED: 3,
    Stage.ACTION_DUE: 3,
    Stage.INSPECTION: 3,
    Stage.SUSPENDED: 3,
    Stage.RELEASED: 4,
    Stage.CLEARED: 5,
}
"""How far a stage is; between stages of one grade a declaration goes to and fro as usual."""
_RELEASED_GRADE = 4
_NOT_OF_CUSTOMS = {Flag.TRANSMISSION, Flag.UNTIL_ACCEPTED}
"""Flags of events about a message or a request: they are neither a step on nor a step back."""


@rule(
    zh="状态倒退",
    text={
        "en": "fell back from {before} to {after} without a return[ ({code})][: {note}]",
        "zh": "未经退单由 {before} 倒退至 {after}[ ({code})][: {note}]",
    },
    next_step={
        "en": "wait for the next message; if it stays so, ask the customs desk",
        "zh": "等待下一回执; 如持续, 请联系现场海关",
    },
    settle_minutes=10,
    days=30,
)
def regression(declaration: Declaration, context: Context, settings: Settings) -> Answer:
    """A message names an earlier stage than before, and nothing was returned, amended or deleted.

    Critical after a release. Over when a later message names that stage again or a later one, and
    after 30 days. What asks for something after a release is an outstanding action and no step
    back; after a release against a guarantee the review goes on, and a second sending is the full
    declaration of two steps.
    """
    term = timedelta(days=settings["days"])
    if not _ever_falls(declaration.events):
        return fine()
    highest, fell = _fallen_back(context.counted(declaration))
    if fell is None or highest is None or fell.at is None or context.over(fell.at, term):
        return fine()
    severity = Severity.CRITICAL if _grade(highest) >= _RELEASED_GRADE else Severity.WARNING
    return problem(severity, fell, before=str(highest.stage), after=str(fell.stage))


def _ever_falls(events: Sequence[Event]) -> bool:
    """Whether any stage of some events is lower than one before it; most declarations have none."""
    stages = (event.stage for event in events if _NOT_OF_CUSTOMS.isdisjoint(event.flags))
    grades = [_GRADES[stage] for stage in stages if stage in _GRADES]
    return grades != sorted(grades)


def _fallen_back(events: Sequence[Event]) -> tuple[Event | None, Event | None]:
    """The highest event since the last return, and the first that fell back behind it."""
    highest: Event | None = None
    fell: Event | None = None
    for event in events:
        if Flag.UNTIL_ACCEPTED in event.flags:
            continue
        if _begins_anew(event) or _is_full_declaration(event, highest):
            highest = fell = None
        if event.stage not in _GRADES or Flag.TRANSMISSION in event.flags:
            continue
        if highest is None or _GRADES[event.stage] >= _grade(highest):
            highest, fell = event, None
        elif _falls_back(event, highest):
            fell = fell or event
    return highest, fell


def _begins_anew(event: Event) -> bool:
    """Whether stages may be lower from an event on: a return, a deletion, a reopened review."""
    return event.stage in (Stage.REJECTED, Stage.WITHDRAWN) or Flag.UNDOES in event.flags


def _is_full_declaration(event: Event, highest: Event | None) -> bool:
    """Whether an event is the second sending of two steps: what was released was the summary."""
    if highest is None or event.stage not in (Stage.SUBMITTED, Stage.ACCEPTED):
        return False
    return not {Flag.GUARANTEE, Flag.SUMMARY}.isdisjoint(highest.flags)


def _falls_back(event: Event, highest: Event) -> bool:
    """Whether an event of a lower grade than the highest is a step back."""
    assert event.at is not None
    assert highest.at is not None
    asks_after_release = event.action and _grade(highest) >= _RELEASED_GRADE
    return not asks_after_release and abs(highest.at - event.at) > _SAME_MOMENT


def _grade(event: Event) -> int:
    """The grade that later events are compared with: after a guarantee the review goes on."""
    grade = _GRADES[event.stage] if event.stage else 0
    return 3 if Flag.GUARANTEE in event.flags else grade


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
def duplicate_number(declaration: Declaration, context: Context, _: Settings) -> Answer:
    """Events with one official number bear two numbers of a data centre, or two consignees.

    A correction that is sent again has a new official number and is not one; many declarations
    under one bill of lading are normal and never looked at. The official number is called
    ``entry_no`` among the numbers of the alert, whatever its customs system calls it.
    """
    joining = [declaration.references.get(kind, ()) for kind in of_role(Role.JOINING)]
    if "trader" not in declaration.facts and all(len(numbers) < 2 for numbers in joining):
        return fine()
    clash = _clash(declaration)
    if clash is None:
        return fine()
    number, holders, variant, event = clash
    origin = Origin(event.at or context.moving(), [f"{number} {' '.join(holders)}"])
    return critical(origin, variant=variant, entry_no=number, numbers=holders)


def _clash(declaration: Declaration) -> tuple[str, list[str], str, Event] | None:
    """An official number with two holders: it, they, the variant of the text, and the event."""
    holders: dict[tuple[str, str], set[str]] = {}
    for event in declaration.events:
        for number in _numbers(event, Role.OFFICIAL).values():
            for sort, holder in _holders(event):
                known = holders.setdefault((number, sort), set())
                known.add(holder)
                if len(known) > 1:
                    variant = "consignees" if sort == "trader" else ""
                    return number, sorted(known), variant, event
    return None


def _holders(event: Event) -> Iterator[tuple[str, str]]:
    """Whom an event's official number stands for: a number of each joining kind, the trader.

    A declaration itself names the trader, whose code the answers bear: that is no other trader.
    """
    yield from _numbers(event, Role.JOINING).items()
    trader = dict(event.facts).get("trader")
    if trader and Flag.CONTENT not in event.flags:
        yield "trader", trader


def _numbers(event: Event, role: Role) -> dict[str, str]:
    """The numbers of an event that have a role, by kind."""
    kinds = of_role(role)
    return {kind: value for kind, value in event.references if kind in kinds}


@rule(
    zh="历史单",
    text={
        "en": "{count} declarations are history: nothing was said of them for more than {days} "
        "days. Rules would find {by_rule}",
        "zh": "{count} 票属历史单: {days} 天以上无任何消息。规则结果: {by_rule}",
    },
    next_step={
        "en": "look through clearance list; put away what is over: clearance plan set REF "
        "--given-up TIME",
        "zh": "查看 clearance list; 已了结的请登记: clearance plan set 编号 --given-up 时间",
    },
    looks_at=Subject.HISTORY,
    once=True,
    days=180,
)
def old_declarations(context: Context, settings: Settings) -> Iterator[Answer]:
    """Declarations that are not over, and of which nobody has said anything for half a year.

    A first run on the receipts of years would raise an alert for each; so what every rule finds in
    them is one warning, which is told once and never repeated. It holds for every rule, where
    neither customs nor a plan has said anything, and nothing has begun to be wrong, for 180 days,
    and no alert is known of the declaration. The longest term of any rule is over by then, and
    nobody could act on it any more. A declaration that has an alert keeps it however old it gets;
    with the next message, or the next plan, it is judged like any other.
    """
    if not context.old:
        yield fine()
        return
    by_rule = sorted(context.old.by_rule.items(), key=lambda entry: (-entry[1], entry[0]))
    yield warning(
        Origin(context.old.since, ["history"]),
        count=context.old.declarations,
        days=settings["days"],
        by_rule=dict(by_rule),
    )


@rule(
    zh="时间异常",
    text={
        "en": "events of {day} lie up to {minutes} after their files came: {entries}",
        "zh": "{day} 有事件时间晚于收到时间, 最多 {minutes}: {entries}",
    },
    next_step={
        "en": "compare the clock of the client with customs' time",
        "zh": "核对客户端电脑时钟",
    },
    collects=True,
    minutes=10,
    days=7,
)
def skewed_time(declaration: Declaration, context: Context, settings: Settings) -> Iterator[Answer]:
    """An event lies more than ten minutes after its file was received.

    Information, one alert a day for all declarations of a customs system: a clock is wrong, or a
    zone is false. Over after a week.
    """
    term = timedelta(days=settings["days"])
    longest: dict[str, tuple[timedelta, datetime]] = {}
    for event in declaration.events:
        if event.at and event.received_at and not context.over(event.received_at, term):
            ahead = event.at - event.received_at
            if ahead > timedelta(minutes=settings["minutes"]):
                day = context.day(event.received_at, declaration).isoformat()
                found = (ahead, event.received_at)
                longest[day] = max(found, longest.get(day, found))
    for day, (ahead, received) in longest.items():
        origin = Origin(received, [f"{declaration.system} {day}"])
        yield info(origin, day=day, minutes=round(ahead / timedelta(minutes=1)))
    if not longest:
        yield fine()


@rule(
    zh="无法读取",
    text={
        "en": "{count} messages of {day} could not be read ({kind}): {names}[ and {more} more]",
        "zh": "{day} 有 {count} 份报文无法读取 ({kind}): {names}[ 等, 另有 {more} 份]",
    },
    next_step={
        "en": "see clearance refused; after an upgrade or a repair: clearance refused retry",
        "zh": "查看 clearance refused; 升级或修复后: clearance refused retry",
    },
    looks_at=Subject.STORE,
    days=7,
    names=5,
)
def unreadable(context: Context, settings: Settings) -> Iterator[Answer]:
    """Messages could not be read; they are kept whole, with the reason.

    One alert a day for each kind of reason; over when they could be read after all, and after a
    week.
    """
    recent = later(context.now, -timedelta(days=settings["days"]))
    by_day_and_kind: dict[tuple[str, str], list[UnreadNotice]] = {}
    for notice in sorted(context.unread, key=lambda n: (n.seen_at, n.name, n.id)):
        if recent <= notice.seen_at <= context.now:
            day = notice.seen_at.date().isoformat()
            by_day_and_kind.setdefault((day, notice.kind), []).append(notice)
    most = round(settings["names"])
    for (day, kind), notices in by_day_and_kind.items():
        yield warning(
            Origin(notices[0].seen_at, [f"{kind} {day}"]),
            day=day,
            kind=kind,
            count=len(notices),
            names=[notice.name for notice in notices[:most]],
            more=max(len(notices) - most, 0) or None,
            reason=_reason(notices[0]),
        )
    if not by_day_and_kind:
        yield fine()


def _reason(notice: UnreadNotice) -> str | dict[str, Any]:
    """Why a message could not be read, so that it can be worded in the reader's language."""
    return notice.said.document() if notice.said else notice.reason


@rule(
    zh="通知失败",
    text={
        "en": "channel {channel} has not taken {alerts} messages after {tries} tries[: {detail}]",
        "zh": "通道 {channel} 尚有 {alerts} 条消息未能送达, 已尝试 {tries} 次[: {detail}]",
    },
    next_step={
        "en": "put the channel's settings right, or tell its readers by other means",
        "zh": "检查该通道的配置, 或以其他方式通知相关人员",
    },
    looks_at=Subject.DELIVERIES,
    minutes=15,
    tries=5,
)
def delivery_failing(context: Context, settings: Settings) -> Iterator[Answer]:
    """A channel has an alert unsent after 15 minutes or 5 tries, or has ended a delivery for good.

    Judged after the deliveries of a check, and sent to the other channels. Over when nothing has
    waited so long any more, and what was ended is over when the channel takes messages again.
    """
    if context.pending_deliveries is None:
        return
    late = later(context.now, -timedelta(minutes=settings["minutes"]))
    unsent: dict[str, list[PendingDelivery]] = {}
    for delivery in context.pending_deliveries:
        if delivery.ended or delivery.filed_at <= late or delivery.tries >= settings["tries"]:
            unsent.setdefault(delivery.channel, []).append(delivery)
    if not unsent:
        yield fine()
    for channel, deliveries in unsent.items():
        yield _failing(channel, deliveries)


def _failing(channel: str, deliveries: Sequence[PendingDelivery]) -> Answer:
    """A channel that has not accepted some deliveries."""
    since = min(delivery.filed_at for delivery in deliveries)
    return critical(
        Origin(since, [f"channel {channel}"]),
        channel=channel,
        alerts=len({alert for delivery in deliveries for alert in delivery.alerts}),
        tries=max(delivery.tries for delivery in deliveries),
        detail=deliveries[-1].detail,
    )


@rule(
    zh="缺少日历",
    text={
        "en": "no official calendar for {year}, from {day} on: working time cannot be told",
        "zh": "缺少 {year} 年法定节假日日历 ({day} 起需要): 无法计算工作时间",
    },
    next_step={
        "en": "upgrade clearance, or add the year: [calendar] files in the settings",
        "zh": "升级 clearance, 或在设置的 [calendar] files 中补充该年",
    },
    looks_at=Subject.STORE,
    days=30,
)
def calendar_missing(context: Context, settings: Settings) -> Iterator[Answer]:
    """The official calendar of this year, or of one that begins within 30 days, is not known.

    Holidays are announced each autumn for the year that follows, so a version of clearance lacks
    those that were announced after it. Nothing is guessed meanwhile. Years before the first known
    one are not missed, nor is the calendar of a customs system that has none.
    """
    missing = [
        (system, year)
        for system in sorted({context.home, *(feed.system for feed in context.feeds)})
        for year in _missing_years(context, system, round(settings["days"]))
    ]
    for system, year in missing:
        begins = datetime(year, 1, 1, tzinfo=context.calendars.of(system).zone)
        name = f"calendar {year}" if system == context.home else f"calendar {system} {year}"
        yield warning(
            Origin(begins - timedelta(days=settings["days"]), [name]),
            year=str(year),
            day=begins.date().isoformat(),
        )
    if not missing:
        yield fine()


def _missing_years(context: Context, system: str, days: int) -> list[int]:
    """The years up to some days ahead that the calendar of a system lacks; none if it has none."""
    calendar = context.calendars.of(system)
    today = context.now.astimezone(calendar.zone).date()
    years = range(today.year, (today + timedelta(days=days)).year + 1)
    first = min(calendar.years, default=None)
    return [year for year in years if first and year > first and not calendar.knows(year)]
