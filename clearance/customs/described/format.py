"""What may stand in the file of a described system; everything in it is checked when it is read.

The page ``docs/systems/writing-a-table.md`` explains each key to those who write one.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from clearance.customs.described import paths, patterns, times
from clearance.errors import BadArgument, BadSetting, Phrase
from clearance.model import Flag, Role, Stage
from clearance.validation import converted

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 1024
"""Limit of the file of a described system."""
INFORMATION = "none"
"""The stage of a code that is mere information."""
ACTIONS = ("tax", "documents", "attachments", "papers", "supplement", "inspection", "return")
"""What a code may ask of the trader."""
_NOT_OF_CODES = (Flag.CONTENT, Flag.SENT, Flag.BY_HAND, Flag.UNKNOWN)
_FLAGS = tuple(flag for flag in Flag if flag not in _NOT_OF_CODES)
_STAGES = (*(stage for stage in Stage if stage is not Stage.UNKNOWN), INFORMATION)
_ENCODINGS = ("gb18030", "big5", "cp949", "cp932", "cp1250", "cp1251", "cp1252", "latin-1")
_NAME = re.compile(r"[a-z]{2}_[a-z][a-z0-9_]{0,40}")
_ROOT = re.compile(r"[^\W\d][\w.-]{0,100}")
_FACT = re.compile(r"[a-z][a-z0-9_]{0,40}")
_CACHE_SIZE = 512
NONE_OF = "{word!r} is none of {choices}"
_NO_ENGLISH = Phrase("must have en, the words in English")
_T = TypeVar("_T")

ANSWERS: Mapping[str, Phrase] = {
    "declaration": Phrase("an outgoing declaration, not a status of a declaration"),
    "upload": Phrase("an answer to an upload, not a status of a declaration"),
    "movement": Phrase("a message about the movement of goods, not a status of a declaration"),
    "list": Phrase("a list of what can be asked for, not a status of a declaration"),
    "nothing": Phrase("an answer that found nothing"),
    "unnumbered": Phrase("a status that does not say of which declaration"),
    "service": Phrase("an answer about the service, not a status of a declaration"),
    "other": Phrase("a message about something else than the status of a declaration"),
}
"""What a document may be that gives no event."""
ERROR = "error"
"""An answer that says, in the words of the service, why it is none."""


class _Strict(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A table in which every key is known."""


class Value(_Strict):
    """Where a text is taken from.

    ``path`` is one path or several, of which the first with a text counts. ``pattern`` takes what
    it wants of the text; a text that it does not match is no value. ``map`` gives other texts for
    texts; one that it does not have is no value. ``fixed`` is always the same. ``as`` makes a
    ``time`` or a ``date`` of it, or with ``date_or_time`` a time where it has a time of day that is
    not midnight.
    """

    path: str | list[str] = ""
    pattern: str = ""
    map: dict[str, str] = msgspec.field(default_factory=dict)
    fixed: str = ""
    kind: Literal["time", "date", "date_or_time", ""] = msgspec.field(default="", name="as")
    forms: list[str] = msgspec.field(default_factory=lambda: ["iso", "compact"])
    offset: Literal["believed", "required"] = "believed"
    false_offsets: list[str] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        if bool(self.fixed) == bool(self.path):
            raise BadSetting("a value has either path or fixed")
        _each("path", paths.checked, self.paths)
        _each("pattern", patterns.compiled, [self.pattern] if self.pattern else [])
        if not self.forms:
            raise _wrong("forms", Phrase("name a form of times such as iso"))
        _each("forms", times.form, self.forms)

    @property
    def paths(self) -> list[str]:
        """Its paths, in order of preference."""
        listed = [self.path] if isinstance(self.path, str) else self.path
        return [path for path in listed if path]


Written = str | list[str] | Value
"""A value as it may be written: a path, several of them, or a table."""


def value(written: Written) -> Value:
    """A value in its long form."""
    if isinstance(written, Value):
        return written
    return _of_paths(written if isinstance(written, str) else tuple(written))


@lru_cache(_CACHE_SIZE)
def _of_paths(written: str | tuple[str, ...]) -> Value:
    return Value(path=written if isinstance(written, str) else [*written])


