"""Which channel takes which alert."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearance.alerting import routing
from clearance.alerting.rules import RULES
from clearance.channels import Match, Terms, like
from clearance.errors import BadArgument
from clearance.model import Alert, Severity
from tests.alerting.test_outbox import alert

ABOUT = {
    "office": "2248", "direction": "export", "system": "cn_single_window",
    "trader": "Xinghai Trading", "trader_code": "3122000001", "broker": "Hailan Broker",
    "customer": "Acme 贸易",
}  # fmt: skip


def about(contact: str | None = "Li, +86 21 5555 0100", **labels: str) -> Alert:
    return replace(alert("1"), rule="tax_unpaid", labels={**ABOUT, **labels}, contact=contact)


@pytest.mark.parametrize(
    "match",
    [
        Match(),
        Match(office="2248"),
        Match(office=("5304", "22*")),
        Match(direction="出口"),
        Match(direction=("import", "EXPORT")),
        Match(rule="tax_unpaid"),
        Match(rule=("stuck", "税款未缴")),
        Match(rule="tax*"),
        Match(trader="xinghai*"),
        Match(trader="３１２２０００００１"),
        Match(broker="Hailan Broker"),
        Match(customer="acme*"),
        Match(contact="Li*"),
        Match(system="cn*"),
        Match(office="2248", direction="export", trader="*trading"),
    ],
)
def test_an_alert_fits_what_it_is_about(match: Match) -> None:
    assert routing.unfit(about(), match) is None


@pytest.mark.parametrize(
    ("match", "key"),
    [
        (Match(office="5304"), "office"),
        (Match(office="224"), "office"),
        (Match(office="2248", direction="import"), "direction"),
        (Match(rule="stuck"), "rule"),
        (Match(customer="acme"), "customer"),
        (Match(broker="2248"), "broker"),
    ],
)
def test_every_key_must_fit(match: Match, key: str) -> None:
    assert routing.unfit(about(), match) == key


def test_what_is_about_nothing_of_the_kind_does_not_fit() -> None:
    """A source that is silent has no office: a channel for one office does not hear of it."""
    bare = replace(about(None), labels={"feed": "inbox"})
    assert routing.unfit(bare, Match(office="*")) == "office"
    assert routing.unfit(bare, Match(contact="*")) is None
    assert routing.unfit(bare, Match()) is None


@given(st.dictionaries(st.sampled_from(sorted(ABOUT)), st.sampled_from(["a", "b", "c"])), st.data())
def test_a_channel_carries_nothing_that_is_not_its_own(
    labels: dict[str, str], data: st.DataObject
) -> None:
    keys = ("office", "trader", "broker", "customer", "system")
    wanted = data.draw(
        st.dictionaries(
            st.sampled_from(keys), st.lists(st.sampled_from("abc"), min_size=1).map(tuple)
        )
    )
    one = replace(alert("1"), labels=labels)
    taken = routing.wanted(one, "ops", Terms(match=Match(**wanted)))
    assert taken == all(
        {labels.get(key), labels.get(f"{key}_code")} & set(some) for key, some in wanted.items()
    )


@given(st.text(max_size=6), st.text(alphabet="ab*.[?(", max_size=6))
def test_a_star_stands_for_anything_and_nothing_else_has_a_meaning(text: str, pattern: str) -> None:
    assert like(text, "*")
    assert like(pattern.replace("*", "xyz"), pattern)
    assert like(f"{pattern}x", pattern) == pattern.endswith("*")


def test_names_that_there_are_not_are_refused() -> None:
    for match in (Match(rule="stuk"), Match(direction="up"), Match(system="mars")):
        with pytest.raises(BadArgument, match=r"match\.(rule|direction|system): there is no"):
            routing.check(match)
    with pytest.raises(BadArgument) as refused:
        routing.check(Match(rule="stuk"))
    assert refused.value.values["choices"] == [*RULES]  # each once, not in every language
    routing.check(Match(rule=(*RULES, "退单", "查*"), direction="进口", system="uk*", office="9"))


def test_a_channel_never_hears_that_it_fails_itself() -> None:
    failing = replace(alert("1", Severity.CRITICAL, channel="ops"))
    assert not routing.wanted(failing, "ops", Terms())
    assert routing.wanted(failing, "other", Terms())
