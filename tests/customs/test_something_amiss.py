"""What customs says is amiss is an alert until the goods are released, gone, or given up."""

from __future__ import annotations

import pytest

from clearance.model import Alert
from tests.customs.dk_dms.test_notifications import notice
from tests.customs.eu_ncts.support import message as common
from tests.customs.eu_ncts.support import tag
from tests.customs.uk_cds.support import message, response
from tests.customs.uk_cds.test_rules import notified

RULE = "something_amiss"


def alerts(*documents: str | bytes) -> list[Alert]:
    data = [one.encode() if isinstance(one, str) else one for one in documents]
    return [alert for alert in notified(data) if alert.rule == RULE]


@pytest.mark.parametrize(
    ("begun", "amiss"),
    [
        (common("028", 0), common("019", 5)),
        (common("028", 0), common("025", 5, tag("releaseIndicator", "4"))),
        (common("028", 0), common("035", 5)),
        (common("528", 0), common("521", 5)),
        (common("528", 0), common("522", 5)),
        (notice("CWMACC", 0), notice("CWMGER", 5)),
        (notice("CWMACC", 0), notice("CWMWTR", 5)),
        (message(response("01", 0)), message(response("18", 5))),
    ],
)
def test_a_message_that_something_is_amiss_is_an_alert(
    begun: str | bytes, amiss: str | bytes
) -> None:
    assert alerts(begun) == []
    (alert,) = alerts(begun, amiss)
    assert str(alert.severity) == "warning"


def test_it_is_over_with_the_exit() -> None:
    told = (notice("CWMACC", 0), notice("CWMGER", 5), notice("CWMEOG", 5))
    assert alerts(*told) == []


def test_its_note_stands_in_the_alert() -> None:
    refused = common("522", 5, tag("exitRejectionText", "seals are broken"))
    (alert,) = alerts(common("528", 0), refused)
    assert (alert.values["code"], alert.values["note"]) == ("CC522C", "seals are broken")
