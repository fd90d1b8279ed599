"""Customs systems that are described by a TOML file instead of written in Python.

Those that come with the program lie in ``clearance/customs/``, a user's own in the folder
``customs`` beside the settings file. ``format`` checks a file, ``reading`` makes events of a
document by it. What every command needs of the bundled ones, their numbers and the words of their
codes, stands in ``index``, which a test makes of them: so no command parses a file that it
has no document for.

A user's file with the name of a bundled file takes its place; one with the name of a system in
Python is refused. A document that a bundled system reads stays its own: a user's table reads what
no other reads, also where the root is known by name only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from clearance.customs import Code, System
from clearance.customs.described.index import INDEX
from clearance.errors import BadArgument
from clearance.model import Event, Flag, Kind, Role, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from clearance.customs.described.format import Checked
    from clearance.customs.described.remembered import Memory
    from clearance.customs.unpacking import Reader

BUNDLED = os.path.dirname(os.path.dirname(__file__))
"""The folder of the files that come with the program."""
MAX_FILES = 200
"""Limit of files in a user's folder."""
_CACHE_SIZE = 512
_HEAD = (
    *("name", "title", "zone", "currency", "kinds", "stage_words", "same_event_by"),
    *("several_in_message", "serial_identifies", "undeclared_encoding", "codes_without_spaces"),
)


class DescribedSystem(System, kw_only=True):
    """A customs system that a file describes.

    ``codes`` are those of each kind of event, ``""`` for all, as they are written in the file.
    """

    file: str
    codes: Mapping[str, Mapping[str, Any]]
    codes_without_spaces: bool

    @property
    def readers(self) -> Sequence[Reader]:
        """The documents it reads or recognises."""
        from clearance.customs.described import reading

        return reading.readers(self)

    @property
    def checked(self) -> Checked:
        """The whole file; raises BadArgument if it cannot be used."""
        return _checked(self.file)

    def code(self, kind: str, code: str | None, sub: str | None = None) -> Code | None:
        """What a code of a kind of event means, or None where its tables have no such code."""
        written = self.written_code(kind, code)
        return meaning_of(written, sub or "", None) if written else None

    def meanings(self, event: Event) -> Sequence[Code]:
        """What an event may mean, that which stands first; several only where it is unclear."""
        written = self.written_code(event.kind, event.code)
        if not written:
            return ()
        first = meaning_of(written, event.sub or "", event.note or "")
        if Flag.UNCLEAR not in event.flags:
            return (first,)
        return (first, *(_code({**written, **case}) for case in written.get("cases", ())))

    def written_code(self, kind: str, code: str | None) -> Mapping[str, Any] | None:
        """A code as the file has it: equal, else the first that it is like."""
        wanted = self.compared(code or "")
        listed = [
            (self.compared(name), written)
            for table in (self.codes.get(kind, {}), self.codes.get("", {}))
            for name, written in table.items()
        ]
        equal = (written for name, written in listed if name == wanted)
        alike = (written for name, written in listed if _is_like(wanted, name))
        found: Mapping[str, Any] | None = next(equal, None) or next(alike, None)
        return found

    def listed(self, written: Mapping[str, Any]) -> Iterator[tuple[str, Code]]:
        """What a code means: alone, and in each of its cases, with what that is."""
        yield "", _code(written)
        for case in written.get("cases", ()):
            beside = (", ".join(case.get(key, ())) for key in ("sub", "note_has"))
            lacks = ", ".join(f"≠ {words}" for words in case.get("note_lacks", ()))
            yield "; ".join(filter(None, (*beside, lacks))), _code({**written, **case})

    def compared(self, code: str) -> str:
        """A code in the form in which codes are compared."""
        return _without_spaces(code) if self.codes_without_spaces else code

    def _optional(self, part: str, name: str, default: Any) -> Any:  # noqa: ARG002
        return default

    @property
    def has_form(self) -> bool:
        """No form of its declarations is known."""
        return False

    @property
    def dictionary(self) -> None:
        """None: the text that its messages have in common is not known."""
        return


def bundled() -> dict[str, DescribedSystem]:
    """The systems of the files that come with the program."""
    return {
        name: of_index(entry, os.path.join(BUNDLED, f"{name}.toml"), bundled=True)
        for name, entry in INDEX.items()
    }


def index_entry(checked: Checked) -> dict[str, Any]:
    """What is needed of a file without reading it."""
    head = {key: checked.written[key] for key in _HEAD if key in checked.written}
    own = {
        event.kind: event.codes
        for document in checked.table.documents
        for event in document.events
        if event.codes
    }
    return {**head, "roots": checked.table.roots, "codes": {"": checked.table.codes, **own}}


