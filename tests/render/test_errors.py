"""Errors and phrases are worded in the reader's language, each with all its values."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import clearance
from clearance import errors as kinds
from clearance.errors import BadArgument, ClearanceError, NoCalendar, Phrase, Unreadable
from clearance.render import errors
from clearance.render.chinese import foreign
from clearance.render.phrases import worded
from clearance.render.words import Bilingual

SOURCES = sorted(Path(clearance.__file__).parent.rglob("*.py"))
SAYING = {name for name, kind in vars(kinds).items() if isinstance(kind, type)}
"""Names of the classes that take a template: errors and phrases."""


def fields(template: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in Formatter().parse(template) if name}


TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
NAMED = {
    target.id: node.value
    for tree in TREES.values()
    for node in tree.body
    if isinstance(node, ast.Assign)
    for target in node.targets
    if isinstance(target, ast.Name) and target.id.isupper()
}
"""What modules give names in capitals."""


def texts(argument: ast.expr) -> list[str] | None:
    """The constants that a template may be, also by name; None where it is not made of those."""
    if isinstance(argument, ast.IfExp):
        both = texts(argument.body), texts(argument.orelse)
        return None if None in both else [text for some in both for text in some or ()]
    if isinstance(argument, ast.Name) and argument.id in NAMED:
        return texts(NAMED[argument.id])
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    return None


def own_templates() -> dict[str, str]:
    """The templates of errors that make them themselves, by the name of the error."""
    source = Path(kinds.__file__).read_text(encoding="utf-8")
    return {
        kind.name: template
        for kind in ast.parse(source).body
        if isinstance(kind, ast.ClassDef)
        for node in ast.walk(kind)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"
        for template in texts(node.args[0]) or ()
    }


OWN = own_templates()


def sayings() -> Iterator[tuple[str, list[str] | None, set[str] | None]]:
    """Where an error or a phrase is made, its templates, and the names of its values."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = node.func.id
            if name in SAYING and name not in OWN:
                place = 1 if name == Unreadable.__name__ else 0
                values = {keyword.arg for keyword in node.keywords if keyword.arg}
                spread = any(keyword.arg is None for keyword in node.keywords)
                yield (
                    f"{file.name}:{node.lineno}",
                    texts(node.args[place]),
                    None if spread else values,
                )


SAYINGS = list(sayings())


def test_every_error_has_a_constant_template_so_that_it_can_be_worded() -> None:
    assert len(SAYINGS) > 150
    assert [where for where, templates, _ in SAYINGS if templates is None] == []


def test_every_template_has_its_chinese() -> None:
    missing = [
        (where, text)
        for where, templates, _ in SAYINGS
        for text in templates or ()
        if text not in errors.CHINESE
    ]
    assert missing == []


def test_every_error_is_given_the_values_that_its_template_names() -> None:
    wrong = [
        (where, text)
        for where, templates, values in SAYINGS
        for text in templates or ()
        if values is not None and fields(text) != values
    ]
    assert wrong == []


def test_no_chinese_template_is_left_of_an_error_that_is_gone() -> None:
    made = {text for _, templates, _ in SAYINGS for text in templates or ()}
    own = {
        NoCalendar(2031).template,
        kinds.NoStore("store.db").template,
        kinds.StoreOlder("store.db").template,
    }
    assert set(errors.CHINESE) - made - own == set()


@pytest.mark.parametrize("template", errors.CHINESE)
def test_a_chinese_template_names_the_values_of_the_english_one(template: str) -> None:
    assert fields(errors.CHINESE[template]) == fields(template)


def test_an_error_is_worded_in_chinese_and_its_text_stays_english() -> None:
    assert "2031" in worded(NoCalendar(2031), "zh")
    assert "缺少" in worded(NoCalendar(2031), "zh")
    assert str(NoCalendar(2031)).startswith("there is no official calendar for 2031")


def test_a_value_with_braces_stands_as_it_is() -> None:
    assert str(BadArgument("{option}: wrong", option="{x}")) == "{x}: wrong"


def test_an_error_or_a_phrase_within_an_error_is_worded_too() -> None:
    inner = NoCalendar(2031)
    assert worded(BadArgument("{file}: {why}", file="a.toml", why=inner), "zh").startswith(
        "a.toml：缺少 2031"
    )
    secret = BadArgument("{secret}: cannot be read: {why}", secret="file:x", why=Phrase("a text"))
    assert worded(secret, "zh") == "file:x：无法读取：文本"


