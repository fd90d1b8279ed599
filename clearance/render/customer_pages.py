"""A customer's pages: one for each shipment, and an index. No script, nothing fetched.

Each says on top as of when it is, and bears the checksum of its content: what has not changed since
need not be written again, and what has no such mark is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from clearance.customers.pages import Issue, Shipment
from clearance.customers.settings import Customer
from clearance.customs.words import kind_name
from clearance.hashing import sha256
from clearance.model import Words, in_language
from clearance.render.customer_notices import (
    NOTHING,
    TEXTS,
    TOPICS,
    deadline,
    moment,
    number_name,
    office,
)
from clearance.render.elements import LIGHT_OR_DARK, READS_ON_A_PHONE, tag, whole_page
from clearance.render.text import visible
from clearance.render.words import say, worded

STYLE = """
:root { --ink: #1b2733; --dim: #5b6b7b; --line: #d6dde4; --good: #1d6f42; --warn: #8a5a00;
  --ground: #fff; --soft: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --dim: #9fb0c0; --line: #34414d;
  --good: #6fcf97; --warn: #f2c063; --ground: #12181e; --soft: #1b242c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui,
  "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1rem; }
.asof { color: var(--dim); font-size: .875rem; margin: 0 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.now { font-size: 1.125rem; margin: 0 0 1rem; color: var(--good); font-weight: 600; }
ol { list-style: none; margin: 0; padding: 0; }
li { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem 0 .5rem 1.75rem;
  position: relative; border-bottom: 1px solid var(--line); }
li::before { content: "\\25CB"; position: absolute; left: 0; color: var(--dim); }
li.done::before { content: "\\2713"; color: var(--good); font-weight: 700; }
li span:last-child { color: var(--dim); white-space: nowrap; }
.issue { border-left: .25rem solid var(--warn); background: var(--soft); padding: .5rem .75rem;
  margin: 0 0 .75rem; }
.issue p { margin: 0; }
.issue .what { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .25rem 1rem;
  margin: 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .5rem .5rem .5rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td:first-child { overflow-wrap: anywhere; min-width: 6rem; }
td:nth-child(2) { min-width: 4.5rem; }
td:nth-child(3) { min-width: 6.5rem; }
th { color: var(--dim); font-weight: normal; font-size: .875rem; }
td small { display: block; color: var(--dim); }
a { color: inherit; }
.now::first-letter, .what::first-letter, dt::first-letter, li span:first-child::first-letter,
  th::first-letter, td:not(:first-child)::first-letter { text-transform: uppercase; }
footer { margin-top: 2rem; color: var(--dim); font-size: .875rem; }
@media print { main { max-width: none; padding: 0; } .issue { break-inside: avoid; }
  tr { break-inside: avoid; } }
@page { size: A4; margin: 15mm; }
"""
_WORDS: dict[str, Words] = {
    "asof": {"en": "As of {at} ({zone})", "zh": "截至 {at}（{zone}）"},
    "for": {"en": "For {customer}", "zh": "{customer}"},
    "index": {"en": "Shipments at customs", "zh": "通关进度"},
    "steps": {"en": "Where it is", "zh": "进度"},
    "numbers": {"en": "Numbers", "zh": "编号"},
    "waiting": {"en": "not yet", "zh": "未到"},
    "passed": {"en": "time not told", "zh": "时间未告知"},
    "nothing": {"en": "No milestone reached yet.", "zh": "尚未到达节点。"},
    "reference": {"en": "your reference", "zh": "您的编号"},
    "office": {"en": "customs office", "zh": "申报地海关"},
    "direction": {"en": "direction", "zh": "进出口"},
    "expected": {"en": "release expected", "zh": "预计放行"},
    "shipment": {"en": "shipment", "zh": "货物"},
    "stage": {"en": "where it is", "zh": "进度"},
    "when": {"en": "when", "zh": "时间"},
    "empty": {
        "en": "No shipment is open, and none was until lately.",
        "zh": "目前没有在办或近期办结的货物。",
    },
    "call": {"en": "Questions: {contact}", "zh": "联系人：{contact}"},
}
_MARK = re.compile(rb'<meta name="clearance" content="([0-9a-f]{64})">')


def mark(data: bytes) -> str | None:
    """The checksum of a page's content; None of what is no page of ours."""
    found = _MARK.search(data[:4000])
    return found[1].decode() if found else None


def shipment_page(
    shipments: Sequence[Shipment], customer: Customer, as_of: datetime, *, named: bool
) -> bytes:
    """The page of one shipment, which may have several declarations.

    ``named``: the customer is known, and said.
    """
    drawn = _Drawn(customer, as_of)
    names = dict.fromkeys(shipment.facts.name for shipment in shipments)
    said = [drawn.paragraph("for", customer=customer.name)] if named else []
    body = [element for one in shipments for element in drawn.shipment(one)]
    return drawn.document(", ".join(names), [*said, *body, *drawn.footer()])


def index_page(
    shipments: Sequence[tuple[Shipment, str]], customer: Customer, as_of: datetime
) -> bytes:
    """The page that lists a customer's shipments, each with the name of its page."""
    drawn = _Drawn(customer, as_of)
    return drawn.document(drawn.phrase("index"), [*drawn.index(shipments), *drawn.footer()])


class _Drawn:
    """Parts of pages for one customer."""

    def __init__(self, customer: Customer, as_of: datetime) -> None:
        self.customer, self.lang = customer, customer.lang
        self.as_of = as_of.astimezone(customer.tz)

    def phrase(self, key: str, **values: object) -> str:
        """A phrase of a page."""
        return worded(_WORDS[key], self.lang, **values)

    def document(self, title: str, body: Sequence[Element]) -> bytes:
        """A whole page, with when it is as of, and the checksum of all else."""
        zone = f"UTC{self.as_of:%z}"[:6] + ":" + f"{self.as_of:%z}"[3:5]
        asof = self.phrase("asof", at=f"{self.as_of:%Y-%m-%d %H:%M}", zone=zone)
        content = self._whole(title, "", "", body)
        return self._whole(title, sha256(content).hexdigest(), asof, body)

    def _whole(self, title: str, checksum: str, asof: str, body: Sequence[Element]) -> bytes:
        says = {
            "clearance": checksum,
            **READS_ON_A_PHONE,
            "robots": "noindex",
            "referrer": "no-referrer",
            **LIGHT_OR_DARK,
        }
        main = tag("main", tag("p", asof, class_="asof"), *body)
        html = whole_page(title, self.lang, STYLE, says, main)
        return html.encode(errors="backslashreplace")

    def paragraph(self, key: str, **values: object) -> Element:
        """A small line."""
        return tag("p", self.phrase(key, **values), class_="asof")

    def shipment(self, shipment: Shipment) -> Iterator[Element]:
        """Everything on a page about one declaration."""
        yield tag("h1", shipment.facts.name)
        if now := self._now(shipment):
            yield tag("p", now, class_="now")
        yield from (self._issue(issue) for issue in shipment.issues)
        yield tag("h2", self.phrase("steps"))
        yield tag("ol", *self._steps(shipment))
        yield tag("h2", self.phrase("numbers"))
        yield tag("dl", *(e for pair in self._numbers(shipment) for e in pair))

    def _now(self, shipment: Shipment) -> str | None:
        """The furthest milestone; where there is none, what is out of the ordinary says enough."""
        if shipment.reached:
            return in_language(TOPICS[shipment.reached.topic], self.lang)
        return None if shipment.issues else self.phrase("nothing")

    def _issue(self, issue: Issue) -> Element:
        """Something that stands: what it is, what it means, what to do."""
        until = deadline(issue.deadline, self.customer)
        what = in_language(TOPICS[issue.topic], self.lang)
        texts = (in_language(TEXTS[f"{issue.topic}_{part}"], self.lang) for part in ("means", "do"))
        said = [one for one in texts if one != in_language(NOTHING, self.lang)]
        return tag(
            "div",
            tag("p", f"{what} · {until or moment(issue.at, self.customer)}", class_="what"),
            *(tag("p", one) for one in said),
            class_="issue",
        )

    def _steps(self, shipment: Shipment) -> Iterator[Element]:
        reached = [number for number, step in enumerate(shipment.steps, 1) if step.at]
        for topic, at in shipment.steps[: max(reached, default=0)]:
            yield self._step(
                topic, moment(at, self.customer) if at else self.phrase("passed"), "done"
            )
        for topic, _ in shipment.steps[max(reached, default=0) :]:
            yield self._step(topic, self._expected(shipment, topic), "next")

    def _step(self, topic: str, when: str, state: str) -> Element:
        name = in_language(TOPICS[topic], self.lang)
        return tag("li", tag("span", name), tag("span", when), class_=state)

    def _expected(self, shipment: Shipment, topic: str) -> str:
        """When a milestone that is ahead is expected, where that can be told."""
        day = shipment.facts.expected if topic == "released" else None
        if day is None:
            return self.phrase("waiting")
        return f"{self.phrase('expected')} {day.isoformat()}"

    def _numbers(self, shipment: Shipment) -> Iterator[tuple[Element, Element]]:
        facts = shipment.facts
        rows = (
            (self.phrase("reference"), facts.reference),
            (kind_name("bill_no", self.lang), ", ".join(facts.bills)),
            (kind_name("container", self.lang), ", ".join(facts.containers)),
            (number_name(facts, self.lang), facts.number),
            (self.phrase("office"), office(facts, self.lang)),
            (
                self.phrase("direction"),
                say(facts.direction, self.lang) if facts.direction else None,
            ),
        )
        for label, value in rows:
            if value:
                yield tag("dt", label), tag("dd", value)

    def index(self, shipments: Iterable[tuple[Shipment, str]]) -> Iterator[Element]:
        """Everything on the index."""
        yield tag("h1", self.phrase("index"))
        yield self.paragraph("for", customer=self.customer.name)
        rows = [self._row(shipment, name) for shipment, name in shipments]
        if rows:
            heads = (tag("th", self.phrase(key)) for key in ("shipment", "stage", "when"))
            yield tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
        else:
            yield tag("p", self.phrase("empty"))

    def _row(self, shipment: Shipment, name: str) -> Element:
        facts, reached = shipment.facts, shipment.reached
        others = " · ".join(one for one in (*facts.bills[:1], *facts.containers[:1]) if one)
        stage = in_language(TOPICS[reached.topic], self.lang) if reached else self.phrase("waiting")
        issues = (tag("small", in_language(TOPICS[i.topic], self.lang)) for i in shipment.issues)
        return tag(
            "tr",
            tag("td", tag("a", facts.name, href=f"{name}.html"), tag("small", others)),
            tag("td", stage, *issues),
            tag("td", moment(reached.at, self.customer) if reached and reached.at else ""),
        )

    def footer(self) -> Iterator[Element]:
        """Whom to call."""
        if self.customer.contact:
            yield tag("footer", self.phrase("call", contact=visible(self.customer.contact)))
