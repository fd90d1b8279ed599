"""Control characters in foreign text are shown; none reaches a terminal or a file as it is."""

from __future__ import annotations

import re
import sys

from clearance.render.text import _CONTROL, json_line, visible


def test_no_control_character_is_printable_and_each_is_shown_as_its_number() -> None:
    controls = [chr(n) for n in range(sys.maxunicode + 1) if re.match(_CONTROL, chr(n))]
    assert not any(map(str.isprintable, controls))
    for character in controls:
        assert not re.search(_CONTROL, visible(f"a{character}b"))
        assert not re.search(_CONTROL, json_line({"a": character}).decode().rstrip("\n"))


def test_text_without_any_stays_as_it_is() -> None:
    for text in ("Entry 123", "报关单\u3000号", "a\u00a0b"):
        assert visible(text) == text
