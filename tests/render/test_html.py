"""The page of a report: what stands in it, and what a reader sees of it in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import unescape
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from clearance.customs.cn_single_window import demo
from tests.conftest import Run, laid

pytestmark = pytest.mark.slow

AS_OF = "2026-09-21T09:00:00+08:00"
ASKED = ("report", "--period", "2026Q2..2026Q3", "--as-of", AS_OF)
HOSTILE = "<script>alert(1)</script><img src=http://evil.invalid/x>\x1b[31m"


@pytest.fixture(scope="module")
def files() -> list[demo.File]:
    return demo.demo_files()


@pytest.fixture
def page(call: Run, files: list[demo.File], tmp_path: Path) -> Run:
    """The demo's declarations, read, and the command to draw them with."""
    call("ingest", laid(files, tmp_path / "in"))
    return call


class Outline(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u00a0", " ")

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.mark.parametrize(
    ("lang", "headline", "method"),
    [
        ("en", "2026Q3 (up to 09-21) took 19 % less time than 2026Q2", "Kaplan and Meier"),
        ("zh", "2026Q3（截至 09-21）比 2026Q2 快 19 %", "未结关者按已知信息计入"),
    ],
)
def test_the_page_says_the_change_in_words_and_how_it_was_worked_out(
    page: Run, lang: str, headline: str, method: str
) -> None:
    html = page(*ASKED, "--format", "html", "--lang", lang).text
    told = Outline(html)
    assert f"<h1>{headline}</h1>" in html.replace("\u00a0", " ")
    assert method in told.text
    assert "2026-09-21 09:00:00" in told.text


def test_the_page_needs_nothing_else(page: Run) -> None:
    html = page(*ASKED, "--format", "html").text
    told = Outline(html)
    assert not told.count("script")
    attributes = [attribute for _, at in told.tags for attribute in at.items()]
    assert not {"src", "srcset", "onload", "onclick"} & {name for name, _ in attributes}
    assert all(str(value)[0] == "#" for name, value in attributes if name == "href")
    assert not re.search(r"url\(|@import|https?:", html)
    assert len(html) < 200_000


def test_every_chart_has_its_table(page: Run) -> None:
    html = page(*ASKED, "--format", "html").text
    charted = [part for part in html.split("<section>")[1:] if "<svg" in part]
    assert len(charted) == 4
    assert all("<table" in part for part in charted)


def test_the_output_files_ending_picks_the_page(page: Run, tmp_path: Path) -> None:
    file = tmp_path / "报告.html"
    assert page(*ASKED, "--output", file).code == 0
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_an_empty_report_is_a_page_too(page: Run) -> None:
    ran = page("report", "--period", "2020", "--as-of", AS_OF, "--format", "html", "--lang", "en")
    assert "Too few declarations to compare 2020Q4 with 2020Q3" in ran.text


@pytest.mark.parametrize(
    "asked", [("--period", "2026Q3"), ("--period", "2026Q2..2026Q3", "--compare", "year-ago")]
)
def test_a_report_is_drawn_whose_compared_period_has_none_before_it(
    page: Run, asked: tuple[str, ...]
) -> None:
    ran = page("report", *asked, "--as-of", AS_OF, "--format", "html", "--lang", "en")
    assert ran.code == 0
    assert "2026Q3" in ran.text


def test_what_customs_wrote_is_text_and_never_markup(call: Run, tmp_path: Path) -> None:
    """The broker's name comes out of a message, and the page has it in many places."""
    told = "".join(f"<{tag}>{value}</{tag}>" for tag, value in _FIELDS.items())
    text = f"<DEC_DATA><DEC_RESULT>{told}</DEC_RESULT></DEC_DATA>"
    file = demo.File("Receipt_1.xml", text.encode(), demo.demo_files()[0].at)
    assert call("ingest", laid([file], tmp_path / "in")).code == 0
    ran = call("report", "--by", "broker", "--as-of", AS_OF, "--format", "html", "--period", "2026")
    outline = Outline(ran.text)
    assert "alert(1)" in outline.text
    assert not outline.count("script")
    assert not outline.count("img")


_FIELDS = {
    "CUS_CIQ_NO": "I20260000000000017",
    "ENTRY_ID": "224820261000000017",
    "NOTICE_DATE": "2026-07-02T10:00:00",
    "CHANNEL": "L",
    "AGENT_NAME": HOSTILE.replace("<", "&lt;").replace("\x1b", ""),
}


# In a browser

HOLDER = """<!DOCTYPE html><meta charset="utf-8"><body><script>
const found = {};
for (const width of [390, 1280]) {
  const frame = document.createElement('iframe');
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.src = PAGE;
  frame.onload = () => {
    const page = frame.contentDocument, view = frame.contentWindow;
    found[width] = {
      text: page.body.innerText,
      wide: page.documentElement.scrollWidth,
      scripts: page.scripts.length,
      fetched: view.performance.getEntriesByType('resource').map(one => one.name),
      outside: [...page.querySelectorAll('svg.chart text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < -1 || box.right > width + 1;
      }).map(text => text.textContent),
      overlapping: [...page.querySelectorAll('svg.chart')].flatMap(chart => {
        const boxes = [...chart.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
        return boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([_, b]) =>
          a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom
        ).map(([other]) => `${one.textContent} / ${other.textContent}`));
      }),
    };
    if (Object.keys(found).length == 2) {
      const out = document.createElement('pre');
      out.id = 'found';
      out.textContent = JSON.stringify(found);
      document.body.replaceChildren(out);
    }
  };
  document.body.append(frame);
}
</script>"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Chromium; ``.ci/run`` sets a variable that makes its absence a failure."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        why = "no browser here: install chromium to see the page as a reader does"
        if os.environ.get("CLEARANCE_BROWSER") == "required":
            pytest.fail(why)
        pytest.skip(why)
    return found


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder over HTTP on this machine."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def seen(chromium: str, folder: Path, name: str) -> dict[str, Any]:
    """What a reader sees of a page at the width of a phone and of a desk."""
    (folder / "holder.html").write_text(HOLDER.replace("PAGE", json.dumps(name)), encoding="utf-8")
    with served(folder) as url:
        command = [
            chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-dev-shm-usage", "--window-size=1400,1000",
            f"--user-data-dir={folder / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--dump-dom", f"{url}/holder.html",
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, check=True, timeout=120)
    found = re.search(r'<pre id="found">(.*?)</pre>', ran.stdout.decode(), re.DOTALL)
    assert found, ran.stdout[-500:]
    widths: dict[str, Any] = json.loads(unescape(found[1]))
    return widths


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_reader_sees_the_whole_page_on_a_phone_and_on_a_desk(
    page: Run, chromium: str, tmp_path: Path, lang: str
) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    page(*ASKED, "--by", "direction", "--output", folder / "page.html", "--lang", lang)
    words = {
        "en": ("took 19 % less time than 2026Q2", "Where the time went", "5 d 07 h"),
        "zh": ("比 2026Q2 快 19 %", "时间花在哪里", "5 天 07 小时"),
    }
    for width, found in seen(chromium, folder, "page.html").items():
        text = found["text"].replace("\u00a0", " ")
        assert all(word in text for word in words[lang])
        assert text.count("293120260000001400") == 1
        assert found["wide"] <= int(width)
        assert (found["scripts"], found["fetched"]) == (0, [])
        assert found["outside"] == found["overlapping"] == []
