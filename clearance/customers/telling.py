"""Telling customers: what a check files for them in its commit, and what is sent of it.

``Teller`` takes part in a check (``alerting.outbox.Besides``). It looks at what has changed
since the check before: declarations, plans, alerts. What it files waits in the outbox of alerts,
held through a customer's quiet hours, or for its message of the day.
"""

from __future__ import annotations

import re
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import UTC, date, datetime
from itertools import count

from clearance.alerting import outbox
from clearance.alerting.outbox import Change, CheckScope, Delivery, Filed, Kind, Moment, State
from clearance.channels import Notification
from clearance.customers import news
from clearance.customers.facts import Facts, facts_of
from clearance.customers.matching import Customers, Match, matcher_of
from clearance.customers.news import Case, News
from clearance.customers.notices import (
    AWAITED,
    HELD,
    Notice,
    Standing,
    from_notice,
    notice,
    notices,
    number_keys,
)
from clearance.customers.settings import Customer
from clearance.customers.topics import EXCEPTIONS
from clearance.customs.references import identity_keys
from clearance.errors import BadArgument
from clearance.hashing import sha256
from clearance.model import Alert, Declaration, Record, Remark, Severity, replace
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.stores.codec import iso, reads
from clearance.timelines import query

SINCE = "customer"
"""The kind of record that says since when a customer is told of each topic."""
TOLD_BY = "customer_channel"
"""The kind of record of a channel that a customer was told by."""
_ALL = "*"
"""The record that says that there is one of each such channel."""
TELL = "notice"
"""Why a notice is in a delivery."""
_AT_ONCE = 8
"""Notices in one message of the day at most."""
_MAX_BYTES = 2700
"""Bytes of the notices in one message of the day at most, unless it is one notice: none is cut, on
any channel. The least of them is that of Slack, 3000 characters with what stands around them."""
_LINE_BYTES = 6
"""Bytes at most that a channel puts around a line."""
_MARKUP = re.compile(r"[\[\]<>*_~`#@|\\&]")
"""Characters in whose place a channel may put up to four bytes more, lest they are markup."""


class Draft(NamedTuple):
    """What a notice is worded of: facts that may leave the house, and what it corrects."""

    customer: Customer
    facts: Facts
    news: News
    corrected: tuple[Notice, ...] = ()


class Text(NamedTuple):
    """A notice in words."""

    title: str
    lines: tuple[str, ...]


Word = Callable[[Draft], Text]
"""Words a notice in its customer's language."""
Compose = Callable[[Delivery, Sequence[Notice], str], Notification]
"""Makes a message of a delivery, with the notices in it and what their customer is called."""
Expected = Callable[[Store, Sequence[Declaration]], Sequence[datetime | None]]
"""When each of some declarations is expected to be released, where that can be told."""


