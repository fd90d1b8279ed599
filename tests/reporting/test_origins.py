"""Where a message came from, and which bytes of a file it is."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance.model import Message, ReceivedAs
from clearance.reporting.origins import Origin, Origins
from clearance.stores import Store, open_store
from clearance.timelines import intake
from tests.conftest import Run
from tests.stores.support import NOW, files, items


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("memory:") as opened:
        yield opened


def packed(*members: tuple[str, bytes]) -> bytes:
    """A zip file of some members."""
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def bytes_of(origin: Origin) -> bytes:
    """What the range of an origin holds of its file."""
    assert origin.path
    assert origin.bytes
    return Path(origin.path).read_bytes()[slice(*origin.bytes)]


def test_a_message_among_several_in_a_file_is_found_by_its_bytes(
    store: Store, tmp_path: Path
) -> None:
    one, two = files()[1:3]
    whole = b"From: customs\r\n\r\n" + one.data + b"\n" + two.data
    (tmp_path / "box.xml").write_bytes(whole)
    intake.ingest(store, items([one._replace(name="box.xml", data=whole)]), NOW)
    messages = list(store.messages())
    assert len(messages) == 2
    found = [Origins([tmp_path]).of(message) for message in messages]
    assert [(origin.file, origin.member) for origin in found] == [
        ("box.xml", None),
        ("box.xml", "2"),
    ]
    assert [bytes_of(origin) for origin in found] == [message.data for message in messages]
    assert {origin.among for origin in found} == {len(whole)}
    assert Origins().of(messages[1]).bytes is None


def test_a_message_that_is_its_file_is_all_of_its_bytes(store: Store, tmp_path: Path) -> None:
    file = files()[1]
    (tmp_path / file.name).write_bytes(file.data)
    intake.ingest(store, items([file]), NOW)
    (message,) = store.messages()
    origin = Origins([tmp_path]).of(message)
    assert origin.bytes == (0, len(file.data))
    assert origin.among == len(file.data)
    (tmp_path / file.name).write_bytes(b"written over")
    assert Origins([tmp_path]).of(message).bytes is None


def test_a_message_in_an_archive_is_all_of_its_member(store: Store, tmp_path: Path) -> None:
    one, two, three = files()[1:4]
    both = two.data + b"\n" + three.data
    inner = packed(("deep/two.xml", both))
    whole = packed((one.name, one.data), ("inner.zip", inner))
    (tmp_path / "pack.zip").write_bytes(whole)
    intake.ingest(store, items([one._replace(name="pack.zip", data=whole)]), NOW)
    origins = {m.data: Origins([tmp_path]).of(m) for m in store.messages()}
    assert {origin.file for origin in origins.values()} == {"pack.zip"}
    found = origins[one.data]
    assert (found.member, found.bytes, found.size) == (
        one.name,
        (0, len(one.data)),
        len(one.data),
    )
    deep = origins[three.data]
    assert (deep.member, deep.among) == ("inner.zip/deep/two.xml/2", len(both))
    assert deep.bytes == (len(two.data) + 1, len(both))


def test_a_damaged_archive_and_a_file_that_is_gone_give_no_bytes(tmp_path: Path) -> None:
    file = files()[1]
    (tmp_path / "pack.zip").write_bytes(packed((file.name, file.data))[:-30])
    message = Message("sha256:1", file.data, (ReceivedAs(f"pack.zip/{file.name}", ""),), NOW)
    assert Origins([tmp_path]).of(message).bytes is None
    assert Origins([tmp_path / "none"]).of(message).bytes is None


def test_a_message_that_an_envelope_holds_in_base64_is_found_there(tmp_path: Path) -> None:
    file = files()[1]
    (tmp_path / "envelope.xml").write_bytes(b"<E>" + base64.b64encode(file.data) + b"</E>")
    message = Message("sha256:1", file.data, (ReceivedAs("envelope.xml", ""),), NOW)
    origin = Origins([tmp_path]).of(message)
    assert origin.encoding == "base64"
    assert base64.b64decode(bytes_of(origin)) == file.data


def test_a_file_of_a_source_is_found_where_it_was_moved_to(call: Run, tmp_path: Path) -> None:
    one, two, *_ = (file for file in files()[1:9] if file.name.startswith("Receipt"))
    box = tmp_path / "InBox" / "sub"
    box.mkdir(parents=True)
    (box / one.name).write_bytes(one.data)
    (box / "pack.zip").write_bytes(packed((two.name, two.data)))
    text = f"[sources.inbox]\nkind = 'folder'\npath = '{box.parent.as_posix()}'\n"
    Path("c.toml").write_text(text, "utf-8")
    more = ("--config", "c.toml")
    taken = tmp_path / "taken" / "sub"
    taken.mkdir(parents=True)
    (taken / one.name).write_bytes(b"another of its name")
    assert call("ingest", "--archive", tmp_path / "taken", *more).code == 0
    assert not (box / one.name).exists()
    line = ("report", "--trace", "2026.declared", "--as-of", "2027-01-01", "--format", "json")
    every = ("--period", "2026", "--every", "year")
    told = call(*line, *every, "--archive", tmp_path / "taken", *more).json
    found = {
        origin["member"]: origin
        for declaration in told["declarations"]
        for event in declaration["events"]
        for origin in event["messages"]
    }
    assert found[None]["file"] == one.name
    assert found[None]["source"] == "inbox"
    assert Path(found[None]["path"]).parent == taken
    assert Path(found[None]["path"]).read_bytes() == one.data
    assert found[None]["bytes"] == [0, len(one.data)]
    assert found[two.name]["file"] == "pack.zip"
    assert found[two.name]["bytes"] == [0, len(two.data)]
    ran = call(*line, *every, "--archive", "none", *more)
    assert (ran.code, ran.json["error"]["message"]) == (
        2,
        "--archive none: there is no such folder",
    )
    assert "--archive is for --trace" in call("report", "--archive", taken, *more).talk
