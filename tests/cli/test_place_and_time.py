"""Where a run stands: the zone of times without an offset, the moment looked from, the store."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from zoneinfo import ZoneInfo

import platformdirs
import pytest

from clearance.cli._run import Run, user_folder
from clearance.config import Config, ReportSettings, StoreSettings
from clearance.customs.cn_single_window.demo import import_receipt
from clearance.errors import BadArgument
from clearance.model import Record
from clearance.render.errors import in_chinese
from clearance.stores import open_store
from clearance.timelines import known_systems
from tests.conftest import AS_OF, ROOT, at
from tests.conftest import Run as Call

UK_EXPORT = sorted((ROOT / "samples" / "uk_cds" / "export").glob("*.xml"))
JULY, JANUARY = datetime(2026, 7, 1, 11, tzinfo=UTC), datetime(2026, 1, 1, 11, tzinfo=UTC)

only_where_zones_can_be_set = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows takes no zone from the environment"
)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Sets ``TZ``, as which the machine's zone counts; back again in the end."""
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def in_zone(machine: pytest.MonkeyPatch, zone: str) -> None:
    machine.setenv("TZ", zone)
    time.tzset()


def of_empty_store(clock: datetime, config: Config | None = None, as_of: str | None = None) -> Run:
    return Run(store_url="memory:", clock=clock, config=config, written_as_of=as_of)


def offset(run: Run) -> timedelta | None:
    return run.as_of.utcoffset()


# A store with messages


def test_a_store_of_one_country_is_looked_at_in_its_time(call: Call) -> None:
    assert call("ingest", *UK_EXPORT).code == 0
    for written, shown in (
        ("2026-07-01T12:00", "2026-07-01T12:00:00+01:00"),
        ("2026-12-01T12:00", "2026-12-01T12:00:00+00:00"),
        ("2026-07-01T12:00+08:00", "2026-07-01T05:00:00+01:00"),
    ):
        ran = call("list", "--all", "--as-of", written, "--format", "json")
        assert ran.json["as_of"] == shown
    report = call("report", "--as-of", "2026-07-01T12:00", "--format", "json")
    assert report.json["zone"] == "Europe/London"


def test_the_first_messages_say_which_country_that_is(kept: Call) -> None:
    assert kept("ingest", *UK_EXPORT).code == 0
    ran = kept("list", "--all", "--as-of", "2026-07-01T12:00", "--format", "json")
    assert ran.json["as_of"] == "2026-07-01T12:00:00+08:00"


