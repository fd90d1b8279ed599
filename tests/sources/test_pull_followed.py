"""What is asked over HTTP is followed by ``watch``, and tried by ``doctor``, by the same way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_watch import FAST, Watch, watch  # noqa: F401
from tests.conftest import Run, laid, stories
from tests.receivers import Answer, Request, receiver

FILES = stories()


def settings(folder: Path, sources: Mapping[str, str]) -> Path:
    """A settings file with sources of ``kind = "http"``, by their addresses."""
    file = folder / "settings.toml"
    file.write_text(
        "".join(
            f'[sources.{name}]\nkind = "http"\nurl = "{url}"\nevery = "1s"\nretries = 0\n'
            for name, url in sources.items()
        ),
        encoding="utf-8",
    )
    return file


@pytest.mark.slow
def test_watch_asks_again_and_again_and_tells_a_failure_once(
    watch: Watch,  # noqa: F811
    call: Run,
    tmp_path: Path,
) -> None:
    asked: list[str] = []

    def route(request: Request) -> Answer:
        asked.append(request.path)
        if request.path == "/ill":
            return Answer(status=404)
        return Answer(FILES[min(asked.count("/well"), 3) - 1].data)

    with receiver(route=route) as server:
        sources = {"well": f"{server.url}/well", "ill": f"{server.url}/ill"}
        box = laid([FILES[5]], tmp_path / "InBox")
        file = settings(tmp_path, sources)
        with file.open("a", encoding="utf-8") as more:
            more.write(f'[sources.box]\nkind = "folder"\npath = {json.dumps(str(box))}\n')
        watching = watch(*FAST, "--config", file)
        watching.lines(4)
        code, said = watching.end()
    assert code == 0
    assert said.count("sources.ill: HTTP 404") == 1
    assert asked.count("/ill") > 1
    info = call("store", "info", "--config", file, "--format", "json").json
    known: dict[str, Any] = {one["name"]: one for one in info["sources"]}
    assert info["messages"] == 4
    assert known["well"]["last_success"]
    assert known["ill"]["error"] == "HTTP 404"


def test_doctor_asks_once_and_keeps_nothing(call: Run, tmp_path: Path, home: Path) -> None:
    with receiver(route=lambda r: Answer(FILES[0].data if r.path == "/well" else b"<html/>")) as it:
        file = settings(tmp_path, {"well": f"{it.url}/well", "ill": f"{it.url}/ill"})
        ran = call("doctor", "--config", file, "--format", "json")
        assert sorted(request.path for request in it.requests) == ["/ill", "/well"]
        checks = {check["name"]: check for check in ran.json["checks"]}
        assert checks["source well"]["result"] == "ok"
        assert checks["source ill"]["result"] == "failed"
        assert "HTML" in checks["source ill"]["detail"]
        call("doctor", "--offline", "--config", file)
        assert len(it.requests) == 2
    assert not (home / "clearance.db").exists()
