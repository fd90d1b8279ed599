"""The text of a message: within what its channel takes, and read as no markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.channels import (
    Line,
    Notification,
    _text,
    dingtalk,
    email,
    feishu,
    slack,
    teams,
    webhook,
    wecom,
)
from clearance.errors import BadArgument
from clearance.model import Severity
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


def section(body: Any) -> Any:
    """The text of a message for Slack."""
    return body["attachments"][0]["blocks"][0]["text"]


BODIES: dict[str, tuple[Callable[[Notification], Any], Callable[[Any], int], int]] = {
    "dingtalk": (dingtalk.body, packed, 20_000),
    "wecom": (wecom.body, lambda made: len(made["markdown"]["content"].encode()), 4096),
    "feishu": (feishu.body, packed, 20_000),
    "slack": (slack.body, lambda made: len(section(made)["text"]), 3000),
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
    assert section(made)["verbatim"] is True
    assert "R&amp;D &amp;lt;!here&amp;gt;" in section(made)["text"]


def test_teams_shows_text_in_runs_which_read_no_markdown() -> None:
    made = teams.body(notice(*alert(1, HOSTILE + "{{DATE(2026-01-01)}}")))
    blocks = made["attachments"][0]["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    assert {run["type"] for block in blocks for run in block["inlines"]} == {"TextRun"}
    assert "{{" not in texts(made)


def test_dingtalk_calls_nobody_unless_it_is_told_whom() -> None:
    assert dingtalk.body(notice())["at"] == {"atMobiles": [], "isAtAll": False}


CALLED: dict[str, tuple[Callable[..., Any], str, str]] = {
    "dingtalk": (dingtalk.body, "13800000000", "@13800000000"),
    "wecom": (wecom.body, "ZhangSan", "<@ZhangSan>"),
    "feishu": (feishu.body, "ou_18eac85d35a26f98", "<at id=ou_18eac85d35a26f98></at>"),
    "slack": (slack.body, "U024BE7LH", "<@U024BE7LH>"),
}


@pytest.mark.parametrize("kind", CALLED)
@given(one=notices())
def test_whom_a_message_calls_stands_in_it_however_long_it_is(kind: str, one: Notification) -> None:
    """And nobody else: customs' text calls nobody."""
    body, id, mark = CALLED[kind]
    made = body(one, [id])
    _, size, limit = BODIES[kind]
    assert texts(made).count(mark) == 1
    assert size(made) <= limit
    assert texts(body(one)).count(mark) == 0


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("dingtalk", ["13800000000", "+852-61234567"], ["all", "@all", "1380000000a", ""]),
        ("wecom", ["ZhangSan", "zhang.san@corp"], ["@all", "a b", "<@x>", ""]),
        ("feishu", ["ou_18eac85d35a26f98"], ["all", "ou_", "on_18eac85d35a26f98", "ou_1></at>"]),
        ("slack", ["U024BE7LH", "W024BE7LH"], ["!channel", "here", "u024be7lh", "U1>"]),
    ],
)
def test_a_channel_calls_only_what_its_service_knows_people_by(
    kind: str, good: list[str], bad: list[str], made: Callable[..., Any]
) -> None:
    channel = made(kind, "https://x.example", mention=good)
    assert channel.called(replace(notice(), calls=True)) == tuple(good)
    assert channel.called(notice()) == ()
    for written in bad:
        with pytest.raises(BadArgument, match="mention: "):
            made(kind, "https://x.example", mention=[written])


COLOURS: dict[str, Callable[[Notification], Any]] = {
    "wecom": lambda one: wecom.body(one)["markdown"]["content"].splitlines()[0],
    "feishu": lambda one: feishu.body(one)["card"]["header"]["template"],
    "slack": lambda one: slack.body(one)["attachments"][0]["color"],
    "teams": lambda one: str(teams.body(one)["attachments"][0]["content"]["body"][0]),
    "email": lambda one: email._html(one).partition("</h2>")[0],
}


@pytest.mark.parametrize("kind", COLOURS)
def test_how_bad_it_is_shows_by_its_colour_and_so_does_what_is_over(kind: str) -> None:
    one = notice()
    shown = {
        COLOURS[kind](replace(one, severity=Severity.CRITICAL)),
        COLOURS[kind](replace(one, severity=Severity.INFO)),
        COLOURS[kind](replace(one, over=True)),
    }
    assert len(shown) == 3
    assert COLOURS[kind](replace(one, severity=Severity.WARNING)) != COLOURS[kind](
        replace(one, over=True)
    )


@pytest.mark.parametrize("count", range(2, 9))
def test_no_number_of_braces_leaves_two_together_in_a_card(count: int) -> None:
    braces = "{" * count + "DATE(2026-01-01)" + "}" * count
    text = texts(teams.body(notice(*alert(1, braces))))
    assert "{{" not in text
    assert "}}" not in text