class Teller:
    """What customers are told of in one check, in the same commit and by the same outbox.

    Afterwards ``told`` holds the notices it made, and ``no_customer`` counts the declarations that
    had news and are nobody's, or of two customers.
    """

    def __init__(
        self, customers: Customers, word: Word, compose: Compose, expected: Expected | None = None
    ) -> None:
        self._customers = customers
        self._word = word
        self._compose = compose
        self._expected = expected
        self.told: list[Notice] = []
        self.no_customer = 0

    def filed(self, looked: CheckScope) -> Filed:
        """Files what there is to tell; to be called in the transaction of a check."""
        if not self._customers:
            return Filed((), ())
        store, now = looked.store, looked.moment.now
        since = _since(looked, self._customers)
        waiting = _waiting(store)
        declarations = _declarations(looked, since, waiting)
        matcher = matcher_of(store, self._customers, declarations, now)
        known = known_notices(store, declarations)
        about = {one.id for some in (*known, waiting) for one in some}
        box = _Box(store, about, looked.moment)
        self.told, self.no_customer = [], 0
        kept: dict[str, Notice] = {}
        alerted = _alerts_by_key(looked.live)
        releases = expected_of(store, declarations, self._expected)
        for declaration, earlier, at in zip(declarations, known, releases, strict=True):
            match = matcher.match(declaration)
            alerts = _about_keys(declaration, alerted)
            self.no_customer += _is_unmatched(match, declaration, since)
            told = self._told(match, declaration, earlier, alerts, since, box, at)
            kept |= {one.id: one for one in told}
        before = {one.id for some in known for one in some}
        self.told = [one for one in kept.values() if one.id not in before]
        for one in kept.values():
            if one.id not in before or one.standing is Standing.OVERTAKEN:
                box.settle(one, self._customers)
        box.redirect(self._customers)
        filed = box.filed
        if not looked.dry_run:
            store.save_records(map(from_notice, kept.values()))
            store.save_records(_told_by(store, filed.kept))
        return filed

    def _told(
        self,
        match: Match,
        declaration: Declaration,
        known: Sequence[Notice],
        alerts: Sequence[Alert],
        since: Since,
        box: _Box,
        expected: datetime | None,
    ) -> Iterator[Notice]:
        """What is to be kept of one declaration: new notices, and those that are overtaken."""
        for other in known:
            if other.customer != match.customer and other.standing in _TO_TELL:
                box.take_out(other)
                if not box.is_told(other):
                    yield _overtaken(other)
        own = [one for one in known if one.customer == match.customer]
        if not declaration.open or declaration.released_at:
            yield from (replace(one, awaited=False) for one in own if one.awaited)
        if match.customer is None:
            return
        customer = self._customers[match.customer]
        case = Case(
            name=match.customer,
            customer=customer,
            declaration=declaration,
            facts=facts_of(declaration, day_of(expected, customer)),
            now=box.moment.now,
            alerts=alerts,
            known=own,
            since=since.get(match.customer, {}),
            unsent=box.is_unsent,
        )
        found = news.found(case)
        yield from map(_overtaken, found.overtaken)
        yield from (self._notice(case, one) for one in found.news)

    def _notice(self, case: Case, one: News) -> Notice:
        """A notice, worded."""
        about = tuple(known for known in case.known if known.id in one.corrects)
        text = self._word(Draft(case.customer, case.facts, one, about))
        is_held = one.held_as in case.customer.hold
        return Notice(
            id=one.id(case.name),
            customer=case.name,
            topic=one.topic,
            origin=one.origin,
            messages=one.messages,
            references=tuple(sorted(number_keys(case.declaration))),
            name=case.facts.name,
            at=one.at,
            made_at=case.now,
            standing=Standing.HELD if is_held else Standing.FILED,
            lang=case.customer.lang,
            title=text.title,
            lines=text.lines,
            urgent=one.critical and case.customer.urgent,
            number=case.facts.official,
            expected=case.facts.expected,
            awaited=case.facts.expected is not None,
            corrects=one.corrects,
        )

    # What is sent

    def rests(self, delivery: Delivery, now: datetime) -> bool:
        """Whether a delivery waits: its customer is in quiet hours, or is not set any more."""
        customer = self._customers.get(delivery.customer or "")
        if customer is None or delivery.channel not in customer.to:
            return True
        is_quiet = customer.quiet_hours.holds(now, customer.tz)
        return is_quiet and delivery.severity is not Severity.CRITICAL

    def composed(self, store: Store, waiting: Iterable[Delivery]) -> dict[str, Notification | None]:
        """The messages of those of some deliveries that are to customers, by their ids.

        None where no notice can be read: an empty message is never sent.
        """
        own = [delivery for delivery in waiting if delivery.kind is Kind.NOTICES]
        ids = {id for delivery in own for id in delivery.alerts}
        known = {one.id: one for one in notices(store, ids)} if ids else {}
        found = ((d, [known[id] for id in d.alerts if id in known]) for d in own)
        return {
            delivery.id: self._compose(delivery, some, self._called(some)) if some else None
            for delivery, some in found
        }

    def _called(self, some: Sequence[Notice]) -> str:
        """What the customer of some notices is called."""
        known = self._customers.get(some[0].customer)
        return known.name if known else some[0].customer


