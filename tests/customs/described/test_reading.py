"""Documents of a described system: what its file says is read, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clearance.errors import Unreadable
from clearance.model import Event, Flag, Reference, Stage
from tests.customs.described.support import DOCUMENT, HEAD, NOTICE, events, system


def only(found: list[Event]) -> Event:
    (event,) = found
    return event


def test_a_notice_is_one_event(tmp_path: Path) -> None:
    event = only(events(system(tmp_path), NOTICE))
    assert (event.system, event.kind, event.code) == ("xx_made_up", "Notice", "ACC")
    assert event.stage is Stage.ACCEPTED
    assert event.at is not None
    assert event.at.isoformat() == "2026-03-02T08:00:00+02:00"
    assert event.references == (Reference("xx_no", "XX1"),)
    assert event.messages == ("id",)


@pytest.mark.parametrize(
    "written",
    [
        NOTICE.replace("<Notice>", '<Notice xmlns="urn:a">'),
        NOTICE.replace("Notice>", "p:Notice>").replace("<p:Notice>", '<p:Notice xmlns:p="urn:a">'),
        "<!-- before -->" + NOTICE,
        NOTICE.replace("ACC", "\n ACC \n"),
        NOTICE.replace("<No>XX1</No>", "<No><!-- c -->XX1</No>"),
    ],
)  # fmt: skip
def test_prefixes_comments_and_blanks_make_no_difference(written: str, tmp_path: Path) -> None:
    assert only(events(system(tmp_path), written)).code == "ACC"


@pytest.mark.parametrize(
    ("written", "reason", "said"),
    [
        (NOTICE.replace("ACC", ""), "bad_value", "Status: is empty or not there"),
        (NOTICE.replace("2026-03-02T08:00:00", ""), "bad_time", "At: is empty or not there"),
        (NOTICE.replace("03-02", "02-30"), "bad_time", "there is no such day"),
        (NOTICE.replace("XX1", ""), "no_number", "which declaration it is about"),
        (NOTICE.replace("XX1", "X" * 256), "bad_value", "longer than 255"),
    ],
)
def test_what_is_missing_or_wrong_is_never_guessed(
    written: str, reason: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match=re.escape(said)) as caught:
        events(system(tmp_path), written)
    assert caught.value.reason == reason


def test_a_code_that_no_table_has_is_kept_and_moves_nothing(tmp_path: Path) -> None:
    made = system(tmp_path)
    event = only(events(made, NOTICE.replace("ACC", "NEW")))
    assert (event.code, event.stage, event.flags) == ("NEW", None, (Flag.UNKNOWN,))
    assert made.meanings(event) == ()


def test_a_sub_code_may_change_the_meaning(tmp_path: Path) -> None:
    made = system(tmp_path)
    part = NOTICE.replace("ACC</Status>", "REL</Status><Part>P</Part>")
    event = only(events(made, part))
    assert (event.stage, event.sub, event.rank) == (None, "P", 8)
    assert [code.words["en"] for code in made.meanings(event)] == ["released in part"]
    whole = only(events(made, NOTICE.replace("ACC", "REL")))
    assert (whole.stage, whole.flags) == (Stage.RELEASED, (Flag.GUARANTEE,))
    assert made.code("Notice", "REL", "P") == made.meanings(event)[0]


RECKONED = (
    DOCUMENT + 'facts = { declaration_date = "Date", accepted_at = "Date", direction = "Way" }'
)


@pytest.mark.parametrize(
    ("date", "way", "facts"),
    [
        ("20260302", "import", {"declaration_date": "2026-03-02", "direction": "import"}),
        (
            "2026-03-02T00:00:00",
            "transit",
            {"declaration_date": "2026-03-02", "direction": "transit"},
        ),
        ("2026-03-02 08:00:00", "", {"declaration_date": "2026-03-02T08:00:00+02:00"}),
        ("2026-02-30", "IM", {}),
        ("GR001", "Import", {}),
    ],
)
def test_a_fact_that_is_reckoned_with_is_what_it_must_be_or_none(
    date: str, way: str, facts: dict[str, str], tmp_path: Path
) -> None:
    more = f"<Date>{date}</Date><Way>{way}</Way></Notice>"
    event = only(events(system(tmp_path, RECKONED), NOTICE.replace("</Notice>", more)))
    day = facts.get("declaration_date")
    wanted = {**facts, **({"accepted_at": day} if day else {})}
    assert dict(event.facts) == wanted


@pytest.mark.parametrize(("wanted", "is_read"), [("No/@kind", True), ("No/@other", False)])
def test_a_document_may_have_to_hold_an_attribute(
    wanted: str, is_read: bool, tmp_path: Path
) -> None:
    roots = 'roots = ["Notice"]'
    made = system(tmp_path, DOCUMENT.replace(roots, f'{roots}\nholds = ["{wanted}"]'))
    written = NOTICE.replace("<No>", '<No kind="mrn">')
    if is_read:
        assert only(events(made, written)).code == "ACC"
    else:
        with pytest.raises(Unreadable, match="nobody claims it"):
            events(made, written)


LIST = """
[[documents]]
roots = ["List"]
each = "Rows/Row"
skip_unreadable = true
references = [{ kind = "xx_no", path = "../../No" }]
answers = [
  { path = "Rows/Error", what = "error", say = ["Rows/Error"] },
  { path = "Rows", what = "nothing" },
]
facts = { office = "/Office", direction = { path = "Way", map = { I = "import" } } }

