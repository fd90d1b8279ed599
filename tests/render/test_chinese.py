"""Everything that a person reads has its Chinese: headings, phrases, sentences, values, answers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import clearance
from clearance.alerting.rules import RULES
from clearance.customs import systems
from clearance.customs.cn_single_window import codes
from clearance.customs.cn_single_window.law import DUTY_PROVISIONS
from clearance.model import INTERVALS, Inconsistency, Stage, in_language
from clearance.render.chinese import answers, foreign
from clearance.render.findings import value_text
from clearance.render.notes import inconsistency
from clearance.render.text import duration
from clearance.render.words import (
    CHINESE,
    interval_word,
    one_of_both,
    provision,
    understood,
    worded,
)

PACKAGE = Path(clearance.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
HAN = re.compile("[\u4e00-\u9fff]")
SAME = re.compile(r"[PRn]?[A-Z]*[ \d.%–≤+-]*")
"""Headings that are the same in every language, such as ``P90``, ``RMST-30`` and ``n``."""
ENDS = {"ended", "open", "still", "interval"}
"""What a report's interval and its end are called: each language takes the words it needs."""
FOUND = {"problem", "info", "warning", "critical", "fine"}
"""Functions of rules whose values are shown with their names."""


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def calls(*names: str, below: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function by its name, and where it stands."""
    for file, tree in TREES.items():
        if below in file.relative_to(PACKAGE).as_posix():
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                    if name in names:
                        yield f"{file.name}:{node.lineno}", node


def constants(arguments: list[ast.expr]) -> Iterator[str]:
    """The texts that stand as they are among arguments, or in a choice of two."""
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
        elif isinstance(argument, ast.IfExp):
            yield from constants([argument.body, argument.orelse])


def has_chinese(phrase: str) -> bool:
    return phrase in CHINESE or SAME.fullmatch(phrase) is not None


def answer(text: ast.Constant | ast.JoinedStr) -> str:
    """A text with a number for what is only known when it is made."""
    if isinstance(text, ast.Constant):
        return str(text.value)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "7" for part in text.values
    )


def sentences() -> Iterator[tuple[str, dict[str, str]]]:
    """Every table of one text by language."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                texts = {
                    str(key.value): str(value.value)
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
                }
                if "en" in texts:
                    yield f"{file.name}:{node.lineno}", texts


SENTENCES = list(sentences())


def test_every_phrase_has_its_chinese() -> None:
    missing = [
        (where, phrase)
        for where, call in calls("say", "translated", "word")
        for phrase in constants(call.args[:1])
        if phrase and not has_chinese(phrase)
    ]
    assert missing == []


def test_every_heading_has_its_chinese() -> None:
    missing = [
        (where, heading)
        for where, call in calls("columns")
        for heading in constants(call.args[1:])
        if not has_chinese(heading.lstrip(">=%"))
    ]
    assert missing == []


def test_every_sentence_has_its_chinese_with_the_same_values() -> None:
    assert len(SENTENCES) > 150
    wrong = [
        (where, texts["en"])
        for where, texts in SENTENCES
        if "zh" not in texts
        or fields(texts["zh"]) - ENDS != fields(texts["en"]) - ENDS
        or (
            re.search("[a-z]{3}", re.sub(r"{.*?}", "", texts["en"])) and not HAN.search(texts["zh"])
        )
    ]
    assert wrong == []


def test_every_value_of_a_finding_has_a_chinese_name() -> None:
    missing = {
        keyword.arg
        for _, call in calls(*FOUND, below="alerting/rules")
        for keyword in call.keywords
        if keyword.arg
        and keyword.arg not in ("variant", "step", "running")
        and keyword.arg not in CHINESE
    }
    assert missing == set()


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_has_a_chinese_name(interval: str) -> None:
    assert HAN.search(interval_word(interval, "zh"))


def test_every_answer_of_a_channel_has_its_chinese() -> None:
    """What is only known when it is sent is a number or a word here."""
    written = [
        (where, answer(call.args[0]))
        for where, call in calls("Retry", "Refused")
        if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    ]
    texts = [(where, text) for where, text in written if re.search("[a-z]{2}.* ", text)]
    assert len(texts) > 25
    assert [entry for entry in texts if not HAN.search(foreign.in_chinese(entry[1]))] == []


