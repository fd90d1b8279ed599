"""Patterns of described systems say what they match, and none takes long."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.customs.described.patterns import MAX_CHARS, compiled, named, taken
from clearance.errors import BadSetting


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("[IEZ][0-9]{17}", "I20260000000000017", "I20260000000000017"),
        ("[IEZ][0-9]{17}", "I2026", None),
        ("([0-9]{4})[0-9]{14}", "224820261000000022", "2248"),
        ("[0-9]{2}([0-9]{3})[A-Z0-9]+", "26001IC04000017A", "001"),
        ("GB.*", "GB1234", "GB1234"),
        ("GB.*", "xGB1234", None),
        ("[0-9]+|-", "-", "-"),
        ("[^-].*", "-", None),
        (r"a\.b\|c", "a.b|c", "a.b|c"),
        ("수입신고", "수입신고", "수입신고"),
        ("a?b*c{2}", "cc", "cc"),
        ("#(x)&", "#x&", "x"),
        ("[0-9]*0", "100", None),
        ("[!--0||&&~~]+", "1-2", None),
        ("[!--0||&&~~]+", "&-0|~", "&-0|~"),
    ],
)
def test_a_pattern_matches_a_whole_text(pattern: str, text: str, wanted: str | None) -> None:
    """A part takes all that it can and gives nothing back, as the last one shows."""
    assert taken(compiled(pattern), text) == wanted


def test_named_parts_are_told_apart() -> None:
    pattern = compiled("Receipt_(<number>[0-9A-Z]+)_(<serial>[0-9]{3}).*")
    assert named(pattern, "Receipt_I17_001_x.xml") == {"number": "I17", "serial": "001"}
    assert named(pattern, "Receipt_I17") is None


@pytest.mark.parametrize(
    "written",
    [
        "", "(a", "a)", "((a))", "(a|b)", "(?:a)", "(?=a)", "(?P<n>a)", "[a", "*a", "a**", "(a)+",
        "a{1,2,3}", r"\d", r"(a)\1", "[z-a]", "a{5,2}", "a" * (MAX_CHARS + 1), "(<n>a)(<n>b)",
        "[[a]]", "a{2}{3}", "{2}",
    ],
)  # fmt: skip
def test_what_may_not_stand_in_a_pattern_is_refused(written: str) -> None:
    with pytest.raises(BadSetting):
        compiled(written)


@given(
    st.text(alphabet="ab.?*+|()[]{}0,1^-\\" + string.digits, min_size=1, max_size=40),
    st.text(alphabet="ab01", max_size=MAX_CHARS),
)
def test_a_pattern_is_refused_or_answers_at_once(written: str, text: str) -> None:
    """A run away pattern would not come back; the limit of each test would find it."""
    try:
        pattern = compiled(written)
    except BadSetting:
        return
    found = taken(pattern, text)
    assert found is None or found in text


@pytest.mark.parametrize(
    "pattern", ["a*a*a*a*a*a*a*b", "[ab]*[ab]*[ab]*[ab]*[ab]*c", ".*.*.*.*.*x"]
)
def test_parts_that_compete_for_the_same_text_take_no_time(pattern: str) -> None:
    assert taken(compiled(pattern), "a" * MAX_CHARS) is None


def test_a_longer_text_is_never_matched() -> None:
    assert taken(compiled(".*"), "a" * (MAX_CHARS + 1)) is None
