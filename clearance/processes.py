"""A second process of ours, where one can be made that saves time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, NoReturn

from clearance.named_tuples import NamedTuple


class Pipes(NamedTuple):
    """What two processes say to each other through."""

    requests: BinaryIO
    answers: BinaryIO


@contextmanager
def second(serve: Callable[[BinaryIO, BinaryIO], object]) -> Iterator[Pipes | None]:
    """A process that begins with all that this one has, and serves requests with answers.

    It ends when ``serve`` returns, or finds this one gone; its errors are not told. It never hears
    of an interruption by the keyboard, which this one answers. Whatever is open here, a store for
    one, it must leave alone. None on one processor, beside other threads and on other systems than
    Linux: there a process can not be forked, or not safely.
    """
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or _has_threads():
        yield None
        return
    asked, asks = os.pipe()
    told, tells = os.pipe()
    process = _forked()
    if process == 0:
        _be_second(asked, tells, (asks, told), serve)
    os.close(asked)
    os.close(tells)
    with os.fdopen(told, "rb") as answers:
        requests = os.fdopen(asks, "wb")
        try:
            yield Pipes(requests, answers) if process else None
        finally:
            with suppress(OSError):
                requests.close()
            answers.close()  # it may have more to say than a pipe holds, and nobody listens now
            if process:
                with suppress(ChildProcessError):  # where the system is told to forget children
                    os.waitpid(process, 0)


def _has_threads() -> bool:
    """Whether other threads run beside this one."""
    threading = sys.modules.get("threading")  # who starts one has loaded it
    return threading is not None and threading.active_count() > 1


def _forked() -> int | None:
    """What ``os.fork`` gives; None where there may be no more processes."""
    try:
        return os.fork()
    except OSError:
        return None


def _be_second(
    asked: int, tells: int, others: tuple[int, int], serve: Callable[[BinaryIO, BinaryIO], object]
) -> NoReturn:
    """Is the second process, and ends with that; the ends of pipes are given as numbers."""
    try:
        os.setpgid(0, 0)  # the keyboard interrupts only the group of the first
        for end in others:
            os.close(end)
        with (
            suppress(EOFError, OSError),
            os.fdopen(asked, "rb") as requests,
            os.fdopen(tells, "wb") as answers,
        ):
            serve(requests, answers)
    finally:
        os._exit(0)
