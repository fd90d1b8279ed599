"""The counts of a report's page open the declarations behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from clearance.model import Timings
from clearance.periods import Quarter
from clearance.render import html, html_lists
from clearance.reporting import chart_data
from clearance.reporting.quality import IN_GROUPS
from clearance.reporting.query import ReportQuery
from clearance.reporting.report import compile_report
from clearance.reporting.tally import Tally
from clearance.stores.alike import of_timings
from tests.conftest import AS_OF, CLOSED, INSPECTED, Run
from tests.reporting import full
from tests.reporting.test_report import AS_OF as NOW
from tests.reporting.test_report import JULY, ZONE, timing

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
    assert {unquote(link[1:]) for link in inside.links} <= inside.ids
    assert "<script" not in page
    assert '<a href="#2026Q1.closed">' in page
    listed = page.partition('id="2026Q1.closed"')[2].partition("</details>")[0]
    assert re.findall("<li>(.*?)</li>", listed) == [CLOSED.entry]
    assert not Path("page-lists.html").exists()


def test_long_lists_lie_in_a_file_beside_the_page_and_every_link_leads_there(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_lists, "MAX_INSIDE", 3)
    assert kept(*LINE, "--by", "direction,trader", "--output", "报告 1.html").code == 0
    page = Links(Path("报告 1.html").read_text("utf-8"))
    beside = Links(Path("报告 1-lists.html").read_text("utf-8"))
    anchors = {unquote(link.partition("#")[2]) for link in page.links if "-lists.html#" in link}
    assert anchors
    assert anchors <= beside.ids
    assert CLOSED.entry in Path("报告 1-lists.html").read_text("utf-8")


def test_how_many_a_figure_is_of_leads_to_their_list(
    kept: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(*LINE, "--output", "page.html").code == 0
    page = Path("page.html").read_text("utf-8")
    assert 'href="#2026Q1.inspection_rate"' in page
    assert INSPECTED.entry in page.partition('id="2026Q1.inspection_rate"')[2]
    assert kept(*LINE, "--lang", "zh", "--output", "page.html").code == 0
    assert "查验率" in Path("page.html").read_text("utf-8").partition('class="lists"')[2]
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


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                if child.tag in tags:
                    yield child
                yield from child.all(*tags)

    @property
    def text(self) -> str:
        """Its text, but of lists."""
        own = [c.text if isinstance(c, Node) else c for c in self.children if not _is_list(c)]
        return "".join(own).replace("\u00a0", " ")


def _is_list(child: Node | str) -> bool:
    return isinstance(child, Node) and child.tag == "ul"


def _is_tick(child: Node | str) -> bool:
    return isinstance(child, Node) and child.attributes.get("class") == "tick"


class Tree(HTMLParser):
    """The elements of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(Path(path).read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag != "meta":
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def lists_of(page: Node) -> dict[str, tuple[str, list[str]]]:
    """The heading and the names of each list, by its places."""
    found = {}
    for block in page.all("div"):
        places = [c for c in block.children if isinstance(c, Node) and "id" in c.attributes]
        for place in places:
            heading = next(block.all("summary", "h2")).text
            found[str(place.attributes["id"])] = heading, [one.text for one in block.all("li")]
    return found


NO_COUNTS = {
    "measured", "packages", "containers", "items", "数值", "件数", "集装箱数", "商品项数",
}  # fmt: skip
"""Headings over numbers that count no declarations."""
COUNT = re.compile(
    r"[+]?([1-9][0-9]*)(?: \(.*\))?|.*[:：] ?[0-9]+ / ([1-9][0-9]*)|.* · ([1-9][0-9]*)(?: .*)?"
)
"""A text that counts declarations, and how many."""


def counting(page: Node) -> Iterator[Node]:
    """Cells, values of cards, names in charts, and rests of sections that may count."""
    for table in page.all("table"):
        heads = [head.text for head in table.all("th")]
        for row in next(table.all("tbody")).all("tr"):
            for head, cell in zip(heads, row.all("td"), strict=True):
                if cell.attributes.get("class") == "n" and head not in NO_COUNTS:
                    yield cell
    for chart in page.all("svg"):
        rows = [row.children for row in chart.all("g")] or [chart.children]
        yield from (Node("g", {}, [c]) for row in rows for c in row if not _is_tick(c))
    yield from (line for line in page.all("p") if line.text.startswith("+"))


def opened(node: Node, lists: Mapping[str, tuple[str, list[str]]]) -> Iterator[tuple[int, int]]:
    """Each number that leads to a list, and how long that is, or how long its heading says."""
    for link in node.all("a"):
        heading, names = lists[unquote(str(link.attributes["href"]).partition("#")[2])]
        said = COUNT.fullmatch(link.text)
        n = int(next(filter(None, said.groups()))) if said else len(names)
        other = re.search(rf"\D{n}\D+{len(names)}\D", heading) and n != len(names)
        assert names
        yield n, n if other else len(names)


WAYS: tuple[tuple[tuple[str, ...], int], ...] = (
    ((), 10**6),
    (("--by", "direction", "--lang", "zh"), 10**6),
    (("--by", "direction,inspected", "--compare", "year-ago"), 3),
)


def test_every_number_that_counts_declarations_opens_a_list_of_so_many(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARANCE_CONFIG", str(full.made(call, tmp_path)))
    for more, limit in WAYS:
        monkeypatch.setattr(html_lists, "MAX_INSIDE", limit)
        asked = ("report", "--period", "2026Q2..2026Q3", "--as-of", full.AS_OF, *more)
        ran = call(*asked, "--store", "store.db", "--output", "page.html")
        assert ran.code == 0, ran.err
        page = Tree("page.html").open[0]
        lists = lists_of(page if limit > 3 else Tree("page-lists.html").open[0])
        cells = [node for node in counting(page) if COUNT.fullmatch(node.text)]
        assert len(cells) > 100
        assert {node.tag for node in cells} == {"td", "g"}
        for node in cells:
            assert [n == length for n, length in opened(node, lists)] == [True], node.text
        for value in next(page.all("dl")).all("dd"):
            if " / " in value.text:
                counts = [int(n) for n in re.findall(r"[0-9]+(?= /|$)", value.text)]
                pairs = list(opened(value, lists))
                assert [n for n, _ in pairs] == [n for n in counts if n]
                assert all(n == length for n, length in pairs)
        if "year-ago" in more:
            heads = " ".join(heading for heading, _ in lists.values())
            assert re.search(r"acknowledgement, median \(alerts: 56; declarations: 71\)", heads)
            assert re.search(
                r"alerts per 100 declarations \(declarations: 80; with alerts: 71", heads
            )


def test_the_shares_of_a_group_open_what_they_are_of(call: Run, tmp_path: Path) -> None:
    config = full.made(call, tmp_path)
    asked = ("report", "--period", "2026Q3", "--as-of", full.AS_OF, "--by", "direction")
    told = (*asked, "--config", str(config), "--store", "store.db")
    assert call(*told, "--output", "page.html").code == 0
    page = Tree("page.html").open[0]
    lists = lists_of(page)
    links = {unquote(str(link.attributes["href"])) for link in page.all("a")}
    for row in json.loads(call(*told, "--format", "json").out)["rows"]:
        for figure in IN_GROUPS:
            place = f"2026Q3/{row['group']['direction']}.{figure}"
            n = row[figure]["n"]
            assert f"#{place}" in links
            assert len(lists[place][1]) == n or f": {n}; declarations: " in lists[place][0]


def test_a_card_of_too_few_opens_them(kept: Run) -> None:
    assert kept(*LINE, "--period", "2026Q1..2026Q2", "--output", "page.html").code == 0
    page = Tree("page.html").open[0]
    lists = lists_of(page)
    values = [dd for dd in next(page.all("dl")).all("dd") if re.search("n = [1-9]", dd.text)]
    assert values
    for value in values:
        (link,) = value.all("a")
        n = int(link.text.rpartition(" ")[2])
        assert len(lists[unquote(str(link.attributes["href"])[1:])][1]) == n


def drawn(
    told: list[Timings], file: Path, now: datetime = NOW
) -> tuple[Node, dict[str, tuple[str, list[str]]]]:
    """The page of a report of some timings, and its lists."""
    query = ReportQuery(periods=[Quarter(2026, 3)], zone=ZONE, as_of=now)
    some = list(of_timings(told))
    report = compile_report(query, Tally(query, some))
    pictures = chart_data.draw(query, some)
    lists = html_lists.of_page(query, some, report, pictures, "en", None)
    file.write_text(html.reported(report, pictures, "en", lists), "utf-8")
    page = Tree(str(file)).open[0]
    return page, lists_of(page)


def test_what_a_section_has_no_room_for_is_listed_behind_its_number(tmp_path: Path) -> None:
    back = [timing(n, -50, name=f"BACK{n:02}") for n in range(25)]
    of_a_day = timing(0)._replace(
        declared_at=None, first_declared_at=None, dated_at=JULY + 43200, path=""
    )
    days = [of_a_day._replace(name=f"DAY{n:02}") for n in range(27)]
    page, lists = drawn([*back, *days, timing(0, 100)], tmp_path / "page.html")
    more = [line for line in page.all("p") if line.text.startswith("+")]
    assert [line.text for line in more] == ["+5", "+7"]
    for line in more:
        ((n, length),) = opened(line, lists)
        assert n == length
    shown = {cell.text for cell in page.all("td")}
    heading, names = lists["more.anomalies"]
    assert heading == "Left out of every figure: more 5"
    assert len(names) == 5
    assert shown.isdisjoint(names)


def test_a_card_opens_the_same_part_that_a_running_period_is_compared_with(tmp_path: Path) -> None:
    april = -91 * 86400
    early = [timing(april + n, 100, name=f"EARLY{n:02}") for n in range(23)]
    late = [timing(-n, 100, name=f"LATE{n:02}") for n in range(60, 99)]
    page, lists = drawn(
        [*early, *late, *(timing(n, 9, name=f"N{n}") for n in range(30))],
        tmp_path / "page.html",
        datetime(2026, 7, 20, tzinfo=ZONE),
    )
    assert lists["2026Q3.before.declared"][1] == [one.name for one in early]
    assert "2026Q2: 23 / 0" in {value.text for value in page.all("dd")}


CARD = ("report", "--scorecard", "customer", "--period", "2026Q2..2026Q3", "--as-of", full.AS_OF)


@pytest.mark.parametrize(("more", "limit"), [((), 10**6), (("--lang", "zh"), 3)])
def test_every_figure_of_a_score_card_opens_the_declarations_it_is_of(
    call: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    limit: int,
) -> None:
    config = full.made(call, tmp_path)
    told = (*CARD, "--config", str(config), "--store", "store.db")
    monkeypatch.setattr(html_lists, "MAX_INSIDE", limit)
    assert call(*told, *more, "--output", "page.html").code == 0
    page = Tree("page.html").open[0]
    lists = lists_of(page if limit > 3 else Tree("page-lists.html").open[0])
    card = call(*told, "--format", "json").json
    rows = [row for table in page.all("table") for row in next(table.all("tbody")).all("tr")]
    lines = rows[: len(card["rows"])]
    for line, row in zip(card["rows"], lines, strict=True):
        links = list(row.all("a"))
        ((n, length),) = opened(Node("", {}, [links[0]]), lists)
        assert n == length == line["n"]
        named = {unquote(str(link.attributes["href"])).partition("#")[2] for link in links}
        for figure, given in line["figures"].items():
            place = f"{line['name'] or 'unknown'}.{figure}".replace(" ", "\u00a0")
            assert (place in named) is (given["n"] > 0 and any(_given(card, figure)))
            if place in named:
                heading, names = lists[place]
                assert len(names) == given["n"] or str(given["n"]) in heading
    for row in rows[len(lines) :]:
        assert len(list(row.all("a"))) == 1


def _given(card: Any, figure: str) -> Iterator[bool]:
    """Whether a figure is given, line by line."""
    return (line["figures"][figure]["value"] is not None for line in card["rows"])


def test_a_figure_of_a_score_card_is_traced_by_the_name_of_its_list(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_lists, "MAX_INSIDE", 10**6)
    config = full.made(call, tmp_path)
    told = (*CARD, "--config", str(config), "--store", "store.db")
    assert call(*told, "--output", "page.html").code == 0
    lists = lists_of(Tree("page.html").open[0])
    for place in ("northbay trading.n", "云栖食品.return_rate", "云栖食品.mean_time"):
        traced = call(*told, "--trace", place, "--format", "json").json
        wanted = "Northbay Trading.n" if place.endswith(".n") else place
        _, names = lists[wanted.replace(" ", "\u00a0")]
        assert [one["declaration"] for one in traced["declarations"]] == names
    for written, said in (
        ("Northbay Trading.speed", "give NAME.FIGURE"),
        ("Nobody.n", "it has Northbay Trading, 云栖食品"),
    ):
        ran = call(*told, "--trace", written)
        assert (ran.code, ran.talk.count("\n")) == (2, 1)
        assert said in ran.talk