def test_the_zone_that_is_set_for_reports_wins(call: Call, home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('[report]\nzone = "America/New_York"\n', encoding="utf-8")
    assert call("ingest", *UK_EXPORT).code == 0
    ran = call("list", "--all", "--as-of", "2026-07-01T12:00", "--format", "json")
    assert ran.json["as_of"] == "2026-07-01T12:00:00-04:00"


@only_where_zones_can_be_set
def test_what_the_first_ingest_refused_is_shown_in_the_zone_of_what_it_read(
    machine: pytest.MonkeyPatch, call: Call, tmp_path: Path
) -> None:
    """Where the store is at home was not known yet: a clock eight hours ahead is another day's."""
    in_zone(machine, "UTC")
    refused = tmp_path / "refused.xml"
    refused.write_bytes(b"hello")
    call("ingest", refused, *UK_EXPORT)
    call("check")
    (seen,) = call("refused", "--format", "json").json["refused"]
    assert seen["seen_at"].endswith(("+00:00", "+01:00"))
    there = datetime.fromisoformat(seen["seen_at"])
    assert f"{there:%Y-%m-%d %H:%M}" in call("refused").text
    assert f"{there:%Y-%m-%d %H:%M:%S}" in call("refused", "show", seen["id"]).text
    found = call("alerts", "list", "--format", "json").json["alerts"]
    (alert,) = (one for one in found if one["rule"] == "unreadable")
    assert (alert["since"], alert["numbers"]["day"]) == (seen["seen_at"], f"{there:%Y-%m-%d}")


# A store without any


@only_where_zones_can_be_set
@pytest.mark.parametrize(
    ("zone", "clock", "hours"),
    [
        ("America/New_York", JULY, -4),
        ("America/New_York", JANUARY, -5),
        ("Europe/London", JULY, 1),
        ("Europe/London", JANUARY, 0),
    ],
)
def test_without_messages_the_zone_is_the_machines(
    machine: pytest.MonkeyPatch, zone: str, clock: datetime, hours: int
) -> None:
    in_zone(machine, zone)
    run = of_empty_store(clock)
    assert offset(run) == timedelta(hours=hours)
    assert run.as_of == clock


@only_where_zones_can_be_set
def test_a_moment_in_the_other_half_of_the_year_has_the_offset_of_its_own(
    machine: pytest.MonkeyPatch,
) -> None:
    in_zone(machine, "Europe/London")
    assert of_empty_store(JANUARY, as_of="2026-07-01T12:00").as_of == JULY


@only_where_zones_can_be_set
@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT"])
def test_a_machine_in_universal_time_says_nothing_of_where_it_stands(
    machine: pytest.MonkeyPatch, zone: str
) -> None:
    in_zone(machine, zone)
    run = of_empty_store(JULY)
    assert run.home.name == "cn_single_window"
    assert offset(run) == timedelta(hours=8)


@only_where_zones_can_be_set
def test_without_messages_too_the_zone_that_is_set_wins(machine: pytest.MonkeyPatch) -> None:
    in_zone(machine, "America/New_York")
    config = Config(report=ReportSettings(zone="Europe/Paris"))
    assert offset(of_empty_store(JULY, config)) == timedelta(hours=2)


def test_reports_are_cut_as_written_else_as_set_else_in_the_home_zone() -> None:
    config = Config(report=ReportSettings(zone="Europe/Paris"))
    assert str(of_empty_store(JULY, config).zone("Asia/Tokyo")) == "Asia/Tokyo"
    assert str(of_empty_store(JULY, config).zone(None)) == "Europe/Paris"
    assert str(of_empty_store(JULY).zone(None)) == "Asia/Shanghai"
    with pytest.raises(BadArgument, match="--zone Mars/Olympus"):
        of_empty_store(JULY).zone("Mars/Olympus")


@pytest.mark.parametrize("order", [1, -1])
def test_a_report_of_several_systems_says_whose_zone_it_is_cut_in_unless_one_is_chosen(
    call: Call, order: int
) -> None:
    """Whichever came first: that of the earliest message."""
    first, then = (UK_EXPORT, [ROOT / "samples" / "dk_dms"])[::order]
    call("ingest", *first)
    assert not call("report", "--format", "json").talk
    call("ingest", *then)
    talk = call("report", "--format", "json").talk
    assert all(said in talk for said in ("Europe/Copenhagen", "UK", "--zone"))
    assert "英国" in call("report", "--format", "json", "--lang", "zh").talk
    assert not call("report", "--format", "json", "--zone", "Europe/London").talk


# Moments


def looking(as_of: str = AS_OF) -> Run:
    """A run that looks from a moment in Beijing."""
    config = Config(report=ReportSettings(zone="Asia/Shanghai"))
    return of_empty_store(JULY, config, as_of)


@pytest.mark.parametrize(
    ("written", "days"), [("12h", 0.5), ("1d", 1), (" 7d ", 7), ("2w", 14), ("0h", 0)]
)
def test_a_span_counts_from_the_moment_looked_from(written: str, days: float) -> None:
    moment = datetime.fromisoformat(AS_OF)
    assert looking().since(written) == moment - timedelta(days=days)
    assert looking().until(written) == moment + timedelta(days=days)


def test_a_date_is_its_beginning_here() -> None:
    assert looking().since("2026-03-05").isoformat() == "2026-03-05T00:00:00+08:00"
    assert looking().until("2026-03-09T12:00Z").isoformat() == "2026-03-09T20:00:00+08:00"


@pytest.mark.parametrize("written", ["", "soon", "7", "d", "99999d", "-7d", "٧d", "2026-W60-1"])
def test_what_is_no_time_is_named_with_its_option(written: str) -> None:
    with pytest.raises(BadArgument, match=r"--since .*not a time such as"):
        looking().since(written)
    with pytest.raises(BadArgument, match=r"--until .*not a time such as"):
        looking().until(written)


@pytest.mark.parametrize(
    ("written", "why", "chinese"),
    [
        ("2026-02-30", "there is no such day", "没有这一天"),
        ("2026/2/30", "there is no such day", "没有这一天"),
        ("2026年13月1日", "there is no such day", "没有这一天"),
        ("20260931", "there is no such day", "没有这一天"),
        ("2026-02-29T08:00+08:00", "there is no such day", "没有这一天"),
        ("2026-03-02 25:00", "there is no such time of day", "没有这个时刻"),
        ("2026-03-02 24:30", "there is no such time of day", "没有这个时刻"),
        ("0001-01-01", "only years from 1950 to 2200 are believed", "只采信 1950 至 2200 年"),
    ],
)
def test_a_day_or_a_time_of_day_that_there_is_not_is_told_as_such(
    written: str, why: str, chinese: str
) -> None:
    for read, option in ((looking().since, "--since"), (looking().until, "--until")):
        with pytest.raises(BadArgument) as caught:
            read(written)
        assert str(caught.value) == f"{option} {written}: {why}"
        assert in_chinese(caught.value) == f"{option} {written}：{chinese}"
    with pytest.raises(BadArgument, match=why):
        looking().happened(written, "--at", looking().here)
    with pytest.raises(BadArgument, match=f"--as-of {written}: {why}".replace("+", r"\+")):
        _ = looking(written).as_of


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("2026年3月2日18时30分", "18:30"),
        ("2026年3月2日 8时", "08:00"),
        ("2026-03-02 8点5分", "08:05"),
        ("20260302 08:05", "08:05"),
    ],
)
def test_a_time_of_day_may_be_written_in_chinese(written: str, clock: str) -> None:
    assert looking().since(written) == datetime.fromisoformat(f"2026-03-02T{clock}+08:00")


