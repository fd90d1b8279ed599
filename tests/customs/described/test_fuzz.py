"""Whatever stands in a file or in a document: what is wrong is said, and nothing else happens."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import described
from clearance.customs.described import DescribedSystem
from clearance.customs.described.reading import made_of
from clearance.customs.soap import held
from clearance.customs.unpacking import NotUnpacked, unpack
from clearance.customs.xml import local, read
from clearance.errors import BadArgument, Unreadable
from tests.conftest import ROOT

FILES = [Path(described.BUNDLED, f"{name}.toml") for name in ("ar_arca", "kr_unipass")]
MESSAGES = [
    file.read_text(encoding="utf-8")
    for name in ("ar_arca", "kr_unipass")
    for file in sorted((ROOT / "samples" / name).glob("*/*.xml"))
]
VALUES = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.booleans(),
    st.sampled_from(["", "a", "/", "../../..", "[0-9", "(", "none", "official", "Rows/*", "@"]),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just(["", "a"]),
    st.just([{}]),
    st.just({"path": "a", "pattern": "(a"}),
)


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a file."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield (*above, key)
        if isinstance(below, dict | list):
            yield from places(below, (*above, key))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@given(data=st.data())
def test_a_file_with_anything_in_it_is_used_or_refused(file: Path, data: st.DataObject) -> None:
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    *above, last = data.draw(st.sampled_from([*places(written)]))
    holder: Any = written
    for key in above:
        holder = holder[key]
    value = data.draw(VALUES)
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    with TemporaryDirectory() as folder:
        changed = Path(folder) / file.name
        changed.write_text(tomlkit.dumps(written), encoding="utf-8")
        system = _used(changed)
        if isinstance(system, str):
            assert system.startswith(str(changed))
            assert "\n" not in system
            return
        for message in MESSAGES[:3] + MESSAGES[-3:]:
            for reader in made_of(system):
                _read(reader, message)


def _used(file: Path) -> DescribedSystem | str:
    """The system of a file, or why it cannot be used."""
    try:
        return described.of_file(file)
    except BadArgument as why:
        return str(why)


def _read(reader: Any, message: str) -> None:
    """Reads a message by a reader of a changed file, if it claims it."""
    root: Any = read(message.encode())
    root = root if held(root) is None else held(root)
    if reader.read and reader.may_claim(local(root)) and reader.claims(root):
        with suppress(Unreadable):
            reader.read(root, [], "id")


@given(st.sampled_from(MESSAGES), st.data())
def test_a_document_with_anything_in_it_is_read_or_refused(
    message: str, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(begin, min(len(message), begin + 60)))
    put = data.draw(st.sampled_from(["", "x", "0", "<", "<a/>", "&amp;", "-", "9" * 30, "\u202e"]))
    changed = message[:begin] + put + message[end:]
    for one in unpack(changed.encode(), "a.xml"):
        if isinstance(one, NotUnpacked):
            assert str(one.why)
            continue
        with suppress(Unreadable):
            for event in one.events():
                assert event.at is None or event.at.tzinfo is not None
                assert event.references


@pytest.mark.parametrize("key", ["zone", "direction", "currency", "name"])
@pytest.mark.parametrize("value", ["\n", "a\x1b[31m\r\nb", "\u2028"])
def test_a_value_with_control_characters_is_refused_in_one_line(
    tmp_path: Path, key: str, value: str
) -> None:
    written = tomllib.loads(FILES[0].read_text(encoding="utf-8")) | {key: value}
    changed = tmp_path / FILES[0].name
    changed.write_text(tomlkit.dumps(written), encoding="utf-8")
    said = _used(changed)
    assert isinstance(said, str)
    assert said.isprintable()
