"""What every customs system must pass; a new one is tested unasked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import System, systems
from clearance.customs.unpacking import NotUnpacked, Reader, Unpacked, claims, unpack
from clearance.model import Kind, Role
from tests.conftest import ROOT

SYSTEMS = systems()
SAMPLES = ROOT / "samples"

of_each_system = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)


def samples(system: System) -> list[Path]:
    """The messages and archives of a system."""
    return sorted(f for f in (SAMPLES / system.name).glob("*/*") if f.suffix != ".json")


def unpacked(system: System) -> Iterator[Unpacked | NotUnpacked]:
    """The documents in the samples of a system."""
    for file in samples(system):
        yield from unpack(file.read_bytes(), file.name)


def made_of(reader: Reader) -> list[str]:
    """What a reader does with a document."""
    does = {"read": reader.read, "open": reader.open, "recognised": reader.recognised}
    return [name for name, way in does.items() if way]


@of_each_system
def test_a_system_bears_the_name_of_its_folder_and_a_title(system: System) -> None:
    assert SYSTEMS[system.name] is system
    assert re.fullmatch(r"[a-z]{2}_[a-z_]+", system.name)
    assert system.title["en"]
    assert re.fullmatch(r"[A-Z]{3}", system.currency)


@of_each_system
def test_its_zone_is_one_of_the_time_zone_database(system: System) -> None:
    for month in (1, 7):
        at = datetime(2026, month, 1, tzinfo=UTC)
        zone = ZoneInfo(system.zone_name)
        assert at.astimezone(system.zone).utcoffset() == at.astimezone(zone).utcoffset()


@of_each_system
def test_its_numbers_have_words_and_one_of_them_names_a_declaration(system: System) -> None:
    names = [kind.name for kind in system.kinds]
    assert len(names) == len(set(names))
    assert all(kind.words["en"] for kind in system.kinds)
    assert {kind.role for kind in system.kinds} & {Role.OFFICIAL, Role.JOINING, Role.OWN}
    assert set(system.same_event_by) <= set(names)


def test_a_number_that_several_systems_have_is_the_same_in_all() -> None:
    """Its words may be each system's own."""
    found: dict[str, set[tuple[Role, str]]] = defaultdict(set)
    for system in SYSTEMS.values():
        for kind in system.kinds:
            assert isinstance(kind, Kind)
            found[kind.name].add((kind.role, kind.joined_by))
    assert {name: kinds for name, kinds in found.items() if len(kinds) > 1} == {}


@of_each_system
def test_a_reader_claims_something_and_does_one_thing(system: System) -> None:
    assert system.readers
    for reader in system.readers:
        assert reader.roots or reader.pattern
        assert len(made_of(reader)) == 1, reader


@of_each_system
def test_it_names_the_roots_of_all_of_its_readers(system: System) -> None:
    """Else its readers would never be loaded for one of them."""
    for reader in system.readers:
        assert [root for root in reader.roots if not system.may_claim(root)] == []


@of_each_system
@given(data=st.data())
def test_it_names_every_root_that_a_pattern_of_its_readers_matches(
    system: System, data: st.DataObject
) -> None:
    for pattern in filter(None, (reader.pattern for reader in system.readers)):
        assert system.may_claim(data.draw(st.from_regex(pattern, fullmatch=True)))


@of_each_system
def test_a_code_that_no_table_has_means_nothing(system: System) -> None:
    for kind in ("", *(root for reader in system.readers if reader.read for root in reader.roots)):
        found = system.code(kind, "\N{SNOWMAN}")
        assert found is None or found.words["en"]


@of_each_system
def test_there_is_a_sample_of_every_root_that_it_reads(system: System) -> None:
    found = {one.reader for one in unpacked(system) if isinstance(one, Unpacked)}
    assert found == {reader for reader in system.readers if reader.read}


@of_each_system
def test_one_reader_claims_each_sample(system: System) -> None:
    for one in unpacked(system):
        assert isinstance(one, Unpacked), one
        assert [name for name, _ in claims(one.root)] == [system.name]


@of_each_system
def test_every_event_of_a_sample_has_a_kind_of_number_of_its_system(system: System) -> None:
    names = {kind.name for kind in system.kinds}
    for one in unpacked(system):
        assert isinstance(one, Unpacked)
        for event in one.events():
            assert event.system == system.name
            assert {kind for kind, _ in event.references} <= names
            assert event.at is None or event.at.tzinfo is not None


@of_each_system
def test_every_code_in_its_samples_has_words(system: System) -> None:
    for one in unpacked(system):
        assert isinstance(one, Unpacked)
        for event in one.events():
            code = system.code(event.kind, event.code, event.sub)
            assert code is None or code.words["en"]