def test_what_was_said_of_an_alert_s_change_is_worded() -> None:
    assert foreign.in_chinese("until 2026-09-10T09:00:00+08:00") == "至 2026-09-10 09:00"
    for text in answers.TEXTS:
        assert HAN.search(foreign.in_chinese(text))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(8, "8 秒"), (720, "12 分钟"), (18660, "5 小时 11 分"), (136800, "1 天 14 小时")],
)
def test_a_duration_has_chinese_units(seconds: int, text: str) -> None:
    assert duration(seconds, lang="zh") == text


@pytest.mark.parametrize(
    ("written", "chinese", "english"),
    [
        ("关税法 Art. 43", "关税法第四十三条", "Customs Tariff Law, Art. 43"),
        ("海关法 Art. 24", "海关法第二十四条", "Customs Law, Art. 24"),
        ("海关法 Art. 60", "海关法第六十条", "Customs Law, Art. 60"),
        ("海关法 Art. 10", "海关法第十条", "Customs Law, Art. 10"),
        ("海关法 Art. 11", "海关法第十一条", "Customs Law, Art. 11"),
        (
            "海关总署公告 2019 No. 216",
            "海关总署公告2019年第216号",
            "Announcement of the General Administration of Customs, No. 216 of 2019",
        ),
        ("办法 Art. 5", "办法第五条", "办法 Art. 5"),
        ("my own rule", "my own rule", "my own rule"),
    ],
)
def test_a_provision_is_cited_as_its_language_does(
    written: str, chinese: str, english: str
) -> None:
    assert provision(written, "zh") == chinese
    assert provision(written, "en") == english


def test_no_citation_of_the_rules_has_chinese_in_english() -> None:
    of_rules = (rule.defaults.get("legal_basis") for rule in RULES.values())
    cited = [*filter(None, of_rules), *(one.citation for one in DUTY_PROVISIONS)]
    assert len(cited) > 5
    assert not [one for one in cited if HAN.search(provision(str(one), "en"))]


def test_a_chinese_sentence_has_full_width_signs_but_not_in_its_values() -> None:
    words = {"en": "{a}: {b}", "zh": "甲 ({a}): {b}, 乙; 丙"}
    assert worded(words, "zh", a="1, 2", b=["x", "y"]) == "甲（1, 2）：x、y，乙；丙"


def test_meanings_of_an_unclear_code_are_told_in_one_language() -> None:
    """They are kept with both: "查验通知 inspection ordered"."""
    possible = [code for written in "1ACGIJKSWZ38" for code in codes._meanings(written, "")]
    assert len(possible) > 12
    for code in possible:
        chinese, english = (in_language(code.words, lang) for lang in ("zh", "en"))
        assert one_of_both(f"{chinese} {english}", "zh") == chinese
        assert one_of_both(f"{chinese} {english}", "en") == english
    values = {"code": "I", "meanings": ["查验通知 inspection ordered", "已放行 released"]}
    found = Inconsistency("unclear_code", values, None)
    assert "inspection" not in inconsistency(found, "zh")
    assert "查验通知" not in inconsistency(found, "en")


def test_every_kind_of_refusal_is_named_in_both_languages() -> None:
    """An alert that counts what could not be read called it by the program's own names."""
    kinds = {
        call.args[0].value
        for _, call in calls("Unreadable")
        if call.args and isinstance(call.args[0], ast.Constant)
    }
    assert len(kinds) > 15
    for kind in kinds - {"not_a_status"}:  # which is passed over
        texts = [value_text("kind", kind, {}, lang) for lang in ("en", "zh")]
        assert kind != texts[0] or kind == "empty"
        assert HAN.search(texts[1])


@pytest.mark.parametrize("name", systems())
def test_what_a_list_calls_a_stage_or_a_direction_is_understood(name: str) -> None:
    """In the words of each customs system, with and without the 已 of what is done."""
    for choice, words in systems()[name].stage_words.items():
        choices = ["import", "export", "transit", *Stage]
        for word in words.values():
            for written in (word, word.removeprefix("已")):
                assert understood(written, choices) == choice
