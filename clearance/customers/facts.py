"""What may leave the house of a declaration: an allow-list.

Whatever words a notice or draws a page is given these facts and nothing else of a declaration: no
note of customs, no value or price, no broker, no alert, nothing that colleagues wrote, and no other
declaration. A fact that is to be told besides has to be added here.
"""

from __future__ import annotations

from datetime import date

from clearance.customs.references import in_order, of_role
from clearance.model import Role, Summary
from clearance.named_tuples import NamedTuple


class Facts(NamedTuple):
    """The numbers of a shipment, the customer's own first, its office and its direction.

    ``number`` is the number that customs gave it, ``number_kind`` its kind, ``official`` that one
    where it is final. ``expected`` is the day on which its release is expected, if that is known.
    """

    system: str
    reference: str | None = None
    bills: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    number: str | None = None
    number_kind: str = ""
    official: str | None = None
    office: str | None = None
    direction: str | None = None
    released: bool = False
    expected: date | None = None

    @property
    def name(self) -> str:
        """What the customer knows it by."""
        first = next(iter((*self.bills, *self.containers)), None)
        return self.reference or first or self.number or ""


def facts_of(declaration: Summary, expected: date | None = None) -> Facts:
    """What may be told of a declaration."""
    official, kind = _latest(declaration, Role.OFFICIAL)
    number, kind = (official, kind) if official else _latest(declaration, Role.JOINING)
    return Facts(
        system=declaration.system,
        reference=_latest(declaration, Role.OWN)[0],
        bills=declaration.references.get("bill_no", ()),
        containers=declaration.references.get("container", ()),
        number=number,
        number_kind=kind,
        official=official,
        office=declaration.office,
        direction=declaration.direction,
        released=declaration.released_at is not None,
        expected=expected,
    )


def _latest(declaration: Summary, role: Role) -> tuple[str | None, str]:
    """The latest number of the best kind that has a role, and that kind; None without one."""
    kinds = (kind for kind in in_order(declaration) if kind in of_role(role))
    return next(((declaration.references[kind][-1], kind) for kind in kinds), (None, ""))