def expected_of(
    store: Store, declarations: Sequence[Declaration], expected: Expected | None
) -> Sequence[datetime | None]:
    """When each of some declarations is expected to be released, where that can be told."""
    return expected(store, declarations) if expected else [None] * len(declarations)


def day_of(at: datetime | None, customer: Customer) -> date | None:
    """The day of a time, where the customer is."""
    return at.astimezone(customer.tz).date() if at else None


_TO_TELL = (Standing.HELD, Standing.FILED)
"""Where a notice stands that is told, or may still be."""


def _overtaken(notice: Notice) -> Notice:
    return replace(notice, standing=Standing.OVERTAKEN)


# Channels that customers were told by


def _told_by(store: Store, filed: Iterable[Delivery]) -> Iterator[Record]:
    """Records of the channels that some deliveries are to, of those that were not known."""
    channels = {delivery.channel for delivery in filed}
    known = {record.id for record in store.records(TOLD_BY, channels)} if channels else set()
    return (Record(TOLD_BY, name, {}) for name in sorted(channels - known))


def left_over(store: Store, customers: Customers, channels: Mapping[str, bool | None]) -> list[str]:
    """The channels that a customer was told by, and by which none is told any more.

    Of each channel it is given what the settings say of ``alerts``; where they say it, they hold.
    Alerts of the house are not for a customer's ears because his section was taken out.
    """
    theirs = {channel for customer in customers.values() for channel in customer.to}
    unsaid = {name for name, said in channels.items() if said is None} - theirs
    if not unsaid:
        return []
    known = {record.id for record in store.records(TOLD_BY, {*unsaid, _ALL})}
    return sorted((known if _ALL in known else _told_before(store)) & unsaid)


def remember(store: Store, customers: Customers) -> None:
    """Keeps what an earlier version did not: which channels told customers; and forgets since when
    those were told that are not set any more.
    """
    with store.transaction():
        if not any(store.records(TOLD_BY, {_ALL})):
            names = (_ALL, *sorted(_told_before(store)))
            store.save_records(Record(TOLD_BY, name, {}) for name in names)
        if not customers:
            store.delete_records(SINCE, {record.id for record in store.records(SINCE)})


def _told_before(store: Store) -> set[str]:
    """The channels of all deliveries that told customers."""
    deliveries = map(outbox.to_delivery, store.records(outbox.DELIVERY))
    return {one.channel for one in deliveries if one.kind is Kind.NOTICES}


# What is looked at

Since = Mapping[str, Mapping[str, datetime]]
"""Since when each customer is told of each topic."""


def _since(looked: CheckScope, customers: Customers) -> Since:
    """Since when each customer is told of each topic: the first run that knew of both.

    All of them from now on where what is there is taken as told. One that is not set any more is
    new when it comes again. A moment that is still ahead was kept by a wrong clock.
    """
    store, now = looked.store, looked.surely_now
    known = {record.id: _to_since(record) for record in store.records(SINCE)}
    kept = {} if looked.baseline else known

    def begun(name: str, topic: str) -> datetime:
        at = kept.get(name, {}).get(topic, now)
        return at if at <= looked.moment.latest else now

    since = {
        name: {topic: begun(name, topic) for topic in _topics(customer)}
        for name, customer in customers.items()
    }
    fresh = [
        Record(SINCE, name, {topic: iso(at) for topic, at in topics.items()})
        for name, topics in since.items()
        if topics != known.get(name)
    ]
    if not looked.dry_run:
        store.save_records(fresh)
        store.delete_records(SINCE, known.keys() - customers.keys())
    return since


def _topics(customer: Customer) -> tuple[str, ...]:
    return (*customer.milestones, *customer.exceptions)


@reads(SINCE)
def _to_since(record: Record) -> dict[str, datetime]:
    return {topic: datetime.fromisoformat(at) for topic, at in record.document.items()}


