"""``clearance sources``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from clearance.cli._declare import Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run
from clearance.errors import ClearanceError, NotFound, Phrase
from clearance.files import resolved

app = Commands("Where messages come from.")


@app.command("list")
@command()
def list_(run: Run) -> None:
    """Show the configured sources, and whether they can be read."""
    from clearance.render import sources as pages

    run.show(pages.configured(run.sources, run.lang))


@app.command()
@command()
def find(
    run: Run,
    write: Annotated[
        bool, Option("--write", help="Add those that are not followed to the settings.")
    ] = False,
) -> None:
    """Find the boxes of the Single Window client, as watch --client follows them."""
    from clearance import sources
    from clearance.render import sources as pages
    from clearance.sources import watching_client

    boxes = watching_client.boxes()
    if not boxes:
        raise NotFound(
            "{name} was not found in {folders}: give the folders to clearance watch",
            name=watching_client.NAME,
            folders=[str(place) for place in watching_client.places()],
        )
    followed = {resolved(place) for place in sources.folders(run.sources).values()}
    new = [box for box in boxes if resolved(box.path) not in followed]
    run.show(pages.found(boxes, {box.path for box in new}, run.lang))
    if write and new:
        file = run.config_place
        _append(file, watching_client.settings(new, run.sources))
        run.tell(Phrase("{count} sources were added to {file}", count=len(new), file=file))


def _append(file: Path, text: str) -> None:
    """Adds text at the end of a file, which is made with its folder if it is not there."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_bytes() if file.exists() else b""
        with file.open("ab") as settings:
            settings.write(b"\n" if before else b"")
            settings.write((b"" if before[-1:] in (b"", b"\n") else b"\n") + text.encode())
    except OSError as error:
        raise ClearanceError("{file}: {why}", file=file, why=error) from error
