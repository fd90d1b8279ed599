"""The tables of ``docs/speed.md``, of what runs have measured.

``make bench N=10000 KEEP=1`` keeps the figures of a run and writes the page anew. A test fails
where page and figures differ.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import round_trips

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
_BEGIN, _END = "<!-- measured -->\n", "<!-- end of what was measured -->\n"
_TRIPS, _TRIPS_END = "<!-- round trips -->\n", "<!-- end of round trips -->\n"

Run = dict[str, Any]
"""What a run keeps: ``declarations``, ``messages``, ``machine``, ``day``, and its ``rows``."""


def runs(folder: Path = RESULTS) -> list[Run]:
    """The kept runs, the smallest first."""
    kept = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("[0-9]*.json")]
    return sorted(kept, key=lambda run: run["declarations"])


def page(text: str, kept: Sequence[Run], trips: Sequence[round_trips.Row] = ()) -> str:
    """The page with the figures of some runs, and the round trips of commands, in the place of
    those that stand there.
    """
    return _with(_with(text, _BEGIN, _table(kept), _END), _TRIPS, _trips(trips), _TRIPS_END)


def _with(text: str, begin: str, table: str, end: str) -> str:
    """A page with a table between two marks; as it is where there are none."""
    before, mark, rest = text.partition(begin)
    return f"{before}{begin}{table}{end}{rest.partition(end)[2]}" if mark else text


def _trips(rows: Sequence[round_trips.Row]) -> str:
    heads = ["what", "round trips", "to connect", "statements", "more in a cluster", "kB received"]
    cells = ("what", "round_trips", "connecting", "statements", "between_nodes", "kilobytes")
    lines = [_line([str(row[cell]) for cell in cells]) for row in rows]
    return "\n".join(["", _line(heads), _line(["---"] * len(heads)), *lines, "", ""])


def _table(kept: Sequence[Run]) -> str:
    heads = [f"{run['declarations']:,}" for run in kept]
    lines = ["", _line(["what", "against", *heads, "to reach"]), _line(["---"] * (len(heads) + 3))]
    rows = {(row["what"], row["against"]): row for run in kept for row in run["rows"]}
    for place, row in rows.items():
        lines.append(_line([*place, *(_figure(run, place) for run in kept), row["target"] or "–"]))
    return "\n".join([*lines, "", *(_told(run) for run in kept), "", ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(run: Run, place: tuple[str, str]) -> str:
    """The median of a run, with its least and most; a dash where it did not measure that."""
    row = next((row for row in run["rows"] if (row["what"], row["against"]) == place), None)
    if row is None:
        return "–"
    spread = f" ({row['least']:.3g} to {row['most']:.3g})" if "least" in row else ""
    return f"{row['ratio']:.3g}{spread}"


def _told(run: Run) -> str:
    return (
        f"* {run['declarations']:,} declarations, {run['messages']:,} messages: {run['machine']}, "
        f"{run['day']}"
    )


def main() -> None:
    """Writes the page anew."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page(text, runs(), round_trips.kept()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