@pytest.mark.parametrize(
    "written", ["09:05", "9:05:00.0", "9时5分", "９：０５", " 9点5分 ", "01:05Z"]
)
def test_a_mere_time_of_day_is_one_of_the_day_looked_from(written: str) -> None:
    day = datetime.fromisoformat(AS_OF).date()
    at = datetime.combine(day, time_of_day(9, 5), ZoneInfo("Asia/Shanghai"))
    assert looking().since(written) == looking().until(written) == at
    assert looking(written).as_of == datetime.combine(
        looking().now.date(), time_of_day(9, 5), ZoneInfo("Asia/Shanghai")
    )


def test_the_day_is_that_of_the_zone_that_the_time_is_of() -> None:
    after_midnight = looking("2026-03-02T01:00")  # in Paris the day before
    assert after_midnight.happened("14:30", "--at", ZoneInfo("Europe/Paris")) == (
        datetime.fromisoformat("2026-03-01T14:30+01:00")
    )


@pytest.mark.parametrize("written", ["25:00", "9:60", "24:30", "25点"])
def test_a_mere_time_of_day_that_there_is_not_is_told_as_such(written: str) -> None:
    with pytest.raises(BadArgument) as caught:
        looking().until(written)
    assert str(caught.value) == f"--until {written}: there is no such time of day"
    assert in_chinese(caught.value) == f"--until {written}：没有这个时刻"


@pytest.mark.parametrize("written", ["12", "9:5", "1430", "14:30 tomorrow", ":30"])
def test_no_other_number_is_a_time_of_day(written: str) -> None:
    with pytest.raises(BadArgument, match=f"--until {written}: not a time such as"):
        looking().until(written)


def test_a_time_of_day_that_is_still_to_come_has_not_happened() -> None:
    at_noon = looking("2026-03-02T12:00")
    with pytest.raises(
        BadArgument, match=r"--at 14:30: 2026-03-02T14:30\+08:00 lies ahead of 2026-03-02T12:00"
    ):
        at_noon.happened("14:30", "--at", at_noon.here)


def test_24_00_is_the_end_of_its_day() -> None:
    assert looking("2026-02-28T12:00").until("24:00") == looking().since("2026-03-01 00:00")
    assert looking().since("2026-02-28 24:00") == looking().since("2026-03-01 00:00")
    assert looking().since("2026-02-28T24:00+08:00") == looking().since("2026-03-01T00:00+08:00")


def test_the_moment_looked_from_may_be_so_long_before_now() -> None:
    run = looking("7d")
    assert run.as_of == run.now - timedelta(days=7)