class Condition(_Strict):
    """What must hold: of the texts at a path, or of how many elements it leads to.

    ``is`` lists texts of which one must be there, ``is_not`` such as must not; with ``has`` a text
    must hold one of these. Without any of the three something must stand there.
    """

    path: str
    equals: list[str] = msgspec.field(default_factory=list, name="is")
    is_not: list[str] = msgspec.field(default_factory=list)
    has: list[str] = msgspec.field(default_factory=list)
    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        _each("path", paths.checked, [self.path])


class ReferenceTable(Value):
    """A reference number: a value with its kind, only beside some codes if ``codes`` lists any."""

    number: str = msgspec.field(default="", name="kind")
    codes: list[str] = msgspec.field(default_factory=list)
    when: list[Condition] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        Value.__post_init__(self)
        if not self.number:
            raise _wrong("kind", Phrase("is missing"))


class _Meaning(_Strict):
    """What a code means; ``stage`` ``none`` is mere information."""

    words: dict[str, str] | None = None
    stage: str | None = None
    action: str | None = None
    flags: list[str] | None = None
    rank: int | None = None

    def __post_init__(self) -> None:
        _chosen("stage", [] if self.stage is None else [self.stage], _STAGES)
        _chosen("action", [] if self.action is None else [self.action], ACTIONS)
        _chosen("flags", self.flags or [], _FLAGS)
        if self.words is not None and not self.words.get("en"):
            raise _wrong("words", _NO_ENGLISH)


class Case(_Meaning):
    """Another meaning of a code: beside one of some sub-codes, or where the note has some words."""

    sub: list[str] = msgspec.field(default_factory=list)
    note_has: list[str] = msgspec.field(default_factory=list)
    note_lacks: list[str] = msgspec.field(default_factory=list)


class CodeTable(_Meaning):
    """A code, with the cases in which it means something else."""

    cases: list[Case] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        _Meaning.__post_init__(self)
        if self.words is None:
            raise _wrong("words", _NO_ENGLISH)
        if self.stage is None:
            raise _wrong("stage", Phrase("is missing: none if the code is mere information"))


class EventTable(_Strict):
    """An event that a declaration of a document tells.

    ``each`` leads to what tells it, where that is not what it is for the document. Without ``time``
    it is one without a time, which only bears numbers and facts. ``codes`` are
    those of this kind of event only. With ``unless_told`` it is left out where another event of
    the same document has its code or its stage already.
    """

    code: Written = ""
    time: Written = ""
    kind: str = ""
    each: str = ""
    sub: Written = ""
    serial: Written = ""
    received_at: Written = ""
    due: Written = ""
    note: list[Written] = msgspec.field(default_factory=list)
    references: list[ReferenceTable] = msgspec.field(default_factory=list)
    facts: dict[str, Written] = msgspec.field(default_factory=dict)
    when: list[Condition] = msgspec.field(default_factory=list)
    codes: dict[str, Any] = msgspec.field(default_factory=dict)
    unless_told: bool = False

    def __post_init__(self) -> None:
        if not self.code:
            raise _wrong("code", Phrase("is missing: where the code stands, or a fixed one"))
        _each("each", paths.of_elements, [self.each] if self.each else [])
        single: dict[str, Written] = {
            name: getattr(self, name)
            for name in ("code", "time", "sub", "serial", "due", "received_at")
        }
        _check_values(single)
        for name in ("time", "due", "received_at"):
            _check_clock(f"{name}.forms", single[name])
        for one in self.note:
            _check_values({"note": one})
        _check_facts(self.facts)


class Answer(Condition):
    """What an answer is that tells no event: the first whose condition holds says it.

    ``what`` is ``error`` or a kind of ``ANSWERS``; ``say`` is where its own words stand.
    """

    what: str = ""
    say: list[str] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        Condition.__post_init__(self)
        _chosen("what", [self.what], (*ANSWERS, ERROR))
        _each("say", paths.checked, self.say)


