"""One submission of a declaration while its events are taken in, in order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from clearance.customs import systems
from clearance.customs.moments import YEARS, iso
from clearance.customs.references import JOINING_ROLES, with_role
from clearance.model import FINISHED, Action, Event, Flag, Stage

AT_CLIENT = (None, Stage.DRAFT, Stage.REJECTED, Stage.WITHDRAWN)
"""Stages in which nothing of a declaration lies at customs."""
_NOT_ACCEPTED = (*AT_CLIENT, Stage.SUBMITTED)
_NO_TIME = timedelta()
_DATE_MAY_DIFFER = timedelta(days=2)
"""A declaration date that lies further back is not that of this submission."""


class OpenSubmission:
    """A submission while its events are taken in."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        """Those that say what became of it."""
        self.effective: list[Event] = []
        """Those that a stage or a milestone may follow from."""
        self.outcome: str | None = None
        self.note: str | None = None
        """What customs wrote with its return."""
        self.reviewed_at: datetime | None = None
        self.inspection: Inspection | None = None
        """The last inspection that was ordered."""
        self._dates: list[datetime] = []
        """Dates and times of declaration that customs writes."""
        self._is_import = False
        self.legally_accepted_at: datetime | None = None
        """The earliest time of day that customs gives for the acceptance."""

    @property
    def since(self) -> datetime | None:
        """Time of its first event that has one."""
        return next((event.at for event in self.events if event.at), None)

    @property
    def tax_noticed_at(self) -> datetime | None:
        """When customs first asked for duties."""
        return next((event.at for event in self.events if event.at and event.action == "tax"), None)

    @property
    def declared_at(self) -> datetime | None:
        """Its first submission, else a declaration date with a time of day, else acceptance.

        What was accepted had been declared, even where the message that says so came later.
        """
        sent_at = self._first(Stage.SUBMITTED) or self._written_at
        moments = (sent_at, self.legally_accepted_at)
        return min(filter(None, moments), default=None) or self.accepted_at

    @property
    def dated_at(self) -> datetime | None:
        """The moment of the declaration date that customs writes, if it fits; else None.

        The message that says it was declared may come after midnight: of the day written the last
        second counts then. A mere date without any such message is its noon.
        """
        if not self._dates:
            return None
        declared = self.declared_at
        at = self._written_at or self._on(self._dates[0].date(), declared)
        fits = declared is None or _NO_TIME <= declared - at <= _DATE_MAY_DIFFER
        return at if fits and at != declared else None

    def _on(self, day: date, declared: datetime | None) -> datetime:
        """The moment of a mere date."""
        system = systems().get(self.events[0].system)
        zone: tzinfo = system.zone if system else UTC
        if declared is None:
            return datetime.combine(day, time(12), zone)
        if declared.astimezone(zone).date() == day:
            return declared
        return datetime.combine(day, time(23, 59, 59), zone)

    @property
    def _written_at(self) -> datetime | None:
        """The first time of day that customs gives for the declaration."""
        return next(filter(None, map(_time_of_day, self._dates)), None)

    @property
    def accepted_at(self) -> datetime | None:
        """The legal time of acceptance, else that of the event."""
        return self.legally_accepted_at or self._first(Stage.ACCEPTED)

    @property
    def was_accepted(self) -> bool:
        """Whether customs has accepted it, though it may have been withdrawn since."""
        return any(
            event.stage not in _NOT_ACCEPTED and Flag.UNTIL_ACCEPTED not in event.flags
            for event in self.effective
        )

    def _first(self, stage: Stage) -> datetime | None:
        """When it first came to a stage."""
        return next((event.at for event in self.effective if event.stage is stage), None)

    def add(self, event: Event) -> None:
        """Adds an event, and the times that its facts give.

        What was declared says which way the goods go, and nothing of when anything happened; what
        people say moves something or is nothing here.
        """
        self._is_import |= ("direction", "import") in event.facts
        if Flag.CONTENT in event.flags or (Flag.BY_HAND in event.flags and event.stage is None):
            return
        self.events.append(event)
        for fact, value in event.facts:
            if fact == "declaration_date" and (said := _moment(value)):
                self._dates.append(said)
            elif fact == "accepted_at" and (at := _time_of_day(_moment(value))):
                self.legally_accepted_at = min(self.legally_accepted_at or at, at)

    def awaits(self, acknowledgement: Event) -> bool:
        """Whether an acknowledgement belongs to this submission rather than to a new one.

        Customs may answer before the acknowledgement has reached the client, and it bears the time
        of its arrival. Each submission has one; so the first for one of its numbers is its own.
        """
        if any(map(acknowledges, self.events)):
            return False
        numbers = set(with_role(acknowledgement.references, *JOINING_ROLES))
        return any(not numbers.isdisjoint(event.references) for event in self.events)

    def inspect(self, order: Event, during: Stage | None) -> bool:
        """Begins an inspection that is ordered in a stage; False where one is under way."""
        if self.under_inspection is not None:
            return False
        self.inspection = Inspection(order, during, self._is_import)
        return True

    @property
    def under_inspection(self) -> Inspection | None:
        """The inspection that is under way, if any."""
        inspection = self.inspection
        return inspection if inspection and inspection.until is None else None


class Inspection:
    """An inspection: the event that ordered it, in which stage, and when it was over."""

    def __init__(self, order: Event, during: Stage | None, of_import: bool) -> None:
        self.order = order
        self.until: datetime | None = None
        self._during = during
        self._at_destination = Flag.AT_DESTINATION in order.flags
        self._of_import = of_import

    def ends_with(self, stage: Stage) -> bool:
        """Whether it is over when a stage comes."""
        if stage is Stage.RELEASED:
            return not self._at_destination or self._during in FINISHED
        if stage is Stage.CLEARED:
            ordered_in_between = self._of_import and self._during is Stage.RELEASED
            outlasts = self._at_destination or ordered_in_between
            return self._during is Stage.CLEARED or not outlasts
        return stage in (Stage.REJECTED, Stage.WITHDRAWN)

    @property
    def action(self) -> Action | None:
        """What it asks of the trader."""
        return asked("inspection", self.order)


def asked(action: str, event: Event) -> Action | None:
    """An action as an event asks for it; None of one without a time."""
    if event.at is None:
        return None
    return Action(action, event.at, event.note, event.messages[0], event.due)


def acknowledges(event: Event) -> bool:
    """Whether an event gives a message that was sent its number."""
    return Flag.ACKNOWLEDGES in event.flags and bool(with_role(event.references, *JOINING_ROLES))


def _time_of_day(at: datetime | None) -> datetime | None:
    """A moment, or None for a mere date, which customs also writes as midnight."""
    return at if at and at.tzinfo and at.time() != time() else None


def _moment(written: str) -> datetime | None:
    """A moment or a day that a fact says; None where it cannot be read, or is in no year of ours:
    such a one stands as customs wrote it.
    """
    try:
        at = iso(written)
    except ValueError:
        return None
    return at if at.year in YEARS else None
