"""What numbers belong to, as a page: ``status``, and what ``explain`` shows as it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from clearance.model import Alert, deferred, replace
from clearance.render import Page, Table
from clearance.render.declarations import (
    alerts_about,
    declarations_json,
    event_json,
    said_json,
    timeline,
    with_customers,
)
from clearance.render.forecasts import Forecasts, forecast_facts, forecast_json, forecast_of
from clearance.render.tables import flat, iso
from clearance.render.words import say
from clearance.shipments import Said

if TYPE_CHECKING:
    from clearance.model import Declaration
    from clearance.model.content import Content
    from clearance.timelines.query import Found


def status(
    found: Found,
    contents: Sequence[Content | None],
    alerts: Sequence[Alert],
    said: Sequence[Mapping[str, Said]],
    forecasts: Forecasts,
    as_of: datetime,
    lang: str,
    customers: Sequence[str | None] | None = None,
    checked_at: datetime | None = None,
) -> Page:
    """Each declaration with its timeline, or a line for each where one number finds many.

    ``contents`` say what was declared, ``said`` are the facts of plans, ``customers`` whose goods
    they are, of each declaration. The alerts are those of the check of ``checked_at``.
    """
    about = alerts_about(found.declarations, alerts)

    @cache
    def written() -> dict[str, Any]:
        data = found_json(found, about, said, forecasts, as_of, lang)
        for one, content in zip(data["declarations"], contents, strict=True):
            if content:
                from clearance.render.contents import content_json

                one |= content_json(content)
        with_customers(data, customers)
        data["checked_at"] = iso(checked_at)
        return data

    def drawn() -> Iterator[Table]:
        if found.is_list:
            from clearance.render.listing import lines

            yield from lines(found.declarations, about, forecasts, as_of, lang, checked_at)
        else:
            own = zip(found.declarations, about, said, contents, strict=True)
            for declaration, alerted, facts, content in own:
                expected = forecast_facts(forecast_of(forecasts, declaration), as_of, lang)
                yield timeline(
                    declaration, alerted, facts, as_of, lang, content=content, expected=expected
                )
        yield from planned_tables(found, as_of, lang)

    return Page(
        json=deferred(written),
        lines=deferred(lambda: tuple(written()["declarations"])),
        tables=deferred(lambda: tuple(drawn())),
        flat=deferred(partial(_events, found.declarations, lang)),
        heading=_heading(checked_at, lang) if checked_at and any(about) else "",
    )


def _heading(checked_at: datetime, lang: str) -> str:
    """Which check the alerts are of: what they say may no longer be so."""
    from clearance.render.alerts import last_check

    return last_check(checked_at, lang)


def _events(declarations: Iterable[Declaration], lang: str) -> Table:
    """Every event of declarations, for programs."""
    rows = [
        {"declaration": declaration.name, **event_json(event), "at": event.at}
        for declaration in declarations
        for event in declaration.events
    ]
    return flat(rows, lang, "declaration", "at", "code", "stage", "note", "serial", "message")


def found_json(
    found: Found,
    about: Sequence[Sequence[Alert]],
    said: Sequence[Mapping[str, Said]],
    forecasts: Forecasts,
    as_of: datetime,
    lang: str,
) -> dict[str, Any]:
    """What numbers belong to as one object, with the numbers that nobody knows."""
    data = declarations_json(found.declarations, about, as_of, lang, events=True)
    for written, one, facts in zip(data["declarations"], found.declarations, said, strict=True):
        written["said"] = said_json(facts)
        written["forecast"] = forecast_json(forecast_of(forecasts, one), as_of.tzinfo)
    if found.plans:
        from clearance.render.plans import plan_json

        data["planned"] = [plan_json(plan, as_of) for plan in found.plans]
    if found.unknown:
        from clearance.render.lookups import unknown_json

        data["unknown"] = unknown_json(found.unknown)
    return data


def planned_tables(found: Found, as_of: datetime, lang: str) -> tuple[Table, ...]:
    """The plans of shipments that are not declared yet."""
    if not found.plans:
        return ()
    from clearance.render.plans import plan_table

    stage = (say("stage", lang), say("not declared", lang))
    tables = (plan_table(plan, as_of, lang) for plan in found.plans)
    return tuple(replace(table, facts=(stage, *table.facts)) for table in tables)
