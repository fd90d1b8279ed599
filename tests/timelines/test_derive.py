"""Timelines: linking, order, stage, milestones; and that the order of arrival does not matter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import unpacking
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.model import Declaration, Stage
from clearance.render.declarations import declaration_json
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import derive, intake, integrity

START = datetime(2026, 3, 2, 8, tzinfo=ZONE)
NOW = datetime(2026, 6, 1, tzinfo=ZONE)
EXPORT, ENTRY = "E20260000000000017", "224820260000000017"
AGAIN, ENTRY_AGAIN = "E20260000000000025", "224820260000000025"


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def told(
    code: str, minutes: int, unified: str = EXPORT, entry: str = ENTRY, note: str | None = None
) -> File:
    """A business receipt so many minutes after the start."""
    number = "" if code == "7" else entry
    return business_receipt(unified, number, code, at(minutes), minutes + 1, note=note)


def taken(minutes: int, unified: str = EXPORT, client_ref: str = "REF1") -> File:
    """An import receipt so many minutes after the start."""
    return import_receipt(client_ref, unified, at(minutes))


def failed(minutes: int, client_ref: str = "REF1") -> File:
    """A refusal by the data centre."""
    file = import_receipt(client_ref, EXPORT, at(minutes))
    text = file.data.decode().replace("<ResponseCode>0<", "<ResponseCode>1<")
    text = text.replace(f"<SeqNo>{EXPORT}</SeqNo>", "")
    return File(file.name.replace("Successed_", "Failed_"), text.encode(), file.at)


def client_error(minutes: int, base: str = "REF1") -> File:
    """The client's own error for a file of a base name."""
    text = (
        "<Root><resultFlag><Type>1</Type><Value>11</Value></resultFlag>"
        '<failCode version="1.0">C134</failCode>'
        '<failInfo><![CDATA[["no card in the reader","Err:Custom50200"]]]></failInfo></Root>'
    )
    return File(f"Failed_{base}_{at(minutes):%Y%m%d%H%M%S}.xml", text.encode(), at(minutes))


def linked(files: Sequence[File]) -> list[Declaration]:
    return derive.link(e for f in files for e in unpacking.parse(f.data, f.name))


def story(*files: File) -> Declaration:
    """The one declaration that some files tell of."""
    (declaration,) = linked(files)
    return declaration


def stages(declaration: Declaration) -> list[str | None]:
    return [event.code for event in declaration.events]


NORMAL = (taken(0), told("7", 1), told("L", 2), told("P", 60), told("R", 600))


def test_a_normal_export_is_cleared_with_every_milestone() -> None:
    declaration = story(*NORMAL)
    assert (declaration.stage, declaration.direction, declaration.office) == (
        Stage.CLEARED,
        "export",
        "2248",
    )
    assert declaration.declared_at == at(1)
    assert declaration.accepted_at == at(2)
    assert declaration.released_at == at(60)
    assert declaration.cleared_at == at(600)
    assert declaration.interval("declare-close") == 599 * 60
    assert not declaration.open
    assert declaration.inconsistencies == ()


def test_released_and_closed_in_one_second_are_ordered_by_stage_not_by_serial() -> None:
    """The closure of a paperless import bears the lower serial."""
    release = business_receipt(EXPORT, ENTRY, "P", at(60), 900)
    closure = business_receipt(EXPORT, ENTRY, "R", at(60), 100)
    declaration = story(told("7", 1), told("L", 2), closure, release)
    assert stages(declaration) == ["7", "L", "P", "R"]
    assert declaration.stage is Stage.CLEARED
    assert declaration.interval("release-close") == 0


def test_a_late_import_receipt_does_not_make_a_declaration_a_draft_again() -> None:
    """It bears the time at which it was received, here after customs' answer."""
    declaration = story(told("7", 1), told("L", 2), taken(3))
    assert declaration.stage is Stage.ACCEPTED
    assert len(declaration.submissions) == 1


def test_a_late_import_receipt_after_a_return_begins_no_new_sending() -> None:
    declaration = story(told("7", 1), told("E", 2), taken(3))
    assert declaration.stage is Stage.REJECTED
    assert len(declaration.submissions) == 1


def test_a_return_and_a_corrected_sending_are_one_declaration_with_two_episodes() -> None:
    declaration = story(
        taken(0),
        told("7", 1),
        told("E", 30, entry=""),
        taken(100, AGAIN),
        told("7", 101, AGAIN),
        told("L", 102, AGAIN, ENTRY_AGAIN),
    )
    assert [e.outcome for e in declaration.submissions] == ["returned", None]
    assert declaration.first_declared_at == at(1)
    assert declaration.declared_at == at(101)
    assert declaration.references["unified_no"] == (EXPORT, AGAIN)
    assert declaration.stage is Stage.ACCEPTED


