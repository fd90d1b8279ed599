"""What ``[customers.NAME]`` may say, and what is wrong in it, by its full key."""

from __future__ import annotations

from pathlib import Path

import pytest

from clearance import config
from clearance.customers import topics
from clearance.errors import BadArgument
from clearance.render import customer_notices
from clearance.render.phrases import worded

CHANNELS = '[channels.mail]\nkind = "console"\n[channels.other]\nkind = "console"\n'
ACME = '[customers.acme]\nname = "Acme"\n'


def loaded(text: str) -> config.Config:
    return config.parsed(CHANNELS + text, Path("config.toml"))


def test_the_page_of_the_settings_can_be_used() -> None:
    made = loaded(
        ACME + 'to = ["mail"]\nlang = "zh"\nmilestones = ["accepted", "released", "cleared"]\n'
        'exceptions = ["inspection_ordered", "returned", "vessel_cutoff", "tax_unpaid"]\n'
        'hold = ["returned", "deleted"]\nquiet = "20:00-08:00"\ndigest = "each"\n'
        'contact = "客服 +86 21 5555 0100"\n[customers.acme.texts]\n'
        'released = "放行了 {reference} {{x}}"\n'
    )
    acme = made.customers["acme"]
    assert (acme.lang, acme.digest_at, acme.quiet) == ("zh", None, "20:00-08:00")


@pytest.mark.parametrize(
    ("said", "wrong"),
    {
        'milestones = ["arrived"]': "milestones: 'arrived': choose declared, accepted",
        'exceptions = ["stuck"]': "exceptions: 'stuck': choose inspection_ordered",
        'hold = ["none"]': "hold: 'none'",
        'quiet = "20-8"': "quiet: '20-8'",
        'quiet = "00:00-24:00"': "quiet: '00:00-24:00'",
        'digest = "weekly"': "digest: 'weekly'",
        'zone = "Nowhere/City"': "zone",
        'to = ["nobody"]': "to: there is no channel nobody",
        'reference = "*"': "reference: '*' fits every reference",
        "moved_days = 0": "moved_days",
        'secret = "x"': "secret is not a setting",
        'texts = { released = "{note}" }': "texts.released: {note} is no field",
        'texts = { released = "{reference.x}" }': "texts.released: {reference.x} is no field",
        'texts = { released = "{reference!r}" }': "texts.released: write fields as {reference}",
        'texts = { released = "{reference:>9}" }': "texts.released: write fields",
        'texts = { released = "{" }': "texts.released: write fields",
        'texts = { note = "x" }': "texts.note is no text of a notice",
        f'texts = {{ released = "{"x" * 301}" }}': "texts.released: 301 characters, 300 at most",
    }.items(),
)
def test_what_cannot_be_used_is_an_error_with_its_whole_key(said: str, wrong: str) -> None:
    with pytest.raises(BadArgument) as caught:
        loaded(f"{ACME}{said}\n")
    assert f"customers.acme.{wrong}" in str(caught.value)
    assert "customers.acme" in worded(caught.value, "zh")


def test_two_customers_share_no_channel_unless_it_is_the_houses_own() -> None:
    both = ACME + 'to = ["mail"]\n[customers.beta]\nname = "Beta"\nto = ["mail"]\n'
    with pytest.raises(BadArgument, match=r"customers.beta.to: mail is where acme is told"):
        loaded(both)
    house = (
        both.replace('"mail"', '"house"') + '[channels.house]\nkind = "console"\nalerts = true\n'
    )
    assert loaded(house).channels["house"].terms.alerts


def test_a_channel_of_a_customer_takes_no_alerts_unless_it_says_so() -> None:
    made = loaded(ACME + 'to = ["mail"]\n')
    assert {name: c.terms.alerts for name, c in made.channels.items()} == {
        "mail": False, "other": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("quiet", "digest", "at"),
    [("", "daily", "08:30"), ("20:00-07:15", "daily", "07:15"), ("20:00-07:15", "18:00", "18:00")],
)
def test_a_daily_digest_goes_when_the_quiet_hours_end(quiet: str, digest: str, at: str) -> None:
    made = loaded(f'{ACME}quiet = "{quiet}"\ndigest = "{digest}"\n')
    assert str(made.customers["acme"].digest_at) == at


def test_every_text_is_worded_in_both_languages_and_names_only_fields() -> None:
    assert set(customer_notices.TEXTS) == set(topics.TEXTS)
    assert set(customer_notices.TOPICS) == set(topics.TOPICS)
    for name, words in customer_notices.TEXTS.items():
        assert set(words) == {"en", "zh"}, name
        for template in words.values():
            topics.check_template(name, template)
