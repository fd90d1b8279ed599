"""Messages and plans for tests of rules, and checks of a store that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from clearance.alerting import evaluation, rules
from clearance.customs.calendars import OFFICIAL
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.figures import dwell
from clearance.model import Alert, Event
from clearance.shipments import keeping, plans
from clearance.sources import Item
from clearance.stores import Store, open_store
from clearance.timelines import intake, linking
from tests.stories import moment

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
ONE, ENTRY = "E20260000000000017", "224820260000000017"
TWO, OTHER_ENTRY = "E20260000000000025", "224820260000000025"


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def told(
    code: str, hours: float, unified: str = ONE, entry: str = ENTRY, note: str | None = None
) -> File:
    number = "" if code == "7" else entry
    return business_receipt(unified, number, code, at(hours), round(hours * 60) + 1, note=note)


def accepted(unified: str = ONE, entry: str = ENTRY, hours: float = 0) -> list[File]:
    """Sent, declared and accepted within two minutes."""
    return [
        import_receipt("REF1", unified, at(hours)),
        told("7", hours + 0.01, unified),
        told("L", hours + 0.02, unified, entry),
    ]


def keep(store: Store, story: Sequence[Event]) -> None:
    """Keeps the timelines of a story, and what is learned of them, without any message."""
    with store.transaction():
        relinked = linking.relink(store, story, {})
        dwell.update(store, OFFICIAL, relinked.before, relinked.after)


def check(store: Store, now: str, **settings: dict[str, object]) -> evaluation.Checked:
    """A check of a store at a moment."""
    return evaluation.check(store, rules.Context(moment(now), settings))


def seen(story: Sequence[Event], now: str, **settings: dict[str, object]) -> list[str]:
    """Names of the rules that find something in a story as it was at a moment."""
    with open_store("memory:") as store:
        keep(store, story)
        return sorted(alert.rule for alert in check(store, now, **settings).live)


def checked(
    store: Store, files: Sequence[File], hours: float, **settings: dict[str, object]
) -> evaluation.Checked:
    intake.ingest(store, [Item(file.name, file.data) for file in files], at(hours))
    return evaluation.check(store, rules.Context(at(hours), settings))


def ids(alerts: Sequence[Alert]) -> list[str]:
    return [alert.id for alert in alerts]


# Deadlines


def plan(store: Store, ref: str, said_at: float = 0, /, **facts: str) -> None:
    read = {name: plans.read_fact(name, value, ZONE) for name, value in facts.items()}
    keeping.keep(store, [plans.Row(1, (ref,), read)], at(said_at))


def planned(
    story: Sequence[Event], moments: Sequence[str], **facts: str
) -> list[tuple[Alert, ...]]:
    """What is new at some moments of 2026, of declaration REF1 with a plan."""
    with open_store("memory:") as store:
        plan(store, "REF1", -24 * 90, **facts)
        keep(store, story)
        return [check(store, f"2026-{written}+08:00").new for written in moments]


def only(found: Sequence[tuple[Alert, ...]], rule: str) -> list[tuple[str, int] | None]:
    """Severity and step of the rule's alerts at each moment."""
    told = [[(str(a.severity), a.step) for a in new if a.rule == rule] for new in found]
    assert all(len(new) <= 1 for new in told)
    return [new[0] if new else None for new in told]