class Document(_Strict):
    """A kind of document that is read.

    ``wrappers`` are paths from another root to where it may stand. ``each`` leads to the elements
    that are one declaration or one turn of it each; without it the document is one. With
    ``skip_unreadable`` one that cannot be read is left out and counted, instead of refusing all.
    """

    roots: list[str]
    events: list[EventTable]
    wrappers: list[str] = msgspec.field(default_factory=list)
    namespaces: list[str] = msgspec.field(default_factory=list)
    holds: list[str] = msgspec.field(default_factory=list)
    file_names: list[str] = msgspec.field(default_factory=list)
    each: str = "."
    skip_unreadable: bool = False
    references: list[ReferenceTable] = msgspec.field(default_factory=list)
    facts: dict[str, Written] = msgspec.field(default_factory=dict)
    answers: list[Answer] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        _names("roots", self.roots)
        if not self.events:
            raise _wrong("events", Phrase("is empty: say what a document tells"))
        _names("wrappers", [wrapper.partition("/")[0] for wrapper in self.wrappers], least=0)
        _each("wrappers", paths.of_elements, self.wrappers)
        _each("holds", paths.checked, self.holds)
        _each("each", paths.of_elements, [self.each])
        _each("file_names", patterns.compiled, self.file_names)
        _check_facts(self.facts)

    @property
    def outer_roots(self) -> list[str]:
        """The roots that it may have, also around what is read."""
        return [*self.roots, *(wrapper.partition("/")[0] for wrapper in self.wrappers)]


class Recognised(_Strict):
    """Documents that are known by their roots and tell nothing of a declaration."""

    roots: list[str]
    what: str

    def __post_init__(self) -> None:
        _names("roots", self.roots)
        _chosen("what", [self.what], ANSWERS)


class KindTable(_Strict):
    """A kind of reference number."""

    role: str
    words: dict[str, str]
    joined_by: str = ""

    def __post_init__(self) -> None:
        _chosen("role", [self.role], [role for role in Role if role is not Role.FILE])
        if not self.words.get("en"):
            raise _wrong("words", _NO_ENGLISH)


class Table(_Strict):
    """A described system: one file."""

    name: str
    title: dict[str, str]
    zone: str
    currency: str
    documents: list[Document]
    kinds: dict[str, Any]
    codes: dict[str, Any] = msgspec.field(default_factory=dict)
    source: str = ""
    limits: str = ""
    same_event_by: list[str] = msgspec.field(default_factory=list)
    several_in_message: bool = True
    serial_identifies: bool = False
    undeclared_encoding: str | None = None
    codes_without_spaces: bool = False
    stage_words: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    recognised: list[Recognised] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise _wrong("name", Phrase("must be a country and a word, such as ar_arca"))
        if not self.title.get("en"):
            raise _wrong("title", _NO_ENGLISH)
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise _wrong("currency", Phrase("must be a code such as EUR"))
        if self.undeclared_encoding:
            _chosen("undeclared_encoding", [self.undeclared_encoding], _ENCODINGS)
            codecs.lookup(self.undeclared_encoding)
        _chosen("stage_words", self.stage_words, _STAGES)
        _check_zone(self.zone)

    @property
    def roots(self) -> list[str]:
        """The roots of every document that it reads or recognises."""
        read = [root for document in self.documents for root in document.outer_roots]
        return list(dict.fromkeys((*read, *(n for one in self.recognised for n in one.roots))))


class Checked(msgspec.Struct):
    """A table whose every part is checked, and its codes by kind of event, ``""`` for all."""

    table: Table
    kinds: dict[str, KindTable]
    codes: dict[str, dict[str, CodeTable]]
    written: dict[str, Any]


def read(path: Path) -> Checked:
    """A described system in a file; raises BadArgument, which names the file and the key."""
    try:
        return _checked(_written(path), path.stem)
    except BadArgument as error:
        raise BadArgument("{path}: {why}", path=path, why=error) from error


