"""What ``status`` and ``list`` give as JSON of a declaration."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, replace
from datetime import timedelta
from typing import Any

import pytest

from clearance.model import (
    Action,
    Effect,
    Inconsistency,
    Says,
    Stage,
    Statement,
    Submission,
    Summary,
)
from clearance.render.declarations import declaration_json
from tests.conftest import at

NOT_SHOWN = {
    "name",  # one of the references
    "path",  # the stages of the events, for figures
    "last_at",  # the time of the last event
    "asked_again",  # events
}
"""Fields of a summary that are not in its JSON."""

FIRST = at("02 08:00")
FULL = Summary(
    system="cn_single_window",
    name="TEST-1",
    references={"client_ref": ("TEST-1",)},
    direction="import",
    office="2248",
    facts={"transport_mode": "2"},
    stage=Stage.RELEASED,
    path="s,0,r,60",
    guaranteed=True,
    outstanding=(Action("tax", FIRST, None, "sha256:1"),),
    asked_again=(Action("tax", FIRST, "again", "sha256:4"),),
    submissions=(Submission(FIRST, FIRST, None),),
    inconsistencies=(Inconsistency("unknown_code", {"code": "z9", "kind": "DEC_RESULT"}, None),),
    statements=(
        Statement(
            Says.NOTE, FIRST, "Li", "called", None, FIRST, Effect.STANDS, "sha256:2", "sha256:3"
        ),
    ),
    **{
        field.name: FIRST + timedelta(minutes=number)
        for number, field in enumerate(fields(Summary))
        if "datetime" in str(field.type)
    },
)
"""A summary of which nothing is missing."""


def empty(field: Field[Any]) -> Any:
    """What a field holds of which nothing is known."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return {} if field.name == "references" else "" if field.default is MISSING else field.default


@pytest.mark.parametrize("field", fields(Summary), ids=lambda field: field.name)
def test_every_field_of_a_summary_is_in_its_json_or_is_left_out_on_purpose(
    field: Field[Any],
) -> None:
    assert getattr(FULL, field.name) != empty(field), "say in FULL what the field may hold"
    full, without = (
        declaration_json(summary, (), "en", events=False)
        for summary in (FULL, replace(FULL, **{field.name: empty(field)}))
    )
    assert (full != without) == (field.name not in NOT_SHOWN)
