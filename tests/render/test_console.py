"""Tables on a terminal that is too narrow for them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from clearance.model import Refusal
from clearance.render import Column, Table
from clearance.render.console import parts, show
from clearance.render.intake import refused
from clearance.render.text import plain
from tests.conftest import at

TEXT = "returned: the goods are not what the declaration says they are"


ALERTS = Table(
    tuple(Column(name, name) for name in ("declaration", "since", "alert")),
    (("I20260000000000001", "2026-03-02 08:00", TEXT), ("I2", "2026-03-03 08:00", None)),
)


def _drawn(columns: int, table: Table = ALERTS, lang: str = "en") -> list[str]:
    console = Console(width=columns, file=io.StringIO())
    with console.capture() as shown:
        for part in parts(table, lang, columns):
            console.print(part)
    return [line.rstrip() for line in shown.get().splitlines()]


@pytest.mark.parametrize("columns", [60, 45, 120])
def test_the_last_column_has_its_heading_also_where_it_stands_below_its_rows(columns: int) -> None:
    heading, *lines = _drawn(columns)
    rule = next(place for place, line in enumerate(lines) if set(line) == {"─"})
    headings = f"{heading} {' '.join(lines[:rule])}".split()
    assert headings == ["declaration", "since", "alert"]
    assert lines[rule + 1].startswith("I20260000000000001")


def test_a_column_below_its_rows_is_indented_as_its_heading() -> None:
    _, heading, _, _, text, *_ = _drawn(60)
    assert heading == "    alert"
    assert text.startswith("    returned")


def test_a_table_in_which_there_is_nothing_leaves_no_blank_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, last = Table(notes=("first",)), Table(notes=("last",))
    tables = [Table(), first, Table((Column("alert", "alert"),)), last]
    assert plain(tables, "en") == "first\n\nlast\n"
    show(tables, "en", colour=False)
    assert capsys.readouterr().out == "first\n\nlast\n"


def test_why_a_message_was_refused_stands_whole_on_a_terminal_of_80_columns() -> None:
    """It stood in a column of twenty characters, a word or two on each line."""
    reason = "it is no XML: it begins with hello; put the message itself there"
    kept = Refusal(
        "sha256:" + 64 * "0", "a long name of a file.xml", "bad", reason, 5, at("02 08:00")
    )
    (table,) = refused([kept], "en").tables
    assert f"    {reason}" in _drawn(80, table)
