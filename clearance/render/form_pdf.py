"""A declaration form as PDF, on A4, landscape. Needs reportlab."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

from clearance.errors import BadArgument, ClearanceError, installing
from clearance.model import Words, in_language
from clearance.model.form import Box, DeclarationForm, Item
from clearance.render.form_pages import paged
from clearance.render.text import visible
from clearance.render.words import beside_chinese

if TYPE_CHECKING:
    from pathlib import Path

try:
    from reportlab.graphics.barcode.code128 import Code128
    from reportlab.lib.enums import TA_CENTER
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont
    from reportlab.platypus import (
        BaseDocTemplate,
        Frame,
        NextPageTemplate,
        PageBreak,
        PageTemplate,
        Paragraph,
        Spacer,
        Table,
    )
except ImportError as error:
    raise ClearanceError(
        "a form in PDF needs reportlab: {how}", how=installing("reportlab")
    ) from error

_NAMED_FONT = "STSong-Light"
"""A Chinese font that viewers of PDF know by its name, so that none need be embedded."""
_MARGIN, _WIDTH, _HEIGHT = 8 * mm, 281 * mm, 194 * mm
_GRID = ("GRID", (0, 0), (-1, -1), 0.4, "#000000")
_BOX = ("BOX", (0, 0), (-1, -1), 0.6, "#000000")
_TIGHT = [
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 1),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def drawn(
    forms: Sequence[DeclarationForm], lang: str, first: int, next: int, font: Path | None = None
) -> bytes:
    """A document of forms; ``font`` is a TrueType file to embed, else a font is only named."""
    name = _font(font)
    sheets = [_Sheets(form, lang, name, paged(form, first, next)) for form in forms]
    expected = [len(one.pages) for one in sheets]
    data, counts = _built(sheets, expected)
    return data if counts == expected else _built(sheets, counts)[0]


def _built(forms: Sequence[_Sheets], counts: Sequence[int]) -> tuple[bytes, list[int]]:
    """A document whose pages say that each form has so many of them; how many each has."""
    file, numbers = io.BytesIO(), [0] * len(forms)

    def head(place: int, canvas: Any, _: Any) -> None:
        numbers[place] += 1
        _frame(_HEIGHT).addFromList(forms[place].top(numbers[place], counts[place]), canvas)

    document = BaseDocTemplate(
        file,
        pagesize=landscape(A4),
        title=in_language(forms[0].form.title, "zh"),
        invariant=True,
        pageTemplates=[
            PageTemplate(str(place), _frame(form.room), onPage=partial(head, place))
            for place, form in enumerate(forms)
        ],
    )
    flow: list[Any] = []
    for place, form in enumerate(forms):
        for sheet in form.all():
            flow += [NextPageTemplate(str(place)), PageBreak(), *sheet]
    document.build(flow[2:])
    return file.getvalue(), numbers


def _frame(height: float) -> Any:
    """The lowest part of a page."""
    return Frame(
        _MARGIN, _MARGIN, _WIDTH, height,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip


def _font(file: Path | None) -> str:
    """The name of the font of Chinese text; raises BadArgument where a file is none."""
    if file is None:
        pdfmetrics.registerFont(UnicodeCIDFont(_NAMED_FONT))
        return _NAMED_FONT
    try:
        file.open("rb").close()
        pdfmetrics.registerFont(TTFont("form", str(file)))
    except OSError as error:
        raise BadArgument("--font {file}: cannot be read: {why}", file=file, why=error) from error
    except TTFError as error:
        raise BadArgument(
            "--font {file}: not a TrueType font that can be embedded ({why})", file=file, why=error
        ) from error
    return "form"


class _Sheets:
    """The sheets of one form."""

    def __init__(
        self, form: DeclarationForm, lang: str, font: str, pages: Sequence[Sequence[Item]]
    ) -> None:
        self.form, self.lang, self.pages = form, lang, pages
        style = ParagraphStyle("text", fontName=font, fontSize=7.5, leading=9, wordWrap="CJK")
        self.text = style
        self.caption = ParagraphStyle(
            "caption", style, fontSize=6, leading=7.5, textColor="#333333"
        )
        self.centred = ParagraphStyle("centred", self.caption, alignment=TA_CENTER, wordWrap=None)
        self.title = ParagraphStyle(
            "title", style, fontSize=14, leading=18, alignment=TA_CENTER, wordWrap=None
        )

    @property
    def room(self) -> float:
        """The height that is left below the head of a page."""
        return float(_HEIGHT - sum(part.wrap(_WIDTH, _HEIGHT)[1] for part in self.top(1, 1)))

    def all(self) -> Iterator[list[Any]]:
        """What every sheet has below its head; boxes on the first, signatures on the last."""
        last = len(self.pages)
        for number, items in enumerate(self.pages, 1):
            boxes = [self._line(row) for row in self.form.rows if number == 1]
            yield [*boxes, self._items(items), *(self._end() if number == last else ())]

    def top(self, number: int, count: int) -> list[Any]:
        """The head of a page: the mark, the title, the bar code, and which page it is."""
        form = self.form
        title = [self._paragraph(in_language(form.title, "zh"), self.title)]
        if self.lang == "en":
            title.append(self._paragraph(in_language(form.title, "en"), self.centred))
        bars: list[Any] = []
        if form.number:
            bars = [Code128(form.number, barHeight=7 * mm, barWidth=0.28 * mm, quiet=False)]
            bars += [Spacer(1, 1 * mm), self._paragraph(f"*{form.number}*", self.centred)]
        mark = Table([[self._paragraph(self._words(form.mark), self.text)]], colWidths=[36 * mm])
        mark.setStyle([*_TIGHT, _BOX])
        head = Table([[mark, title, bars]], colWidths=[65 * mm, _WIDTH - 130 * mm, 65 * mm])
        head.setStyle([*_TIGHT, ("ALIGN", (0, 0), (0, 0), "LEFT")])
        pages = Box({"zh": "页码/页数", "en": "Page"}, f"{number}/{count}")
        return [head, Spacer(1, 1 * mm), self._line((*form.head, pages), grid=False)]

    def _items(self, items: Sequence[Item]) -> Any:
        columns = self.form.columns
        whole = sum(column.width for column in columns)
        heads = [self._paragraph(self._words(column.caption), self.caption) for column in columns]
        rows = [[[self._item_line(line) for line in cell] for cell in item] for item in items]
        table = Table(
            [heads, *rows],
            colWidths=[_WIDTH * column.width / whole for column in columns],
            repeatRows=1,
            splitInRow=1,
        )
        table.setStyle([*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.2, "#777777"), _BOX])
        return table

    def _item_line(self, text: str) -> Any:
        """A line of an item; one of nothing takes its height too."""
        return self._paragraph(text, self.text) if text else Spacer(1, self.text.leading)

    def _end(self) -> list[Any]:
        statement = Table(
            [[self._paragraph(self._words(self.form.statement), self.text)]], colWidths=[_WIDTH]
        )
        statement.setStyle([*_TIGHT, _BOX])
        return [self._line(self.form.below), statement, self._line(self.form.foot)]

    def _line(self, boxes: Sequence[Box], *, grid: bool = True) -> Any:
        whole = sum(box.width for box in boxes)
        cells = [
            [
                self._paragraph(self._words(box.caption), self.caption),
                self._paragraph(box.text, self.text),
            ]
            for box in boxes
        ]
        widths = [_WIDTH * box.width / whole for box in boxes]
        line = Table([cells], colWidths=widths, splitInRow=1)
        line.setStyle([*_TIGHT, _GRID] if grid else _TIGHT)
        return line

    def _words(self, words: Words) -> str:
        return beside_chinese(words, self.lang)

    def _paragraph(self, text: str, style: Any) -> Any:
        """Text as it is: nothing in it is markup."""
        return Paragraph(escape(visible(text), quote=False), style)