def _waiting(store: Store) -> list[Notice]:
    """The notices that may still be told: they wait for a person, for their time or a channel."""
    unmade = map(outbox.to_delivery, store.records(outbox.DELIVERY, _UNMADE))
    ids = {id for one in unmade if one.kind is Kind.NOTICES for id in one.alerts}
    return list(notices(store, {HELD, *ids}))


def _declarations(looked: CheckScope, since: Since, waiting: Iterable[Notice]) -> list[Declaration]:
    """What may have news: changed since the last check, or what a plan or an alert is about.

    And what a notice waits of, which may be another customer's by now; and in the first check of a
    day what customers were told a day of release of. Of these what was last heard of before anybody
    was to be told has none, unless an alert has.
    """
    keys = {key for alert in looked.changed_alerts for key in _keys_of(alert)}
    about = set(looked.store.ids(keys)) if keys else set[int]()
    said = set(looked.store.ids(looked.said_of)) if looked.said_of else set[int]()
    waited_for = {key for one in waiting for key in one.references}
    ids = {*looked.changed, *about, *said, *_awaited(looked)}
    ids |= looked.store.ids(waited_for) if waited_for else set()
    first = _first(since)
    if not ids or first is None or first >= looked.surely_now:
        return []
    return [
        one
        for one in query.snapshot(looked.store, ids, looked.moment.now)
        if (one.last_known_at and one.last_known_at > first)
        or not identity_keys(one).isdisjoint(keys)
    ]


def _awaited(looked: CheckScope) -> set[int]:
    """Declarations whose customer was told a day of release, in the first check of a day: so often
    the day is learned anew.
    """
    day = looked.moment.now.astimezone(UTC).date()
    if looked.since is not None and looked.since.astimezone(UTC).date() == day:
        return set()
    keys = {key for one in notices(looked.store, {AWAITED}) for key in one.references}
    return set(looked.store.ids(keys)) if keys else set()


def _keys_of(alert: Alert) -> tuple[str, ...]:
    return alert.references if alert.rule in EXCEPTIONS else ()


def known_notices(store: Store, declarations: Sequence[Declaration]) -> list[list[Notice]]:
    """The earlier notices about each declaration: told by its messages, and under its numbers."""
    messages = {m for one in declarations for event in one.events for m in event.messages}
    by_message: dict[str, list[Notice]] = {}
    for one in notices(store, messages) if messages else ():
        for id in one.messages:
            by_message.setdefault(id, []).append(one)
    return [_about(one, by_message) for one in declarations]


def _about(declaration: Declaration, by_message: Mapping[str, list[Notice]]) -> list[Notice]:
    keys = number_keys(declaration) if by_message else set[str]()
    own = {
        notice.id: notice
        for event in declaration.events
        for message in event.messages
        for notice in by_message.get(message, ())
        if not keys.isdisjoint(notice.references)
    }
    return sorted(own.values(), key=lambda one: (one.made_at, one.at, one.id))


def _alerts_by_key(alerts: Iterable[Alert]) -> dict[str, list[Alert]]:
    by_key: dict[str, list[Alert]] = {}
    for alert in alerts:
        for key in _keys_of(alert):
            by_key.setdefault(key, []).append(alert)
    return by_key


def alerts_about(declaration: Declaration, alerts: Iterable[Alert]) -> list[Alert]:
    """The alerts about a declaration that customers may be told of, in their order."""
    return _about_keys(declaration, _alerts_by_key(alerts))


def _about_keys(declaration: Declaration, by_key: Mapping[str, list[Alert]]) -> list[Alert]:
    own = {a.id: a for key in identity_keys(declaration) for a in by_key.get(key, ())}
    return sorted(own.values(), key=lambda alert: (alert.since, alert.id))


def _is_unmatched(match: Match, declaration: Declaration, since: Since) -> bool:
    """Whether a declaration is nobody's that has been heard of since telling began."""
    first, last = _first(since), declaration.last_known_at
    return match.customer is None and first is not None and last is not None and last > first


def _first(since: Since) -> datetime | None:
    """When the first customer began to be told of anything."""
    return min((at for topics in since.values() for at in topics.values()), default=None)


