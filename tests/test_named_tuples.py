"""Named tuples are what ``typing.NamedTuple`` makes, whatever is done with them."""

from __future__ import annotations

import copy
import json
import pickle
import types
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


FIELDS = [f"field_{place}" for place in range(20)]


def of_fields(count: int, defaults: int = 0) -> tuple[Any, Any]:
    """Ours and theirs with so many fields, the last of which have defaults."""
    fields = FIELDS[:count]
    body: dict[str, Any] = {
        each: -place for place, each in enumerate(fields) if place >= count - defaults
    }
    body |= {"__annotations__": dict.fromkeys(fields, "int"), "__module__": __name__}
    ours = types.new_class("Ours", (named_tuples.NamedTuple,), {}, lambda own: own.update(body))
    theirs = types.new_class("Theirs", (typing.NamedTuple,), {}, lambda own: own.update(body))
    return ours, theirs


@pytest.mark.parametrize("count", range(20))
def test_there_may_be_any_number_of_fields(count: int) -> None:
    ours, theirs = of_fields(count)
    by_name = dict(zip(FIELDS, range(count), strict=False))
    assert ours(*range(count)) == ours(**by_name) == theirs(**by_name)
    for wrong in (count + 1, abs(count - 1)):
        with pytest.raises(TypeError, match=r"Ours\.__new__\(\)"):
            ours(*range(wrong))


@given(
    st.integers(7, 12),
    st.integers(0, 13),
    st.sets(st.sampled_from(FIELDS[:14]), max_size=6),
    st.integers(0, 7),
)
def test_many_fields_are_given_as_theirs(
    count: int, given: int, named: set[str], defaults: int
) -> None:
    ours, theirs = of_fields(count, defaults)
    by_name = {name: len(name) + given for name in named}
    for kind in (ours, ours):  # the second time its constructor is made already
        assert outcome(lambda kind: kind(*range(given), **by_name), kind) == outcome(
            lambda kind: kind(*range(given), **by_name), theirs
        )
