"""``clearance form``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from clearance.cli import _output
from clearance.cli._completion import numbers
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import BadArgument, NotFound
from clearance.render import REPORT_FORMATS
from clearance.render import forms as pages

if TYPE_CHECKING:
    from clearance.model import Declaration
    from clearance.model.form import DeclarationForm
    from clearance.stores import Store

app = Commands()

_UNKNOWN = 1
_PER_PAGE = "6,10"


@app.command()
@command(pages.FORMATS, clock=True, folder=True)
def form(
    run: Run,
    refs: Annotated[
        list[str] | None,
        Argument(
            metavar="[REF]...", autocompletion=numbers, help="Any numbers, as they were pasted."
        ),
    ] = None,
    everything: Annotated[
        bool, Option("--all", help="Every declaration, each in a file of its own.")
    ] = False,
    since: Annotated[
        str | None,
        Option("--since", metavar="TIME", help="With --all: declared since then, or 31d."),
    ] = None,
    per_page: Annotated[
        str,
        Option("--per-page", metavar="N,N", help="Items on the first page, and on others."),
    ] = _PER_PAGE,
    font: Annotated[
        Path | None, Option("--font", metavar="FILE", help="TrueType font to embed in PDF.")
    ] = None,
    verbose: Annotated[
        bool, Option("--verbose", "-v", help="List the boxes that nothing is known of.")
    ] = False,
) -> int:
    """Draw the declaration form (报关单) of what was declared, to check it or to keep it.

    It is in Chinese; --lang en adds English labels.
    """
    if everything == bool(refs):
        raise BadArgument("form: give numbers, or --all with a folder as --output")
    first, following = _items(per_page)
    if font and run.form != "pdf":
        raise BadArgument(
            "--font is for PDF: give --format pdf too, or --output with a name in .pdf"
        )
    layout = pages.Layout(run.written_lang or "zh", first, following, font)
    if everything:
        return _archive(run, layout, since, verbose=verbose)
    return _drawn(run, layout, refs or [], verbose=verbose)


def _items(written: str) -> tuple[int, int]:
    """How many items stand on the first page and on each other one; raises BadArgument."""
    match = re.fullmatch(r"([0-9]{1,3})[,，]([0-9]{1,3})", written.strip())
    if match is None or not int(match[1]) or not int(match[2]):
        raise BadArgument(
            "--per-page {written}: write the items on the first page and on each other one, "
            "such as 6,10",
            written=written,
        )
    return int(match[1]), int(match[2])


def _drawn(run: Run, layout: pages.Layout, refs: list[str], *, verbose: bool) -> int:
    """Draws some declarations in one document; tells which cannot be drawn."""
    from clearance.timelines import query

    with run.open() as store:
        found = query.look_up(store, _output.given(refs), run.as_of)
        drawn, missing = _forms(store, found.declarations)
    if drawn:
        names = [name for name, _ in drawn]
        data = pages.document([form for _, form in drawn], run.form, layout)
        _put(run, data, pages.file_name(names[0], run.form))
    elif missing and not found.unknown:
        raise missing[0]
    _tell(run, drawn, missing, verbose=verbose)
    code = _output.missing(run, found)
    return code or (_UNKNOWN if missing else 0)


def _archive(run: Run, layout: pages.Layout, since: str | None, *, verbose: bool) -> int:
    """Writes a file for each declaration whose content is known into a folder."""
    folder = run.output
    if folder is None or folder.is_file() or (_is_called_a_file(folder) and not folder.is_dir()):
        raise BadArgument("form --all: give a folder as --output, and pdf or html as --format")
    folder.mkdir(parents=True, exist_ok=True)
    with run.open() as store:
        drawn, missing = _forms(store, _declared(store, run, since))
    for name, form in drawn:
        data = pages.document([form], run.form, layout)
        _output.write_atomically(
            folder / pages.file_name(name, run.form), partial(_output.fill, data)
        )
    _tell(run, drawn, (), verbose=verbose)
    _output.warn(run.dated_text(pages.counted(len(drawn), len(missing), folder, run.lang)))
    return 0


def _is_called_a_file(output: Path) -> bool:
    """Whether a name ends as files of a format do."""
    return output.suffix.lower() in {
        f".{form}" for form in (*pages.FORMATS, *REPORT_FORMATS, "txt")
    }


def _declared(store: Store, run: Run, since: str | None) -> Iterable[Declaration]:
    """Every declaration that was declared since a time, or ever."""
    from clearance.timelines import query

    known = query.snapshot(store, None, run.as_of)
    if since is None:
        return known
    begin = run.since(since)
    return (one for one in known if one.declared_at is not None and one.declared_at >= begin)


def _forms(
    store: Store, declarations: Iterable[Declaration]
) -> tuple[list[tuple[str, DeclarationForm]], list[NotFound]]:
    """The forms of declarations, each with its number; why there is none of the others."""
    from clearance.timelines import content

    drawn, missing = list[tuple[str, "DeclarationForm"]](), list[NotFound]()
    for declaration in declarations:
        try:
            drawn.append((declaration.name, content.form(store, declaration)))
        except NotFound as why:
            missing.append(why)
    return drawn, missing


def _put(run: Run, data: bytes, name: str) -> None:
    """Writes a document where it was asked for; a terminal is given a file of that name instead."""
    output = run.output
    if output is not None and output.is_dir():
        output /= name
    if output is None and sys.stdout.isatty():
        output = Path(name)
    if output is None or str(output) == "-":
        with _output.telling():
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        return
    _output.write_atomically(output, partial(_output.fill, data))
    if run.output is None:
        _output.warn(pages.written(output, run.lang))


def _tell(
    run: Run,
    drawn: Iterable[tuple[str, DeclarationForm]],
    missing: Iterable[NotFound],
    *,
    verbose: bool,
) -> None:
    """Tells why a declaration was not drawn and, if asked for, which boxes are not known."""
    from clearance.render import phrases

    for why in missing:
        _output.warn(f"clearance: {phrases.worded(why, run.lang)}")
    for name, form in drawn if verbose else ():
        _output.warn(pages.unknown_boxes(name, form, run.lang))
