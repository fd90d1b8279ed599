"""Files that take a name or the place of others."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from clearance import files

ABLE = [True, False]
"""Whether the system can rename without replacing."""


@pytest.fixture(params=ABLE, ids=["in one step", "by a claim"])
def any_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(files, "_renaming", lambda: None)


@pytest.mark.parametrize("name", ["plain.xml", "演示", "演示 报文", "it's", "a&b", "$HOME", "*"])
def test_a_path_in_a_command_is_typed_as_the_shell_takes_it(name: str) -> None:
    typed = files.typed(Path("in") / name)
    if sys.platform == "win32":
        assert typed.strip('"') == str(Path("in") / name)
        assert (typed[0] == '"') == any(sign in name for sign in " &")
    else:
        assert shlex.split(typed) == [f"in/{name}"]
        assert (typed == f"in/{name}") == name.replace(".", "").isalnum()


@pytest.mark.usefixtures("any_system")
def test_a_file_takes_a_free_name_and_never_one_that_is_there(tmp_path: Path) -> None:
    file, target, taken = (tmp_path / name for name in ("文 件.xml", "b", "c"))
    file.write_bytes(b"1")
    taken.write_bytes(b"2")
    with pytest.raises(FileExistsError):
        files.rename(file, taken)
    assert (file.read_bytes(), taken.read_bytes()) == (b"1", b"2")
    files.rename(file, target)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"b": b"1", "c": b"2"}


@pytest.mark.usefixtures("any_system")
def test_a_name_that_is_a_link_to_nothing_is_taken_too(tmp_path: Path) -> None:
    file, link = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"1")
    try:
        link.symlink_to(tmp_path / "nothing")
    except OSError:  # Windows, without the right to make links
        pytest.skip("there may be no links")
    with pytest.raises(FileExistsError):
        files.rename(file, link)
    assert (file.read_bytes(), link.readlink()) == (b"1", tmp_path / "nothing")


@pytest.mark.usefixtures("any_system")
def test_what_cannot_be_renamed_is_an_error_of_the_system_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    with pytest.raises(FileNotFoundError):
        files.rename(tmp_path / "gone", tmp_path / "b")
    (tmp_path / "a").write_bytes(b"1")
    with pytest.raises(FileNotFoundError):
        files.rename(tmp_path / "a", tmp_path / "no folder" / "b")
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
