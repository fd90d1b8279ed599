"""Named tuples that take little to declare.

``typing.NamedTuple`` compiles the constructor of each class and the text of each annotation when a
module is loaded: of a look-up that was a seventh of the time. Here a class compiles its constructor
when the first of its tuples is made, and no annotation. All else is as there, as of Python 3.13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import _tuplegetter  # what its namedtuple makes of each field

    class _NamedTupleMeta(type):
        """What such a class is made by: it reads the fields out of the body."""

        def __new__(
            mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]
        ) -> _NamedTupleMeta:
            """A class with fields of its own; one made from it has these."""
            if bases[0] is not tuple and not hasattr(bases[0], "_fields"):
                fields = tuple(body.get("__annotations__", ()))
                defaults = {each: body[each] for each in fields if each in body}
                if tuple(defaults) != fields[len(fields) - len(defaults) :]:
                    raise TypeError(f"{name}: a field without a default is behind one that has one")
                body["_field_defaults"] = defaults
                body["_fields"] = body["__match_args__"] = fields
                body |= {each: _tuplegetter(place, each) for place, each in enumerate(fields)}
            return super().__new__(mcs, name, bases, {"__slots__": (), **body})

    class NamedTuple(tuple, metaclass=_NamedTupleMeta):
        """A tuple whose items have names, and may have defaults, as the annotations say."""

        def __new__(cls, *given: Any, **named: Any) -> NamedTuple:
            """Makes the first of a class, which has a constructor of its own from now on."""
            declared = next(each for each in cls.__mro__ if "_fields" in vars(each))
            declared.__new__ = constructor = _constructor(declared)
            return constructor(cls, *given, **named)

        @classmethod
        def _make(cls, items: Any) -> NamedTuple:
            made = tuple.__new__(cls, items)
            if len(made) != len(cls._fields):
                raise TypeError(f"{cls.__name__} has {len(cls._fields)} items, not {len(made)}")
            return made

        def _replace(self, /, **changes: Any) -> NamedTuple:
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no {', '.join(changes)}")
            return made

        __replace__ = _replace

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            items = (f"{name}={item!r}" for name, item in self._asdict().items())
            return f"{type(self).__name__}({', '.join(items)})"

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

    def _constructor(kind: type[NamedTuple]) -> staticmethod:
        """The ``__new__`` of a class, whose parameters are its fields."""
        items = "".join(f"{name}, " for name in kind._fields)
        made = eval(f"lambda _kind, {items}: _new(_kind, ({items}))", {"_new": tuple.__new__})  # noqa: S307 - names of fields, which a module declares
        made.__name__, made.__qualname__ = "__new__", f"{kind.__qualname__}.__new__"
        made.__defaults__ = tuple(kind._field_defaults.values())
        return staticmethod(made)