# The outbox

_UNMADE = (State.HELD, State.PENDING, State.ENDED)
"""States of a delivery that a channel has not accepted, and another may."""


class _Box:
    """Deliveries to customers: those that are known, and what a check changes of them."""

    def __init__(self, store: Store, about: Iterable[str], moment: Moment) -> None:
        self.moment = moment
        self._store = store
        keys = {*_UNMADE, *map(outbox.about, about)}
        known = map(outbox.to_delivery, store.records(outbox.DELIVERY, keys))
        self._known = {one.id: one for one in known if one.kind is Kind.NOTICES}
        self._by_notice: dict[str, list[Delivery]] = {}
        for one in self._known.values():
            for id in one.alerts:
                self._by_notice.setdefault(id, []).append(one)
        self._notices: dict[str, Notice] = {}
        self._kept: dict[str, Delivery] = {}

    @property
    def filed(self) -> Filed:
        """The deliveries that are new or changed, and the ids of those that hold nothing now."""
        kept = tuple(one for one in self._kept.values() if one.items)
        return Filed(kept, tuple(id for id, one in self._kept.items() if not one.items))

    def is_unsent(self, notice: Notice) -> bool:
        """Whether a notice has surely not left: it waits for a person, for its time, or for a
        channel that has surely not taken it.
        """
        if notice.standing is not Standing.FILED:
            return notice.standing is Standing.HELD
        deliveries = self._by_notice.get(notice.id, ())
        return not any(one.may_have_left or one.state is State.ACCEPTED for one in deliveries)

    def is_told(self, notice: Notice) -> bool:
        """Whether any channel has accepted a notice."""
        return any(one.state is State.ACCEPTED for one in self._by_notice.get(notice.id, ()))

    def settle(self, notice: Notice, customers: Customers) -> None:
        """Takes a notice out that is overtaken, and files one that is to be told."""
        if notice.standing is Standing.OVERTAKEN:
            self.take_out(notice)
        elif notice.standing is Standing.FILED:
            customer = customers[notice.customer]
            self._file(notice, customer, customer.to)

    def take_out(self, notice: Notice, channels: Container[str] | None = None) -> bool:
        """Takes a notice out of what is not accepted, of all channels or of some; whether it was
        in any.
        """
        taken = False
        for one in self._by_notice.get(notice.id, ()):
            now = self._kept.get(one.id, one)
            left = tuple(item for item in now.items if item.alert != notice.id)
            is_meant = channels is None or one.channel in channels
            if is_meant and now.state is not State.ACCEPTED and left != now.items:
                self._kept[one.id] = replace(now, items=left)
                taken = True
        return taken

    def redirect(self, customers: Customers) -> None:
        """Files what waits for a channel that its customer is not told by any more for the others.

        What waits for a customer that is not set waits until it is again.
        """
        waiting = {id for one in self._known.values() if one.state in _UNMADE for id in one.alerts}
        self._read(waiting)
        for id in sorted(waiting):
            notice = self._notices.get(id)
            customer = customers.get(notice.customer) if notice else None
            if notice is None or customer is None:
                continue
            self._name(notice)
            had = {one.channel for one in self._by_notice[id]}
            if self.take_out(notice, had - {*customer.to}):
                self._file(notice, customer, [one for one in customer.to if one not in had])

    def _name(self, notice: Notice) -> None:
        """Has the deliveries of a notice say whose they are: those of an earlier version do not."""
        for one in self._by_notice[notice.id]:
            now = self._kept.get(one.id, one)
            if now.customer is None and now.state in _UNMADE:
                self._kept[one.id] = replace(now, customer=notice.customer)

    def _read(self, ids: Collection[str]) -> None:
        """Has the notices with some ids at hand."""
        if missing := {*ids} - self._notices.keys():
            self._notices |= {one.id: one for one in notices(self._store, missing)}

    def _file(self, notice: Notice, customer: Customer, channels: Iterable[str]) -> None:
        self._notices[notice.id] = notice
        for channel in channels:
            made = self._delivery(channel, notice, customer)
            self._kept[made.id] = made

    def _delivery(self, channel: str, notice: Notice, customer: Customer) -> Delivery:
        """A delivery with a notice in it: of its own, or the one of the day that is still open."""
        until = _waits_until(notice, customer, self.moment.now)
        item = Change(notice.id, TELL)
        made = Delivery(
            id=_identity(channel, notice.id),
            channel=channel,
            severity=Severity.CRITICAL if notice.urgent else Severity.INFO,
            items=(item,),
            filed_at=self.moment.now,
            kind=Kind.NOTICES,
            customer=notice.customer,
        )
        if until is None or customer.digest_at is None:
            return outbox.holding(made, until) if until else made
        for number in count():
            id = _identity(channel, notice.customer, until.isoformat(), str(number))
            known = self._find(id)
            if known is None:
                return outbox.holding(replace(made, id=id), until)
            if outbox.is_held(known, self.moment) and self._holds_more(known, notice):
                return replace(known, items=(*known.items, item))
        raise AssertionError("counting ends nowhere")

    def _holds_more(self, delivery: Delivery, notice: Notice) -> bool:
        """Whether a message of the day with one more notice in it is cut on no channel."""
        self._read(delivery.alerts)
        inside = [self._notices[id] for id in delivery.alerts if id in self._notices]
        return len(inside) < _AT_ONCE and sum(map(_size, (*inside, notice))) <= _MAX_BYTES

    def _find(self, id: str) -> Delivery | None:
        """The delivery with an id."""
        if id not in self._known and id not in self._kept:
            found = map(outbox.to_delivery, self._store.records(outbox.DELIVERY, {id}))
            self._known |= {one.id: one for one in found}
        return self._kept.get(id) or self._known.get(id)


