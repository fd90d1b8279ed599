"""A declaration form as PDF, on A4, landscape. Needs reportlab (``clearance[pdf]``)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from clearance.errors import BadArgument, ClearanceError
from clearance.model import Words, in_language
from clearance.model.form import Box, DeclarationForm
from clearance.render.text import visible

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
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table
except ImportError as error:
    raise ClearanceError("a form in PDF needs reportlab: pip install 'clearance[pdf]'") from error

_NAMED_FONT = "STSong-Light"
"""A Chinese font that viewers of PDF know by its name, so that none need be embedded."""
_WIDTH = 281 * mm
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
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4),
        leftMargin=8 * mm,
        rightMargin=8 * mm,
        topMargin=8 * mm,
        bottomMargin=8 * mm,
        title=in_language(forms[0].title, "zh"),
        invariant=True,
    )
    name = _font(font)
    flow: list[Any] = []
    for form in forms:
        for sheet in _Sheets(form, lang, name).all(first, next):
            flow += [*sheet, PageBreak()]
    document.build(flow[:-1])
    return file.getvalue()


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

    def __init__(self, form: DeclarationForm, lang: str, font: str) -> None:
        self.form, self.lang = form, lang
        style = ParagraphStyle("text", fontName=font, fontSize=7.5, leading=9, wordWrap="CJK")
        self.text = style
        self.caption = ParagraphStyle(
            "caption", style, fontSize=6, leading=7.5, textColor="#333333"
        )
        self.centred = ParagraphStyle("centred", self.caption, alignment=TA_CENTER, wordWrap=None)
        self.title = ParagraphStyle(
            "title", style, fontSize=14, leading=18, alignment=TA_CENTER, wordWrap=None
        )

    def all(self, first: int, next: int) -> Iterator[list[Any]]:
        """The parts of every sheet; the boxes stand on the first, the signatures on the last."""
        pages = self.form.pages(first, next)
        for number, items in enumerate(pages, 1):
            sheet = self._top(number, len(pages))
            if number == 1:
                sheet += [self._line(row) for row in self.form.rows]
            sheet.append(self._items(items))
            if number == len(pages):
                sheet += self._end()
            yield sheet

    def _top(self, number: int, count: int) -> list[Any]:
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

    def _items(self, items: Sequence[tuple[tuple[str, ...], ...]]) -> Any:
        columns = self.form.columns
        whole = sum(column.width for column in columns)
        heads = [self._paragraph(self._words(column.caption), self.caption) for column in columns]
        rows = [
            [[self._paragraph(line, self.text) for line in cell] for cell in item] for item in items
        ]
        table = Table(
            [heads, *rows],
            colWidths=[_WIDTH * column.width / whole for column in columns],
            repeatRows=1,
        )
        table.setStyle([*_TIGHT, ("LINEBELOW", (0, 0), (-1, -1), 0.2, "#777777"), _BOX])
        return table

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
        line = Table([cells], colWidths=[_WIDTH * box.width / whole for box in boxes])
        line.setStyle([*_TIGHT, _GRID] if grid else _TIGHT)
        return line

    def _words(self, words: Words) -> str:
        """Words in Chinese; with ``lang`` en the English beside them."""
        chinese = in_language(words, "zh")
        return f"{chinese} {in_language(words, 'en')}" if self.lang == "en" else chinese

    def _paragraph(self, text: str, style: Any) -> Any:
        """Text as it is: nothing in it is markup."""
        return Paragraph(escape(visible(text), quote=False), style)
