"""Values are what dataclasses are, without anything that is compiled at a start."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from functools import cached_property
from typing import Any, ClassVar

import pytest

from clearance.model import Deferring, Value, deferred, replace
from clearance.model.values import field


class Box(Value):
    """A value whose parts are given in their order."""

    LIMIT: ClassVar[int] = 3
    length: int
    width: int = 2
    labels: dict[str, str] = field(default_factory=dict)
    seen: str | None = field(default=None, compare=False)

    @property
    def area(self) -> int:
        return self.length * self.width


class Crate(Box, kw_only=True):
    """One with a further part."""

    lid: bool


class Shelf(Value, slots=False):
    """One that keeps what it has worked out."""

    boxes: tuple[Box, ...]

    @cached_property
    def areas(self) -> list[int]:
        return [box.area for box in self.boxes]


def test_fields_are_given_by_place_or_by_name() -> None:
    assert Box(3) == Box(length=3, width=2) == Box(3, 2, {})
    assert (Box(3, 4).area, Box.LIMIT) == (12, 3)
    assert repr(Box(3, seen="now")) == "Box(length=3, width=2, labels={}, seen='now')"


@pytest.mark.parametrize(
    ("given", "named"),
    [((), {}), ((1, 2, {}, "", 5), {}), ((1,), {"height": 3}), ((1,), {"length": 2})],
    ids=str,
)
def test_a_field_that_is_missing_unknown_or_given_twice_is_refused(given: Any, named: Any) -> None:
    with pytest.raises(TypeError):
        Box(*given, **named)


def test_a_value_cannot_be_changed_and_another_is_made_of_it() -> None:
    box = Box(3)
    with pytest.raises(AttributeError, match="immutable"):
        setattr(box, "length", 4)  # noqa: B010
    with pytest.raises(AttributeError, match="immutable"):
        delattr(box, "length")
    assert replace(box, length=4) == Box(4)
    assert box == Box(3)


def test_values_are_equal_where_all_is_that_is_compared() -> None:
    assert Box(3, seen="now") == Box(3, seen="then")
    assert Box(3) != Box(4)
    assert Crate(length=3, lid=True) != Box(3)
    assert hash(Shelf((Box(3),)).boxes[0].area) == hash(6)
    assert hash(Shelf(())) == hash(Shelf(()))


def test_a_default_that_is_made_belongs_to_one_value() -> None:
    first, second = Box(1), Box(1)
    first.labels["a"] = "b"
    assert second.labels == {}


def test_a_value_is_matched_by_the_order_of_its_fields_or_by_their_names() -> None:
    match Box(3, 4):
        case Box(length, width, labels=labels):
            assert (length, width, labels) == (3, 4, {})
        case _:
            pytest.fail("not matched by place")
    match Crate(length=3, lid=True):
        case Crate(length, lid=lid):
            assert (length, lid) == (3, True)
        case _:
            pytest.fail("not matched by name")
    assert Crate.__match_args__ == Box.__match_args__


def test_a_value_without_slots_keeps_what_it_has_worked_out() -> None:
    shelf = Shelf((Box(3), Box(4)))
    assert shelf.areas == [6, 8]
    assert shelf.areas is shelf.areas
    assert not hasattr(Box(3), "__dict__")


def test_a_value_can_be_copied_and_kept() -> None:
    crate = Crate(length=3, labels={"a": "b"}, lid=True)
    assert pickle.loads(pickle.dumps(crate)) == crate
    assert copy.copy(crate) == copy.deepcopy(crate) == crate
    assert copy.deepcopy(crate).labels is not crate.labels


def test_what_is_done_with_dataclasses_is_done_with_values() -> None:
    crate = Crate(length=3, lid=True)
    assert dataclasses.is_dataclass(crate)
    assert dataclasses.asdict(crate) == {
        "length": 3, "width": 2, "labels": {}, "seen": None, "lid": True,
    }  # fmt: skip
    assert dataclasses.replace(crate, lid=False) == Crate(length=3, lid=False)
    length, width, labels, seen, lid = dataclasses.fields(Crate)
    assert (length.type, length.default) == ("int", dataclasses.MISSING)
    assert (width.default, labels.default_factory, seen.compare) == (2, dict, False)
    assert lid.name == "lid"


class Chest(Deferring):
    """One whose contents may be counted later."""

    name: str
    contents: int


def counting(said: list[str], content: int = 3) -> Chest:
    def count() -> int:
        said.append("counted")
        return content

    return Chest("oak", deferred(count))


def test_what_is_deferred_is_worked_out_once_and_only_where_it_is_asked_for() -> None:
    said: list[str] = []
    chest = counting(said)
    assert (chest.name, said) == ("oak", [])
    assert [chest.contents, chest.contents, said] == [3, 3, ["counted"]]


def test_what_could_not_be_worked_out_is_tried_again() -> None:
    tried = iter((0, 4))
    chest = Chest("oak", deferred(lambda: 12 // next(tried)))
    with pytest.raises(ZeroDivisionError):
        _ = chest.contents
    assert chest.contents == 3


def test_a_deferring_value_is_compared_copied_and_kept_by_all_of_its_fields() -> None:
    assert counting([]) == Chest("oak", 3) != counting([], 4)
    assert replace(counting([]), name="elm") == Chest("elm", 3)
    assert (
        pickle.loads(pickle.dumps(counting([]))) == copy.deepcopy(counting([])) == Chest("oak", 3)
    )
    with pytest.raises(AttributeError, match="lid"):
        _ = counting([]).lid  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="immutable"):
        counting([]).contents = 4  # type: ignore[misc]
