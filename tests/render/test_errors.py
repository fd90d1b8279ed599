"""Errors are worded in the reader's language."""

from __future__ import annotations

from string import Formatter

import pytest

from clearance.errors import BadArgument, NoCalendar
from clearance.render import errors


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("template", errors.CHINESE)
def test_a_chinese_template_names_the_values_of_the_english_one(template: str) -> None:
    assert fields(errors.CHINESE[template]) == fields(template)


def test_an_error_is_worded_in_chinese_and_its_text_stays_english() -> None:
    assert "2031" in errors.worded(NoCalendar(2031), "zh")
    assert "缺少" in errors.worded(NoCalendar(2031), "zh")
    assert str(NoCalendar(2031)).startswith("there is no official calendar for 2031")


def test_a_value_with_braces_stands_as_it_is() -> None:
    assert str(BadArgument("{option}: wrong", option="{x}")) == "{x}: wrong"


def test_an_error_within_an_error_is_worded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(errors.CHINESE, "{file}: {why}", "{file}：{why}")
    inner = NoCalendar(2031)
    assert errors.worded(BadArgument("{file}: {why}", file="a.toml", why=inner), "zh").startswith(
        "a.toml：缺少 2031"
    )
