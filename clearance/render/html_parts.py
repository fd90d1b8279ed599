"""What the sections of a report's page are made with: headings, tables, legends, texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from clearance.render.elements import Child, tag
from clearance.render.report_text import TEXT, TITLES
from clearance.render.report_words import end_words
from clearance.render.text import duration
from clearance.render.words import punctuated, say, worded
from clearance.reporting.report import Report


class Parts:
    """Parts of a page in one language, in the words of a report without groups."""

    def __init__(self, lang: str, whole: Report) -> None:
        self.lang, self.whole, self.day = lang, whole, whole.day

    def text(self, key: str, **values: object) -> str:
        """A sentence of ``report_text.TEXT``."""
        return worded(TEXT[key], self.lang, **end_words(self.whole.interval, self.lang), **values)

    def word(self, phrase: str) -> str:
        """A phrase in the page's language."""
        return say(phrase, self.lang)

    def mark(self, sign: str) -> str:
        """A sign between words in the page's language, such as a colon and a blank."""
        return punctuated(sign, self.lang)

    def words(self, phrases: Iterable[str]) -> list[str]:
        """Phrases in the page's language."""
        return [self.word(phrase) for phrase in phrases]

    def span(self, seconds: float) -> str:
        """A time in days of the clock."""
        return duration(seconds, self.day, self.lang)

    def caption(self, key: str) -> Element:
        """The heading of a table within a section: a title of ``report_text``, or a phrase."""
        values = {"tau": self.whole.tau // self.day, **end_words(self.whole.interval, self.lang)}
        said = worded(TITLES[key], self.lang, **values) if key in TITLES else self.word(key)
        return tag("h3", said[:1].upper() + said[1:])

    def section(
        self, key: str, *children: Child, lead: str | None = None, **values: object
    ) -> Element:
        """A section with its heading; ``lead`` is the sentence below it."""
        said = tag("p", lead, class_="said") if lead else None
        return tag("section", tag("h2", self.text(key, **values)), said, *children)


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]], *, texts: int = 1) -> Element:
    """A table whose first columns are text and whose others are numbers."""
    kinds = [None] * texts + ["n"] * (len(heads) - texts)
    head = tag("tr", *(tag("th", h, class_=kind) for h, kind in zip(heads, kinds, strict=True)))
    body = tag("tbody", *(_row(row, kinds) for row in rows))
    small = "small" if len(heads) < 5 and texts == 1 else None
    return tag(
        "div", tag("table", tag("thead", head), body, class_=small), class_="scroll", tabindex="0"
    )


def _row(cells: Sequence[Child], kinds: Sequence[str | None]) -> Element:
    return tag("tr", *(tag("td", c, class_=kind) for c, kind in zip(cells, kinds, strict=True)))


def legend(entries: Iterable[tuple[str, str]]) -> Element:
    """The names of colours; entries are a class and a name."""
    items = (tag("li", tag("i", class_=f"key {kind}"), name) for kind, name in entries)
    return tag("ul", *items, class_="legend")
