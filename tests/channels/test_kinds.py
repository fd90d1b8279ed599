"""Kinds of channels, and the console."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clearance import channels
from clearance.channels import Accepted, webhook
from clearance.errors import BadArgument
from tests.channels.support import HTTP, notice
from tests.receivers import Answer, receiver


def test_the_console_gets_it_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert channels.channel({"kind": "console"}).send(notice()) == Accepted()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("critical · clearance: 1 new\nnew\n  2248")


# Kinds


def test_every_kind_that_is_sent_to_an_address_has_a_good_answer_to_be_tried_with() -> None:
    kinds = [k for k in channels.kinds() if "url" in channels._module(k).Channel.__struct_fields__]
    assert {*kinds} == {*HTTP}


@pytest.mark.parametrize("kind", ["no_such", "_http", None, 7])
def test_a_kind_that_does_not_exist_is_answered_with_those_that_do(kind: Any) -> None:
    with pytest.raises(BadArgument, match="choose one of console, dingtalk, email"):
        channels.channel({"kind": kind})


def test_a_webhook_gets_every_alert_in_as_many_events_as_that_needs(made: Any) -> None:
    alerts = [{"id": f"{number:012}", "message": "x" * 400} for number in range(200)]
    document = {"new": alerts[:150], "repeated": [], "resolved": alerts[150:]}
    with receiver(Answer(b"", 204)) as server:
        assert isinstance(made("webhook", server.url).send(notice(document=document)), Accepted)
    events = [json.loads(request.body) for request in server.requests]
    assert len(events) == len({event["id"] for event in events}) > 4
    told = [a["id"] for e in events for name in ("new", "resolved") for a in e["data"][name]]
    assert told == [alert["id"] for alert in alerts]
    assert events[-1]["data"]["more"] == 0


@pytest.mark.parametrize("left", [0, 30, 80, 95])
def test_a_receiver_that_skips_the_ids_it_knows_is_told_all(left: int) -> None:
    """What was left of a delivery came under the id of what its receiver knew, and was skipped."""
    alerts = [{"id": f"{number:012}", "message": "x" * 400} for number in range(100)]
    whole = webhook.events(notice(document={"new": alerts}))
    assert whole == webhook.events(notice(document={"new": alerts}))
    known, told = {whole[0]["id"]}, {alert["id"] for alert in whole[0]["data"]["new"]}
    for event in webhook.events(notice(document={"new": alerts[left:]})):
        if event["id"] not in known:
            told |= {alert["id"] for alert in event["data"]["new"]}
    assert told >= {alert["id"] for alert in alerts[left:]}


def test_a_delivery_that_fits_one_event_has_its_own_id() -> None:
    (event,) = webhook.events(notice())
    assert event["id"] == notice().id
