"""What a shell offers when Tab is pressed: commands, options, numbers of open declarations.

A script that ``clearance completion SHELL`` prints calls the program with the words before the one
that is begun as its arguments, that one in ``_CLEARANCE_WORD``, and the shell's name in
``_CLEARANCE_COMPLETE``. The answer is a line for each offer; but for bash its help follows after a
tab. Whatever fails, nothing is offered, and nothing is said.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clearance.cli._run import Run
    from clearance.stores import Store

SCRIPTS = {
    "bash": r"""_clearance_completion() {
    local IFS=$'\n'
    COMPREPLY=($(_CLEARANCE_COMPLETE=bash _CLEARANCE_WORD="${COMP_WORDS[COMP_CWORD]}" \
        "${COMP_WORDS[0]}" "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null))
}
complete -o default -F _clearance_completion clearance
""",
    "zsh": r"""#compdef clearance
_clearance() {
    local -a lines offers
    lines=("${(@f)$(_CLEARANCE_COMPLETE=zsh _CLEARANCE_WORD="$words[CURRENT]" \
        "$words[1]" "${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
    offers=("${(@)${(@)${(@)lines//:/\\:}/$'\t'/:}:#}")
    if (( $#offers )); then _describe clearance offers; else _files; fi
}
compdef _clearance clearance
""",
    "fish": r"""function __clearance_completion
    set -l words (commandline -opc)
    set -l offers (_CLEARANCE_COMPLETE=fish _CLEARANCE_WORD=(commandline -ct) \
        $words[1] $words[2..-1] 2>/dev/null)
    if test (count $offers) -gt 0
        string join \n -- $offers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c clearance -f -a '(__clearance_completion)'
""",
    "powershell": r"""Register-ArgumentCompleter -Native -CommandName clearance -ScriptBlock {
    param($word, $ast, $position)
    $begun = $ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position }
    $before = @($begun | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    $env:_CLEARANCE_COMPLETE = 'powershell'
    $env:_CLEARANCE_WORD = $word
    try {
        & $ast.CommandElements[0].ToString() @before 2>$null | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            if (-not $help) { $help = $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value, 'ParameterValue', $help)
        }
    } finally {
        Remove-Item Env:_CLEARANCE_COMPLETE, Env:_CLEARANCE_WORD -ErrorAction SilentlyContinue
    }
}
""",
}
"""What each shell is to run at its start."""
_MAX_OFFERS = 500
"""Numbers that are offered at most."""

_PLAIN = r"[^\W_][\w./:+-]*"
"""A number that no shell makes anything else of: what it is offered stands in the command as it
is, and others chose the number.
"""

Offer = tuple[str, str]
"""A word that may follow, and its help."""


def answer(command: Any, words: Sequence[str], shell: str) -> int:
    """Writes what may follow some words; returns the exit code, which is always 0."""
    with suppress(Exception):
        begun = os.environ.get("_CLEARANCE_WORD", "")
        offers = [_line(item, shell) for item in _offered(command, words, begun)]
        sys.stdout.buffer.write("".join(offers).encode())
        sys.stdout.flush()
    return 0


def _offered(command: Any, words: Sequence[str], begun: str) -> Iterable[Any]:
    """What may follow some words, as typer says."""

    class Shell(_machinery().ShellComplete):  # type: ignore[misc]
        name = "any"
        source_template = ""

        def source_vars(self) -> dict[str, Any]:
            return {}

        def get_completion_args(self) -> tuple[list[str], str]:
            return list(words), begun

        def format_completion(self, item: Any) -> str:
            return str(item.value)

    offered: Iterable[Any] = Shell(command, {}, "clearance", "").get_completions([*words], begun)
    return offered


def _line(item: Any, shell: str) -> str:
    from clearance.render.text import visible

    help = visible(" ".join((item.help or "").split()))
    return f"{item.value}\n" if shell == "bash" or not help else f"{item.value}\t{help}\n"


def items(offers: Iterable[Offer]) -> list[Any]:
    """Offers as typer has them."""
    make = _machinery().CompletionItem
    return [make(value, help=help) for value, help in offers]


def _machinery() -> Any:
    """Typer's own way from words to offers."""
    completion: Any = importlib.import_module("typer.completion")
    return completion.shell_completion


# What is known of the store


def numbers(ctx: Any, incomplete: str) -> list[Offer]:
    """The best number and the own references of each open declaration, with its stage; not one
    that a shell could interpret.
    """
    return _found(ctx, partial(_numbers, incomplete))


def alert_ids(ctx: Any, incomplete: str) -> list[Offer]:
    """The ids of alerts that are not over, with their number and rule."""
    return _found(ctx, partial(_alert_ids, incomplete))


def alert_targets(ctx: Any, incomplete: str) -> list[Offer]:
    """What alerts can be acknowledged by: their ids, and the numbers of open declarations."""
    return [*alert_ids(ctx, incomplete), *numbers(ctx, incomplete)]


def channel_names(ctx: Any, incomplete: str) -> list[Offer]:
    """The names of the channels that are set."""
    from clearance.cli._options import bare_run

    with suppress(Exception):
        some = bare_run(ctx.params).channels
        return [(name, "") for name in some if name.startswith(incomplete)]
    return []


def customer_names(ctx: Any, incomplete: str) -> list[Offer]:
    """The names of the customers that are set, with what they are called."""
    from clearance.cli._options import bare_run

    with suppress(Exception):
        some = bare_run(ctx.params).customers
        return [(name, one.name) for name, one in some.items() if name.startswith(incomplete)]
    return []


def notice_ids(ctx: Any, incomplete: str) -> list[Offer]:
    """The ids of notices that wait for a person, with what each is about."""
    return _found(ctx, partial(_notice_ids, incomplete))


def setting_keys(ctx: Any, incomplete: str) -> list[Offer]:
    """The keys of settings; of named tables those of the tables that are there."""
    from clearance.cli._options import bare_run
    from clearance.config.origins import known_keys

    with suppress(Exception):
        config = bare_run(ctx.params).config
        tables = [*config.channels, *config.sources, *config.customers] if config else []
        keys = {key for name in tables or ["NAME"] for key in known_keys(("", name))}
        return [(key, "") for key in sorted(keys) if key.startswith(incomplete)]
    return []


def _found(ctx: Any, find: Callable[[Run, Store], Iterator[Offer]]) -> list[Offer]:
    """What is found in the store of a command line; nothing where it cannot be read."""
    from clearance.cli._options import bare_run

    with suppress(Exception):
        run = bare_run(ctx.params)
        with run.open() as store:
            return sorted(islice(find(run, store), _MAX_OFFERS))
    return []


def _numbers(begun: str, run: Run, store: Store) -> Iterator[Offer]:
    from clearance.customs import systems
    from clearance.model import Role
    from clearance.render.words import say
    from clearance.stores import OPEN

    own = {kind.name for s in systems().values() for kind in s.kinds if kind.role is Role.OWN}
    for _, one in store.summaries(store.ids([OPEN])):
        called = [one.name, *(n for kind in own for n in one.references.get(kind, ()))]
        for number in dict.fromkeys(called):
            if number.startswith(begun) and re.fullmatch(_PLAIN, number):
                yield number, say(one.stage, run.lang) if one.stage else ""


def _alert_ids(begun: str, run: Run, store: Store) -> Iterator[Offer]:  # noqa: ARG001
    from clearance.alerting import records

    for alert in records.all_alerts(store, live=True):
        if alert.id.startswith(begun):
            yield alert.id, " ".join(filter(None, [alert.declaration, alert.rule]))


def _notice_ids(begun: str, run: Run, store: Store) -> Iterator[Offer]:  # noqa: ARG001
    from clearance.customers import notices

    for notice in notices.notices(store, {notices.HELD}):
        if notice.id.startswith(begun):
            yield notice.id, f"{notice.customer} {notice.title}"