def _size(notice: Notice) -> int:
    """The bytes of a notice in a message, at most."""
    lines = (notice.title, *notice.lines)
    return sum(len(line.encode()) + 4 * len(_MARKUP.findall(line)) + _LINE_BYTES for line in lines)


def _identity(*parts: str) -> str:
    """The id of a delivery to a customer, which stays the same however often it is filed."""
    return f"msg_{sha256(chr(10).join(parts).encode()).hexdigest()[:24]}"


def _waits_until(notice: Notice, customer: Customer, now: datetime) -> datetime | None:
    """The moment before which a notice is not sent; None where it may go at once."""
    if notice.urgent:
        return None
    quiet, daily = customer.quiet_hours, customer.digest_at
    goes = daily.after(now, customer.tz) if daily else now
    until = quiet.over(goes, customer.tz)
    return until if until > now else None


# What a person says


def approve(store: Store, customers: Customers, id: str, said: Remark, moment: Moment) -> Notice:
    """Files a held notice, to be sent by the next check; raises NotFound or BadArgument."""
    with store.transaction():
        approved = replace(_held(store, id), standing=Standing.FILED)
        if approved.customer not in customers:
            raise BadArgument(
                "there is no customer {name} in the settings any more", name=approved.customer
            )
        approved = replace(approved, said=said, decided_at=moment.now)
        box = _Box(store, (), moment)
        box.settle(approved, customers)
        store.save_records([from_notice(approved)])
        store.save_records(map(outbox.from_delivery, box.filed.kept))
        store.save_records(_told_by(store, box.filed.kept))
    return approved


def drop(store: Store, id: str, said: Remark, moment: Moment) -> Notice:
    """Keeps a held notice from being told, for good; raises NotFound or BadArgument."""
    with store.transaction():
        dropped = replace(
            _held(store, id), standing=Standing.DROPPED, said=said, decided_at=moment.now
        )
        store.save_records([from_notice(dropped)])
    return dropped


def _held(store: Store, id: str) -> Notice:
    found = notice(store, id)
    if found.standing is not Standing.HELD:
        raise BadArgument("notice {id} does not wait for anybody to approve it", id=found.id)
    return found
