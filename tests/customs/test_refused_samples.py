"""What looks like a message and is none is refused once, with a reason that says what it is.

``reasons.json`` beside the samples has the sort of trouble and the words; ``make golden`` writes it
anew.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import clearance
from clearance import sources
from clearance.customs import unpacking
from clearance.errors import Unreadable
from clearance.render.phrases import worded
from clearance.timelines import intake
from tests.conftest import ROOT, Golden

FOLDER = ROOT / "samples" / "refuse"
REASONS = FOLDER / "reasons.json"
FILES = sorted(file for file in FOLDER.iterdir() if file != REASONS)


def refusal(file: Path) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        unpacking.parse(file.read_bytes(), file.name)
    return caught.value


def test_each_is_refused_with_its_reason(golden: Golden) -> None:
    found = {file.name: [(why := refusal(file)).reason, str(why)] for file in FILES}
    golden(REASONS, json.dumps(found, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_each_reason_is_told_in_chinese_too(file: Path) -> None:
    why = refusal(file)
    assert worded(why, "zh") != worded(why, "en")


def test_none_of_them_makes_an_event_and_none_is_told_twice() -> None:
    with clearance.open_store("memory:") as store:
        done = intake.ingest(store, sources.items(FILES), datetime.now(UTC))
        assert (done.events, done.new) == (0, 0)
        assert done.refused + done.passed_over == len(FILES)
