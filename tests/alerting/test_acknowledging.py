"""What an acknowledgement is of: an id, a number, or a rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clearance.alerting import acknowledging, records
from clearance.customs.cn_single_window.demo import File, import_receipt
from clearance.model import Alert
from clearance.stores import Store, open_store
from tests.alerting.scenes import ENTRY, ONE, OTHER_ENTRY, TWO, at, checked, told


def _accepted(ref: str, unified: str, entry: str) -> list[File]:
    return [import_receipt(ref, unified, at(0)), told("L", 0.02, unified, entry)]


def _two_stuck(store: Store, ref: str) -> None:
    checked(store, _accepted(ref, ONE, ENTRY) + _accepted("REF2", TWO, OTHER_ENTRY), 200)


def _acknowledged(store: Store, target: str) -> set[tuple[str, str | None]]:
    until = at(200) + timedelta(days=1)
    seen = acknowledging.acknowledge(store, [target], until, at(200))
    assert {alert.id for alert in seen} == {a.id for a in _live(store) if a.acknowledged_until}
    return {(alert.rule, alert.declaration) for alert in seen}


def _live(store: Store) -> list[Alert]:
    return list(records.all_alerts(store, live=True))


def test_a_rule_is_looked_up_without_a_search_for_a_number_like_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_store("memory:") as store:
        _two_stuck(store, "REF1")
        monkeypatch.delattr("clearance.stores.memory.MemoryStore.neighbouring_keys")
        assert _acknowledged(store, "stuck") == {("stuck", ENTRY), ("stuck", OTHER_ENTRY)}


def test_what_is_a_number_and_a_rules_name_is_the_number() -> None:
    with open_store("memory:") as store:
        _two_stuck(store, "STUCK")
        assert {name for _, name in _acknowledged(store, "stuck")} == {ENTRY}
