"""The first check of a store: what it knows nothing of, and what was there long before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clearance import config
from clearance.cli import watch
from clearance.cli._run import Run as Started
from tests.conftest import AS_OF, INSPECTED, Case, Run, at, laid
from tests.receivers import Answer, Receiver, receiver

NEXT_DAY = "2026-03-07T09:05:00+08:00"
LONG_AFTER = "2026-03-20T09:00:00+08:00"
HOOK = """
[channels.hook]
kind = "webhook"
url = "env:HOOK"
severities = ["info", "warning", "critical"]
"""


def new(run: Run, *arguments: str, as_of: str = AS_OF) -> dict[str, Any]:
    ran = run("check", "--as-of", as_of, "--format", "json", *arguments)
    assert ran.code == 0, ran.talk
    return dict(ran.json)


def test_the_first_check_of_a_store_whose_history_is_old_offers_a_baseline(kept: Run) -> None:
    ran = kept("check", "--as-of", LONG_AFTER)
    (line,) = (line for line in ran.talk.splitlines() if "--baseline" in line)
    assert "alerts are older than a week: clearance check --baseline takes" in line
    assert "--baseline" not in kept("check", "--as-of", LONG_AFTER).talk


def test_a_store_whose_history_is_young_is_offered_none(kept: Run) -> None:
    assert kept("check", "--as-of", AS_OF).talk == ""


def test_after_a_baseline_only_what_happens_from_then_on_is_told(kept: Run, tmp_path: Path) -> None:
    with receiver(Answer()) as hook:
        told = _told(kept, hook, tmp_path)
        assert told("--baseline") == []
        assert told(as_of=NEXT_DAY) == []
        case = Case(61)
        more = [*case.sent(at("07 08:00")), case.told("E", at("07 08:30"), numbered=False)]
        kept("ingest", laid(more, tmp_path / "in"))
        assert told(as_of=NEXT_DAY) == ["returned"]
        assert "returned" in told(as_of="2026-03-07T13:10:00+08:00")


def _told(kept: Run, hook: Receiver, tmp_path: Path) -> Any:
    """Runs checks, and says of which rules the channel was told by each."""
    file = tmp_path / "hook.toml"
    file.write_text(HOOK, encoding="utf-8")

    def told(*arguments: str, as_of: str = AS_OF) -> list[str]:
        before = len(hook.requests)
        ran = kept("check", "--as-of", as_of, "--config", file, *arguments, env={"HOOK": hook.url})
        assert ran.code == 0, ran.talk
        events = [json.loads(request.body)["data"] for request in hook.requests[before:]]
        lists = ("new", "repeated", "resolved")
        return [alert["rule"] for event in events for key in lists for alert in event[key]]

    return told


def test_a_deadline_that_is_open_at_the_baseline_is_told_when_it_comes(
    kept: Run, tmp_path: Path
) -> None:
    """The cut-off lies two days ahead: there is no alert of it yet, and what follows is told."""
    kept("plan", "set", "TEST-45", "--cutoff", "2026-03-08T09:00", "--as-of", AS_OF)
    with receiver(Answer()) as hook:
        told = _told(kept, hook, tmp_path)
        assert told("--baseline") == []
        assert told(as_of="2026-03-07T08:00:00+08:00") == []
        assert "vessel_cutoff" in told(as_of="2026-03-07T10:00:00+08:00")
        assert "vessel_cutoff" in told(as_of="2026-03-07T21:30:00+08:00")


def test_what_was_there_is_told_when_it_gets_worse(kept: Run, tmp_path: Path) -> None:
    kept("plan", "set", "TEST-45", "--cutoff", "2026-03-07T08:00", "--as-of", AS_OF)
    with receiver(Answer()) as hook:
        told = _told(kept, hook, tmp_path)
        assert told("--baseline") == []
        assert "vessel_cutoff" in told(as_of="2026-03-06T20:30:00+08:00")


def test_what_is_taken_as_told_is_shown_as_history_and_fails_nothing(kept: Run) -> None:
    ran = kept("check", "--baseline", "--as-of", AS_OF)
    assert ran.text == ""
    assert "alerts are taken as told: from now on only what happens is told" in ran.talk
    listed = kept("alerts", "list", "--as-of", AS_OF, "--format", "json").json["alerts"]
    assert listed
    assert all(alert["baseline"] and alert["told_at"] is None for alert in listed)
    assert "history" in kept("alerts", "list", "--as-of", AS_OF).text
    assert kept("check", "--fail-on", "warning", "--as-of", AS_OF).code == 0


def test_a_dry_baseline_says_how_many_it_would_take_and_takes_none(kept: Run) -> None:
    ran = kept("check", "--baseline", "--dry-run", "--as-of", AS_OF)
    assert "2 alerts would be taken as told" in ran.talk
    assert len(new(kept)["new"]) == 2


def test_a_baseline_ends_what_an_earlier_check_still_repeats_or_has_waiting(
    kept: Run, tmp_path: Path
) -> None:
    with receiver(Answer()) as hook:
        file = tmp_path / "hook.toml"
        file.write_text(HOOK + 'quiet = "00:00-09:30"\n', encoding="utf-8")
        common = ("--config", str(file))
        assert len(new(kept, *common)["new"]) == 2
        found = new(kept, *common, "--baseline")
        assert (found["new"], found["baseline"]) == ([], 2)
        for as_of in ("2026-03-06T09:40:00+08:00", NEXT_DAY, "2026-03-08T09:40:00+08:00"):
            assert new(kept, *common, as_of=as_of)["deliveries"] == []
        assert hook.requests == []


# What a check does not know


@pytest.mark.parametrize("there", [False, True], ids=["no store", "an empty store"])
def test_the_heartbeat_fails_where_there_is_nothing_to_look_at(
    run: Run, tmp_path: Path, there: bool
) -> None:
    if there:
        run("store", "init")
    file = tmp_path / "beat.toml"
    file.write_text('[heartbeat]\nurl = "env:BEAT"\n', encoding="utf-8")
    with receiver(Answer()) as beat:
        ran = run("check", "--config", file, env={"BEAT": f"{beat.url}/ping"})
        assert [request.path for request in beat.requests] == ["/ping/fail"]
    assert ran.code == (0 if there else 1)
    assert ran.talk.count("\n") == 1


@pytest.mark.parametrize("there", [False, True], ids=["no store", "an empty store"])
def test_who_watches_says_once_that_nothing_is_looked_at(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kept: Run,
    there: bool,
) -> None:
    """And again only if a store that held messages holds none any more."""
    monkeypatch.setattr(watch, "_CHECK_SECONDS", 0.0)
    url = tmp_path / "watched.db"
    if there:
        kept("store", "init", "--store", url)
    checks = watch._Checks(Started(store_url=str(url)))
    for _ in range(3):
        checks.note(None)
    assert capsys.readouterr().err == "nothing was looked at: the store holds no messages\n"
    kept("ingest", laid(INSPECTED.sent(at("04 09:00")), tmp_path / "in"), "--store", url)
    checks.note(None)
    assert "nothing was looked at" not in capsys.readouterr().err


def test_who_watches_says_once_that_no_heartbeat_can_be_sent(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kept: Run,
) -> None:
    """And again once one has been sent in between."""
    monkeypatch.setattr(watch, "_CHECK_SECONDS", 0.0)
    file = tmp_path / "beat.toml"
    file.write_text('[heartbeat]\nurl = "env:BEAT"\n', encoding="utf-8")
    checks = watch._Checks(Started(config_file=file, config=config.load(file)))
    told = "the heartbeat could not be sent: env:BEAT: the variable is not set\n"
    with receiver(Answer()) as beat:
        for address, said in (("", told), ("", ""), (f"{beat.url}/ping", ""), ("", told)):
            monkeypatch.setenv("BEAT", address)
            checks.note(None)
            assert capsys.readouterr().err == said
