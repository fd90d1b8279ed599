"""The samples in docs/channels.md are what is sent. ``make golden`` writes them anew."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import datetime
from pathlib import Path

import pytest

from clearance import channels
from clearance.alerting import delivery
from clearance.alerting.rules import Context
from clearance.channels import (
    Accepted,
    Notification,
    Result,
    Terms,
    dingtalk,
    feishu,
    slack,
    teams,
    webhook,
    wecom,
)
from clearance.channels import email as mails
from clearance.config import load
from clearance.model import Severity
from clearance.render.notifications import notification as compose
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import intake
from tests.conftest import AS_OF, INSPECTED, ROOT, Case, Golden, at, stories

DOCS = ROOT / "docs" / "channels.md"
CONTACTS = {"2248": "customs desk, +86 21 5555 0100"}


class Ear:
    """A channel that remembers what it was sent."""

    kind = "ear"
    terms = Terms(severities=tuple(Severity))

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.heard: list[Notification] = []

    def check(self) -> None:
        """It lacks nothing."""

    def send(self, notice: Notification) -> Result:
        self.heard.append(notice)
        return Accepted()


def heard() -> dict[str, list[Notification]]:
    """What two checks tell: a return and an inspection, then that the inspection is over."""
    case = Case(61)
    files = [*stories(), *case.sent(at("06 08:00"))]
    files.append(case.told("E", at("06 08:30"), numbered=False, note="退单;商品归类与申报要素不符"))
    ears = {"zh": Ear("zh"), "en": Ear("en")}
    with open_store("memory:") as store:
        for more, as_of in (
            (files, AS_OF),
            ([INSPECTED.told("P", at("06 09:10"))], "2026-03-06T09:22:00+08:00"),
        ):
            now = datetime.fromisoformat(as_of)
            intake.ingest(store, [Item(file.name, file.data) for file in more], now)
            delivery.check(
                store, Context(now, contacts=CONTACTS), delivery.sender(ears, now), compose
            )
    return {lang: ear.heard for lang, ear in ears.items()}


def shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def mail(notice: Notification) -> str:
    """A mail as its reader sees it: its headers and its text."""
    settings = {"host": "mail.example.com", "from": "desk@example.com", "to": ["ops@example.com"]}
    channel = channels.channel({"kind": "email", **settings})
    assert isinstance(channel, mails.Channel)
    written = channel.mail(notice)
    names = ("Subject", "From", "To", "Date", "Message-ID", "References", "Auto-Submitted")
    plain = written.get_body(("plain",))
    assert plain
    return "\n".join([*(f"{n}: {written[n]}" for n in names), "", plain.get_content().rstrip()])


def console(notice: Notification) -> str:
    with redirect_stderr(io.StringIO()) as told:
        channels.channel({"kind": "console"}).send(notice)
    return told.getvalue().rstrip()


SAMPLES: dict[str, tuple[str, int, Callable[[Notification], str]]] = {
    "dingtalk": ("zh", 0, lambda one: str(dingtalk.body(one)["markdown"]["text"])),
    "wecom": ("zh", 1, lambda one: str(wecom.body(one)["markdown"]["content"])),
    "feishu": ("zh", 2, lambda one: shown(feishu.body(one))),
    "slack": ("en", 0, lambda one: shown(slack.body(one))),
    "teams": ("en", 2, lambda one: shown(teams.body(one))),
    "webhook": ("en", 0, lambda one: shown(webhook.events(one)[0])),
    "email": ("en", 1, mail),
    "console": ("en", 0, console),
}


@pytest.fixture(scope="module")
def notices() -> dict[str, list[Notification]]:
    return heard()


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sample_is_what_is_sent(
    kind: str, notices: dict[str, list[Notification]], golden: Golden
) -> None:
    lang, number, written = SAMPLES[kind]
    sample = written(notices[lang][number])
    text = DOCS.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- {kind} -->\n```\w*\n).*?(\n```\n<!-- /{kind} -->)", re.DOTALL)
    assert len(block.findall(text)) == 1
    golden(DOCS, block.sub(lambda found: found[1] + sample + found[2], text))


@pytest.mark.parametrize("folder", ["clearance", "docs", "."])
def test_nobody_is_told_to_install_what_an_index_has_under_our_name(folder: str) -> None:
    """``clearance`` is on no package index: anybody may put something there by that name."""
    files = (ROOT / folder).glob("*" if folder == "." else "**/*")
    told = [
        f"{file.name}: {found}"
        for file in files
        if file.suffix in (".md", ".py")
        for found in re.findall(
            r"(?:pipx?|uv tool) install [^`\n]*\bclearance\b(?!/)[^`\n]*|clearance\[.*",
            file.read_text(encoding="utf-8"),
        )
    ]
    assert told == []


def test_every_kind_has_a_sample() -> None:
    assert {*SAMPLES, "lark"} == set(channels.kinds())


def test_the_settings_in_the_docs_can_be_used(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "config.toml"
    file.write_text("\n".join(blocks), encoding="utf-8")
    assert {channel.kind for channel in load(file).channels.values()} == set(channels.kinds())
