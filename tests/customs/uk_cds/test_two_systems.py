"""China's and the United Kingdom's declarations in one store, with the real command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clearance import customs
from clearance.customs import references, unpacking
from clearance.stores import codec, open_store
from clearance.timelines import integrity
from tests.conftest import ROOT, Run
from tests.customs.uk_cds.support import MRN, message, response

pytestmark = pytest.mark.slow

SAMPLES = ROOT / "samples"
STORIES = [
    SAMPLES / "cn_single_window" / "inspection",
    SAMPLES / "cn_single_window" / "normal_paperless_import",
    SAMPLES / "uk_cds" / "normal_import",
    SAMPLES / "uk_cds" / "released_first",
]
BRITISH, CHINESE = "26GB000INVENTEDDR2", "310420261990013104"
AS_OF = ("--as-of", "2026-05-01T09:00:00+01:00")
JSON = ("--format", "json")


@pytest.fixture
def both(run: Run) -> Run:
    """The real command, with stories of both systems read into its store."""
    messages = [file for story in STORIES for file in sorted(story.glob("*.xml"))]
    done = run("ingest", *messages, *JSON)
    assert done.code == 0, done.talk
    assert done.json["refused"] == 0
    return run


def test_a_list_shows_the_declarations_of_both_each_in_its_zone(both: Run) -> None:
    listed = both("list", "--all", *AS_OF, *JSON).json["declarations"]
    zones = {one["dialect"]: one["since"][-6:] for one in listed}
    assert (
        zones == {"cn_single_window": "+08:00", "uk_cds": "+01:00"} or zones["uk_cds"] == "+00:00"
    )
    table = both("list", "--all", *AS_OF, "--lang", "zh").text
    assert "已清关" in table
    assert "已结关" in table


def test_a_status_is_told_in_the_words_and_numbers_of_its_system(both: Run) -> None:
    done = both("status", BRITISH, "--lang", "en", *AS_OF)
    assert done.code == 0
    for words in ("goods released (DMSROG)", "MRN", "LRN", "outstanding", "inspection"):
        assert words in done.text
    done = both("status", CHINESE, "--lang", "zh", *AS_OF)
    assert "海关编号" in done.text
    assert "DMS" not in done.text


def test_an_explanation_says_that_working_time_is_not_known_there(both: Run) -> None:
    (british,) = both("explain", BRITISH, *AS_OF, *JSON).json["declarations"]
    assert british["cleared_at"] is None
    assert [one["action"] for one in british["outstanding"]] == ["inspection", "tax"]
    assert {one["rule"] for one in british["cannot_assess"]} == {"feed_silent"}


def test_a_check_raises_the_alerts_of_both(both: Run) -> None:
    checked = both("check", *AS_OF, *JSON)
    assert checked.code == 0
    alerts = {(one["rule"], one["declaration"]) for one in checked.json["new"]}
    assert ("inspection_ordered", BRITISH) in alerts
    assert not {rule for rule, _ in alerts} & {"contradiction", "regression", "no_reply"}


def test_the_store_is_whole_and_the_same_when_it_is_built_anew(both: Run) -> None:
    before = both("list", "--all", "--events", *AS_OF, *JSON)
    assert both("store", "verify", *JSON).json["whole"]
    assert both("store", "rebuild", *JSON).code == 0
    assert both("store", "verify", *JSON).json["whole"]
    assert both("list", "--all", "--events", *AS_OF, *JSON).out == before.out


def test_a_report_counts_both(both: Run) -> None:
    report = both("report", "--period", "2026", "--every", "year", *AS_OF, *JSON).json
    (row,) = report["rows"]
    listed = both("list", "--all", *AS_OF, *JSON).json["declarations"]
    assert row["declared"] == len([one for one in listed if one["declared_at"]])
    assert row["anomalous"] == 0


def test_working_time_is_never_another_countrys(both: Run) -> None:
    asked = ("report", "--period", "2026", "--every", "year", "--clock", "working", *AS_OF, *JSON)
    (row,) = both(*asked).json["rows"]
    assert row["median"] is None
    assert row["notes"]["median"] == "no calendar: 2026"


def test_reading_it_all_again_changes_nothing(both: Run) -> None:
    messages = [file for story in STORIES for file in sorted(story.glob("*.xml"))]
    again = both("ingest", *reversed(messages), *JSON).json
    assert (again["new"], again["duplicate"]) == (0, len(messages))


# A third system that tells of the same MRN


PROBE = {
    "__init__": """
