"""Tables on a terminal that is too narrow for them."""

from __future__ import annotations

import io
import re
from datetime import UTC

import pytest
from rich.console import Console

from clearance.customs import systems
from clearance.customs.cn_single_window import ZONE
from clearance.model import Alert, AlertState, Refusal, Severity, Transition
from clearance.render import Column, Table, text
from clearance.render.alerts import alerts, history
from clearance.render.console import parts, show
from clearance.render.intake import refused
from clearance.render.plans import plans_table
from clearance.render.systems import listed
from clearance.render.text import on_console, plain, width, wrapped
from clearance.render.words import say
from clearance.shipments import plans
from clearance.shipments.plans import Entry
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


@pytest.mark.parametrize("columns", [80, 70, 60])
def test_the_widest_column_is_broken_before_the_text_beside_it_is_squeezed(columns: int) -> None:
    """Each column was narrowed alike, and a number stood on two lines."""
    said = "by hand: released, Li, said 09-08 09:00; replaced by customs' own"
    note = "I20260000000003240 was taken"
    table = Table(
        tuple(Column(name, name) for name in ("time", "meaning", "message", "note")),
        (
            ("2026-09-08 08:30:00", said, "ef3b683a6d8a", note),
            ("2026-09-08 08:30:01", "x", "e" * 12, note),
        ),
    )
    drawn = _drawn(columns, table)
    assert drawn.count(f"    {note}") == 2
    assert [line for line in drawn if line.startswith("2026-09-08 08:30:0")] == [
        line for line in drawn if line.endswith(("ef3b683a6d8a", "e" * 12))
    ]
    assert max(map(len, drawn)) <= columns


def test_a_column_below_its_rows_is_indented_as_its_heading() -> None:
    _, heading, _, _, text, *_ = _drawn(60)
    assert heading == "    alert"
    assert text.startswith("    returned")


@pytest.mark.parametrize("columns", range(24, 60, 3))
def test_chinese_is_broken_between_its_characters_and_a_number_stays_with_its_unit(
    columns: int,
) -> None:
    """It was broken at its few blanks, which stand before a unit."""
    said = "按现在的进度，截关前放行的可能性为 9 %，距离截关还有 9.5 小时（按已等候 30 票计）。"
    heads = (Column("no.", "编号", no_wrap=True), Column("said", "内容"))
    table = Table(heads, (("甲", said),), facts=(("说明", said),))
    drawn = _drawn(columns, table, "zh")
    assert "".join("".join(drawn).split()).count("".join(said.split())) == 2
    for line in map(str.strip, drawn):
        assert width(line) <= columns
        assert not line.startswith(("，", "）", "。", "%", "小时", "票"))
        assert not line.endswith(("（", "9", "9.5", "30"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "ascii"])
def test_columns_stand_below_each_other_where_a_dash_is_as_wide_as_two_letters(
    encoding: str, lang: str
) -> None:
    """A character of such a console takes as many columns as it has bytes."""
    names = ("what", "≤ 30 d", "expected", "range", "end")
    rows = (("a", None, "09-07–09-10", "0.5 … 7.5 %", "x"), ("b", "—", "09-07", "—", "x"))
    table = Table(tuple(Column(name, name) for name in names), rows)
    shown = on_console(table, encoding)
    for lines in (plain([shown], lang).splitlines(), _drawn(80, shown, lang)):
        ends = [line for line in lines if line.endswith("x")]
        assert len(ends) == len({len(line.encode(encoding)) for line in ends}) + 1
        assert all(line.isascii() for line in lines if "─" not in line)
    assert on_console(table, "utf-8") is table


def test_what_customs_wrote_is_the_same_on_every_console() -> None:
    said = "阿里·木—江 PO–17 至…"
    table = Table((Column("note", "note"),), ((said,), (None,)))
    assert on_console(table, "gbk").rows == table.rows


def test_a_word_is_broken_only_where_it_is_too_long_for_a_line() -> None:
    said = "café déjà-vu 09-07–09-10 extraordinarily"
    assert list(wrapped(said, 12)) == ["café déjà-vu", "09-07–09-10", "extraordinar", "ily"]


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
        "sha256:" + 64 * "0",
        "a long name of a file.xml",
        "bad",
        reason,
        5,
        at("02 08:00"),
        b"hello",
    )
    (table,) = refused([kept], UTC, "en").tables
    assert f"    {reason}" in _drawn(80, table)