[[documents.events]]
code = "Code"
time = { path = "@at", forms = ["DD/MM/YYYY hh:mm"] }
note = ["Text", "More/*"]
due = { path = "Until", forms = ["DD/MM/YYYY hh:mm"] }
"""


def rows(*written: str) -> str:
    return f"<List><No>XX9</No><Office>A1</Office><Rows>{''.join(written)}</Rows></List>"


ROW = (
    '<Row at="02/03/2026 08:00"><Code>ACC</Code><Way>I</Way><Text>one  two</Text>'
    "<More><a>three</a><b>four</b></More><Until>05/03/2026 12:00</Until></Row>"
)


def test_each_element_of_a_list_is_an_event_with_what_stands_above_it(tmp_path: Path) -> None:
    event = only(events(system(tmp_path, LIST), rows(ROW)))
    assert event.references == (Reference("xx_no", "XX9"),)
    assert event.facts == (("direction", "import"), ("office", "A1"))
    assert event.note == "one two; three; four"
    assert event.due is not None
    assert event.due.isoformat() == "2026-03-05T12:00:00+02:00"


def test_the_same_row_twice_is_one_event(tmp_path: Path) -> None:
    assert len(events(system(tmp_path, LIST), rows(ROW, ROW))) == 1


def test_a_row_that_cannot_be_read_is_left_out_and_counted(tmp_path: Path) -> None:
    found = events(system(tmp_path, LIST), rows(ROW, ROW.replace("ACC", ""), "<Row/>"))
    assert dict(only(found).facts)["rows_left_out"] == "2"


def test_a_list_of_nothing_but_such_rows_is_refused_for_the_first(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="Code: is empty") as caught:
        events(system(tmp_path, LIST), rows("<Row/>"))
    assert caught.value.reason == "bad_value"


@pytest.mark.parametrize(
    ("written", "reason", "said"),
    [
        (rows("<Error>no  such key</Error>"), "error_answer", "that a service answers: no such"),
        (rows(), "not_a_status", "<List> is an answer that found nothing"),
        ("<List/>", "not_a_status", "<List> is an answer that found nothing"),
    ],
)
def test_an_answer_without_a_declaration_says_what_it_is(
    written: str, reason: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match=said) as caught:
        events(system(tmp_path, LIST), written)
    assert caught.value.reason == reason


def test_an_error_beside_a_declaration_hides_nothing(tmp_path: Path) -> None:
    assert len(events(system(tmp_path, LIST), rows("<Error>late</Error>", ROW))) == 1


CHOICES = DOCUMENT.replace(
    'roots = ["Notice"]',
    'roots = ["Notice"]\nnamespaces = ["urn:a"]\nholds = ["Status"]\nwrappers = ["Case/Notice"]',
)


SPACED = NOTICE.replace("<Notice>", '<Notice xmlns="urn:a">')
PREFIXED = NOTICE.replace("Notice>", "p:Notice>").replace(
    "<p:Notice>", '<p:Notice xmlns:p="urn:a">'
)


@pytest.mark.parametrize(
    ("written", "is_read"),
    [
        (NOTICE, False),
        (SPACED, True),
        (PREFIXED, True),
        (SPACED.replace("urn:a", "urn:b"), False),
        ('<Notice xmlns="urn:a"><No>1</No></Notice>', False),
        (f"<Box><Inner>{SPACED}</Inner></Box>", False),
        (f"<Box>{SPACED}</Box>", False),
    ],
)
def test_namespaces_and_what_it_holds_may_decide(
    written: str, is_read: bool, tmp_path: Path
) -> None:
    made = system(tmp_path, CHOICES)
    if is_read:
        assert events(made, written)
        return
    with pytest.raises(Unreadable):
        events(made, written)


def test_a_wrapper_may_hold_several(tmp_path: Path) -> None:
    wrapped = DOCUMENT.replace("roots =", 'wrappers = ["Box/Notice"]\nroots =')
    found = events(
        system(tmp_path, wrapped), f"<Box>{NOTICE}{NOTICE.replace('XX1', 'XX2')}<Other/></Box>"
    )
    assert [event.references[0].value for event in found] == ["XX1", "XX2"]


NAMED = DOCUMENT + 'serial = "file:serial"\nreceived_at = "file:came"\n'


def test_a_name_may_hold_a_serial_and_when_it_came(tmp_path: Path) -> None:
    pattern = "N_(<serial>[0-9]+)_(<came>[0-9]{14}).xml"
    made = system(tmp_path, NAMED.replace("roots =", f'file_names = ["{pattern}"]\nroots ='))
    event = only(events(made, NOTICE, "InBox/N_0017_20260302080500.xml"))
    assert event.serial == "0017"
    assert event.received_at is not None
    assert event.received_at.isoformat() == "2026-03-02T08:05:00+02:00"
    other = only(events(made, NOTICE, "other.xml"))
    assert (other.serial, other.received_at) == (None, None)


def test_an_event_without_a_time_moves_nothing(tmp_path: Path) -> None:
    event = only(events(system(tmp_path, DOCUMENT.replace('time = "At"\n', "")), NOTICE))
    assert (event.code, event.at, event.stage) == ("ACC", None, None)


SUMMED = """
[[documents]]
roots = ["Cargo"]
references = [{ kind = "xx_no", path = "/No" }]

