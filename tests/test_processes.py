"""A second process of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event, Thread
from typing import BinaryIO

import pytest

from clearance import processes

linux = pytest.mark.skipif(sys.platform != "linux", reason="a second process is forked on Linux")
forks = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
"""Of a test that forks though the runner of tests may have threads of its own."""


@pytest.fixture(autouse=True)
def _with_two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(processes, "_has_threads", lambda: False)


def echo(requests: BinaryIO, answers: BinaryIO) -> None:
    for line in requests:
        answers.write(line.upper())
        answers.flush()


@linux
@forks
def test_a_second_process_serves_requests_with_answers() -> None:
    with processes.second(echo) as pipes:
        assert pipes
        for word in (b"one\n", b"two\n"):
            pipes.requests.write(word)
            pipes.requests.flush()
            assert pipes.answers.readline() == word.upper()


@linux
@forks
@pytest.mark.parametrize("how", ["returns", "raises", "writes on"])
def test_however_a_second_process_ends_nothing_of_it_is_left_or_said(
    capfd: pytest.CaptureFixture[str], how: str
) -> None:
    def serve(requests: BinaryIO, answers: BinaryIO) -> None:
        answers.write(b"%d\n" % os.getpid())
        answers.flush()
        if how == "raises":
            raise ValueError
        while how == "writes on":
            answers.write(b"more than a pipe holds" * 10_000)

    with processes.second(serve) as pipes:
        assert pipes
        process = int(pipes.answers.readline())
        assert process != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert capfd.readouterr() == ("", "")


INTERRUPTED = """
import os, signal
from clearance import processes

def serve(requests, answers):
    answers.write(b"begun\\n")
    answers.flush()
    answers.write(requests.readline().upper())

os.sched_getaffinity = lambda _: {0, 1}
with processes.second(serve) as pipes:
    pipes.answers.readline()
    try:
        os.killpg(0, signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        pipes.requests.write(b"still here\\n")
        pipes.requests.flush()
    print(pipes.answers.read().decode())
"""
"""Interrupts itself as the keyboard does: all of a group of processes."""


@linux
def test_a_second_process_does_not_hear_of_an_interruption_by_the_keyboard() -> None:
    script = [sys.executable, "-c", INTERRUPTED]
    ran = subprocess.run(
        script, start_new_session=True, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout.strip(), ran.stderr) == ("STILL HERE", "")


@linux
def test_where_there_may_be_no_more_processes_there_is_no_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with processes.second(echo) as pipes:
        assert pipes is None


def test_with_one_processor_there_is_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    with processes.second(echo) as pipes:
        assert pipes is None


def test_beside_another_thread_there_is_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    is_over = Event()
    thread = Thread(target=is_over.wait)
    thread.start()
    with processes.second(echo) as pipes:
        assert pipes is None
    is_over.set()
    thread.join()
