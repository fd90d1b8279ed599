"""A file of a described system is checked when it is read; what is wrong is one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clearance.customs.described import format
from clearance.errors import BadArgument
from clearance.render.phrases import worded
from tests.customs.described.support import DOCUMENT, HEAD, file

WHOLE = HEAD + DOCUMENT
WRONG = [
    ('name = "xx_made_up"', 'name = "other"', "name: must be a country and a word"),
    ('name = "xx_made_up"', 'name = "xx_other"', "name: xx_other must be the name of the file"),
    ("currency", "curency", "curency is not a setting that is known"),
    ('currency = "EUR"', 'currency = "euro"', "currency: must be a code such as EUR"),
    ('currency = "EUR"', "currency = 1", "currency: Expected `str`, got `int`"),
    ('zone = "Europe/Athens"', 'zone = "Mars/Base"', "zone: 'Mars/Base' is not in the time zone"),
    ('zone = "Europe/Athens"', 'zone = "../etc/passwd"', "zone: '../etc/passwd' is not in the"),
    ('role = "official"', 'role = "file"', "kinds.xx_no.role: 'file' is none of"),
    ('role = "official"', "", "kinds.xx_no.role: is missing"),
    ("[kinds.xx_no]", "[kinds.XX-no]", "kinds.XX-no: is not a name"),
    ('stage = "accepted"', 'stage = "done"', "codes.ACC.stage: 'done' is none of draft,"),
    ('stage = "accepted"', "", "codes.ACC.stage: is missing"),
    ('stage = "accepted"', 'action = "pay"\nstage = "none"', "codes.ACC.action: 'pay' is none of"),
    ('flags = ["guarantee"]', 'flags = ["sent"]', "codes.REL.flags: 'sent' is none of"),
    ('flags = ["guarantee"]', 'flags = ["by_hand"]', "codes.REL.flags: 'by_hand' is none of"),
    ('words = { en = "accepted", zh = "已接受" }', 'words = { zh = "已接受" }', "codes.ACC.words"),
    ('sub = ["P"]', 'subs = ["P"]', "codes.REL.cases[0].subs is not a setting that is known"),
    ('roots = ["Notice"]', "roots = []", "documents[0].roots: must be local names"),
    ('roots = ["Notice"]', 'roots = ["a:Notice"]', "documents[0].roots: must be local names"),
    ('kind = "xx_no"', 'kind = "mrn"', "documents[0].references[0].kind: 'mrn' is not a kind of"),
    ('path = "No"', 'path = "No//X"', "documents[0].references[0].path: 'No//X' is not a path"),
    ('path = "No"', 'path = "No", pattern = "(a"', "references[0].pattern: '(a' is no"),
    ('path = "No"', 'path = "No", fixed = "1"', "documents[0].references[0]: a value has either"),
    ('code = "Status"', "", "documents[0].events[0].code: is missing"),
    ('code = "Status"', 'code = "a b"', "documents[0].events[0].code: 'a b' is not a path"),
    ('time = "At"', "time = 5", "documents[0].events[0].time: Expected"),
    ('time = "At"', 'time = { path = "At", forms = ["hh"] }', "events[0].time.forms: 'hh' is not"),
    ('time = "At"', 'time = { path = "At", forms = ["DD/MM/YYYY"] }', "time.forms: no form has a"),
    ('sub = "Part"', "each = 'A/@b'", "documents[0].events[0].each: 'A/@b' leads to no elements"),
    ('roots = ["Notice"]', 'roots = ["N"]\nwrappers = ["A/@b"]', "wrappers: 'A/@b' leads to no"),
    ('roots = ["Notice"]', 'roots = ["N"]\nwrappers = ["*/N"]', "wrappers: must be local names"),
    ('path = "No"', 'path = "No", pattern = "a{5,2}"', "is no pattern: min repeat greater than"),
    ('note = ["Text"]', "note = [{}]", "documents[0].events[0].note[0]: a value has either"),
    ('note = ["Text"]', 'facts = { A = "b" }', "documents[0].events[0].facts: 'A' is not a name"),
    ('sub = "Part"', "each = 'x y'", "documents[0].events[0].each: 'x y' is not a path"),
    ('sub = "Part"', "codes = { A = {} }", "documents[0].events[0].kind: is missing"),
    ("[[documents.events]]", "[documents.event]", "documents[0].event is not a setting"),
]  # fmt: skip


def why(place: Path) -> BadArgument:
    """Why a file cannot be used; it is one line that names the file."""
    with pytest.raises(BadArgument) as caught:
        format.read(place)
    said = str(caught.value)
    assert said.startswith(f"{place}: ")
    assert "\n" not in said
    return caught.value


def test_the_whole_file_is_good(tmp_path: Path) -> None:
    assert format.read(file(tmp_path, WHOLE)).table.name == "xx_made_up"


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG, ids=[said for _, _, said in WRONG])
def test_what_is_wrong_is_named_with_the_file_and_the_whole_path_of_the_key(
    right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    assert right in WHOLE
    error = why(file(tmp_path, WHOLE.replace(right, wrong, 1)))
    assert said in str(error)
    assert re.search("[\u4e00-\u9fff]", worded(error, "zh"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"name = ", "is not valid TOML"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"#" * (format.MAX_BYTES + 1), "is larger than"),
        (b"[" * 5000, "is not valid TOML"),
        (b"", "is missing"),
    ],
)
def test_what_is_no_such_file_is_said(data: bytes, said: str, tmp_path: Path) -> None:
    place = tmp_path / "xx_made_up.toml"
    place.write_bytes(data)
    assert said in str(why(place))


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "xx_made_up.toml").mkdir()
    assert "cannot be read" in str(why(tmp_path / "xx_made_up.toml"))
