"""The options that every command has, and the ``Run`` that is made of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from clearance import __version__
from clearance.cli._declare import Option, Parameter, parameters
from clearance.cli._output import refuse_folder
from clearance.cli._run import CONFIG_NAME, Run, user_folder
from clearance.customs import tables, unusable, use_folder
from clearance.errors import BadArgument, ClearanceError, NoStore, NotFound
from clearance.files import from_home, is_missing
from clearance.render import FORMATS, SPREADSHEET, format_of

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.config import Config
    from clearance.model import Words

_PARTLY, _FINDINGS = 3, 6
"""Exit codes: the first comes before the second."""
_Store = Annotated[
    str | None,
    Option(
        "--store",
        envvar="CLEARANCE_STORE",
        metavar="URL",
        help="Where the store is: a path, postgresql://…, memory:",
    ),
]
_Config = Annotated[
    str | None,
    Option("--config", envvar="CLEARANCE_CONFIG", metavar="FILE", help="Settings, a TOML file."),
]
_Lang = Annotated[
    str | None,
    Option("--lang", envvar="CLEARANCE_LANG", metavar="zh|en", help="Language."),
]
_Output = Annotated[
    str | None,
    Option("--output", metavar="FILE", help="Write there, in the format it ends in."),
]
_Spreadsheet = Annotated[
    bool,
    Option("--spreadsheet", help="In CSV, numbers such that a spreadsheet keeps all their digits."),
]
Who = Annotated[str | None, Option("--by", metavar="NAME", help="Who says so; kept too.")]
_AsOf = Annotated[
    str | None,
    Option("--as-of", metavar="TIME", help="Look from this moment instead of now."),
]
_Timeout = Annotated[
    float,
    Option(
        "--busy-timeout", metavar="SECONDS", min=0, max=86400, help="How long to wait for a writer."
    ),
]


def command(
    formats: tuple[str, ...] = FORMATS,
    *,
    clock: bool = False,
    folder: bool = False,
    ending: bool = True,
    any_settings: bool = False,
    spreadsheet: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a function, whose first parameter is a ``Run``, the options that every command has.

    ``clock`` adds ``--as-of``, for a command whose answer depends on the time. With ``folder``
    ``--output`` may name one, and does so of ``everything``; without ``ending``, and then, its
    ending picks no format. With ``any_settings`` the command runs also where the settings cannot
    be used: ``Run.unusable`` says why.
    ``spreadsheet`` adds ``--spreadsheet``.
    """
    common = _common(formats, clock, spreadsheet)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(**given: Any) -> Any:
            options = {name: given.pop(name) for name in common}
            given = {name: _readable(value) for name, value in given.items()}
            picks = ending and not (folder and given.get("everything"))
            run = _run(options, formats, folder=folder, ending=picks, any_settings=any_settings)
            for why in unusable():
                run.tell(why)
            try:
                code = function(run, **given)
            except NotFound as error:
                run.tell_damage()
                raise run.dated(error) from error
            return _PARTLY if run.tell_damage() and code in (None, 0, _FINDINGS) else code

        _, *own = parameters(function)
        call.takes = [*own, *common.values()]  # type: ignore[attr-defined]
        return call

    return decorate


def _readable(value: Any) -> Any:
    """An argument as text; one that is not UTF-8 is read as GBK, but the name of a file stays.

    A path that begins with ``~`` leads from the home directory: a shell leaves it so behind ``=``,
    and that of Windows everywhere.
    """
    if isinstance(value, list):
        return [_readable(each) for each in value]
    if isinstance(value, os.PathLike):
        return from_home(value)
    if not isinstance(value, str) or value.isascii() or os.path.exists(value):
        return value
    from clearance.sources import readable_name

    return readable_name(value)


def language(written: str | None, config: Config | None = None) -> str:
    """``zh`` or ``en``: as asked for, else as the environment, the settings or the locale say."""
    of_environment = os.environ.get("CLEARANCE_LANG")  # an option's value may be that already
    asked = written or of_environment or (config.lang if config else None)
    if not asked:
        return "zh" if _locale().lower().startswith(("zh", "chinese")) else "en"
    if asked not in ("zh", "en"):
        what = "CLEARANCE_LANG" if asked == of_environment else "--lang"
        raise BadArgument("{what} {written}: choose zh or en", what=what, written=asked)
    return asked


def language_of(arguments: Sequence[str]) -> str:
    """The language of a command line; where it cannot be told, that of the locale."""
    try:
        file = _value(arguments, "--config") or os.environ.get("CLEARANCE_CONFIG")
        config = _settings(_config_file(file))
    except ClearanceError:
        config = None
    try:
        return language(_value(arguments, "--lang"), config)
    except ClearanceError:
        return "zh" if _locale().lower().startswith(("zh", "chinese")) else "en"


