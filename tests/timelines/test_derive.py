"""Timelines: linking, order, stage, milestones; and that the order of arrival does not matter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from clearance.customs import unpacking
from clearance.customs.cn_single_window import ZONE
from clearance.customs.cn_single_window.demo import File, business_receipt, import_receipt
from clearance.model import Declaration, Event, Role, Stage
from clearance.render.declarations import declaration_json
from clearance.sources import Item
from clearance.stores import open_store
from clearance.timelines import derive, intake, integrity
from tests.stories import KINDS

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


def linked(story: Iterable[Event]) -> Declaration:
    """The one declaration that some events are about."""
    (declaration,) = derive.link(story)
    return declaration


def parsed(*files: File) -> list[Event]:
    return [event for file in files for event in unpacking.parse(file.data, file.name)]


def stages(declaration: Declaration) -> list[Stage | None]:
    return [event.stage for event in declaration.events]


NORMAL = (taken(0), told("7", 1), told("L", 2), told("P", 60), told("R", 600))


def test_a_normal_export_is_cleared_with_every_milestone(declaration: Declaration) -> None:
    """
    2026-03-02T08:00+08:00  draft      transmission acknowledges
    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  accepted   official=1 direction=export office=2248
    2026-03-02T09:00+08:00  released
    2026-03-02T18:00+08:00  cleared
    """
    assert (declaration.direction, declaration.office) == ("export", "2248")
    assert declaration.stage is Stage.CLEARED
    assert declaration.declared_at == at(1)
    assert declaration.accepted_at == at(2)
    assert declaration.released_at == at(60)
    assert declaration.cleared_at == at(600)
    assert declaration.interval("declare-close") == 599 * 60
    assert not declaration.open
    assert declaration.inconsistencies == ()


def test_released_and_closed_in_one_second_are_ordered_by_stage_not_by_serial(
    declaration: Declaration,
) -> None:
    """The closure of a paperless import bears the lower serial.

    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  cleared    serial=100
    2026-03-02T09:00+08:00  released   serial=900
    """
    assert stages(declaration) == ["submitted", "accepted", "released", "cleared"]
    assert declaration.stage is Stage.CLEARED
    assert declaration.interval("release-close") == 0


def test_a_late_import_receipt_does_not_make_a_declaration_a_draft_again(
    declaration: Declaration,
) -> None:
    """It bears the time at which it was received, here after customs' answer.

    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  accepted
    2026-03-02T08:03+08:00  draft      transmission acknowledges
    """
    assert declaration.stage is Stage.ACCEPTED
    assert len(declaration.submissions) == 1


def test_a_late_import_receipt_after_a_return_begins_no_new_sending(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  rejected   return
    2026-03-02T08:03+08:00  draft      transmission acknowledges
    """
    assert declaration.stage is Stage.REJECTED
    assert len(declaration.submissions) == 1


def test_a_return_and_a_corrected_sending_are_one_declaration_with_two_episodes(
    declaration: Declaration,
) -> None:
    """
    2026-03-02T08:00+08:00  draft      transmission acknowledges
    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:30+08:00  rejected   return
    2026-03-02T09:40+08:00  draft      transmission acknowledges joining=B
    2026-03-02T09:41+08:00  submitted
    2026-03-02T09:42+08:00  accepted   official=1
    """
    assert [e.outcome for e in declaration.submissions] == ["returned", None]
    assert declaration.first_declared_at == at(1)
    assert declaration.declared_at == at(101)
    assert declaration.references[KINDS[Role.JOINING]] == ("A", "B")
    assert declaration.stage is Stage.ACCEPTED


