"""Korea's UNI-PASS: cargos and bills are asked for one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import ROOT as ROOT_FOLDER
from tests.conftest import Ran, Run
from tests.receivers import Answer, Receiver, Request, receiver

KEY = "k3y of/the+test"
PATH = "/ext/rest/cargCsclPrgsInfoQry/retrieveCargCsclPrgsInfo"
ROOT = "cargCsclPrgsInfoQryRtnVo"
NOW = "2026-03-20T09:00:00+09:00"


def answer(count: int, notice: str = "", cargos: tuple[str, ...] = (), rows: int = 0) -> Answer:
    summaries = "".join(
        f"<cargCsclPrgsInfoQryVo><cargMtNo>{cargo}</cargMtNo></cargCsclPrgsInfoQryVo>"
        for cargo in cargos
    )
    events = "".join(
        f"<cargCsclPrgsInfoDtlQryVo><prcsDttm>202603021000{row:02}</prcsDttm>"
        "<cargTrcnRelaBsopTpcd>반입신고</cargTrcnRelaBsopTpcd></cargCsclPrgsInfoDtlQryVo>"
        for row in range(rows)
    )
    head = f"<ntceInfo>{notice}</ntceInfo><tCnt>{count}</tCnt>"
    return Answer(f"<{ROOT}>{head}{summaries}{events}</{ROOT}>".encode())


ANSWERS = {
    ("cargMtNo", "26TEST0000001"): answer(2, "", ("26TEST0000001",), 2),
    ("cargMtNo", "26TEST0000002"): answer(3, "", ("26TEST0000002",), 3),
    ("cargMtNo", "26NONE"): answer(0, "[N00] nothing"),
    ("hblNo", "LIST"): answer(2, "[N00] several", ("26TEST0000001", "26TEST0000002")),
    ("mblNo", "MASTER"): answer(1, "", ("26TEST0000001",), 1),
    ("cargMtNo", "26ERROR"): answer(-1, f"the key {KEY} is wrong"),
}


def route(request: Request) -> Answer:
    parts = urlsplit(request.path)
    asked = {key: value for key, (value,) in parse_qs(parts.query).items()}
    assert parts.path == PATH
    assert asked.pop("crkyCn") == KEY
    if "cargMtNo" not in asked:
        assert asked.pop("blYy") == "2026"
    (question,) = asked.items()
    return ANSWERS.get(question, answer(0))


@pytest.fixture
def pull(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    monkeypatch.setattr("clearance.sources.http_session.time.sleep", lambda _: None)
    monkeypatch.setenv("KR_KEY", KEY)

    def pull(server: Receiver, more: str) -> Ran:
        file = tmp_path / "settings.toml"
        file.write_text(
            f'[sources.kr]\nkind = "unipass"\nurl = "{server.url}"\nsecret = "env:KR_KEY"\n{more}'
        )
        ran = call("pull", "--config", file, "--format", "json")
        assert KEY not in ran.text + ran.talk
        return ran

    return pull


@pytest.mark.parametrize(
    ("more", "requests", "read"),
    [
        ('cargos = ["26TEST0000001", "26TEST0000002"]', 2, 2),
        ('cargos = ["26NONE"]', 1, 0),
        ('bills = ["LIST/2026"]', 3, 2),
        ('bills = ["MASTER/2026"]', 2, 1),
        ('bills = ["NOBODY/2026"]', 2, 0),
    ],
)
def test_each_cargo_and_each_bill_is_asked_for(
    more: str, requests: int, read: int, pull: Callable[..., Ran]
) -> None:
    with receiver(route=route) as server:
        (source,) = pull(server, more).json["sources"]
        assert (source["result"], source["requests"], source["read"]) == ("ok", requests, read)
        (source,) = pull(server, more).json["sources"]
        assert (source["new"], source["refused"]) == (0, 0)


def test_an_error_is_a_failure_that_says_why_without_the_key(pull: Callable[..., Ran]) -> None:
    with receiver(route=route) as server:
        ran = pull(server, 'cargos = ["26ERROR", "26TEST0000001"]')
    (source,) = ran.json["sources"]
    assert (ran.code, source["result"], source["read"]) == (3, "failed", 1)
    assert source["detail"] == "answers an error: the key … is wrong"


def test_cargos_that_fail_hold_back_no_others_for_ever(pull: Callable[..., Ran]) -> None:
    """More of them than are asked for in one run stand before the others."""
    bad = [f'"26BAD{n}"' for n in range(7)]
    failing = {("cargMtNo", one.strip('"')): answer(-1, "try later") for one in bad}
    with pytest.MonkeyPatch.context() as patch, receiver(route=route) as server:
        patch.setattr(f"{__name__}.ANSWERS", ANSWERS | failing)
        new = [
            pull(server, f'cargos = [{", ".join(bad)}, "26TEST0000001"]').json["sources"][0]["new"]
            for _ in range(4)
        ]
    assert new == [0, 0, 1, 0]


def test_a_server_that_asks_to_be_left_alone_for_long_is_asked_nothing_else_in_this_run(
    pull: Callable[..., Ran],
) -> None:
    busy = Answer(status=429, headers={"retry-after": "600"})
    with receiver(busy) as server:
        ran = pull(server, 'cargos = ["26TEST0000001", "26TEST0000002"]')
    assert (ran.code, ran.json["sources"][0]["requests"]) == (3, 1)


def test_it_is_asked_once_a_second_unless_it_is_set(
    pull: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("clearance.sources.http_session.time.sleep", slept.append)
    with receiver(route=route) as server:
        pull(server, 'cargos = ["26TEST0000001", "26TEST0000002"]')
    assert [round(seconds) for seconds in slept] == [1]


STORY = ROOT_FOLDER / "samples" / "kr_unipass" / "normal_import"
CARGO, ENTRY = "26TESTA457I00000017", "1309026000017M"


def test_what_is_pulled_is_a_declaration_with_its_status(
    pull: Callable[..., Ran], call: Run
) -> None:
    """A cargo is asked for three times: under way, declared, and taken out."""
    answers = iter(sorted(STORY.iterdir()))

    def told(request: Request) -> Answer:
        assert parse_qs(urlsplit(request.path).query)["cargMtNo"] == [CARGO]
        return Answer(next(file for file in answers if file.suffix == ".xml").read_bytes())

    cargos = f'cargos = ["{CARGO}"]'
    with receiver(route=told) as server:
        for new in (1, 1, 1, 1):
            (source,) = pull(server, cargos).json["sources"]
            assert (source["new"], source["refused"]) == (new, 0)
    (one,) = call("status", CARGO, "--format", "json", "--as-of", NOW).json["declarations"]
    assert one["references"]["entry_no"] == [ENTRY]
    assert (one["dialect"], one["stage"]) == ("kr_unipass", "cleared")
    assert one["declared_at"] == "2026-03-09T09:15:26+09:00"
    assert one["released_at"] == one["cleared_at"] == "2026-03-09T16:43:33+09:00"
    assert [event["code"] for event in one["events"]][-1] == "반출신고"
    assert len(one["events"]) == 15
    for number in ("TESTCGBA00000017", "TEST26000017", "TSTU0000017", ENTRY):
        (same,) = call("status", number, "--format", "json", "--as-of", NOW).json["declarations"]
        assert same["references"] == one["references"]
