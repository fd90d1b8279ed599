"""Reading files: in an order that brings declarations together, each once, whatever their names."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import sources
from clearance.customs.cn_single_window import demo
from clearance.sources import order
from clearance.sources.order import together

NAMES = st.one_of(
    st.builds(
        "Receipt_DECCUS004_{}_{:018}_{}123.xml".format,
        st.sampled_from(("E20260000000000017", "I20260000000000025", "Z20260000000000033")),
        st.integers(0, 99),
        st.integers(20260101000000, 20260101000200),
    ),
    st.builds("Successed_甲{}_{}.xml".format, st.integers(), st.integers(0, 20260101000200)),
    st.text(st.characters(exclude_characters="\0"), min_size=1),
)


def number(name: str) -> str:
    return name.split("_")[2]


def as_many(names: Iterable[str]) -> list[str]:
    """Names in order, as those of a large folder are brought into it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(order, "_KEYS", 2)
        return list(together(names))


@given(st.lists(NAMES, max_size=60))
def test_every_name_comes_once_and_where_few_come_many_do(names: list[str]) -> None:
    assert sorted(together(names)) == sorted(names)
    assert list(together(names)) == as_many(names)


@given(st.lists(NAMES, max_size=30).flatmap(st.permutations))
def test_the_order_does_not_depend_on_the_order_in_the_folder(names: list[str]) -> None:
    assert list(together(names)) == list(together(sorted(names)))
    assert as_many(names) == as_many(sorted(names))


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=20))
def test_names_may_hold_any_character_or_none(names: list[str]) -> None:
    assert sorted(together(names * 20)) == sorted(as_many(names * 20)) == sorted(names * 20)


def test_the_names_of_many_files_wait_in_less_room_than_they_take() -> None:
    count = 100_000
    names = (f"Receipt_X_I2026{n // 5:014}_2026{n:014}_20260101{n:06}123.xml" for n in range(count))
    list(together(["Receipt_X_I1_1_1.xml"]))
    tracemalloc.start()
    waiting = together(names)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 60 * count
    assert sum(1 for _ in waiting) == count


def test_names_of_one_number_follow_each_other_at_the_time_of_the_first() -> None:
    names = [file.name for file in demo.traffic(400)]
    ordered = list(together(names))
    receipts = [number(name) for name in ordered if name.startswith("Receipt_")]
    changes = sum(one != other for one, other in pairwise(receipts))
    assert changes == len(set(receipts)) - 1
    place = {name: index for index, name in enumerate(ordered)}
    apart = []
    for file in demo.traffic(400):
        if file.name.startswith("Successed_"):
            inside = file.data.decode().partition("<SeqNo>")[2][:18]
            own = [place[n] for n in ordered if n.startswith("Receipt_") and number(n) == inside]
            apart.append(min(abs(place[file.name] - other) for other in own))
    assert max(apart) < 20
    assert sorted(apart)[len(apart) // 2] <= 2


def test_also_of_many_names_each_comes_once_by_time() -> None:
    names = [f"Successed_{index}_{20260101000000 + index}.xml" for index in range(30_000)]
    assert list(together(reversed(names))) == names


def test_a_folder_gives_each_file_once_also_when_it_holds_many(tmp_path: Path) -> None:
    for folder in ("", "乙 b", "乙 b/c"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for index in range(150):
            (tmp_path / folder / f"{index}.xml").write_bytes(f"{folder}{index}".encode())
    found = [item.data.decode() for item in sources.items([tmp_path])]
    assert sorted(found) == sorted(f"{f}{i}" for f in ("", "乙 b", "乙 b/c") for i in range(150))


def test_a_folder_in_a_circle_of_links_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.xml").write_bytes(b"1")
    try:
        (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "2.xml").symlink_to(tmp_path / "a" / "1.xml")
    except OSError:
        pytest.skip("no links here")
    assert sorted(item.name for item in sources.items([tmp_path])) == ["1.xml", "2.xml"]


def test_a_link_that_leads_nowhere_hides_no_other_file(tmp_path: Path) -> None:
    """To ask whether it is a folder fails, unlike with one whose target is only missing."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "2.xml").write_bytes(b"2")
    (tmp_path / "1.xml").write_bytes(b"1")
    try:
        (tmp_path / "loop").symlink_to("loop")
        (tmp_path / "long").symlink_to("x" * 300)
    except OSError:
        pytest.skip("no links here")
    found = {item.name: item.why for item in sources.items([tmp_path])}
    assert found["1.xml"] is found["2.xml"] is None
    for name in ("loop", "long"):
        assert str(found[name]) == "cannot be opened: this link leads nowhere"


def test_an_archive_and_a_store_are_known_by_whatever_name_they_go(tmp_path: Path) -> None:
    """They lie below what is read, and are named by a link to it."""
    box = tmp_path / "box"
    (box / "read").mkdir(parents=True)
    for name in ("1.xml", "read/2.xml", "s.db", "s.db-wal"):
        (box / name).write_bytes(b"1")
    try:
        (tmp_path / "link").symlink_to(box, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    link = tmp_path / "link"
    for path, named in ((box, link), (link, box), (str(link), box)):
        found = sources.items([path], named / "read", named / "s.db")
        assert [item.name for item in found] == ["1.xml"]


def test_a_file_that_is_called_as_stdin_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_bytes(b"1")
    for written in ("./-", ".//-", "./[-]", str(tmp_path / "-")):
        paths, missing = sources.expanded([written])
        assert [(item.name, item.data) for item in sources.items(paths)] == [("-", b"1")]
        assert not missing
    assert sources.expanded(["-"]) == (["-"], [])


def test_a_folder_that_may_not_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is closed to a user is open to root, so the system's answer stands in for it."""
    (tmp_path / "closed").mkdir()
    (tmp_path / "1.xml").write_bytes(b"1")
    scandir = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = {Path(item.name).name: item.why for item in sources.items([tmp_path])}
    assert found["1.xml"] is None
    assert str(found["closed"]) == "cannot be listed: Permission denied"


def test_reading_ahead_holds_few_large_files(tmp_path: Path) -> None:
    for index in range(8):
        (tmp_path / f"{index}.xml").write_bytes(b"x" * 600_000)
    given_out = sources.items([tmp_path])
    next(given_out)
    for index in range(2, 8):
        (tmp_path / f"{index}.xml").unlink()
    assert len(list(given_out)) == 1
