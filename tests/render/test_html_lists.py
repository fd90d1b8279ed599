"""The counts of a report's page open the declarations behind them."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from clearance.render import html_lists
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run

LINE = ("report", "--period", "2026Q1", "--as-of", AS_OF)


class Links(HTMLParser):
    """The addresses that a page leads to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.ids = set[str](), set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links |= {value for name, value in attrs if name == "href" and value}
        self.ids |= {value for name, value in attrs if name == "id" and value}


def test_a_count_opens_its_list_on_the_page_without_a_script(kept: Run) -> None:
    assert kept(*LINE, "--output", "page.html").code == 0
    page = Path("page.html").read_text("utf-8")
    inside = Links(page)
    assert {link[1:] for link in inside.links if link.startswith("#")} <= {
        place.replace("%", "%25") for place in inside.ids
    } | inside.ids
    assert "<script" not in page
    assert f"<summary>1</summary><ul><li>{CLOSED.entry}</li></ul>" in page
    assert not Path("page-lists.html").exists()


def test_long_lists_lie_in_a_file_beside_the_page_and_every_link_leads_there(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_lists, "MAX_INSIDE", 3)
    assert kept(*LINE, "--by", "direction,trader", "--output", "报告 1.html").code == 0
    page = Links(Path("报告 1.html").read_text("utf-8"))
    beside = Links(Path("报告 1-lists.html").read_text("utf-8"))
    anchors = {link.partition("#")[2] for link in page.links if "-lists.html#" in link}
    assert anchors
    assert anchors <= {place.replace("%", "%25") for place in beside.ids} | beside.ids
    assert CLOSED.entry in Path("报告 1-lists.html").read_text("utf-8")


def test_how_many_a_figure_is_of_leads_to_their_list(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(*LINE, "--output", "page.html").code == 0
    page = Path("page.html").read_text("utf-8")
    assert 'href="#2026Q1.inspection_rate"' in page
    assert INSPECTED.entry in page.partition('id="2026Q1.inspection_rate"')[2]
    assert kept(*LINE, "--lang", "zh", "--output", "page.html").code == 0
    assert "查验率" in Path("page.html").read_text("utf-8").partition('class="list"')[2]
    monkeypatch.setattr(html_lists, "MAX_INSIDE", 3)
    assert kept(*LINE, "--output", "page.html").code == 0
    assert 'href="page-lists.html#2026Q1.inspection_rate"' in Path("page.html").read_text("utf-8")
    beside = Path("page-lists.html").read_text("utf-8").partition('id="2026Q1.inspection_rate"')[2]
    assert INSPECTED.entry in beside
    assert kept(*LINE, "--no-quality", "--output", "page.html").code == 0
    assert "inspection_rate" not in Path("page.html").read_text("utf-8")


def test_on_standard_output_long_lists_are_left_out(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_lists, "MAX_INSIDE", 3)
    page = kept(*LINE, "--format", "html").out.decode()
    assert "-lists.html" not in page
    assert f"<li>{CLOSED.entry}</li>" not in page
