"""``clearance check``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import ALERT, LATER, fits, has_offset
from tests.cli.test_alerts import found
from tests.conftest import AS_OF, INSPECTED, RETURNED, UNKNOWN, Case, Run, at, laid, stories


def test_check_has_every_key_of_the_contract(kept: Run) -> None:
    result = kept("check", "--as-of", AS_OF, "--format", "json").json
    assert result["as_of"] == AS_OF
    assert {alert["rule"] for alert in result["new"]} == {"inspection_ordered", "unknown_code"}
    for alert in result["new"]:
        assert fits(alert, ALERT)
        assert alert["severity"] in ("info", "warning", "critical")
        assert has_offset(alert["since"])
    by_rule = {alert["rule"]: alert for alert in result["new"]}
    assert by_rule["inspection_ordered"]["declaration"] == INSPECTED.entry
    assert by_rule["unknown_code"]["declaration"] is None
    assert (result["resolved"], result["repeated"], result["open"]) == ([], [], 2)
    for one in result["cannot_assess"]:
        assert fits(one, {"rule": str, "why": str})
        assert isinstance(one["declaration"], str)
    assert result["cannot_assess"]
    assert result["deliveries"] == []


def test_an_alert_carries_customs_note_verbatim_in_every_language(kept: Run) -> None:
    for lang in ("en", "zh"):
        ran = kept("check", "--dry-run", "--as-of", AS_OF, "--lang", lang, "--format", "json")
        (alert,) = (a for a in ran.json["new"] if a["rule"] == "inspection_ordered")
        assert "查验通知;请携带[/单证]到场" in alert["message"]


def test_check_prints_nothing_when_nothing_changed(kept: Run) -> None:
    assert INSPECTED.entry in kept("check", "--as-of", AS_OF).text
    again = kept("check", "--as-of", AS_OF)
    assert (again.code, again.out, again.err) == (0, b"", b"")
    told = kept("check", "--as-of", AS_OF, "--format", "json").json
    assert (told["new"], told["resolved"], told["open"]) == ([], [], 2)


def test_a_dry_run_keeps_nothing(kept: Run, home: Path) -> None:
    first = kept("check", "--dry-run", "--as-of", AS_OF, "--format", "json")
    assert len(first.json["new"]) == 2
    assert kept("check", "--dry-run", "--as-of", AS_OF, "--format", "json").out == first.out
    assert kept("alerts", "list", "--all", "--format", "json").json["alerts"] == []
    assert kept("check", "--as-of", AS_OF, "--format", "json").out == first.out


def test_what_is_over_is_listed_as_resolved_once(kept: Run, tmp_path: Path) -> None:
    first = kept("check", "--as-of", AS_OF, "--format", "json").json["new"]
    (inspection,) = (alert for alert in first if alert["rule"] == "inspection_ordered")
    kept("ingest", laid([INSPECTED.told("P", at("06 10:00"))], tmp_path / "more"))
    result = kept("check", "--as-of", LATER, "--format", "json").json
    (over,) = result["resolved"]
    assert fits(over, ALERT)
    assert (over["id"], over["state"]) == (inspection["id"], "resolved")
    assert (result["new"], result["open"]) == ([], 1)
    assert kept("check", "--as-of", LATER).out == b""
    live = kept("alerts", "list", "--format", "json").json["alerts"]
    assert [alert["rule"] for alert in live] == ["unknown_code"]
    both = kept("alerts", "list", "--all", "--format", "json").json["alerts"]
    assert {(a["rule"], a["state"]) for a in both} == {
        ("inspection_ordered", "resolved"),
        ("unknown_code", "firing"),
    }


def test_an_alert_keeps_its_id_when_the_declaration_gets_its_number(
    call: Run, tmp_path: Path
) -> None:
    case = Case(61)
    ordered = case.told("C", at("05 10:00"), numbered=False)
    call("ingest", laid([*case.sent(at("04 09:00")), ordered], tmp_path / "in"))
    (before,) = call("check", "--as-of", AS_OF, "--format", "json").json["new"]
    assert before["declaration"] == case.unified
    call("ingest", laid([case.told("L", at("04 09:01"))], tmp_path / "more"))
    assert call("check", "--as-of", AS_OF, "--format", "json").json["new"] == []
    (after,) = call("alerts", "list", "--as-of", AS_OF, "--format", "json").json["alerts"]
    assert (after["id"], after["declaration"]) == (before["id"], case.entry)


@pytest.mark.parametrize(
    ("severity", "story", "code"),
    [
        ("warning", "stories", 6),
        ("critical", "stories", 0),
        ("critical", "returned", 6),
        ("warning", "closed", 0),
    ],
)
def test_findings_are_exit_6_only_when_asked_and_not_only_new_ones(
    call: Run, tmp_path: Path, severity: str, story: str, code: int
) -> None:
    told = {
        "stories": stories(),
        "returned": [*RETURNED.sent(at("03 10:00")), RETURNED.told("E", at("03 11:00"))],
        "closed": stories()[:5],
    }
    call("ingest", laid(told[story], tmp_path / "in"))
    assert call("check", "--as-of", AS_OF, "--dry-run").code == 0
    for _ in range(2):
        assert call("check", "--as-of", AS_OF, "--fail-on", severity).code == code
    ran = call("check", "--as-of", AS_OF, "--fail-on", severity, "--format", "json")
    assert (ran.code, ran.json["new"]) == (code, [])
    assert call("check", "--as-of", AS_OF).code == 0


def test_whom_to_call_stands_in_the_next_step(kept: Run, tmp_path: Path) -> None:
    """The contact of the office, and of the shipment where a plan names one."""
    config = tmp_path / "c.toml"
    config.write_text('[contacts]\n"2248" = "desk, +86 21 5555 0100"\n', encoding="utf-8")
    kept("plan", "set", UNKNOWN.own, "--contact", "Wang", "--as-of", "2026-03-01T08:00")
    run = ("check", "--dry-run", "--as-of", AS_OF, "--format", "json", "--config", config)
    by_rule = {a["rule"]: a for a in kept(*run).json["new"]}
    assert by_rule["inspection_ordered"]["contact"] == "desk, +86 21 5555 0100"
    assert "+86 21 5555 0100" in by_rule["inspection_ordered"]["next_step"]
    text = kept("check", "--dry-run", "--as-of", AS_OF, "--config", config).text
    assert "desk, +86 21 5555 0100" in text


def test_a_configured_folder_is_a_feed_of_its_own(call: Run, inbox: Path, tmp_path: Path) -> None:
    """What was read from it bears its name; when it is gone that is told at once."""
    config = tmp_path / "c.toml"
    config.write_text(
        f"[sources.harbour]\nkind = 'folder'\npath = '{inbox.as_posix()}'\n", encoding="utf-8"
    )
    own = ("--config", config, "--as-of", AS_OF, "--format", "json")
    assert call("ingest", inbox, "--config", config).code == 0
    assert call("ingest", inbox, "--config", config, "--format", "json").json["new"] == 0
    assert {a["rule"] for a in call("check", *own).json["new"]} == {
        "inspection_ordered", "unknown_code",
    }  # fmt: skip
    labels = {a["labels"].get("feed") for a in found(call("alerts", "list", "--format", "json"))}
    assert "harbour" in labels
    inbox.rename(tmp_path / "elsewhere")
    (silent,) = call("check", *own).json["new"]
    assert silent["rule"] == "feed_silent"
    assert silent["declaration"] is None
    assert "harbour cannot be read" in silent["message"]