[[documents.events]]
kind = "Row"
each = "Row"
code = "Code"
time = "At"

[[documents.events]]
kind = "Sum"
code = "Code"
time = "At"
unless_told = true
"""


@pytest.mark.parametrize(
    ("rows", "kinds"), [("ACC", ["Row"]), ("REL", ["Row", "Sum"]), ("", ["Sum"])]
)
def test_a_summary_counts_where_no_row_says_the_same(
    rows: str, kinds: list[str], tmp_path: Path
) -> None:
    row = f"<Row><Code>{rows}</Code><At>2026-03-01T08:00:00</At></Row>" if rows else ""
    written = f"<Cargo><No>1</No><Code>ACC</Code><At>2026-03-02T08:00:00</At>{row}</Cargo>"
    assert [event.kind for event in events(system(tmp_path, SUMMED), written)] == kinds


def test_codes_may_be_compared_without_their_spaces(tmp_path: Path) -> None:
    head = HEAD.replace('currency = "EUR"', 'currency = "EUR"\ncodes_without_spaces = true')
    head += '\n[codes."*HELD*"]\nwords = { en = "held" }\nstage = "under_review"\n'
    made = system(tmp_path, head=head)
    assert only(events(made, NOTICE.replace("ACC", "A C C"))).stage is Stage.ACCEPTED
    assert only(events(made, NOTICE.replace("ACC", "is HE LD up"))).stage is Stage.UNDER_REVIEW


def test_many_rows_and_paths_from_the_root_take_no_time_together(tmp_path: Path) -> None:
    """A path from the root is followed once; quadratic work would not come back in time."""
    made = system(tmp_path, LIST)
    row = '<Row at="02/03/2026 08:00"><Code>ACC</Code></Row>'
    written = f"<List><No>XX9</No>{'<Office>A1</Office>' * 150}<Rows>{row * 5000}</Rows></List>"
    assert len(events(made, written)) == 1


def test_more_texts_than_one_place_may_have_are_refused(tmp_path: Path) -> None:
    written = f"<List><No>XX9</No>{'<Office>A1</Office>' * 201}<Rows>{ROW}</Rows></List>"
    with pytest.raises(Unreadable, match="more than 200 texts at /Office") as caught:
        events(system(tmp_path, LIST), written)
    assert caught.value.reason == "too_large"
