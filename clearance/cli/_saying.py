"""What the commands by which people say something of a declaration have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from clearance.cli._completion import numbers
from clearance.cli._declare import Argument, Option
from clearance.cli._output import given
from clearance.cli._run import Run
from clearance.model import Declaration, Says

if TYPE_CHECKING:
    from clearance.stores import Store
    from clearance.timelines.saying import Words

Number = Annotated[
    str,
    Argument(
        metavar="REF",
        autocompletion=numbers,
        help="Any number of it; several with commas between; - reads them from standard input.",
    ),
]
Numbers = Annotated[
    list[str],
    Argument(
        metavar="REF...",
        autocompletion=numbers,
        help="Any numbers; - reads them from standard input.",
    ),
]
Every = Annotated[bool, Option("--all", help="Every declaration that a number belongs to.")]
Undo = Annotated[bool, Option("--undo", help="Take the last of these back.")]


def say(
    run: Run,
    written: Sequence[str],
    words: Callable[[Declaration], Sequence[Words]],
    *,
    every: bool,
) -> None:
    """Keeps what ``words`` gives for each declaration that numbers belong to, and shows it."""
    from clearance.timelines import saying

    def keep(store: Store, declarations: Sequence[Declaration]) -> list[str]:
        said = [(declaration, words(declaration)) for declaration in declarations]
        return saying.say(store, said, run.as_of)

    _change(run, written, keep, every=every)


def undo(
    run: Run,
    written: Sequence[str],
    says: Says,
    who: str | None,
    about: Sequence[str] = (),
    *,
    every: bool,
) -> None:
    """Takes back the last statement of a sort about each declaration that numbers belong to.

    ``about`` are stages or actions: the last about each of these.
    """
    from clearance.timelines import saying

    def keep(store: Store, declarations: Sequence[Declaration]) -> list[str]:
        return saying.undo(store, declarations, says, run.as_of, who, about)

    _change(run, written, keep, every=every)


def _change(
    run: Run,
    written: Sequence[str],
    keep: Callable[[Store, Sequence[Declaration]], list[str]],
    *,
    every: bool,
) -> None:
    """Has something kept of the declarations that numbers belong to, and shows what was kept.

    Raises NotFound if any number is unknown; then nothing is kept.
    """
    from clearance.render import lookups
    from clearance.render import saying as pages
    from clearance.timelines import saying

    with run.open(write=True) as store, store.transaction():
        meant = saying.meant(store, given(written), run.as_of, every=every)
        if meant.unknown:
            raise lookups.not_found(meant.unknown, searched=False)
        kept = keep(store, meant.declarations)
        said = saying.said(store, kept, run.as_of)
    run.show(pages.said(said, run.as_of, run.lang))