def test_an_own_reference_used_for_two_entry_numbers_stays_two_declarations_with_a_remark(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  accepted   official=1
    2026-03-02T09:41+08:00  submitted  joining=B
    2026-03-02T09:42+08:00  accepted   official=2
    """
    declarations = derive.link(story)
    assert [d.references[KINDS[Role.OFFICIAL]] for d in declarations] == [("1",), ("2",)]
    assert [r.kind for d in declarations for r in d.inconsistencies] == ["shared_reference"] * 2


def test_a_failed_sending_goes_to_the_declaration_that_followed_it(story: list[Event]) -> None:
    """With two official numbers under one reference, a refusal between them is the second's.

    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:02+08:00  accepted   official=1
    2026-03-02T08:50+08:00  rejected   transmission joining=
    2026-03-02T09:41+08:00  submitted  joining=B
    2026-03-02T09:42+08:00  accepted   official=2
    """
    one, other = derive.link(story)
    assert stages(one) == ["submitted", "accepted"]
    assert stages(other) == ["rejected", "submitted", "accepted"]


def test_a_client_error_joins_what_came_back_for_the_same_file(declaration: Declaration) -> None:
    """
    2026-03-02T08:00+08:00  draft      transmission file=OUT own= joining=
    2026-03-02T08:10+08:00  draft      transmission acknowledges file=OUT own=REF1 joining=A
    2026-03-02T08:11+08:00  submitted
    """
    assert stages(declaration) == ["draft", "draft", "submitted"]
    assert declaration.stage is Stage.SUBMITTED


def test_client_errors_alone_are_a_draft_that_the_file_name_finds(declaration: Declaration) -> None:
    """
    2026-03-02T08:00+08:00  draft  transmission file=OUT own= joining=
    2026-03-02T08:05+08:00  draft  transmission file=OUT
    """
    assert declaration.stage is Stage.DRAFT
    assert declaration.name == "OUT"
    assert len(declaration.events) == 2


def test_a_base_name_that_everything_is_sent_under_says_nothing_of_an_error() -> None:
    files = [client_error(0, "decl")]
    for number in range(derive.MAX_SHARING + 1):
        unified = f"E2026{number:013}"
        files.append(import_receipt(f"REF{number}", unified, at(number + 1), base="decl"))
    declarations = derive.link(parsed(*files))
    assert len(declarations) == derive.MAX_SHARING + 2
    assert [len(d.events) for d in declarations] == [1] * len(declarations)


def test_money_and_documents_asked_for_after_a_release_are_outstanding_until_the_closure(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T09:10+08:00  action_due  tax "pay the duties"
    2026-03-02T09:11+08:00  action_due  attachments
    2026-03-02T18:00+08:00  cleared
    """
    released = linked(story[:-1])
    assert released.stage is Stage.RELEASED
    assert released.since == at(60)
    assert [(a.action, a.since) for a in released.outstanding] == [
        ("tax", at(70)),
        ("attachments", at(71)),
    ]
    assert linked(story).outstanding == ()


def test_money_asked_for_before_a_release_is_the_stage_and_the_release_ends_it(
    story: list[Event],
) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T08:10+08:00  action_due  tax
    2026-03-02T09:00+08:00  released
    """
    assert linked(story[:-1]).stage is Stage.ACTION_DUE
    assert linked(story[:-1]).outstanding == ()
    assert linked(story).outstanding == ()


def test_papers_of_a_release_are_due_until_the_closure(story: list[Event]) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  released  papers
    2026-03-02T18:00+08:00  cleared
    """
    assert linked(story[:-1]).stage is Stage.RELEASED
    assert [a.action for a in linked(story[:-1]).outstanding] == ["papers"]
    assert linked(story).outstanding == ()


def test_a_return_after_a_release_does_not_take_the_release_back(declaration: Declaration) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T09:30+08:00  rejected  return
    """
    assert declaration.stage is Stage.RELEASED
    assert declaration.released_at == at(60)
    assert [a.action for a in declaration.outstanding] == ["return"]


def test_review_reopened_undoes_the_release_until_it_happens_again(story: list[Event]) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T09:30+08:00  under_review  undoes
    2026-03-02T11:20+08:00  released
    """
    assert linked(story[:-1]).stage is Stage.UNDER_REVIEW
    assert linked(story[:-1]).released_at is None
    assert linked(story).released_at == at(200)


def test_deleted_after_release_is_withdrawn_and_not_open(declaration: Declaration) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T09:00+08:00  released
    2026-03-02T09:30+08:00  withdrawn  undoes
    """
    assert declaration.stage is Stage.WITHDRAWN
    assert declaration.released_at is None
    assert declaration.withdrawn_at == at(90)
    assert not declaration.open


def test_a_release_against_a_guarantee_is_flagged(declaration: Declaration) -> None:
    """
    2026-03-02T08:02+08:00  accepted
    2026-03-02T08:20+08:00  released  guarantee
    """
    assert declaration.stage is Stage.RELEASED
    assert declaration.guaranteed


def test_an_unknown_code_moves_nothing_and_is_a_remark() -> None:
    declaration = linked(parsed(*NORMAL[:4], told("q", 70)))
    assert declaration.stage is Stage.RELEASED
    assert [found[:2] for found in declaration.inconsistencies] == [
        ("unknown_code", {"code": "q", "kind": "DEC_RESULT"})
    ]


def test_quarantine_codes_in_small_letters_are_information_only() -> None:
    declaration = linked(parsed(*NORMAL[:3], told("a", 10), told("d", 11)))
    assert declaration.stage is Stage.ACCEPTED


def test_without_a_submission_a_declaration_date_with_a_time_of_day_counts() -> None:
    dated = business_receipt(EXPORT, ENTRY, "L", at(5), 1, declared_at=at(2))
    midnight = business_receipt(EXPORT, ENTRY, "L", at(5), 1, declared_at=START.replace(hour=0))
    assert linked(parsed(dated)).declared_at == at(2)
    assert linked(parsed(midnight)).declared_at == at(5)


def test_a_closure_before_the_declaration_is_a_remark(declaration: Declaration) -> None:
    """
    2026-03-02T08:10+08:00  submitted
    2026-03-02T08:01+08:00  cleared
    """
    assert ("negative_interval", {"interval": "declare-close"}) in [
        found[:2] for found in declaration.inconsistencies
    ]


def test_import_receipt_without_any_time_is_a_link_that_moves_nothing() -> None:
    bare = File("a.xml", taken(0).data, START)
    declaration = linked(parsed(bare, told("7", 1)))
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
    expected = as_json(derive.link(parsed(*files)))
    for order in permutations(files):
        assert ingested("memory:", [[file] for file in order]) == expected


def test_linking_is_the_same_at_once_and_one_by_one() -> None:
    for files in STORIES.values():
        assert ingested("memory:", [files]) == ingested("memory:", [[f] for f in files[::-1]])


def test_the_path_tells_every_stage_since_it_was_first_declared(declaration: Declaration) -> None:
    """Returned and sent again; the receipts at the client before and between are no stage of it.

    2026-03-02T08:00+08:00  draft         transmission acknowledges
    2026-03-02T08:01+08:00  submitted
    2026-03-02T08:31+08:00  rejected      return
    2026-03-02T09:01+08:00  submitted
    2026-03-02T09:02+08:00  accepted
    2026-03-02T09:30+08:00  inspection
    2026-03-02T10:01+08:00  released
    2026-03-02T11:01+08:00  cleared
    """
    assert declaration.path == "s,0,x,1800,s,3600,a,3660,i,5340,r,7200,c,10800"


def test_what_was_never_declared_has_no_path(declaration: Declaration) -> None:
    """
    2026-03-02T08:00+08:00  draft  transmission acknowledges
    """
    assert declaration.path == ""
