"""What waits is told to whom it belongs when it leaves, and only as long as it is so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clearance.alerting import outbox, records
from clearance.channels import Refused, Result, Retry, Terms
from clearance.customers import telling
from clearance.customers.settings import with_channels
from clearance.customs.cn_single_window.demo import File
from clearance.errors import BadArgument
from tests.alerting.scenes import START, accepted, plan, told
from tests.customers.test_telling import released, reopened
from tests.customers.world import Mailbox, World, acme, world

REFUSED = Refused("HTTP 403")
SHUT = Retry("cannot be reached", unsent=True)
UNCLEAR = Retry("no answer within 15 s")
BETA = acme(name="Beta", to=["beta"], reference="BE*")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)


def begun(w: World, *more: File) -> None:
    """Accepted and told of; then more, while the channel is out of order."""
    w.check(-1)
    w.read(*accepted(), hours=0)
    w.check(0.5)
    w.read(*more, hours=2)


Hours = dict[str, str]
WAITS: list[Hours] = [{"quiet": "20:00-08:00"}, {}]
"""Hours of a customer in which a release at night waits for the morning, or for the channel."""


def left_waiting(w: World) -> None:
    """A release was filed, and did not leave."""
    begun(w, released(13))
    w.boxes["acme"].answer = SHUT
    w.check(13.1)
    w.boxes["acme"].answer = None


@pytest.mark.parametrize("result", [REFUSED, SHUT, UNCLEAR])
def test_what_is_another_customers_meanwhile_is_told_to_him_alone(result: Result) -> None:
    with world(acme=acme(), beta=BETA) as w:
        begun(w, released(2))
        w.boxes["acme"].answer = result
        w.check(2.1)
        plan(w.store, "REF1", 3, customer="beta")
        w.check(3.1)
        w.boxes["acme"].answer = None
        w.check(5)
        assert w.told() == ["accepted"]
        assert "released" in w.told("beta")
        assert [one.standing for one in w.notices() if one.customer == "acme"] == [
            "filed",
            "overtaken",
        ]


@pytest.mark.parametrize(
    ("result", "then"),
    [(REFUSED, ["accepted"]), (SHUT, ["accepted"]), (UNCLEAR, ["accepted", "released", "undone"])],
)
def test_what_is_undone_before_it_left_is_never_told(result: Result, then: list[str]) -> None:
    """What may have left is told, and taken back."""
    with world() as w:
        begun(w, released(2))
        w.boxes["acme"].answer = result
        w.check(2.1)
        w.read(reopened(6), hours=6)
        w.check(6.1)
        w.boxes["acme"].answer = None
        w.check(8)
        w.check(9)
        assert w.told() == then


def test_what_a_run_was_sending_that_died_may_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(BaseException):
        """As by ``kill -9``."""

    def die(*_: object) -> None:
        raise Died

    with world() as w:
        begun(w, released(2))
        with monkeypatch.context() as patch:
            patch.setattr("clearance.alerting.delivery._deliver", die)
            with pytest.raises(Died):
                w.check(2.1)
        w.read(reopened(6), hours=6)
        w.check(8)
        assert w.told() == ["accepted", "released", "undone"]


def test_an_approved_notice_is_not_told_to_whom_it_is_no_more() -> None:
    with world(acme=acme(hold=["released"]), beta=BETA) as w:
        begun(w, released(2))
        w.check(2.1)
        plan(w.store, "REF1", 3, customer="beta")
        held = next(one for one in w.notices() if one.topic == "released")
        w.approve(held.id, 3.1)
        w.check(4)
        assert w.told() == ["accepted"]
        assert "released" in w.told("beta")


def failing(w: World) -> set[str]:
    """The channels of which an alert says that they fail."""
    live = records.all_alerts(w.store, live=True)
    return {alert.values["channel"] for alert in live if alert.rule == "delivery_failing"}


def test_a_channel_fails_whose_customer_is_set_and_not_one_that_waits_for_its_customer() -> None:
    with world() as w:
        left_waiting(w)
        w.customers = {"delta": acme(name="Delta", reference="DE*")}
        w.check(14)
        assert failing(w) == set()
        w.customers = {"acme": acme()}
        w.boxes["acme"].answer = SHUT
        w.check(15)
        assert failing(w) == {"acme"}


def test_what_a_failing_channel_refused_is_not_sent_again_in_the_same_check() -> None:
    """Nor does it count as what may have left."""

    def pending() -> outbox.Delivery:
        (one,) = w.store.records(outbox.DELIVERY, [outbox.State.PENDING])
        return outbox.to_delivery(one)

    with world() as w:
        left_waiting(w)
        before = pending()
        w.boxes["acme"].answer = SHUT
        w.check(14)
        assert failing(w) == {"acme"}
        assert pending().tries == 2 * before.tries
        assert not pending().may_have_left


@pytest.mark.parametrize("hours", WAITS)
def test_what_waits_for_a_customer_goes_to_nobody_else_who_has_the_channel_now(
    hours: Hours,
) -> None:
    with world(acme=acme(**hours)) as w:
        left_waiting(w)
        w.customers = {"delta": acme(name="Delta", reference="DE*")}
        w.check(26)
        assert w.told() == ["accepted"]
        w.customers = {"acme": acme(**hours)}
        w.check(27)
        assert w.told() == ["accepted", "released"]


@pytest.mark.parametrize("hours", WAITS)
def test_what_waits_for_a_customer_goes_by_the_channels_that_it_has_now(hours: Hours) -> None:
    with world(acme=acme(**hours)) as w:
        left_waiting(w)
        w.boxes["new"] = Mailbox("en", Terms(alerts=False))
        w.customers = {"acme": acme(to=["new"], **hours)}
        w.check(26)
        assert (w.told(), w.told("new")) == (["accepted"], ["released"])


def test_of_all_customers_gone_what_waits_stays() -> None:
    with world() as w:
        begun(w, released(2))
        w.boxes["acme"].answer = SHUT
        w.check(2.1)
        w.boxes["acme"].answer = None
        w.customers = {}
        w.check(5)
        assert w.told() == ["accepted"]


def test_a_channel_of_a_customer_that_is_gone_is_known_as_left_over() -> None:
    with world() as w:
        begun(w)
        unsaid = {"acme": None, "desk": None}
        assert telling.left_over(w.store, w.customers, unsaid) == []
        assert telling.left_over(w.store, {}, unsaid) == ["acme"]
        assert telling.left_over(w.store, {}, {"acme": True}) == []


def test_the_quiet_hours_of_one_customer_do_not_hold_anothers_notices() -> None:
    """Both are told by a channel of the house."""
    quiet = acme(quiet="00:00-23:59", to=["desk"], reference="NONE*")
    with world(acme=quiet, beta=acme(name="Beta", to=["desk"])) as w:
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(0.5)
        assert w.told("desk") == ["accepted"]


def test_a_wrong_clock_at_the_first_check_silences_nobody() -> None:
    with world() as w:
        w.check(24 * 700)
        w.read(*accepted(), hours=0)
        w.check(0.5)
        w.read(released(2), hours=2)
        w.check(2.5)
        assert w.told() == ["released"]


def test_a_customer_that_comes_back_is_told_no_history() -> None:
    with world(acme=acme(), other=BETA) as w:
        w.check(-1)
        both = w.customers
        w.customers = {"other": BETA}
        w.check(0)
        w.read(*accepted(), hours=0.1)
        w.check(1)
        w.read(released(2), hours=2)
        w.check(3)
        w.customers = both
        w.check(4)
        w.read(told("R", 5), hours=5)
        w.check(6)
        assert w.told() == ["cleared"]


@pytest.mark.parametrize("said", [{"quiet": "20:00-08:00"}, {"digest": "08:30"}, {"repeat": "4h"}])
def test_what_a_customers_channel_says_of_alerts_is_refused(said: dict[str, str]) -> None:
    from clearance.channels import channel

    settings = {"kind": "console", **said}
    with pytest.raises(BadArgument, match=f"channels.acme.{next(iter(said))}: no alerts go there"):
        with_channels({"acme": acme()}, {"acme": channel(settings)})
    assert with_channels({"acme": acme()}, {"acme": channel({**settings, "alerts": True})})


def test_what_one_channel_has_taken_is_not_sent_there_again() -> None:
    """Where the other one, which is out of order, is taken out of the settings."""
    with world(acme=acme(to=["one", "two"])) as w:
        w.boxes["one"].answer = SHUT
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(0.5)
        assert w.told("two") == ["accepted"]
        w.customers = {"acme": acme(to=["two"])}
        w.check(1)
        w.check(2)
        assert w.told("two") == ["accepted"]
        assert w.stands() == {"accepted": "told"}


def test_a_channel_that_is_gone_for_good_goes_on_being_told_of() -> None:
    """Also in the quiet hours of the customer, and of other channels with alerts."""
    with world(acme=acme(quiet="20:00-08:00")) as w:
        w.boxes["desk"] = Mailbox("en", Terms())
        w.boxes["acme"].answer = Refused("HTTP 410", permanent=True)
        w.check(-1)
        w.read(*accepted(), hours=0)
        for hours in (0.5, 1, 13, 14, 25):
            w.check(hours)
        first, *others = w.boxes["desk"].titles
        assert first == "critical · clearance: 1 new"
        assert {*others} == {"critical · clearance: 1 still open"}
        assert w.stands() == {"accepted": "ended"}
        w.boxes["new"] = Mailbox("en", Terms(alerts=False))
        w.customers = {"acme": acme(to=["new"])}
        w.check(26)
        assert w.told("new") == ["accepted"]


def test_an_alert_about_the_channel_makes_nothing_look_as_if_it_had_left() -> None:
    with world() as w:
        w.boxes["desk"] = Mailbox("en", Terms())
        begun(w, released(2))
        w.boxes["acme"].answer = SHUT
        for hours in (2.1, 3, 4):
            w.check(hours)
        assert w.boxes["desk"].got
        w.read(reopened(6), hours=6)
        w.check(6.1)
        w.boxes["acme"].answer = None
        w.check(8)
        assert w.told() == ["accepted"]


@pytest.mark.parametrize("held", [True, False])
def test_settings_that_give_a_shipment_to_another_customer_count_before_it_is_told(
    held: bool,
) -> None:
    quiet = {"hold": ["released"]} if held else {"quiet": "20:00-08:00"}
    with world(acme=acme(**quiet), beta=BETA) as w:
        begun(w, released(13))
        w.check(13.1)
        w.customers = {
            "acme": acme(**{**quiet, "reference": "AC*"}),
            "beta": acme(name="Beta", to=["beta"]),
        }
        w.check(13.2)
        if held:
            notice = next(one for one in w.notices() if one.topic == "released")
            with pytest.raises(BadArgument, match="does not wait"):
                w.approve(notice.id, 13.3)
        w.check(26)
        assert w.told() == ["accepted"]


def test_a_notice_that_is_taken_from_its_customer_waits_no_more_however_far_the_shipment_is() -> (
    None
):
    """It named a day of release, and the release comes in the same check."""
    with world(acme=acme(hold=["accepted"]), beta=BETA) as w:
        w.expected = START + timedelta(days=3)
        w.check(-1)
        w.read(*accepted(), hours=0)
        w.check(0.5)
        plan(w.store, "REF1", 1, customer="beta")
        w.read(released(2), hours=2)
        w.check(3)
        own = [one.standing for one in w.notices() if one.customer == "acme"]
        assert own == ["overtaken"]


def test_deliveries_of_an_earlier_version_may_have_left() -> None:
    """It did not keep whether: only what was held has surely not."""
    with world() as w:
        begun(w, released(2))
        w.boxes["acme"].answer = SHUT
        w.check(2.1)
        older = []
        for record in w.store.records(outbox.DELIVERY):
            new = ("may_have_left", "customer")
            document = {key: value for key, value in record.document.items() if key not in new}
            older.append(record._replace(document=document))
        w.store.save_records(older)
        w.read(reopened(6), hours=6)
        w.boxes["acme"].answer = None
        w.check(8)
        assert w.told() == ["accepted", "released", "undone"]


def test_channels_of_customers_that_an_earlier_version_told_are_known_too() -> None:
    with world() as w:
        begun(w)
        w.store.clear_records(telling.TOLD_BY)
        assert telling.left_over(w.store, {}, {"acme": None, "desk": None}) == ["acme"]
        telling.remember(w.store, {})
        assert telling.left_over(w.store, {}, {"acme": None, "desk": None}) == ["acme"]
        assert list(w.store.records(telling.SINCE)) == []


def test_a_channel_of_notices_that_were_approved_is_known_too() -> None:
    with world(acme=acme(hold=["accepted"])) as w:
        begun(w)
        telling.remember(w.store, w.customers)
        (held,) = w.notices()
        w.approve(held.id, 1)
        assert telling.left_over(w.store, {}, {"acme": None}) == ["acme"]