def test_a_list_in_an_error_has_the_comma_of_the_language() -> None:
    error = BadArgument("--sort {order}: choose {choices}", order="x", choices=["urgent", "since"])
    assert str(error) == "--sort x: choose urgent, since"
    assert worded(error, "zh") == "--sort x：可选：urgent、since"


def test_an_error_of_the_operating_system_within_an_error_is_worded_without_its_number() -> None:
    error = ClearanceError("{file}: {why}", file="a", why=PermissionError(13, "Permission denied"))
    assert str(error) == "a: Permission denied"
    assert worded(error, "zh") == "a：没有权限"


@pytest.mark.parametrize(
    ("said", "chinese"),
    [
        (
            "No such option: --frm (Possible options: --format)",
            "没有选项 --frm（相近的选项：--format）",
        ),
        ("No such command 'statsu'.", "没有命令“statsu”"),
        ("Missing argument 'REF...'.", "缺少参数 编号..."),
        (
            "Invalid value for '--limit': 'x' is not a valid integer.",
            "--limit 的值无效：“x”不是整数",
        ),
        ("Expected `int`, got `str`", "应为整数，而不是文本"),
        ("Expected `str | null`, got `int`", "应为文本或空，而不是整数"),
        ("Invalid value (at line 3, column 5)", "值无效（第 3 行第 5 列）"),
        ("Expected `str`, got `date`", "应为文本，而不是日期"),
        ('Expected \'"""\' (at line 3, column 5)', '缺少 \'"""\'（第 3 行第 5 列）'),
        ("maximum recursion depth exceeded in comparison", "嵌套层数过多"),
        ("bad character range z-a", "字符范围 z-a 有误"),
        ("something new", "something new"),
    ],
)
def test_what_others_say_is_worded_by_its_pattern(said: str, chinese: str) -> None:
    assert foreign.in_chinese(said) == chinese


@pytest.mark.parametrize(
    "spoilt", ['{"a":', "{'a': 1}", '{"a" 1}', '["a" "b"]', "{} {}", '"a', '"\\x"', '"\n"']
)
def test_what_is_wrong_with_json_is_said_in_chinese_too(spoilt: str) -> None:
    with pytest.raises(ValueError) as raised:
        json.loads(spoilt)
    said = foreign.in_chinese(str(raised.value))
    assert re.search("[a-z]", said) is None
    assert "行第" in said


def test_no_blank_stands_behind_a_wide_bracket() -> None:
    near = Bilingual({"en": "I20260000000003240 (draft)", "zh": "I20260000000003240（暂存）"})
    said = kinds.NotFound(
        "{number!r} is the end of {near}: give six digits at least, or all of it",
        number="3240",
        near=near,
    )
    assert errors.in_chinese(said).startswith("“3240”是 I20260000000003240（暂存）的末尾")


@pytest.mark.parametrize(
    "word", ["null", "int", "severity", "baseline", "worse", "Permission denied"]
)
def test_a_word_that_a_person_wrote_is_never_translated(word: str) -> None:
    """It was: a declaration ``null`` was told as one that is empty in Chinese."""
    said = BadArgument("no declaration is known by {number!r}", number=word)
    assert worded(said, "zh") == f"没有编号为“{word}”的报关单"
    keys = BadArgument(
        "{option} {written}: choose {choices}", option=word, written=word, choices=[word]
    )
    assert worded(keys, "zh") == f"{word} {word}：可选：{word}"


def test_a_name_that_has_a_blank_behind_a_wide_bracket_is_told_as_it_is() -> None:
    said = kinds.BadArgument(
        "{argument} does not exist: give a file, a folder, a zip file, or -",
        argument="回执（1） 副本.xml",
    )
    assert errors.in_chinese(said).startswith("回执（1） 副本.xml 不存在")


def test_a_chinese_template_quotes_with_chinese_marks() -> None:
    """Values of settings are shown as TOML has them, which tells a text from a number."""
    quoted = {name for text in errors.CHINESE.values() for name in re.findall(r"\{(\w+)!r\}", text)}
    assert quoted <= {"value", "why", "first", "second"}