def of_index(entry: Mapping[str, Any], file: str | Path, *, bundled: bool) -> DescribedSystem:
    """The system of a file of which the most needed is known."""
    kinds = tuple(
        Kind(name, Role(kind["role"]), kind["words"], kind.get("joined_by", ""))
        for name, kind in entry["kinds"].items()
    )
    return DescribedSystem(
        name=entry["name"],
        title=entry["title"],
        zone_name=entry["zone"],
        currency=entry["currency"],
        roots=tuple(entry["roots"]),
        kinds=kinds,
        same_event_by=tuple(entry.get("same_event_by", ())),
        several_in_message=entry.get("several_in_message", True),
        serial_identifies=entry.get("serial_identifies", False),
        undeclared_encoding=entry.get("undeclared_encoding"),
        stage_words=entry.get("stage_words", {}),
        codes=entry["codes"],
        codes_without_spaces=entry.get("codes_without_spaces", False),
        file=str(file),
        bundled=bundled,
    )


def of_file(file: Path, *, bundled: bool = False) -> DescribedSystem:
    """The system that a file describes; raises BadArgument, which names the file and the key."""
    return of_index(_entry(file), file, bundled=bundled)


def _entry(file: Path) -> dict[str, Any]:
    return index_entry(_checked(str(file)))


def of_folder(
    folder: str, known: Mapping[str, System], cache: str | None = None, version: str = ""
) -> list[DescribedSystem | BadArgument]:
    """The system of each file in a user's folder, or why it cannot be used.

    Where there are more files than may be, the last says which are left out.
    What this version found of them is remembered in a folder for what can be made again.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    if not any(name.lower().endswith(".toml") for name in names):
        return []
    from pathlib import Path

    from clearance.customs.described.remembered import Memory

    files = sorted(Path(folder, name) for name in names)
    files = [file for file in files if file.suffix.lower() == ".toml"]
    memory = Memory(Path(folder), Path(cache) if cache else None, version)
    found = [_usable(file, known, memory) for file in files[:MAX_FILES]]
    memory.keep()
    return [*found, *(_too_many(folder, file) for file in files[MAX_FILES : MAX_FILES + 1])]


def _too_many(folder: str, first: Path) -> BadArgument:
    """That a file, and all that come after it, are not looked at."""
    return BadArgument(
        "{path}: only {limit} files are read, in the order of their names: {file} and what comes "
        "after it are left out",
        path=folder,
        limit=MAX_FILES,
        file=first.name,
    )


def _usable(
    file: Path, known: Mapping[str, System], memory: Memory
) -> DescribedSystem | BadArgument:
    try:
        system = of_index(memory.entry(file, _entry), file, bundled=False)
        _check_beside(system, known)
    except BadArgument as error:
        return error
    return system


def _check_beside(system: DescribedSystem, known: Mapping[str, System]) -> None:
    """Refuses what contradicts a system that is built in; raises BadArgument."""
    if system.name in known and not isinstance(known[system.name], DescribedSystem):
        raise BadArgument(
            "{path}: name: {name} is built in: take another name",
            path=system.file,
            name=system.name,
        )
    roles = {k.name: k.role for other in known.values() for k in other.kinds}
    for kind in system.kinds:
        if roles.get(kind.name, kind.role) is not kind.role:
            raise BadArgument(
                "{path}: kinds.{kind}.role: must be {role}, as in other systems, or take another "
                "name for it",
                path=system.file,
                kind=kind.name,
                role=str(roles[kind.name]),
            )


@cache
def _checked(file: str) -> Checked:
    from pathlib import Path

    from clearance.customs.described import format

    return format.read(Path(file))


@lru_cache(_CACHE_SIZE)
def _without_spaces(code: str) -> str:
    return "".join(code.split())


def _is_like(code: str, name: str) -> bool:
    """Whether a code holds, begins with or ends in what stands between the stars of a name."""
    inner = name.strip("*")
    if inner == name or not inner:
        return False
    if name.startswith("*") and name.endswith("*"):
        return inner in code
    return code.startswith(inner) if name.endswith("*") else code.endswith(inner)


def meaning_of(written: Mapping[str, Any], sub: str, note: str | None) -> Code:
    """What a code means beside a sub-code and a note; without a note, as far as that says."""
    cases = (case for case in written.get("cases", ()) if _holds(case, sub, note))
    return _code({**written, **next(cases, {})})


def _holds(case: Mapping[str, Any], sub: str, note: str | None) -> bool:
    if "sub" in case and sub not in case["sub"]:
        return False
    if note is None and ("note_has" in case or "note_lacks" in case):
        return False
    said = note or ""
    if "note_has" in case and not any(words in said for words in case["note_has"]):
        return False
    return not any(words in said for words in case.get("note_lacks", ()))


def _code(written: Mapping[str, Any]) -> Code:
    stage = None if written["stage"] == "none" else Stage(written["stage"])
    flags = tuple(Flag(flag) for flag in written.get("flags", ()))
    return Code(written["words"], stage, written.get("action"), flags, written.get("rank"))
