"""A declaration form as one HTML page: no script, nothing fetched; it prints on A4, landscape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, fromstring

from clearance.model import Words, in_language
from clearance.model.form import Box, DeclarationForm, Item
from clearance.render.elements import READS_ON_A_PHONE, tag, whole_page
from clearance.render.form_pages import paged
from clearance.render.words import beside_chinese

STYLE = """
@page { size: A4 landscape; margin: 8mm; }
* { box-sizing: border-box; }
body { margin: 0; font: 8.5pt/1.25 "SimSun", "Songti SC", "Noto Serif CJK SC", serif; color: #000;
  background: #fff; }
article { width: 281mm; max-width: 100%; min-height: 190mm; margin: 4mm auto; padding: 0 1mm;
  break-after: page; }
article:last-child { break-after: auto; }
tr { break-inside: avoid; }
@media print { article { display: table; margin: 0 auto; } .top { display: table-header-group;
  break-inside: avoid; } }
header { display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; }
h1 { font-size: 15pt; margin: 0; text-align: center; letter-spacing: .08em; }
h1 small { display: block; font-size: 8pt; letter-spacing: 0; font-weight: normal; }
.bars { justify-self: end; text-align: center; font-size: 7.5pt; }
.bars svg { display: block; }
.mark { border: .4mm solid #000; padding: .4mm 2mm; justify-self: start; font-size: 9.5pt; }
.line { display: flex; }
.head .box { border: 0; padding: .6mm 1mm; }
.form { border: .3mm solid #000; }
.form .line + .line { border-top: .2mm solid #000; }
.box { flex: 1 1 0; min-width: 0; min-height: 9.5mm; padding: .6mm 1mm; overflow-wrap: anywhere; }
.form .box + .box { border-left: .2mm solid #000; }
.box b { display: block; font-weight: normal; font-size: 7pt; color: #333; }
.head .box b, .below .box b { display: inline; margin-right: 1mm; }
.below .box { min-height: 0; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; border: .3mm solid #000;
  border-top: 0; }
th { font-weight: normal; font-size: 7pt; color: #333; text-align: left; padding: .4mm 1mm;
  border-bottom: .2mm solid #000; vertical-align: top; }
td { padding: .4mm 1mm; vertical-align: top; border-bottom: .1mm dashed #777;
  overflow-wrap: anywhere; height: 12mm; }
td div:empty::before { content: "\\00a0"; }
.statement { padding: .6mm 1mm; border: .3mm solid #000; border-top: 0; }
@media screen and (max-width: 700px) { body { min-width: 281mm; } }
"""
_BARS = {"module_width": 0.3, "module_height": 8.0, "quiet_zone": 2.0, "font_size": 0}


def drawn(form: DeclarationForm, lang: str, first: int, next: int) -> str:
    """The page of a form, ``first`` items on its first sheet and ``next`` on each other one."""
    return document([form], lang, first, next)


def document(forms: Sequence[DeclarationForm], lang: str, first: int, next: int) -> str:
    """One document of several forms, each beginning on a sheet of its own."""
    title = in_language(forms[0].title, "zh")
    sheets = [sheet for form in forms for sheet in _Sheets(form, lang).all(first, next)]
    called = f"{title} {forms[0].number or ''}".strip()
    return whole_page(called, "zh", STYLE, READS_ON_A_PHONE, *sheets)


class _Sheets:
    """The sheets of one form."""

    def __init__(self, form: DeclarationForm, lang: str) -> None:
        self.form = form
        self.lang = lang

    def all(self, first: int, next: int) -> Iterator[Element]:
        """Every sheet; the boxes stand on the first, the signatures on the last."""
        pages = paged(self.form, first, next)
        for number, items in enumerate(pages, 1):
            yield tag(
                "article",
                self._top(number, len(pages)),
                *(self._rows() if number == 1 else ()),
                self._items(items),
                *(self._end() if number == len(pages) else ()),
            )

    def _top(self, number: int, count: int) -> Element:
        heading = tag("h1", in_language(self.form.title, "zh"))
        if self.lang == "en":
            heading.append(tag("small", in_language(self.form.title, "en")))
        pages = Box({"zh": "页码/页数", "en": "Page"}, f"{number}/{count}")
        return tag(
            "div",
            tag(
                "header",
                tag("span", self._words(self.form.mark), class_="mark"),
                heading,
                self._bars(),
            ),
            self._line((*self.form.head, pages), "line head"),
            class_="top",
        )

    def _bars(self) -> Element:
        number = self.form.number
        return tag("div", bars(number), f"*{number}*", class_="bars") if number else tag("span")

    def _rows(self) -> Iterator[Element]:
        yield tag("div", *(self._line(row, "line") for row in self.form.rows), class_="form")

    def _items(self, items: Sequence[Item]) -> Element:
        columns = self.form.columns
        whole = sum(column.width for column in columns)
        widths = [tag("col", style=f"width:{column.width / whole:.2%}") for column in columns]
        heads = tag("tr", *(tag("th", self._words(column.caption)) for column in columns))
        rows = [
            tag("tr", *(tag("td", *(tag("div", line) for line in cell)) for cell in item))
            for item in items
        ]
        return tag("table", tag("colgroup", *widths), tag("thead", heads), tag("tbody", *rows))

    def _end(self) -> Iterator[Element]:
        yield tag("div", self._line(self.form.below, "line below"), class_="form")
        yield tag("div", self._words(self.form.statement), class_="statement")
        yield tag("div", self._line(self.form.foot, "line"), class_="form")

    def _line(self, boxes: Sequence[Box], kind: str) -> Element:
        return tag("div", *map(self._box, boxes), class_=kind)

    def _box(self, box: Box) -> Element:
        caption = tag("b", self._words(box.caption))
        return tag(
            "div", caption, tag("span", box.text), class_="box", style=f"flex-grow:{box.width:g}"
        )

    def _words(self, words: Words) -> str:
        return beside_chinese(words, self.lang)


def bars(number: str) -> Element:
    """The Code 128 bar code of a number, as SVG."""
    from barcode import Code128
    from barcode.writer import SVGWriter

    written = Code128(number, writer=SVGWriter()).render(_BARS, text="")
    drawing = fromstring(written[written.index(b"<svg") :])  # noqa: S314
    return _without_namespace(drawing)


def _without_namespace(element: Element) -> Element:
    """An element as HTML has it: SVG within a page needs no prefix, and an id is had once."""
    for part in element.iter():
        part.tag = part.tag.rpartition("}")[2]
        part.attrib.pop("id", None)
    return element
