"""``kill -9`` while commands write, and many at once: a short form of ``benchmarks/torture.py``."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks import torture

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")]

KILLS = 8


@pytest.fixture(scope="module")
def some() -> torture.Traffic:
    return torture.traffic(12, 1)


def named(command: torture.Command) -> str:
    return command.name


def available(command: torture.Command) -> torture.Command:
    if not torture.known(command):
        pytest.skip(f"there is no {command.name} yet")
    return command


def test_a_request_that_is_cut_off_was_not_sent() -> None:
    channel = torture.Webhook()
    address = urlsplit(channel.url)
    assert address.hostname
    assert address.port
    for body in (b"", b"{", b"{}"):
        with socket.create_connection((address.hostname, address.port), timeout=10) as sender:
            sender.sendall(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n" + body)
            sender.shutdown(socket.SHUT_WR)
            assert sender.recv(12).endswith(b"200") == (body == b"{}")
    assert channel.sent == [b"{}"]


@pytest.mark.parametrize("command", torture.COMMANDS[1:], ids=named)
def test_a_killed_command_loses_nothing_and_its_next_run_ends_in_the_same_bytes(
    command: torture.Command, some: torture.Traffic, tmp_path: Path
) -> None:
    row = torture.torture(available(command), KILLS, some, tmp_path, seed=1)
    assert row.examples == []
    assert row.midwrite >= KILLS // 4


@pytest.mark.parametrize("command", torture.CONTROLS, ids=named)
def test_a_store_made_wrong_on_purpose_is_caught(
    command: torture.Command, some: torture.Traffic, tmp_path: Path
) -> None:
    row = torture.torture(command, KILLS, some, tmp_path, seed=1, until_caught=True)
    assert row.faults
    assert row.passed


@pytest.mark.parametrize("writers", [2, 8])
def test_writers_at_once_lose_nothing_and_readers_beside_them_never_fail(
    writers: int, some: torture.Traffic, tmp_path: Path
) -> None:
    crowd = torture.crowd(writers, 1, some, tmp_path / "crowd")
    assert crowd.faults == []
    assert crowd.reads > 10


def test_a_writer_waits_for_another_and_then_says_that_the_store_is_busy(
    some: torture.Traffic, tmp_path: Path
) -> None:
    assert torture.waiting(tmp_path / "waiting", some) == []
