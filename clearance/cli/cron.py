"""``clearance cron``."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs

from clearance.cli._declare import Argument, Commands, Option
from clearance.cli._options import command
from clearance.cli._run import Run, user_folder
from clearance.errors import BadArgument, Phrase
from clearance.files import from_home

app = Commands()

_FOLDERS = ("CLEARANCE_HOME", "XDG_CONFIG_HOME")
"""Variables that say where the user's settings are; the first that is set counts."""


@app.command()
@command()
def cron(
    run: Run,
    inbox: Annotated[
        Path | None, Argument(metavar="[INBOX]", help="A folder to ingest first.")
    ] = None,
    archive: Annotated[
        Path | None,
        Option("--archive", metavar="DIR", help="Where its files are moved then."),
    ] = None,
    watch: Annotated[
        bool, Option("--watch", help="Print what keeps clearance watch --check running.")
    ] = False,
) -> None:
    """Print lines for cron, systemd and the Windows task scheduler.

    They hold the paths of this program, the store and the settings as they are now, and the
    language.
    """
    from clearance.render.schedules import schedules, watching

    common = ["--store", _store(run.url)]
    if run.config_file:
        common += ["--config", str(run.config_file.absolute())]
    if run.lang != ((run.config and run.config.lang) or "en"):
        common += ["--lang", run.lang]
    reading = inbox or watch or run.sources
    moved = ["--archive", str(archive.absolute())] if archive and reading else []
    read = [*([str(inbox.absolute())] if inbox else []), *moved, *common]
    if watch:
        run.show(watching(_checked([*_program(), "watch", "--check", *read]), run.lang))
    else:
        check = _checked([*_program(), "check", *common])
        reads = inbox is not None or bool(run.sources)
        ingest = _checked([*_program(), "ingest", *read]) if reads else None
        run.show(schedules(ingest, check, run.lang))
    if inbox and not inbox.exists():
        run.tell(Phrase("{folder}: there is no such folder now", folder=inbox))
    if places := _from_here(run):
        run.tell(
            Phrase(
                "a scheduler runs elsewhere and does not find {places}: write whole paths into "
                "the settings",
                places=places,
            )
        )
    if names := _variables(run.config_file, run.url):
        run.tell(
            Phrase(
                "what is set comes from variables that a scheduler does not have: {names}; set "
                "them there, or for a secret of the settings say file:PATH",
                names=names,
            )
        )


def _text(settings: Path | None) -> str:
    return settings.read_text(encoding="utf-8-sig") if settings else ""


def _from_here(run: Run) -> list[str]:
    """The folders and files of secrets that settings name by a path from where one stands."""
    from clearance.sources import folders

    named = [str(place) for place in folders(run.sources).values()]
    named += re.findall(r"""["']file:\s*([^"']+)["']""", _text(run.config_file))
    return [each for each in dict.fromkeys(named) if not from_home(each).is_absolute()]


def _variables(settings: Path | None, store: str) -> list[str]:
    """The variables that settings take secrets from, and those that say where things are."""
    text = _text(settings)
    names = re.findall(r"""["']env:\s*(\w+)["']""", text)
    if "://" in store and "CLEARANCE_STORE_PASSWORD" in os.environ:
        names.append("CLEARANCE_STORE_PASSWORD")
    own_systems = Path(user_folder("config"), "customs")
    if settings is None and own_systems.is_dir():
        names += [name for name in _FOLDERS if os.environ.get(name)][:1]
    return list(dict.fromkeys(names))


def _checked(command: list[str]) -> list[str]:
    """A command; raises BadArgument for a word that no scheduler's line can hold."""
    for word in command:
        if not word.isprintable() or '"' in word:
            raise BadArgument("{word!r}: cannot be written into a scheduler's line", word=word)
    return command


def _program() -> list[str]:
    """How this program was started, with its whole path."""
    for name in (sys.argv[0], f"{sys.argv[0]}.exe"):
        path = Path(name)
        if path.stem == "clearance" and path.is_file():
            return [str(path.absolute())]
    return [sys.executable, "-m", "clearance"]


def _store(url: str) -> str:
    """The store's URL, a path made absolute; raises BadArgument for one with a password."""
    from clearance.stores import located

    kind, place = located(url)
    if kind == "memory":
        raise BadArgument("--store memory: is gone when the command ends: name one that stays")
    if kind == "tinydb":
        return str(Path(place).absolute())
    if _may_hold_a_secret(url):
        raise BadArgument(
            "the store's URL holds a password: leave it out and set CLEARANCE_STORE_PASSWORD to "
            "file:PATH where the job runs"
        )
    return url


def _may_hold_a_secret(url: str) -> bool:
    """Whether a password may stand in the URL of a server, also where ``/``, ``?`` or ``#`` in it
    makes it no URL.
    """
    rest = url.partition("//")[2]
    servers = re.split("[/?#]", rest)[0].rpartition("@")[2]
    ports = [one.rpartition("]")[2].partition(":")[2] for one in servers.split(",")]
    options = parse_qs(rest.partition("?")[2])
    return (
        ":" in rest.rpartition("@")[0]
        or not all(port.isdecimal() for port in ports if port)
        or any("password" in name or "secret" in name for name in options)
    )