@pytest.mark.parametrize(
    "written",
    ["2026/3/2", "20260302", "2026年3月2日", "2026.3.2", "２０２６-03-02", " 2026-03-02 00:00 "],
)
def test_a_moment_may_be_written_as_a_plan_takes_it(written: str) -> None:
    assert looking(written).as_of == datetime.fromisoformat("2026-03-02T00:00+08:00")


# The store


def test_a_store_is_the_one_named_else_the_one_set_else_the_users(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLEARANCE_HOME", str(tmp_path))
    config = Config(store=StoreSettings(url="set.db"))
    assert Run(store_url="named.db", config=config).url == "named.db"
    assert Run(config=config).url == "set.db"
    assert Run().url == str(tmp_path / "clearance.db")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("a/b.db", Path("a/b.db")),
        ("~/b.db", Path.home() / "b.db"),
        ("memory:", None),
        ("postgresql://clerk@db/clearance", None),
    ],
)
def test_only_a_store_in_a_file_has_one(url: str, file: Path | None) -> None:
    assert Run(store_url=url).store_file == (file and str(file))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("line", [("status", "1"), ("check",), ("config", "show")])
def test_settings_that_may_not_be_looked_at_are_told_and_not_missing(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    """A link that leads back to itself is closed to root too."""
    (tmp_path / "closed").symlink_to("closed")
    monkeypatch.delenv("CLEARANCE_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "closed"))
    done = call(*line)
    assert done.code == 2
    assert "closed/clearance/config.toml cannot be read" in done.talk


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")
@pytest.mark.parametrize("kind", ["config", "data", "cache"])
@pytest.mark.parametrize(
    ("home", "named"),
    [("/home/kim", None), ("/home/kim", "/etc/of kim"), ("/home/kim", "here"), ("", None)],
)
def test_folders_of_a_user_are_those_that_platformdirs_names(
    monkeypatch: pytest.MonkeyPatch, kind: str, home: str, named: str | None
) -> None:
    monkeypatch.delenv("CLEARANCE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv(f"XDG_{kind.upper()}_HOME", raising=False)
    if named:
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", named)
    expected = getattr(platformdirs, f"user_{kind}_dir")("clearance", appauthor=False)
    assert user_folder(kind) == expected


def test_the_home_is_the_system_of_the_earliest_message_also_in_a_store_of_an_earlier_version() -> (
    None
):
    """It kept no moments: its systems stand in the order in which they came, before all others."""
    with open_store("memory:") as store:
        store.save_records([Record(known_systems.SYSTEM, "uk_cds", {})])
        store.save_records([Record(known_systems.SYSTEM, "dk_dms", {})])
        store.save_records([Record(known_systems.SYSTEM, "cn_single_window", {"since": 0.0})])
        assert known_systems.system_names(store) == ["uk_cds", "dk_dms", "cn_single_window"]


def test_so_long_before_is_as_long_where_the_clocks_were_set_meanwhile() -> None:
    """In London at 05:00 on the 25th of October, eight hours before it was 22:00."""
    config = Config(report=ReportSettings(zone="Europe/London"))
    run = of_empty_store(JULY, config, "2026-10-25T05:00")
    before = datetime.fromisoformat("2026-10-24T22:00+01:00")
    assert run.since("8h") == before
    assert run.happened("8h", "--at", run.here).timestamp() == before.timestamp()
    assert (run.until("8h").timestamp() - run.as_of.timestamp()) == 8 * 3600
    assert of_empty_store(run.as_of, config, "8h").as_of.timestamp() == before.timestamp()


def test_the_home_follows_a_name_by_which_a_message_came_later(call: Call, tmp_path: Path) -> None:
    """It says when: before all others. So it is after a rebuild, and in any other order."""
    answer = import_receipt("OWN-1", "I20260000000000017", at("01 08:00"))
    for name in ("answer.xml", answer.name):
        (tmp_path / name).write_bytes(answer.data)
    call("ingest", tmp_path / "answer.xml")
    call("ingest", *UK_EXPORT)
    told = [call("report", "--format", "json").json["zone"]]
    call("ingest", tmp_path / answer.name)
    told.append(call("report", "--format", "json").json["zone"])
    call("store", "rebuild")
    told.append(call("report", "--format", "json").json["zone"])
    assert told == ["Europe/London", "Asia/Shanghai", "Asia/Shanghai"]
