"""The page of speed shows what was measured, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import round_trips, tables

ROW = {"what": "status", "against": "nothing", "ratio": 3.456, "least": 3.0, "most": 4.25}


def run(declarations: int, *rows: dict[str, object]) -> tables.Run:
    told = {"messages": 6 * declarations, "machine": "a machine", "day": "2026-11-26"}
    return {"declarations": declarations, **told, "rows": list(rows)}


def test_the_page_shows_the_figures_of_the_kept_runs() -> None:
    text = tables.PAGE.read_text(encoding="utf-8")
    assert tables.page(text, tables.runs(), round_trips.kept()) == text


def test_the_page_shows_the_round_trips_of_each_command() -> None:
    counts = {"connecting": 4, "round_trips": 8, "statements": 9, "between_nodes": 5}
    rows = [{"what": "list", **counts, "kilobytes": 3}]
    shown = tables.page("a\n<!-- round trips -->\nb\n<!-- end of round trips -->\nc", [], rows)
    assert "| list | 8 | 4 | 9 | 5 | 3 |" in shown
    assert (shown[:2], shown[-2:], "\nb\n" in shown) == ("a\n", "\nc", False)


def test_a_figure_stands_under_its_run_with_its_spread_and_what_is_to_be_reached() -> None:
    kept = [run(1000, {**ROW, "target": "<= 4"}), run(10_000, {**ROW, "ratio": 5.0, "target": ""})]
    shown = tables.page(
        "before\n<!-- measured -->\nold\n<!-- end of what was measured -->\nafter", kept
    )
    assert "| what | against | 1,000 | 10,000 | to reach |" in shown
    assert "| status | nothing | 3.46 (3 to 4.25) | 5 (3 to 4.25) | – |" in shown
    assert "* 10,000 declarations, 60,000 messages: a machine, 2026-11-26" in shown
    assert "of old" not in shown
    assert shown.startswith("before\n")
    assert shown.endswith("\nafter")


def test_what_a_run_did_not_measure_is_a_dash(tmp_path: Path) -> None:
    other = {**ROW, "what": "list", "target": ""}
    for kept in (run(10_000, {**ROW, "target": ""}), run(1000, other)):
        file = tmp_path / f"{kept['declarations']}.json"
        file.write_text(json.dumps(kept), encoding="utf-8")
    found = tables.runs(tmp_path)
    assert [one["declarations"] for one in found] == [1000, 10_000]
    shown = tables.page("<!-- measured -->\n<!-- end of what was measured -->\n", found)
    assert "| list | nothing | 3.46 (3 to 4.25) | – | – |" in shown
