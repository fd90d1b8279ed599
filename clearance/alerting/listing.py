"""What ``list`` shows: which declarations, in which order, and how many more there are.

Where few are asked for, only those are read that may come first; the others are counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from clearance.alerting import inputs
from clearance.alerting.inputs import Cutoff
from clearance.alerting.rules import Context
from clearance.customs.references import identity_keys
from clearance.model import Alert, Now, Summary
from clearance.named_tuples import NamedTuple
from clearance.stores import Store
from clearance.timelines import query, said
from clearance.timelines.query import ListFilter


class Listed(NamedTuple):
    """What is shown of a list, in its order; cut-offs by ``identity``; how many more there are.

    ``unread`` of those were counted without a look at them, so some may be damaged; ``read`` are
    all others that fit, also those that are not shown.
    """

    shown: list[Summary]
    read: list[Summary]
    cutoffs: dict[str, Cutoff]
    left_out: int
    unread: int = 0


class Asked(NamedTuple):
    """Which declarations are asked for, in which order, how many at most, and whether with events.

    Those that people have given up are among them with ``given_up``.
    """

    wanted: ListFilter
    order: str
    limit: int | None
    events: bool = False
    given_up: bool = False


def listed(store: Store, context: Context, asked: Asked, alerts: Sequence[Alert]) -> Listed:
    """What a list shows; ``alerts`` are those that fire."""
    alerted = {key for alert in alerts for key in alert.references}
    read, unread = list[Summary](), 0
    for ids, others in _parts(store, context, asked, alerted):
        part = query.listed(
            store, asked.wanted, context.now, events=asked.events, alerted=alerted, among=ids
        )
        read += part if asked.given_up else inputs.not_given_up(store, context, part)
        first = sum(not identity_keys(one).isdisjoint(alerted) for one in read)
        if others and asked.limit and first >= asked.limit:
            unread = len(others)
            break
    cutoffs = inputs.cutoffs(store, context, read)
    ends = {name: cutoff.at for name, cutoff in cutoffs.items()}
    shown = query.sorted_by(asked.order, read, alerts, ends)[: asked.limit]
    return Listed(shown, read, cutoffs, len(read) + unread - len(shown), unread)


def _parts(
    store: Store, context: Context, asked: Asked, alerted: Collection[str]
) -> Iterator[tuple[set[int] | None, set[int]]]:
    """Ids of what to read, part by part, and of all that follows: it fits, and no alert is about
    it, so it stands behind what has one. All are read where they are counted by target.
    """
    wanted = asked.wanted
    is_counted = isinstance(context.now, Now) and not wanted.text and wanted.since is None
    if asked.limit is None or asked.order != query.URGENT or not is_counted or context.targets:
        yield None, set()
        return
    ids = query.listed_ids(store, wanted, context.now, alerted)
    first = ids & (store.ids(alerted) | said.planned(store))
    yield first, ids - first
    yield ids - first, set()
