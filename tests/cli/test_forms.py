"""An answer is made in the form that is asked for, and in no other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clearance.render import alerts, found, listing
from tests.conftest import AS_OF, INSPECTED, Run

JSON = ("json", "jsonl")


@pytest.mark.parametrize("form", ["table", *JSON, "csv"])
@pytest.mark.parametrize(
    ("words", "module", "table", "json", "csv"),
    [
        (["status", INSPECTED.own], found, "timeline", "declarations_json", ["_events"]),
        (["list"], listing, "_list_cells", "declarations_json", ["_list_row"]),
        (["alerts", "list"], alerts, "_alert_table", "alert_json", ["_flat_alerts", "alert_json"]),
        (
            ["check", "--dry-run"],
            alerts,
            "_change_tables",
            "alert_json",
            ["_flat_alerts", "alert_json"],
        ),
    ],
    ids=["status", "list", "alerts", "check"],
)
def test_an_answer_is_made_in_no_form_that_nobody_asked_for(
    kept: Run,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    module: ModuleType,
    table: str,
    json: str,
    csv: list[str],
    form: str,
) -> None:
    kept("check", "--as-of", "2026-03-04T08:00")
    called: set[str] = set()

    def noting(name: str, original: Callable[..., Any], *given: Any, **more: Any) -> Any:
        called.add(name)
        return original(*given, **more)

    for name in {table, json, *csv}:
        monkeypatch.setattr(module, name, partial(noting, name, getattr(module, name)))
    ran = kept(*words, "--as-of", AS_OF, "--format", form)
    assert ran.code == 0
    assert ran.text
    assert called == {"table": {table}, "csv": set(csv)}.get(form, {json})


@pytest.mark.parametrize("output", [[], ["--output", "answer.txt"], ["--output", "answer.json"]])
def test_what_fails_while_an_answer_is_made_is_no_error_of_writing(
    kept: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, output: list[str]
) -> None:
    def failing(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied", "offices.csv")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(found, "timeline", failing)
    monkeypatch.setattr(found, "declarations_json", failing)
    ran = kept("status", INSPECTED.own, "--as-of", AS_OF, *output)
    assert (ran.code, ran.text) == (1, "")
    assert ran.talk == "clearance: offices.csv: Permission denied\n"