def test_an_own_reference_used_for_two_entry_numbers_stays_two_declarations_with_a_remark() -> None:
    first = (taken(0), told("7", 1), told("L", 2))
    second = (taken(100, AGAIN), told("7", 101, AGAIN), told("L", 102, AGAIN, ENTRY_AGAIN))
    declarations = linked([*first, *second])
    assert [d.references["entry_no"] for d in declarations] == [(ENTRY,), (ENTRY_AGAIN,)]
    assert [r.kind for d in declarations for r in d.inconsistencies] == ["shared_reference"] * 2


def test_a_failed_sending_goes_to_the_declaration_that_followed_it() -> None:
    """With two entry numbers under one reference, a refusal between them belongs to the second."""
    first = (taken(0), told("7", 1), told("L", 2))
    second = (taken(100, AGAIN), told("7", 101, AGAIN), told("L", 102, AGAIN, ENTRY_AGAIN))
    one, other = linked([*first, failed(50), *second])
    assert stages(one) == ["0", "7", "L"]
    assert stages(other) == ["1", "0", "7", "L"]


def test_a_client_error_joins_what_came_back_for_the_same_file() -> None:
    declaration = story(client_error(0), taken(10), told("7", 11))
    assert stages(declaration) == ["C134", "0", "7"]
    assert declaration.stage is Stage.SUBMITTED


def test_client_errors_alone_are_a_draft_that_the_file_name_finds() -> None:
    declaration = story(client_error(0), client_error(5))
    assert declaration.stage is Stage.DRAFT
    assert declaration.name == "REF1"
    assert len(declaration.events) == 2


def test_a_base_name_that_everything_is_sent_under_says_nothing_of_an_error() -> None:
    files = [client_error(0, "decl")]
    for number in range(derive.MAX_SHARING + 1):
        unified = f"E2026{number:013}"
        files.append(import_receipt(f"REF{number}", unified, at(number + 1), base="decl"))
    declarations = linked(files)
    assert len(declarations) == derive.MAX_SHARING + 2
    assert [len(d.events) for d in declarations] == [1] * len(declarations)


def test_money_and_documents_asked_for_after_a_release_are_outstanding_until_the_closure() -> None:
    released = (*NORMAL[:4], told("T", 70, note="需交税费"), told("N", 71))
    declaration = story(*released)
    assert declaration.stage is Stage.RELEASED
    assert declaration.since == at(60)
    assert [(a.action, a.since) for a in declaration.outstanding] == [
        ("tax", at(70)),
        ("attachments", at(71)),
    ]
    assert story(*released, told("R", 600)).outstanding == ()


def test_money_asked_for_before_a_release_is_the_stage_and_the_release_ends_it() -> None:
    before = (taken(0), told("7", 1), told("L", 2), told("T", 10))
    assert story(*before).stage is Stage.ACTION_DUE
    assert story(*before).outstanding == ()
    assert story(*before, told("P", 60)).outstanding == ()


def test_papers_of_a_release_are_due_until_the_closure() -> None:
    declaration = story(taken(0), told("7", 1), told("L", 2), told("F", 60))
    assert declaration.stage is Stage.RELEASED
    assert [a.action for a in declaration.outstanding] == ["papers"]


def test_a_return_after_a_release_does_not_take_the_release_back() -> None:
    declaration = story(*NORMAL[:4], told("E", 90))
    assert declaration.stage is Stage.RELEASED
    assert declaration.released_at == at(60)
    assert [a.action for a in declaration.outstanding] == ["return"]


def test_review_reopened_undoes_the_release_until_it_happens_again() -> None:
    reopened = (*NORMAL[:4], told("M", 90))
    assert story(*reopened).stage is Stage.UNDER_REVIEW
    assert story(*reopened).released_at is None
    assert story(*reopened, told("P", 200)).released_at == at(200)


def test_deleted_after_release_is_withdrawn_and_not_open() -> None:
    declaration = story(*NORMAL[:4], told("D", 90))
    assert declaration.stage is Stage.WITHDRAWN
    assert declaration.released_at is None
    assert declaration.withdrawn_at == at(90)
    assert not declaration.open


def test_a_release_against_a_guarantee_is_flagged() -> None:
    declaration = story(taken(0), told("7", 1), told("L", 2), told("K", 20))
    assert declaration.stage is Stage.RELEASED
    assert declaration.guaranteed


