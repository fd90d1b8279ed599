"""Where a message came from, and which bytes of a file it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

from clearance.reporting.origins import Origins
from clearance.stores import open_store
from clearance.timelines import intake
from tests.stores.support import NOW, files, items


def test_a_message_among_several_in_a_file_is_found_by_its_bytes(tmp_path: Path) -> None:
    one, two = files()[1:3]
    whole = b"From: customs\r\n\r\n" + one.data + b"\n" + two.data
    (tmp_path / "box.xml").write_bytes(whole)
    with open_store("memory:") as store:
        intake.ingest(store, items([one._replace(name="box.xml", data=whole)]), NOW)
        messages = list(store.messages())
    assert len(messages) == 2
    second = Origins([tmp_path]).of(messages[1])
    assert (second.file, second.member) == ("box.xml", "2")
    assert second.bytes
    assert whole[slice(*second.bytes)] == messages[1].data
    assert Origins().of(messages[1]).bytes is None


def test_a_message_in_an_archive_is_all_of_its_member(tmp_path: Path) -> None:
    file = files()[1]
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr(file.name, file.data)
    with open_store("memory:") as store:
        data = (tmp_path / "pack.zip").read_bytes()
        intake.ingest(store, items([file._replace(name="pack.zip", data=data)]), NOW)
        (message,) = store.messages()
    origin = Origins([tmp_path]).of(message)
    assert (origin.file, origin.member, origin.bytes) == ("pack.zip", file.name, None)
    assert origin.size == len(file.data)
