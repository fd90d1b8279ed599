"""Named tuples are what ``typing.NamedTuple`` makes, whatever is done with them."""

from __future__ import annotations

import copy
import json
import pickle
import typing
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance import named_tuples


class Ours(named_tuples.NamedTuple):
    """A crate of goods."""

    length: int
    width: int
    label: str | None = None
    goods: tuple[str, ...] = ()

    @property
    def area(self) -> int:
        return self.length * self.width

    @classmethod
    def square(cls, side: int) -> Ours:
        return cls(side, width=side)


class Theirs(typing.NamedTuple):
    """A crate of goods."""

    length: int
    width: int
    label: str | None = None
    goods: tuple[str, ...] = ()

    @property
    def area(self) -> int:
        return self.length * self.width

    @classmethod
    def square(cls, side: int) -> Theirs:
        return cls(side, width=side)


class Labelled(Ours):
    """A crate with a heading."""

    @property
    def heading(self) -> str:
        return self.label or "none"


def outcome(of: Callable[[Any], Any], kind: Any) -> Any:
    """What comes of it, written so that it does not say which kind; or the kind of its error."""
    try:
        return repr(of(kind)).replace("Theirs", "Ours")
    except (TypeError, ValueError):
        return TypeError  # for a name that there is none of; before Python 3.13 it was the other
    except AttributeError:
        return AttributeError


NAMES = ("length", "width", "label", "goods", "lid")
GIVEN = st.tuples(
    st.lists(st.integers(0, 9), max_size=5),
    st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9), max_size=5),
)


@given(GIVEN, st.dictionaries(st.sampled_from(NAMES), st.integers(0, 9), max_size=2))
def test_they_are_made_and_changed_as_theirs(
    said: tuple[list[int], dict[str, int]], changes: dict[str, int]
) -> None:
    items, named = said
    uses: list[Callable[[Any], Any]] = [
        lambda kind: kind(*items, **named),
        lambda kind: kind._make(items),
        lambda kind: kind(*items, **named)._replace(**changes),
        lambda kind: kind(*items, **named)._asdict(),
    ]
    for use in uses:
        assert outcome(use, Ours) == outcome(use, Theirs)


@pytest.mark.parametrize(
    "use",
    [
        lambda kind: (kind._fields, kind._field_defaults, kind.__match_args__, kind.__doc__),
        lambda kind: (kind.square(3), kind.square(3).area, kind(1, 2)[1:], [*kind(1, 2)]),
        lambda kind: (kind(1, 2) == (1, 2, None, ()), kind(1, 2) < kind(1, 3), hash(kind(1, 2))),
        lambda kind: (json.dumps(kind(1, 2)), str(kind(1, 2))),
        lambda kind: (pickle.loads(pickle.dumps(kind(1, 2))), copy.deepcopy(kind(1, 2, "a"))),
        lambda kind: setattr(kind(1, 2), "length", 3),
        lambda kind: setattr(kind(1, 2), "lid", 3),
        lambda kind: kind.__new__(kind, 1, 2),
    ],
)
def test_they_are_used_as_theirs(use: Callable[[Any], Any]) -> None:
    assert outcome(use, Ours) == outcome(use, Theirs)


def test_they_are_matched_by_their_fields() -> None:
    match Ours(1, 2, "a"):
        case Ours(length, label=label):
            assert (length, label) == (1, "a")
        case _:
            pytest.fail("not matched")


def test_a_class_made_from_one_has_its_fields() -> None:
    made = Labelled(1, 2, "a")
    assert (type(made), made.heading, made.area) == (Labelled, "a", 2)
    assert type(made._replace(width=3)) is type(Labelled.square(2)) is Labelled
    assert type(Ours(1, 2)) is Ours


def test_a_field_without_a_default_does_not_stand_behind_one_that_has_one() -> None:
    make: Any = type(Ours)
    body = {"__annotations__": {"length": "int", "width": "int"}, "length": 1}
    with pytest.raises(TypeError, match="Wrong"):
        make("Wrong", (named_tuples.NamedTuple,), body)
