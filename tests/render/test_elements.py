"""HTML as trees: what is written in pieces is what a whole tree gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clearance.render.elements import READS_ON_A_PHONE, long_page, tag, whole_page


@given(st.text(), st.text(), st.lists(st.text()))
def test_a_long_page_in_pieces_is_the_whole_page(title: str, style: str, texts: list[str]) -> None:
    """Also where a text, or the style sheet, looks like the end of a page."""
    blocks = [tag("p", text, "</body>") for text in texts]
    whole = whole_page(title, "zh", style, READS_ON_A_PHONE, tag("h1", title), *blocks)
    assert "".join(long_page(title, "zh", style, tag("h1", title), iter(blocks))) == whole