def test_plans_go_without_their_last_facts_on_a_narrow_terminal_and_break_no_time() -> None:
    """Each column was narrowed, and each time stood on three lines."""
    facts = {
        name: plans.read_fact(name, "2026-03-05 18:00", ZONE)
        for name in ("cutoff", "cy_cutoff", "etd", "loading", "arrival")
    }
    plan = plans.Plan(("DEMO202600000001",)).with_entry(("a",), Entry(at("02 08:00"), facts))
    table = plans_table([plan], at("03 08:00"), "en")
    wide, narrow = _drawn(200, table), _drawn(80, table)
    assert (len(wide), len(narrow)) == (3, 3)
    assert wide[2].count("2026-03-05 18:00") == 5
    assert narrow[2].split() == ["DEMO202600000001", *["2026-03-05", "18:00"] * 3]


def _alerts(lang: str) -> Table:
    some = [
        Alert(
            id=f"{number:012x}",
            rule="returned",
            severity=Severity.CRITICAL,
            state=AlertState.FIRING,
            since=at("02 08:00"),
            fired_at=at("02 08:00"),
            resolved_at=None,
            declaration=f"2248202610000{number:05}",
            references=(),
            values={"code": "E", "note": "退单;商品归类与申报要素不符"},
            contact=contact,
        )
        for number, contact in ((1, "customs desk, +86 21 5555 0100"), (2, None))
    ]
    (table,) = alerts(some, at("03 08:00"), lang).tables
    return table


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (160, ["id", "severity", "state", "declaration", "since", "call", "alert"]),
        (80, ["id", "severity", "state", "declaration", "since"]),
        (63, ["id", "severity", "declaration", "since"]),
        (48, ["id", "severity", "declaration"]),
        (36, ["severity", "declaration"]),
    ],
)
def test_alerts_break_no_cell_on_a_narrow_terminal(
    lang: str, columns: int, shown: list[str]
) -> None:
    """Their text stands below; then columns are left out, the declaration never."""
    heading, *lines = _drawn(columns, _alerts(lang), lang)
    assert re.split("  +", heading) == [say(name, lang) for name in shown]
    assert sum("224820261000000001" in line for line in lines) == 1
    assert any(line.startswith("    ") for line in lines) is (columns < 160)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [140, 80, 60])
def test_the_history_of_alerts_breaks_no_time_on_a_narrow_terminal(lang: str, columns: int) -> None:
    turn = Transition(at("02 08:00"), AlertState.ACKNOWLEDGED, Severity.CRITICAL, "repeated")
    one = Alert(
        id="0" * 12,
        rule="inspection_ordered",
        severity=Severity.CRITICAL,
        state=AlertState.FIRING,
        since=turn.at,
        fired_at=turn.at,
        resolved_at=None,
        declaration="224820261000000001",
        references=(),
        values={},
        transitions=(turn,),
    )
    (table,) = history([(one, turn)], at("03 08:00"), lang).tables
    line = next(one for one in _drawn(columns, table, lang) if "224820261000000001" in one)
    assert line.startswith("2026-03-02 08:00:00")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [120, 80, 60])
def test_customs_systems_have_a_line_each_on_a_narrow_terminal(lang: str, columns: int) -> None:
    every = [system for system in systems().values() if system.bundled]
    (table,) = listed(every, (), lang).tables
    lines = [line for line in _drawn(columns, table, lang) if not line.startswith("    ")]
    assert len(lines) == 2 + len(every)
    assert any("UNI-PASS" in line and "kr_unipass" in line for line in lines)


def test_a_long_text_without_a_blank_is_looked_at_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not again for each line of it, also where none of its signs may begin a line."""
    looked, width_of = list[str](), text._character_width

    def counting(character: str) -> int:
        looked.append(character)
        return width_of(character)

    monkeypatch.setattr(text, "_character_width", counting)
    for sign in ("）", "（", "é", "中"):
        looked.clear()
        lines = list(wrapped(sign * 3_000, 10))
        assert ("".join(lines), max(map(width, lines))) == (sign * 3_000, 10)
        assert len(looked) < 30 * 3_000