def _value(arguments: Sequence[str], option: str) -> str | None:
    """What an option of a command line says; None without it."""
    for argument, following in pairwise([*arguments, ""]):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def _locale() -> str:
    """The locale that the environment names, else the one that Windows is set to."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if name := os.environ.get(variable):
            return name
    if sys.platform == "win32":
        import locale

        return locale.setlocale(locale.LC_CTYPE, "")
    return ""


def chosen(
    option: str,
    written: str | None,
    choices: Collection[str],
    called: Mapping[Any, Words] | None = None,
) -> list[str]:
    """The choices that an option names, with commas between, in any language.

    ``called`` as ``render.words.offered`` says. Raises BadArgument with the choices for a word that
    is none of them.
    """
    from clearance.render.words import offered, understood

    words = [word for word in re.split("[,，、;；]", written or "") if word.strip()]
    found = {word: understood(word, choices, called) for word in words}
    for word, choice in found.items():
        if choice is None:
            raise BadArgument(
                "{option} {written}: choose {choices}",
                option=_called(option),
                written=word.strip(),
                choices=offered(choices, called),
            )
    return list(dict.fromkeys(choice for choice in found.values() if choice))


def _called(option: str) -> str:
    """An option as it is written; an argument as help calls it."""
    from clearance.render.chinese.help import PLACES
    from clearance.render.words import Bilingual

    return Bilingual({"en": option, "zh": PLACES.get(option, option)})


def begun() -> bool:
    """Whether anything was read into the store; one that is no file is not asked."""
    from clearance.timelines import known_systems

    try:
        named = {"store": "CLEARANCE_STORE", "config": "CLEARANCE_CONFIG"}
        run = bare_run({option: os.environ.get(name) for option, name in named.items()})
        if run.store_file is None:
            return True
        with run.open() as opened:
            return not known_systems.is_empty(opened)
    except NoStore:
        return False
    except ClearanceError:
        return True


def _common(formats: tuple[str, ...], clock: bool, spreadsheet: bool) -> dict[str, Parameter]:
    """The common options by name, as parameters."""
    form = Annotated[
        str | None, Option("--format", metavar="|".join(formats), help="How to show it.")
    ]
    options: dict[str, tuple[Any, Any]] = {
        "store": (_Store, None),
        "config": (_Config, None),
        "lang": (_Lang, None),
        "format": (form, None),
        "output": (_Output, None),
        "busy_timeout": (_Timeout, 30.0),
    }
    if clock:
        options["as_of"] = (_AsOf, None)
    if spreadsheet:
        options["spreadsheet"] = (_Spreadsheet, False)
    return {name: Parameter(name, *described) for name, described in options.items()}


def _run(
    options: Mapping[str, Any],
    formats: tuple[str, ...],
    *,
    folder: bool,
    ending: bool,
    any_settings: bool,
) -> Run:
    """The run that the common options describe."""
    file = _config_file(options["config"])
    use_folder(_own_systems(file), user_folder("cache"), __version__)
    config, unusable = _settings_or_why(file) if any_settings else (_settings(file), None)
    output = _output_file(options["output"], folder=folder)
    file_named = None if not ending or (output and output.is_dir()) else output
    tables.use(config.codes if config else {})
    return Run(
        store_url=options["store"],
        config_file=file,
        config=config,
        lang=language(options["lang"], config),
        written_lang=options["lang"],
        form=_form(format_of(options["format"], file_named, formats), options),
        output=output,
        written_as_of=options.get("as_of"),
        busy_timeout=options["busy_timeout"],
        unusable=unusable,
    )


def _form(chosen: str, options: Mapping[str, Any]) -> str:
    """The format that was chosen, of CSV the one for spreadsheets if that is asked for."""
    if not options.get("spreadsheet"):
        return chosen
    if chosen != "csv":
        raise BadArgument(
            "--spreadsheet is for CSV: give --format csv too, or --output with a name that ends in "
            ".csv"
        )
    return SPREADSHEET


def bare_run(options: Mapping[str, Any]) -> Run:
    """The run of a command line that is not whole yet, to look into its store."""
    file = _config_file(options.get("config"))
    config = _settings(file)
    lang = language(options.get("lang"), config)
    return Run(store_url=options.get("store"), config_file=file, config=config, lang=lang)


def _output_file(written: str | None, *, folder: bool) -> Path | None:
    """The file that ``--output`` names, or ``folder``; raises BadArgument where it can be none."""
    if written is None:
        return None
    output = from_home(written)
    if not folder:
        refuse_folder(output, "--output")
    return output


def _config_file(named: str | None) -> Path | None:
    """The file named, else the one in the user's configuration folder, if it exists."""
    file = named or os.path.join(user_folder("config"), CONFIG_NAME)
    if not named and is_missing(file):
        return None
    return from_home(file)


def _own_systems(file: Path | None) -> str:
    """The folder of a user's own customs systems: beside the settings, or where they would be."""
    return os.path.join(file.parent if file else user_folder("config"), "customs")


def _settings_or_why(file: Path | None) -> tuple[Config | None, ClearanceError | None]:
    """The settings, or why they cannot be used."""
    try:
        return _settings(file), None
    except ClearanceError as error:
        return None, error


def _settings(file: Path | None) -> Config | None:
    if file is None:
        return None
    from clearance import config

    return config.load(file, language(None))
