"""What is needed of the bundled files at every start stands in an index that is made of them."""

from __future__ import annotations

import json

from clearance.customs import described, systems
from clearance.customs.described import DescribedSystem, format
from tests.conftest import Golden

FILES = sorted(described.BUNDLED.glob("*.toml"))


def test_the_index_is_what_the_files_say(golden: Golden) -> None:
    """``make golden`` writes it anew."""
    entries = {file.stem: described.index_entry(format.read(file)) for file in FILES}
    golden(described.INDEX, json.dumps(entries, ensure_ascii=False, indent=1) + "\n")


def test_every_file_is_a_system() -> None:
    bundled = {n: s for n, s in systems().items() if isinstance(s, DescribedSystem)}
    assert [*bundled] == [file.stem for file in FILES]
    for name, system in bundled.items():
        assert system.bundled
        assert described.of_file(described.BUNDLED / f"{name}.toml").roots == system.roots