from clearance.customs import System
from clearance.model import Kind, Role

SYSTEM = System(
    name="zz_probe",
    title={"en": "Probe"},
    zone_name="Europe/Paris",
    currency="EUR",
    roots=("Probe",),
    kinds=(Kind("mrn", Role.OFFICIAL, {"en": "MRN"}),),
    same_event_by=("mrn",),
)
""",
    "codes": """
from clearance.customs import Code
from clearance.model import Stage


def code(kind, code, sub=None):
    return Code({"en": "released by the probe"}, Stage.RELEASED) if code == "09" else None
""",
    "readers": """
from datetime import datetime

from clearance.customs.unpacking import Reader
from clearance.customs.xml import fields
from clearance.model import Event, Reference, Stage


def read(root, received_as, id):
    texts = fields(root)
    at = datetime.fromisoformat(texts["At"])
    mrn = (Reference("mrn", texts["Mrn"]),)
    return [
        Event("zz_probe", "Probe", "09", Stage.RELEASED, at, None, None, None, mrn, (), None, (),
              (id,))
    ]


READERS = (Reader(roots=("Probe",), read=read),)
""",
}


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[None]:
    """A customs system that is a folder and nothing else, for the time of a test."""
    folder = tmp_path / "systems" / "zz_probe"
    folder.mkdir(parents=True)
    for name, text in PROBE.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    customs.__path__.append(str(folder.parent))
    _forget()
    yield
    customs.__path__.remove(str(folder.parent))
    _forget()


def _forget() -> None:
    for module in (customs, references, unpacking, codec):
        for cached in vars(module).values():
            if hasattr(cached, "cache_clear"):
                cached.cache_clear()
    for name in [name for name in sys.modules if ".zz_probe" in name]:
        del sys.modules[name]


@pytest.mark.usefixtures("probe")
@pytest.mark.parametrize("first", ["british", "probe"])
def test_a_declaration_known_to_two_systems_keeps_the_system_of_each_event(
    call: Run, tmp_path: Path, first: str
) -> None:
    """Whichever of the two tells of it first."""
    hour = {"british": "08", "probe": "07"}[first]
    (tmp_path / "a.xml").write_bytes(message(response("09", "20260302073000Z")))
    (tmp_path / "b.xml").write_text(
        f"<Probe><Mrn>{MRN}</Mrn><At>2026-03-02T{hour}:00:00+00:00</At></Probe>", encoding="utf-8"
    )
    assert call("ingest", tmp_path / "a.xml", tmp_path / "b.xml").code == 0
    assert _told(call) == _told(call)
    assert call("store", "verify").code == 0
    assert call("store", "rebuild").code == 0
    assert call("store", "verify").code == 0
    assert sorted(_told(call)) == ["cleared (DMSCLE)", "released by the probe"]
    url = json.loads(call("store", "info", *JSON).out)["url"]
    with open_store(url) as store:
        ((_, declaration),) = store.timelines()
        assert {event.system for event in declaration.events} == {"uk_cds", "zz_probe"}
        assert list(integrity.verify(store)) == []


def _told(call: Run) -> list[str]:
    """What each event of the one declaration means, as people read it."""
    text = call("status", MRN, "--lang", "en").text
    known = ("cleared (DMSCLE)", "released by the probe", "unknown code")
    return [words for line in text.splitlines() for words in known if words in line]
