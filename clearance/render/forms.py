"""Declaration forms as files: an HTML page or a PDF, and what is not known of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clearance.hashing import sha256
from clearance.model import Value, Words, in_language
from clearance.model.form import DeclarationForm
from clearance.render.words import worded

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("html", "pdf")
_EMPTY: Words = {"en": "{number}: not known: {boxes}", "zh": "{number}：未知栏目：{boxes}"}
_WRITTEN: Words = {"en": "written: {file}", "zh": "已写入：{file}"}
_COUNTED: Words = {"en": "{drawn} forms in {folder}", "zh": "{folder} 中有 {drawn} 份报关单"}
_MISSING: Words = {
    "en": "; of {missing} declarations no message says what was declared",
    "zh": "；另有 {missing} 票没有报关单报文",
}
_MAX_NAME_CHARS = 80
_DEVICE = re.compile(r"CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³]")
"""Names that no file of Windows may have, whatever its ending."""


class Layout(Value):
    """How forms are drawn: items on the first page and on each other one; a font for PDF."""

    lang: str
    first: int = 6
    next: int = 10
    font: Path | None = None


def document(forms: Sequence[DeclarationForm], format: str, layout: Layout) -> bytes:
    """One document of some forms, in one of ``FORMATS``."""
    if format == "pdf":
        from clearance.render import form_pdf

        return form_pdf.drawn(forms, layout.lang, layout.first, layout.next, layout.font)
    from clearance.render import form_html

    return form_html.document(forms, layout.lang, layout.first, layout.next).encode()


def unknown_boxes(number: str, form: DeclarationForm, lang: str) -> str:
    """The captions of the boxes that nothing is known of, in one line."""
    captions = [in_language(caption, lang) for caption in form.empty]
    return worded(
        _EMPTY, lang, number=number, boxes=("、" if lang == "zh" else ", ").join(captions)
    )


def file_name(number: str, format: str) -> str:
    """The name of a declaration's file, which no other number has, whatever a disk tells apart.

    Whatever else than letters and digits becomes ``_``; a number that its name does not say whole,
    that differs from another in case only, or that is a device of Windows, has a digest too.
    """
    safe = re.sub(r"[^\w-]+", "_", number)[:_MAX_NAME_CHARS]
    if safe != number.upper() or _DEVICE.fullmatch(safe):
        safe += f"-{sha256(number.encode()).hexdigest()[:8]}"
    return f"{safe}.{format}"


def written(file: Path, lang: str) -> str:
    """That a document was written into a file."""
    return worded(_WRITTEN, lang, file=file)


def counted(drawn: int, missing: int, folder: Path, lang: str) -> str:
    """How many forms were written, and of how many declarations nothing is known."""
    rest = worded(_MISSING, lang, missing=missing) if missing else ""
    return worded(_COUNTED, lang, drawn=drawn, folder=folder) + rest
