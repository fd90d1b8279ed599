"""Values: immutable, with named fields, and equal where all of these are.

They are declared as dataclasses are. A dataclass has its methods written and compiled each time a
program starts, and for those that every command loads that takes a quarter of a look-up; the
methods of a ``Value`` stand here. ``fields``, ``asdict`` and ``replace`` of ``dataclasses`` take
one too.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field

_V = TypeVar("_V", bound="Value")
_T = TypeVar("_T")
_NOT_GIVEN: Any = object()


class _Field:
    """What a field holds where nothing is given for it, whether it is compared, and its type."""

    hint: Any = None

    def __init__(
        self,
        default: Any = _NOT_GIVEN,
        default_factory: Callable[[], Any] | None = None,
        compare: bool = True,
    ) -> None:
        self.default = default
        self.default_factory = default_factory
        self.compare = compare

    def made(self, name: str) -> Any:
        """What it holds where nothing is given; raises TypeError if something has to be."""
        if self.default_factory:
            return self.default_factory()
        if self.default is _NOT_GIVEN:
            raise TypeError(f"{name} is not given")
        return self.default


def field(
    *,
    default: Any = _NOT_GIVEN,
    default_factory: Callable[[], Any] | None = None,
    compare: bool = True,
) -> Any:
    """A field whose default is made for each value, or that is not compared."""
    return _Field(default, default_factory, compare)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _ValueMeta(ABCMeta):
    """What a class of values is made by: it takes the fields out of the body."""

    _fields: dict[str, _Field]

    def __new__(
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **said: bool
    ) -> _ValueMeta:
        """With ``slots=False`` its values keep what a ``cached_property`` has worked out."""
        hints = body.get("__annotations__", {})
        own = {
            each: _described(body.pop(each, _NOT_GIVEN), hint)
            for each, hint in hints.items()
            if "ClassVar[" not in str(hint)
        }
        if said.get("slots", True):
            body["__slots__"] = tuple(own)
        by_place = [each for base in bases for each in getattr(base, "__match_args__", ())]
        body["__match_args__"] = (*by_place, *(() if said.get("kw_only") else own))
        made = super().__new__(mcs, name, bases, body)
        made._fields = getattr(made, "_fields", {}) | own
        return made

    def __init__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **_: bool) -> None:
        super().__init__(name, bases, body)


def _described(said: Any, hint: Any) -> _Field:
    described = said if isinstance(said, _Field) else _Field(said)
    described.hint = hint
    return described


class _DataclassFields:
    """The fields of a class of values as ``dataclasses`` describes them, made when it asks."""

    def __get__(self, value: object, kind: _ValueMeta) -> dict[str, Field[Any]]:
        return _dataclass_fields(kind)


@cache
def _dataclass_fields(kind: _ValueMeta) -> dict[str, Field[Any]]:
    import dataclasses

    described = [(name, each.hint, _dataclass_field(each)) for name, each in kind._fields.items()]
    made: Any = dataclasses.make_dataclass(kind.__name__, described, kw_only=True)
    fields: dict[str, Field[Any]] = made.__dataclass_fields__
    return fields


def _dataclass_field(each: _Field) -> Any:
    from dataclasses import MISSING
    from dataclasses import field as described

    return described(
        default=MISSING if each.default is _NOT_GIVEN else each.default,
        default_factory=each.default_factory or MISSING,
        compare=each.compare,
    )


class Value(metaclass=_ValueMeta):
    """An immutable value; what it is made of is given in the order of its fields, or by name."""

    __dataclass_fields__: ClassVar[Any] = _DataclassFields()

    def __init__(self, *given: Any, **named: Any) -> None:
        fields, count = type(self)._fields, len(given) + len(named)
        named.update(zip(fields, given, strict=False))
        if len(named) != count or not named.keys() <= fields.keys():
            raise TypeError(f"{type(self).__name__} is made of {', '.join(fields)}")
        if count < len(fields):
            named |= {name: each.made(name) for name, each in fields.items() if name not in named}
        keep = object.__setattr__
        for name, content in named.items():
            keep(self, name, content)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Refuses what it cannot be made of; here, nothing."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: {name} cannot be deleted")

    def _compared(self) -> tuple[Any, ...]:
        fields = type(self)._fields.items()
        return tuple([getattr(self, name) for name, each in fields if each.compare])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def __reduce__(self) -> Any:
        return _made, (type(self), content_of(self))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self)._fields)
        return f"{type(self).__name__}({values})"


class _Deferred:
    """What makes the content of a field."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def deferred(make: Callable[[], _T]) -> _T:
    """The content of a field, which is made when it is first asked for.

    It is for fields of ``Deferring`` values; any other class keeps it as it is.
    """
    return cast("_T", _Deferred(make))


class Deferring(Value, slots=False):
    """A value whose fields may be ``deferred``: what nobody asks for is not worked out.

    To compare two of them, or to replace a field, asks for every field. A ``__post_init__`` of its
    own calls this one.
    """

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in type(self)._fields}
        makers = {name: each.make for name, each in given.items() if isinstance(each, _Deferred)}
        for name in makers:
            object.__delattr__(self, name)
        object.__setattr__(self, "_makers", makers)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The content of a field that is not made yet."""
            makers = vars(self).get("_makers", {})
            make = makers.get(name)
            if make is None:
                return object.__getattribute__(self, name)  # raises what it raised before
            content = make()
            object.__setattr__(self, name, content)
            makers.pop(name, None)
            return content


def replace(value: _V, **changes: Any) -> _V:
    """The same value with other contents of some fields."""
    return _made(type(value), content_of(value) | changes)


def content_of(value: Value) -> dict[str, Any]:
    """What a value is made of, by the names of its fields; values in it stay what they are."""
    return {name: getattr(value, name) for name in type(value)._fields}


def _made(kind: type[_V], content: dict[str, Any]) -> _V:
    return kind(**content)
