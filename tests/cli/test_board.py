"""The board: what keys do to a view, what is drawn, and all of it in a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from clearance.render import Column, Table
from clearance.render.board import Board, Screen, View, followed, moved, seen
from tests.conftest import CLOSED, INSPECTED, Case, Run, at, laid

KEYS = [
    "up",
    "down",
    "page up",
    "page down",
    "home",
    "end",
    "open",
    "back",
    "escape",
    "refresh",
    "x",
]
NASTY = "[red]x[/red] \x1b]0;owned\x07 \x1b[2J \u202e"


def board(count: int, note: str = "查验") -> Board:
    columns = (Column("declaration", "报关单", no_wrap=True), Column("alerts", "预警"))
    rows = tuple((f"2248202610000{n:05}", note) for n in range(count))
    opened = (Table(columns, rows, title=note, facts=(("note", note),), notes=(note,)),)
    return Board(Table(columns, rows, marks=("bad",) * count), [str(n) for n in range(count)],
                 "09:00", opened=opened)  # fmt: skip


@given(st.integers(0, 60), st.integers(1, 30), st.lists(st.sampled_from(KEYS), max_size=40))
def test_whatever_keys_are_pressed_the_line_that_is_chosen_exists_and_is_seen(
    count: int, room: int, keys: list[str]
) -> None:
    here, view = board(count), View()
    for key in keys:
        after = moved(view, key, here, room)
        if after is None:
            assert key == "escape"
            assert view.opened is None
            return
        view = after
        assert 0 <= view.place <= max(0, count - 1)
        assert view.top <= view.place < view.top + room
        assert view.scroll >= 0


def test_after_another_look_the_same_declaration_is_chosen() -> None:
    before, after = board(5), board(5)
    after = Board(after.table, ["9", *before.keys], after.at)
    assert followed(View(place=2), before, after).place == 3
    assert seen(followed(View(place=4), before, board(2)), 2, 10).place == 1


@contextmanager
def drawn(width: int, lang: str, encoding: str = "utf-8") -> Iterator[tuple[Screen, io.BytesIO]]:
    out = io.BytesIO()
    file = io.TextIOWrapper(out, encoding, errors="replace", newline="", write_through=True)
    console = Console(file=file, width=width, height=12, force_terminal=True, markup=False,
                      emoji=False, highlight=False)  # fmt: skip
    with console.screen() as context:
        yield Screen(console, context, lang), out


@pytest.mark.parametrize("opened", [None, "1"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_what_customs_wrote_steers_no_terminal_and_is_no_markup(
    opened: str | None, encoding: str
) -> None:
    with drawn(80, "zh", encoding) as (screen, out):
        screen.draw(board(3, NASTY), View(opened=opened))
    written = out.getvalue().decode(encoding, "replace")
    assert "owned" in written
    assert "\x1b]0;" not in written
    assert "\x1b[2J" not in written
    assert "\u202e" not in written
    assert "[red]x" in written


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_line_is_never_wider_than_the_terminal_nor_the_board_higher(lang: str) -> None:
    for width in (40, 80, 120):
        with drawn(width, lang) as (screen, out):
            many = board(40, "通关无纸化审结" * 20)
            keys = [*many.keys, *map(str, range(40, 60))]
            many = replace(many, planned=replace(many.table, title="计划中" * 30), keys=keys)
            screen.draw(many, View(place=37, top=35))
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue().decode())
        lines = plain.split("\n")
        assert len(lines) <= 12
        assert all(sum(2 if ord(c) > 0x2E80 else 1 for c in line) <= width for line in lines)


@pytest.mark.parametrize("declared", [0, 2, 30])
def test_planned_shipments_stand_below_what_is_open_with_headings_of_their_own(
    declared: int,
) -> None:
    opened = board(declared)
    plans = Table((Column("reference", "reference"),), (("NEW1",), ("NEW2",)), title="planned")
    both = replace(opened, keys=[*opened.keys, "a", "b"], planned=plans)
    with drawn(80, "en") as (screen, out):
        screen.draw(both, View(place=declared + 1))
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue().decode())
    lines = [line.rstrip() for line in plain.replace("\r", "").split("\n")]
    assert f"open: {declared}" in plain
    assert "planned: 2" in plain
    assert lines.index("planned") < lines.index("  NEW1") < lines.index("> NEW2")
    assert f"{declared + 2} of {declared + 2}" in plain


def test_without_a_terminal_it_says_that_it_needs_one(call: Run, inbox: Path) -> None:
    call("ingest", inbox)
    ran = call("board")
    assert (ran.code, ran.out) == (2, b"")
    assert (
        ran.talk
        == "clearance: a board needs a terminal: clearance list writes the same elsewhere\n"
    )


class Terminal:
    """A pseudo-terminal of 80 by 24 in which the command runs."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        import fcntl
        import pty
        import struct
        import subprocess
        import termios

        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-m", "clearance", "board", *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environment, "TERM": "xterm-256color"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C
        )
        self.written = ""

    def until(self, text: str) -> None:
        """Waits until a text stands among what was written since the last key."""
        import select

        ends = time.monotonic() + 60
        while text not in self.plain and time.monotonic() < ends:
            if select.select([self.master], [], [], 1)[0]:
                self.written += os.read(self.master, 65536).decode(errors="replace")
        assert text in self.plain

    @property
    def plain(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.written)

    def press(self, keys: bytes) -> None:
        self.written = ""
        os.write(self.master, keys)

    def ended(self) -> int:
        """The exit code; the terminal is as it was before."""
        import select
        import termios

        ends = time.monotonic() + 60
        is_running = True
        while is_running and time.monotonic() < ends:
            is_running = self.process.poll() is None  # what it wrote last is read after its end
            while select.select([self.master], [], [], 0.2 * is_running)[0]:
                self.written += os.read(self.master, 65536).decode(errors="replace")
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.slave)
        os.close(self.master)
        return self.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("leave", "code"), [(b"q", 0), (b"\x1b", 0), (b"\x03", 130)])
def test_in_a_terminal_it_shows_opens_refreshes_and_leaves_it_as_it_was(
    leave: bytes, code: int, run: Run, environment: Mapping[str, str], inbox: Path, tmp_path: Path
) -> None:
    assert run("ingest", inbox).code == 0
    run("plan", "set", "NEWREF1", "--direction", "export", "--cutoff", "2036-03-09 12:00")
    terminal = Terminal(environment, "--lang", "en")
    terminal.until(INSPECTED.entry)
    terminal.until("NEWREF1")
    assert "\x1b[?1049h" in terminal.written
    assert CLOSED.entry not in terminal.plain
    other = Case(99, "export", "3104")
    terminal.written = ""
    run(
        "ingest",
        laid([*other.sent(at("06 10:05")), other.told("L", at("06 10:06"))], tmp_path / "m"),
    )
    terminal.until(other.entry)
    terminal.press(b"\x1b[B")
    terminal.press(b"\r")
    terminal.until("Esc: back")
    terminal.press(b"\x1b")
    terminal.until("Enter: open")
    terminal.press(b"\x1b[F")
    terminal.press(b"\r")
    terminal.until("cutoff")
    terminal.press(b"\x1b")
    terminal.until("Enter: open")
    terminal.press(leave)
    assert terminal.ended() == code
    assert "\x1b[?1049l" in terminal.written
