"""Files that ``--output`` writes, beside other writers and over files that are there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from clearance.cli._output import write_atomically
from clearance.errors import ClearanceError
from tests.conftest import AS_OF, Run

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and devices of POSIX")


def parts(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if "part" in file.name]


def test_two_writers_of_one_file_never_mix_and_none_of_them_fails(tmp_path: Path) -> None:
    """Both are in the middle of writing when the first one ends."""
    output, meet = tmp_path / "all.json", threading.Barrier(2)

    def write(letter: bytes) -> None:
        def fill(file: object) -> None:
            file.write(letter * 1000)  # type: ignore[attr-defined]
            meet.wait(10)
            file.write(letter * 1000)  # type: ignore[attr-defined]

        write_atomically(output, fill)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert output.read_bytes() in (b"a" * 2000, b"b" * 2000)
    assert parts(tmp_path) == []


def test_a_part_file_of_the_users_own_is_left_alone_and_so_is_what_a_link_points_to(
    kept: Run, tmp_path: Path
) -> None:
    (tmp_path / "list.csv.part").write_text("my own")
    (tmp_path / "precious.txt").write_text("precious")
    if sys.platform != "win32":
        (tmp_path / "other.csv.part").symlink_to(tmp_path / "precious.txt")
    for name in ("list.csv", "other.csv"):
        assert kept("list", "--as-of", AS_OF, "--output", tmp_path / name).code == 0
        assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "list.csv.part").read_text() == "my own"
    assert (tmp_path / "precious.txt").read_text() == "precious"


@posix
def test_a_link_stays_a_link_and_the_file_behind_it_is_written(kept: Run, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    kept("list", "--as-of", AS_OF, "--output", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert b"declaration" in (tmp_path / "real.csv").read_bytes()


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_file_that_is_closed_to_others_stays_closed(kept: Run, tmp_path: Path, mode: int) -> None:
    before = os.umask(0o022)
    try:
        for option, name, line in (
            ("--output", "list.csv", ("list", "--as-of", AS_OF)),
            ("--events", "log.csv", ("report", "--as-of", AS_OF)),
        ):
            file = tmp_path / name
            file.touch()
            file.chmod(mode)
            assert kept(*line, option, file).code == 0
            assert file.stat().st_mode & 0o777 == mode
        kept("list", "--as-of", AS_OF, "--output", tmp_path / "new.csv")
        assert (tmp_path / "new.csv").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


OVERWRITING = (
    ("list", "--output"),
    ("list", "--format", "json", "--output"),
    ("report", "--events"),
    ("report", "--evidence"),
    ("plan", "template"),
    ("store", "export"),
    ("config", "set", "report.zone", "UTC", "--config"),
)
"""Ways to name a file that is written."""


@pytest.mark.parametrize("line", OVERWRITING, ids=" ".join)
@pytest.mark.parametrize("name", ["clearance.db", "other.zip", "other.db-wal"])
def test_a_store_is_never_written_over_by_what_is_shown(
    kept: Run, home: Path, line: tuple[str, ...], name: str
) -> None:
    """All messages in it would be lost by one wrong name."""
    store = home / "clearance.db"
    other = home / name
    if other != store:
        shutil.copy(store, other)
    before = other.read_bytes()
    ran = kept(*line, other)
    assert (ran.code, ran.talk.count("\n")) == (2, 1)
    assert str(other) in ran.talk
    assert other.read_bytes() == before
    assert kept("status", "310420261990022089").code in (0, 1)


def test_what_fails_halfway_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    output = tmp_path / "list.csv"
    output.write_text("old")

    def fill(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    with pytest.raises(ClearanceError, match=r"list\.csv: cannot be written: No space left"):
        write_atomically(output, fill)
    assert output.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_name_or_a_folder_is_one_line_and_exit_2(kept: Run, tmp_path: Path, lang: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for output in ("", ".", tmp_path / "folder.csv"):
        ran = kept("list", "--output", output, "--lang", lang)
        assert (ran.code, ran.out) == (2, b"")
        assert ran.talk.startswith("clearance: --output")
        assert ran.talk.count("\n") == 1
    ran = kept("report", "--events", tmp_path / "folder.csv")
    assert (ran.code, ran.talk.count("\n")) == (2, 1)


STREAMS = [
    ("list --all <&- >&-", 1),
    ("list --all --format json >&-", 1),
    ("check --dry-run --format json >/dev/full", 1),
    ("list --all >/dev/full", 1),
    ("list --all --output here.csv >&- <&-", 0),
    ("ingest - <&-", 1),
    ("bogus --format json >/dev/full", 2),
    ("bogus 2>/dev/full", 2),
    ("bogus <&- >&- 2>&-", 2),
    ("--version >/dev/full", 1),
    ("store --help >/dev/full", 1),
]


@posix
@pytest.mark.slow
@pytest.mark.parametrize(("line", "code"), STREAMS)
def test_a_stream_that_is_closed_or_full_is_one_line_and_no_traceback(
    kept: Run, environment: Mapping[str, str], tmp_path: Path, line: str, code: int
) -> None:
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    kept("list")
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m clearance {line}', sys.executable],
        capture_output=True,
        check=False,
        env=environment,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (code, b"")
    told = [line for line in done.stderr.splitlines() if line.startswith(b"clearance: ")]
    assert len(told) <= 1
    assert b"Traceback" not in done.stderr
    if code == 1:
        assert told


@posix
def test_an_interrupt_while_modules_are_loaded_is_exit_130_without_a_traceback(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """The import of each module that a command loads is where the interrupt comes, in turn.

    They are modules of ours: what measures a run may have loaded others before it.
    """
    code = """
import os, signal, sys
from clearance.cli import main
assert sys.argv[1] not in sys.modules
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(["list"]))
"""
    for module in (
        "clearance.cli._app",
        "clearance.errors",
        "clearance.render.text",
        "clearance.cli.list",
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, module],
            capture_output=True,
            check=False,
            env=environment,
            cwd=tmp_path,
        )
        assert done.returncode == 130, module
        assert b"Traceback" not in done.stderr
        assert done.stderr.count(b"\n") <= 1


def test_json_that_is_written_to_a_file_is_whole(kept: Run, tmp_path: Path) -> None:
    kept("list", "--all", "--events", "--as-of", AS_OF, "--output", tmp_path / "all.json")
    assert len(json.loads((tmp_path / "all.json").read_bytes())["declarations"]) == 4
