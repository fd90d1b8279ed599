"""``clearance config``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clearance.cli._completion import setting_keys
from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._output import write_atomically
from clearance.cli._run import Run
from clearance.errors import BadArgument, Phrase

if TYPE_CHECKING:
    from clearance.config.origins import Given

app = Commands("The settings: what they are, and where they come from.")


@app.command()
@command()
def show(
    run: Run,
    ctx: typer.Context,
    changed: Annotated[
        bool, Option("--changed", help="Only what is set, without the defaults.")
    ] = False,
) -> None:
    """Show every setting, its value, and where that comes from.

    Of a secret only the place is shown where it is kept.
    """
    from clearance.config import Config, origins, tables, text_of
    from clearance.render import settings as pages

    file = run.config_file
    text = text_of(file) if file else ""
    written = tables(text, file) if file else {}
    found = origins.settings(run.config or Config(), written, text, str(file) if file else None)
    settings = [*origins.overruled(found, _given(run, ctx))]
    if changed:
        settings = [s for s in settings if s.origin is not origins.Origin.DEFAULT]
    run.show(pages.settings(settings, file, run.lang))


def _given(run: Run, ctx: typer.Context) -> dict[str, Given]:
    """What options and variables say, by the key of the setting that they go before."""
    from clearance.config.origins import Given, Origin

    given = {"lang": ("lang", run.written_lang), "store": ("store.url", run.store_url)}
    found = {"lang": Given(run.lang), "store.url": Given(run.url)}
    for option, (key, value) in given.items():
        source: Any = ctx.get_parameter_source(option)
        if value and source and source.name == "ENVIRONMENT":
            found[key] = Given(value, Origin.ENVIRONMENT, f"CLEARANCE_{option.upper()}")
        elif value:
            found[key] = Given(value, Origin.OPTION, f"--{option}")
    return found


@app.command()
@command(any_settings=True)
def check(
    run: Run,
    file: Annotated[
        Path | None,
        Argument(metavar="[FILE]", help="A settings file; else the one that is used."),
    ] = None,
) -> None:
    """Check whether a settings file can be used."""
    from clearance.config import load
    from clearance.render import settings as pages

    checked = file or run.config_file
    if checked:
        load(checked, run.lang)
        run.show(pages.checked(checked, run.lang))
    else:
        run.show(pages.checked(None, run.lang))


@app.command("set")
@command(any_settings=True)
def set_values(
    run: Run,
    words: Annotated[
        list[str],
        Argument(
            metavar="KEY VALUE...",
            autocompletion=setting_keys,
            help="A key such as report.zone and its value; more of them are set at once.",
        ),
    ],
) -> None:
    """Write settings into the file; comments and order stay.

    The file is made if there is none. It is replaced only by one that can be used.
    """
    from clearance import config
    from clearance.config import editing
    from clearance.render import settings as pages

    if len(words) % 2:
        raise BadArgument("{key}: give a value for it", key=words[-1])
    written = dict(zip(words[::2], words[1::2], strict=True))
    file = run.config_place
    text = config.text_of(file) if file.exists() else ""
    edited = editing.changed(text, written, file, run.lang)
    if edited != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, lambda out: _fill(out, edited), "--config")
    run.show(pages.written(edited, list(written), file, run.lang))


def _fill(out: Any, text: str) -> None:
    out.write(text.encode())


@app.command()
@command(any_settings=True)
def path(run: Run, ctx: typer.Context) -> None:
    """Show where the settings file is looked for."""
    from clearance.config.origins import Origin
    from clearance.render import settings as pages

    file = run.config_place
    source: Any = ctx.get_parameter_source("config")
    named = {"ENVIRONMENT": Origin.ENVIRONMENT, "COMMANDLINE": Origin.OPTION}
    if os.environ.get("CLEARANCE_HOME"):
        named["DEFAULT"] = Origin.ENVIRONMENT
    run.show(pages.place(file, named.get(source and source.name, Origin.DEFAULT), run.lang))
    if not file.exists():
        run.tell(Phrase("{path}: there is no settings file yet: the defaults hold", path=file))