def test_an_unknown_code_moves_nothing_and_is_a_remark() -> None:
    declaration = story(*NORMAL[:4], told("q", 70))
    assert declaration.stage is Stage.RELEASED
    assert [found[:2] for found in declaration.inconsistencies] == [
        ("unknown_code", {"code": "q", "kind": "DEC_RESULT"})
    ]


def test_quarantine_codes_in_small_letters_are_information_only() -> None:
    declaration = story(*NORMAL[:3], told("a", 10), told("d", 11))
    assert declaration.stage is Stage.ACCEPTED


def test_without_a_submission_a_declaration_date_with_a_time_of_day_counts() -> None:
    dated = business_receipt(EXPORT, ENTRY, "L", at(5), 1, declared_at=at(2))
    midnight = business_receipt(EXPORT, ENTRY, "L", at(5), 1, declared_at=START.replace(hour=0))
    assert story(dated).declared_at == at(2)
    assert story(midnight).declared_at == at(5)


def test_a_closure_before_the_declaration_is_a_remark() -> None:
    declaration = story(told("7", 10), told("R", 1))
    assert ("negative_interval", {"interval": "declare-close"}) in [
        found[:2] for found in declaration.inconsistencies
    ]


def test_import_receipt_without_any_time_is_a_link_that_moves_nothing() -> None:
    bare = File("a.xml", taken(0).data, START)
    declaration = story(bare, told("7", 1))
    assert declaration.events[0].at is None
    assert declaration.references["client_ref"] == ("REF1",)
    assert declaration.stage is Stage.SUBMITTED


STORIES: dict[str, tuple[File, ...]] = {
    "normal": NORMAL,
    "resent": (
        client_error(-5),
        failed(-3),
        taken(0),
        told("7", 1),
        told("E", 30, entry=""),
        taken(100, AGAIN),
        told("7", 101, AGAIN),
        told("L", 102, AGAIN, ENTRY_AGAIN),
    ),
    "shared reference": (
        taken(0),
        told("7", 1),
        told("L", 2),
        failed(50),
        taken(100, AGAIN),
        told("7", 101, AGAIN),
        told("L", 102, AGAIN, ENTRY_AGAIN),
        client_error(99),
    ),
    "copies": (
        *NORMAL,
        File("copy.xml", NORMAL[2].data, at(2)),
        File("Receipt_DECCUS004_X_202600000000000000_20260302080300.xml", NORMAL[2].data, at(2)),
        File("other.xml", NORMAL[3].data.replace(b' standalone="yes"', b""), at(60)),
    ),
    "undone": (*NORMAL[:4], told("M", 90), told("T", 91), told("P", 92), told("C", 93)),
}


def as_json(declarations: Sequence[Declaration]) -> str:
    return json.dumps([declaration_json(d, (), "en", events=True) for d in declarations])


def ingested(url: str, batches: Sequence[Sequence[File]]) -> str:
    """The timelines of a store that read some batches one after the other."""
    with open_store(url) as store:
        for batch in batches:
            intake.ingest(store, [Item(file.name, file.data) for file in batch], NOW)
        assert list(integrity.verify(store)) == []
        found = [declaration for _, declaration in store.timelines()]
    return as_json(sorted(found, key=lambda d: derive.order(d.events[0])))


@given(st.data())
def test_any_order_duplication_and_split_gives_the_same_timeline(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(STORIES)))
    files = list(STORIES[name])
    expected = ingested("memory:", [files])
    again = data.draw(st.lists(st.sampled_from(files), max_size=4))
    shuffled = data.draw(st.permutations([*files, *again]))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(shuffled)), max_size=4)))
    edges = [0, *cuts, len(shuffled)]
    batches = [shuffled[a:b] for a, b in pairwise(edges)]
    assert ingested("memory:", batches) == expected


def test_every_permutation_of_a_short_story_gives_the_same_timeline() -> None:
    files = (failed(-3), taken(0), told("7", 1), told("E", 2), taken(9, AGAIN))
    expected = as_json(linked(files))
    for order in permutations(files):
        assert ingested("memory:", [[file] for file in order]) == expected


def test_linking_is_the_same_at_once_and_one_by_one() -> None:
    for files in STORIES.values():
        assert ingested("memory:", [files]) == ingested("memory:", [[f] for f in files[::-1]])


def test_the_path_tells_every_stage_since_it_was_first_declared() -> None:
    """Returned and sent again; the receipts at the client before and between are no stage of it."""
    first = [taken(0), told("7", 1), told("E", 31)]
    again = [told("7", 61), told("L", 62), told("C", 90), told("P", 121), told("R", 181)]
    assert story(*first, *again).path == "s,0,x,1800,s,3600,a,3660,i,5340,r,7200,c,10800"


def test_what_was_never_declared_has_no_path() -> None:
    assert story(taken(0)).path == ""
