"""The text of a message: within what its channel takes, and read as no markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.channels import (
    Line,
    Notification,
    _text,
    dingtalk,
    feishu,
    slack,
    teams,
    webhook,
    wecom,
)
from tests.channels.support import HOSTILE, alert, notice


def texts(body: Any) -> str:
    """Everything that a body says to people."""
    if isinstance(body, dict):
        keep = {"$schema", "contentType"}
        return "\n".join(texts(value) for key, value in body.items() if key not in keep)
    if isinstance(body, list):
        return "\n".join(map(texts, body))
    return str(body)


def packed(body: Any) -> int:
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


BODIES: dict[str, tuple[Callable[[Notification], Any], Callable[[Any], int], int]] = {
    "dingtalk": (dingtalk.body, packed, 20_000),
    "wecom": (wecom.body, lambda made: len(made["markdown"]["content"].encode()), 4096),
    "feishu": (feishu.body, packed, 20_000),
    "slack": (slack.body, lambda made: len(made["blocks"][0]["text"]["text"]), 3000),
    "teams": (teams.body, packed, 28 * 1024),
    "webhook": (lambda one: max(webhook.events(one), key=packed), packed, 20_000),
}

ANY = st.text(
    st.one_of(st.sampled_from('[]()<>*_~`#@|\\&"{}!海关退单'), st.characters(codec="utf-8")),
    max_size=700,
)


@st.composite
def notices(draw: st.DrawFn) -> Notification:
    """Messages of any length with any text in them."""
    found = [
        alert(number, draw(ANY), draw(st.integers(0, 4)))
        for number in range(draw(st.integers(1, 60)))
    ]
    flat = [line for lines in found for line in lines]
    document = {
        "new": [{"id": f"{n:012}", "message": some[0].text} for n, some in enumerate(found)]
    }
    section = Line("section", "new")
    return notice(section, *flat, lang=draw(st.sampled_from(["en", "zh"])), document=document)


@pytest.mark.parametrize("kind", BODIES)
@given(one=notices())
def test_a_message_never_exceeds_what_its_channel_takes(kind: str, one: Notification) -> None:
    """And where it was cut, it says how many are left, and no line of it was cut in two."""
    body, size, limit = BODIES[kind]
    made = body(one)
    assert size(made) <= limit
    count = sum(line.kind == "alert" for line in one.lines)
    if kind == "webhook":
        shown, left = len(made["data"]["new"]), made["data"]["more"]
    else:
        text = texts(made)
        marks = [_text.MORE[one.lang].format(n) for n in range(count, 0, -1)]
        left = next((count - at for at, mark in enumerate(marks) if mark in text), 0)
        shown = sum(f"22482026100000{number:04}: " in text for number in range(count))
    assert shown + left in ((count,) if left != 1 or kind == "webhook" else (count, count + 1))


def test_a_long_message_is_cut_between_alerts_and_says_how_many_are_left() -> None:
    lines = [line for number in range(100) for line in alert(number)]
    made = wecom.body(notice(Line("section", "new"), *lines))["markdown"]["content"]
    assert 3500 < len(made.encode()) <= 4096
    *_, last, more = made.splitlines()
    assert last.startswith("> detail 2 of ")
    shown = made.count("returned")
    assert more == f"+{100 - shown} more, run clearance alerts list"


def test_chinese_is_counted_in_bytes() -> None:
    lines = alert(1, "退" * 450) + alert(2, "单" * 450) + alert(3, "海" * 450)
    for body, size, limit in BODIES.values():
        assert size(body(notice(*lines))) <= limit
    made = wecom.body(notice(*lines))["markdown"]["content"]
    assert "单" * 450 in made
    assert "海" not in made


@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu", "slack"])
def test_customs_text_is_not_read_as_markup(kind: str) -> None:
    made = texts(BODIES[kind][0](notice(*alert(1, HOSTILE))))
    line = next(line for line in made.splitlines() if "returned" in line)
    said = line[line.index("returned") :].removesuffix("**").removesuffix("*")
    assert not set(said) & set("@<>[]`*")
    assert "＠all" in said


def test_slack_makes_no_link_or_mention_of_what_looks_like_one() -> None:
    made = slack.body(notice(*alert(1, HOSTILE + " R&D &lt;!here&gt;")))
    assert made["blocks"][0]["text"]["verbatim"] is True
    assert "R&amp;D &amp;lt;!here&amp;gt;" in made["blocks"][0]["text"]["text"]


def test_teams_shows_text_in_runs_which_read_no_markdown() -> None:
    made = teams.body(notice(*alert(1, HOSTILE + "{{DATE(2026-01-01)}}")))
    blocks = made["attachments"][0]["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    assert {run["type"] for block in blocks for run in block["inlines"]} == {"TextRun"}
    assert "{{" not in texts(made)


def test_dingtalk_calls_nobody() -> None:
    assert dingtalk.body(notice())["at"] == {"atMobiles": [], "isAtAll": False}


@pytest.mark.parametrize("count", range(2, 9))
def test_no_number_of_braces_leaves_two_together_in_a_card(count: int) -> None:
    braces = "{" * count + "DATE(2026-01-01)" + "}" * count
    text = texts(teams.body(notice(*alert(1, braces))))
    assert "{{" not in text
    assert "}}" not in text