def _written(path: Path) -> dict[str, Any]:
    """The file as TOML; raises BadArgument if it is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadArgument("cannot be read: {why}", why=error) from error
    if len(data) > MAX_BYTES:
        raise BadArgument("is larger than {limit} bytes", limit=MAX_BYTES)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadArgument("is not UTF-8 text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadArgument("is not valid TOML: {why}", why=str(error)) from error


def _checked(written: dict[str, Any], stem: str) -> Checked:
    table = converted(written, Table)
    if table.name != stem:
        raise BadArgument(
            "name: {name} must be the name of the file, {stem}", name=table.name, stem=stem
        )
    kinds = {
        name: converted(kind, KindTable, f"kinds.{name}") for name, kind in table.kinds.items()
    }
    for name in kinds:
        if not _FACT.fullmatch(name):
            raise BadArgument("kinds.{name}: is not a name such as entry_no", name=name)
    codes = {"": _codes(table.codes, "codes")}
    for where, event in _events(table):
        if event.codes:
            codes[event.kind] = codes.get(event.kind, {}) | _codes(event.codes, f"{where}.codes")
    _check_numbers(table, kinds)
    return Checked(table, kinds, codes, written)


def _codes(written: Mapping[str, Any], where: str) -> dict[str, CodeTable]:
    return {code: converted(table, CodeTable, f"{where}.{code}") for code, table in written.items()}


def _events(table: Table) -> Iterator[tuple[str, EventTable]]:
    for number, document in enumerate(table.documents):
        for place, event in enumerate(document.events):
            where = f"documents[{number}].events[{place}]"
            if event.codes and not event.kind:
                raise BadArgument("{where}.kind: is missing: it has codes of its own", where=where)
            yield where, event


def _check_numbers(table: Table, kinds: Mapping[str, KindTable]) -> None:
    """Refuses numbers of a kind that the file does not have, or that leave an event without one."""
    for number, document in enumerate(table.documents):
        of_document = [(f"documents[{number}]", document.references)]
        of_events = [
            (f"documents[{number}].events[{place}]", event.references)
            for place, event in enumerate(document.events)
        ]
        for where, references in of_document + of_events:
            for place, reference in enumerate(references):
                if reference.number not in kinds:
                    raise BadArgument(
                        "{where}: {kind!r} is not a kind of number: there are {choices}",
                        where=f"{where}.references[{place}].kind",
                        kind=reference.number,
                        choices=[*kinds],
                    )
    if unknown := set(table.same_event_by) - set(kinds):
        raise BadArgument(
            "{where}: {kind!r} is not a kind of number: there are {choices}",
            where="same_event_by",
            kind=min(unknown),
            choices=[*kinds],
        )


def _wrong(key: str, why: Phrase) -> BadSetting:
    """What is wrong with the value of a key of a table."""
    return BadSetting("{key}: {why}", key=key, why=why)


def _each(key: str, check: Callable[[str], object], values: Iterable[str]) -> None:
    """Checks each of the values of a key; raises BadSetting with the key."""
    for one in values:
        try:
            check(one)
        except BadSetting as why:
            raise _wrong(key, why) from None


def _check_values(written: Mapping[str, Written]) -> None:
    """Checks values that are written in short; raises BadSetting with the key."""
    for key, one in written.items():
        if one and not isinstance(one, Value):
            _each(key, paths.checked, [one] if isinstance(one, str) else one)


def _check_facts(facts: Mapping[str, Written]) -> None:
    for name in facts:
        if not _FACT.fullmatch(name):
            raise _wrong("facts", Phrase("{name!r} is not a name such as trade_mode", name=name))
    _check_values({f"facts.{name}": written for name, written in facts.items()})


def _chosen(key: str, words: Iterable[str], choices: Iterable[str]) -> None:
    """Raises BadSetting for a word that is none of the choices."""
    known = [*map(str, choices)]
    for word in words:
        if word not in known:
            raise _wrong(key, Phrase(NONE_OF, word=word, choices=known))


def _check_clock(key: str, written: Written) -> None:
    """Raises BadSetting for a time of which no form has a time of day."""
    forms = written.forms if isinstance(written, Value) else ["iso"]
    if not any("hour" in times.form(one).groupindex for one in forms):
        raise _wrong(key, Phrase("no form has a time of day, such as DD/MM/YYYY hh:mm"))


def _names(key: str, names: Sequence[str], least: int = 1) -> None:
    if len(names) < least or not all(map(_ROOT.fullmatch, names)):
        raise _wrong(key, Phrase("must be local names of roots, without prefix"))


def _check_zone(name: str) -> None:
    """Raises BadSetting for a zone that is not in the time zone database."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        why = Phrase("{name!r} is not in the time zone database", name=name)
        raise _wrong("zone", why) from error
