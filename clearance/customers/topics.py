"""What customers may be told of: milestones, exceptions, corrections; and what texts there are."""

from __future__ import annotations

from string import Formatter

from clearance.errors import BadSetting
from clearance.model import Stage
from clearance.named_tuples import NamedTuple


class Milestone(NamedTuple):
    """A milestone that customers may be told of: its field of ``Summary``, and the stages of the
    events that may set it.
    """

    field: str
    stages: tuple[Stage, ...]


MILESTONES: dict[str, Milestone] = {
    "declared": Milestone("declared_at", (Stage.SUBMITTED, Stage.ACCEPTED)),
    "accepted": Milestone("accepted_at", (Stage.ACCEPTED,)),
    "reviewed": Milestone("reviewed_at", (Stage.REVIEWED,)),
    "released": Milestone("released_at", (Stage.RELEASED, Stage.CLEARED)),
    "cleared": Milestone("cleared_at", (Stage.CLEARED,)),
}
"""Milestones by name, in their order."""

EXCEPTIONS: dict[str, str | None] = {
    "inspection_ordered": None,
    "returned": None,
    "deleted": None,
    "amended_after_release": None,
    "action_deadline": "deadline",
    "tax_unpaid": "due",
    "vessel_cutoff": "cutoff",
    "free_time": "free_until",
    "import_undeclared": "last_day",
}
"""Rules whose alerts customers may be told of, each with its value that is a deadline."""

TAKING_BACK = ("returned", "deleted", "amended_after_release")
"""Exceptions that say themselves that what was told before no longer holds."""

UNDONE, RENUMBERED, MOVED = "undone", "renumbered", "moved"
CORRECTIONS = (UNDONE, RENUMBERED, MOVED)
"""What corrects an earlier notice: it no longer holds; another number, or another expected day."""

TOPICS = (*MILESTONES, *EXCEPTIONS, *CORRECTIONS)
"""Everything that a notice may be about."""

_PARTS = ("", "_means", "_do")
"""Of each topic: what happened; what that means; what the customer has to do."""
GENERAL = ("title", "numbers", "customs_number", "expected", "corrects", "call")
"""Texts that are not about one topic."""
TEXTS = (*GENERAL, *(f"{topic}{part}" for topic in TOPICS for part in _PARTS))
"""The name of every text of a notice."""

FIELDS = (
    "customer",
    "name",
    "reference",
    "bill",
    "container",
    "numbers",
    "number",
    "number_name",
    "office",
    "direction",
    "what",
    "at",
    "deadline",
    "expected",
    "was",
    "told_at",
    "contact",
)
"""The fields that a text may name: nothing else is filled in."""
MAX_TEMPLATE_CHARS = 300


def check_template(name: str, template: str) -> None:
    """Raises BadSetting for a text that there is not, or one that names anything but a field."""
    if name not in TEXTS:
        raise BadSetting(
            "texts.{name} is no text of a notice: there are {choices}",
            name=name,
            choices=list(TEXTS),
        )
    if len(template) > MAX_TEMPLATE_CHARS:
        raise BadSetting(
            "texts.{name}: {length} characters, {limit} at most",
            name=name,
            length=len(template),
            limit=MAX_TEMPLATE_CHARS,
        )
    for field in fields_of(name, template):
        if field not in FIELDS:
            raise BadSetting(
                "texts.{name}: {{{field}}} is no field: there are {choices}",
                name=name,
                field=field,
                choices=list(FIELDS),
            )


def fields_of(name: str, template: str) -> list[str]:
    """The fields that a template names; raises BadSetting where it is none."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        parts = [("", "", "!", "")]
    if any(spec or conversion for _, _, spec, conversion in parts):
        raise BadSetting(
            "texts.{name}: write fields as {{reference}}, and a brace as {{{{ or }}}}", name=name
        )
    return [field for _, field, _, _ in parts if field is not None]
