"""Named tuples that take little to declare.

``typing.NamedTuple`` compiles the constructor of each class and the text of each annotation when a
module is loaded: of a look-up that was a seventh of the time. Here no annotation is compiled, and a
class has no constructor before the first of its tuples is made: then it takes one from a table,
whose parameters it gives the names of its fields, or compiles one if it has many. All else is as
there, as of Python 3.13.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import _tuplegetter  # what its namedtuple makes of each field
    from types import FunctionType

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

    _new = tuple.__new__
    _TEMPLATES = (
        lambda _kind: _new(_kind, ()),
        lambda _kind, a: _new(_kind, (a,)),
        lambda _kind, a, b: _new(_kind, (a, b)),
        lambda _kind, a, b, c: _new(_kind, (a, b, c)),
        lambda _kind, a, b, c, d: _new(_kind, (a, b, c, d)),
        lambda _kind, a, b, c, d, e: _new(_kind, (a, b, c, d, e)),
        lambda _kind, a, b, c, d, e, f: _new(_kind, (a, b, c, d, e, f)),
        lambda _kind, a, b, c, d, e, f, g: _new(_kind, (a, b, c, d, e, f, g)),
        lambda _kind, a, b, c, d, e, f, g, h: _new(_kind, (a, b, c, d, e, f, g, h)),
    )
    """The constructors of tuples of so many items, whose parameters only need other names."""

    def _constructor(kind: type[NamedTuple]) -> staticmethod:
        """The ``__new__`` of a class, whose parameters are its fields."""
        fields, qualname = kind._fields, f"{kind.__qualname__}.__new__"
        has_template = len(fields) < len(_TEMPLATES)
        template = _TEMPLATES[len(fields)] if has_template else _compiled(len(fields))
        code = template.__code__.replace(
            co_name="__new__", co_qualname=qualname, co_varnames=("_kind", *fields)
        )
        defaults = tuple(kind._field_defaults.values())
        return staticmethod(FunctionType(code, globals(), "__new__", defaults))

    def _compiled(count: int) -> FunctionType:
        """The constructor of tuples of so many items."""
        items = "".join(f"_{place}, " for place in range(count))
        return eval(f"lambda _kind, {items}: _new(_kind, ({items}))")  # noqa: S307 - numbers
