"""``notices`` and ``share``, and customers in what other commands give."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from clearance.customs.cn_single_window.demo_declared import declaration
from tests.conftest import AS_OF, CLOSED, INSPECTED, RETURNED, Run, at, laid, stories

ACME = """[channels.desk]
kind = "console"
[customers.acme]
name = "Acme"
to = ["desk"]
reference = ["TEST-2*", "TEST-1*"]
hold = ["inspection_ordered"]
contact = "+86 21 5555 0100"
[customers.beta]
name = "Beta"
reference = ["TEST-11", "TEST-33*"]
"""
MAIL = 'kind = "email"\nhost = "mail.example"\nfrom = "desk@our.example"'
LATER = "2026-03-06T10:00:00+08:00"
OVER = "2026-04-30T10:00:00+08:00"


@pytest.fixture
def acme(call: Run, tmp_path: Path) -> Run:
    """The stories, of which a check before them knows nothing."""
    file = tmp_path / "acme.toml"
    file.write_text(ACME, "utf-8")
    assert call("ingest", laid(stories()[:1], tmp_path / "first")).code in (0, 3)

    def with_settings(*words: Any, **others: Any) -> Any:
        return call(*words, "--config", file, **others)

    with_settings("check", "--as-of", "2026-03-01T09:00:00+08:00")
    assert call("ingest", laid(stories(), tmp_path / "InBox")).code in (0, 3)
    with_settings("check", "--as-of", AS_OF)
    return with_settings


def test_list_and_status_name_the_customer(acme: Run, call: Run) -> None:
    as_of = ("--as-of", AS_OF, "--format", "json")
    known = {
        d["references"]["client_ref"][0]: d["customer"]
        for d in acme("list", "--all", *as_of).json["declarations"]
    }
    assert known[INSPECTED.own] == "acme"
    assert known[RETURNED.own] is None
    assert known[CLOSED.own] is None, "two fit"
    (one,) = acme("status", INSPECTED.entry, *as_of).json["declarations"]
    assert one["customer"] == "acme"
    (without,) = call("status", INSPECTED.entry, *as_of).json["declarations"]
    assert without["customer"] is None


def test_a_held_notice_is_approved_told_and_proven(acme: Run) -> None:
    found = acme("notices", "list", "--as-of", AS_OF, "--format", "json").json
    states = {one["topic"]: one["state"] for one in found["notices"]}
    assert states["inspection_ordered"] == "held"
    assert found["no_customer"] >= 1
    (held,) = [one for one in found["notices"] if one["state"] == "held"]
    words = ("--note", "asked them", "--by", "Li", "--as-of", AS_OF, "--format", "json")
    approved = acme("notices", "approve", held["id"][:5], *words).json["notice"]
    assert (approved["state"], approved["decided"]["by"]) == ("waiting", "Li")
    again = acme("notices", "approve", held["id"], *words)
    assert again.code == 2
    checked = acme("check", "--as-of", LATER, "--format", "json")
    sent = [one for one in checked.json["deliveries"] if one.get("notices")]
    assert sent == [
        {"channel": "desk", "alerts": [], "notices": [held["id"]], "result": "accepted",
         "detail": ""}
    ]  # fmt: skip
    shown = acme("notices", "show", held["id"], "--as-of", LATER, "--format", "json").json["notice"]
    assert shown["state"] == "told"
    assert shown["told_at"] == shown["deliveries"][0]["accepted_at"]
    assert shown["told_at"].endswith("+08:00")
    assert all(shown["received_as"].values())
    history = acme("notices", "history", "--as-of", LATER, "--format", "json").json["history"]
    assert {one["accepted_at"][-6:] for one in history} == {"+08:00"}
    assert held["id"] in {one["id"] for one in history}
    assert acme("notices", "drop", held["id"], "--as-of", LATER).code == 2


@pytest.mark.parametrize("decision", ["approve", "drop"])
def test_who_decides_of_a_notice_is_kept_unasked(acme: Run, tmp_path: Path, decision: str) -> None:
    """As of an alert that is acknowledged: the name that is set, else the login name."""
    with (tmp_path / "acme.toml").open("a", encoding="utf-8") as file:
        file.write('[user]\nname = "Li"\n')
    as_of = ("--as-of", AS_OF, "--format", "json")
    (held,) = acme("notices", "list", "--state", "held", *as_of).json["notices"]
    decided = acme("notices", decision, held["id"], *as_of).json["notice"]["decided"]
    assert decided["by"] == "Li"


def test_unmatched_says_why(acme: Run) -> None:
    ran = acme("notices", "list", "--unmatched", "--as-of", AS_OF)
    assert "no customer fits" in ran.text
    found = acme("notices", "list", "--unmatched", "--as-of", AS_OF, "--format", "json").json
    assert found["no_customer"] == len(found["unmatched"])


def test_a_customers_pages_are_written_where_something_changed(acme: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    words = ("share", "--customer", "acme", "--output", folder, "--format", "json")
    first = acme(*words, "--as-of", AS_OF).json
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        [first["index"], *(page["file"] for page in first["pages"])]
    )
    assert all(len(page["file"]) == 37 and page["written"] for page in first["pages"])
    index = (folder / first["index"]).read_text("utf-8")
    assert all(page["file"] in index for page in first["pages"])
    assert "2026-03-06 09:00 (UTC+08:00)" in index
    second = acme(*words, "--as-of", LATER).json
    assert [page["written"] for page in second["pages"]] == [False] * len(first["pages"])
    assert (folder / first["index"]).read_text("utf-8") == index


def test_the_page_of_what_is_over_leaves_and_nothing_else_does(acme: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    words = ("share", "--customer", "acme", "--output", folder, "--format", "json")
    first = acme(*words, "--as-of", AS_OF).json
    own = folder / f"{'a' * 32}.html"
    own.write_text("mine")
    (folder / "index.html").write_text("mine too")
    acme("plan", "set", INSPECTED.own, "--given-up", "2026-03-06T09:30")
    last = acme(*words, "--as-of", OVER).json
    assert own.read_text() == "mine"
    assert (folder / "index.html").read_text() == "mine too"
    assert {page["file"] for page in last["pages"]} <= {page["file"] for page in first["pages"]}


@pytest.mark.parametrize("name", ["www.acme.example", "pages.json", "pages.html"])
def test_a_folder_of_pages_may_have_any_name(acme: Run, tmp_path: Path, name: str) -> None:
    for _ in range(2):
        ran = acme("share", "--customer", "acme", "--output", tmp_path / name, "--as-of", AS_OF)
        assert ran.code == 0, ran.talk
        assert "give the customer" in ran.text
        assert list((tmp_path / name).glob("*.html"))


def test_a_file_that_is_not_ours_is_never_replaced(acme: Run, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("somebody's")
    ran = acme("share", INSPECTED.own, "--output", file, "--as-of", AS_OF)
    assert (ran.code, file.read_text()) == (2, "somebody's")
    file.unlink()
    assert acme("share", INSPECTED.own, "--output", file, "--as-of", AS_OF).code == 0
    assert INSPECTED.entry in file.read_text("utf-8")
    assert "<script" not in file.read_text("utf-8")
    assert acme("share", INSPECTED.own, "--output", file, "--as-of", LATER).code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["share", "--output", "x.html"], 2, "give a number and --output FILE.html"),
        (["share", "TEST-22"], 2, "give a number and --output FILE.html"),
        (["share", "TEST-22", "--output", "x.txt"], 2, "ends in .html"),
        (["share", "NONE-1", "--output", "x.html"], 1, "NONE-1"),
        (["share", "--customer", "none", "--output", "x"], 2, "there is no customer none"),
        (["notices", "show", "ffff"], 1, "no notice has an id"),
        (["notices", "list", "--customer", "none"], 2, "there is no customer none"),
        (["notices", "list", "--state", "odd"], 2, "--state odd"),
    ],
)
def test_what_cannot_be_is_one_line(acme: Run, words: list[str], code: int, said: str) -> None:
    ran = acme(*words)
    assert ran.code == code
    assert said in ran.talk
    assert ran.talk.count("\n") == 1


def test_the_time_of_a_channel_that_has_only_a_customer_is_no_alerts(acme: Run) -> None:
    found = acme("channels", "list", "--format", "json").json["channels"]
    assert [one["name"] for one in found] == ["desk"]


def test_a_baseline_takes_what_is_there_as_told_to_customers_too(call: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(ACME.replace('hold = ["inspection_ordered"]', "hold = []"), "utf-8")
    assert call("ingest", laid(stories()[:1], tmp_path / "first")).code in (0, 3)
    call("check", "--config", file, "--as-of", "2026-03-01T09:00:00+08:00")
    assert call("ingest", laid(stories(), tmp_path / "InBox")).code in (0, 3)
    words = ("check", "--config", file, "--format", "json", "--as-of")
    assert call(*words, AS_OF, "--baseline").json["notices"] == []
    assert call(*words, LATER).json["notices"] == []


def test_what_a_customer_was_told_is_proven_also_when_it_is_set_no_more(
    acme: Run, call: Run, tmp_path: Path
) -> None:
    words = ("--customer", "acme", "--as-of", AS_OF, "--format", "json")
    kept = acme("notices", "list", *words).json["notices"]
    told = acme("notices", "history", *words).out
    assert kept
    (tmp_path / "acme.toml").write_text("", "utf-8")
    for run in (acme, call):
        assert [n["id"] for n in run("notices", "list", *words).json["notices"]] == [
            n["id"] for n in kept
        ]
        assert run("notices", "history", *words).out == told
    assert acme("notices", "list", "--customer", "beta").code == 2


def test_what_people_say_by_hand_is_told_and_customs_own_word_puts_it_right(
    acme: Run, tmp_path: Path
) -> None:
    said = ("event", INSPECTED.own, "released", "--at", "2026-03-06T09:20")
    assert acme(*said, "--as-of", "2026-03-06T09:25:00+08:00").code == 0
    acme("note", INSPECTED.own, "SECRET remark", "--as-of", "2026-03-06T09:26:00+08:00")
    (first,) = acme("check", "--as-of", "2026-03-06T09:30:00+08:00", "--format", "json").json[
        "notices"
    ]
    assert first["topic"] == "released"
    own = INSPECTED.told("P", at("06 09:24"))
    assert acme("ingest", laid([own], tmp_path / "own")).code == 0
    (second,) = acme("check", "--as-of", LATER, "--format", "json").json["notices"]
    assert second["topic"] == "released"
    shown = acme("notices", "show", second["id"], "--as-of", LATER, "--format", "json")
    assert shown.json["notice"]["corrects"] == [first["id"]]
    page = tmp_path / "page.html"
    acme("share", INSPECTED.own, "--output", page, "--as-of", LATER)
    assert "SECRET" not in page.read_text("utf-8") + shown.text


def test_doctor_says_how_each_customer_is_told_and_sends_no_test_to_one(
    acme: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = acme("doctor", "--offline", "--send-test", "--format", "json")
    found = {one["name"]: one for one in ran.json["checks"]}
    assert "approve them: 1" in found["customer acme"]["detail"]
    assert found["customer beta"]["detail"] == "has no channel: sees its pages only"
    assert "no test is sent" in found["channel desk"]["detail"]


@pytest.mark.parametrize(
    ("one", "other", "is_told"),
    [
        ('kind = "wecom"\nurl = "env:HUSH"', 'kind = "webhook"\nurl = "env:HUSH"', True),
        ('kind = "wecom"\nurl = "env:HUSH"', 'kind = "wecom"\nurl = "env:SAME"', True),
        ('kind = "wecom"\nurl = "env:HUSH"', 'kind = "wecom"\nurl = "env:OTHER"', False),
        ('kind = "wecom"\nurl = "env:GONE"', 'kind = "wecom"\nurl = "env:GONE"', True),
        (f'{MAIL}\nto = ["a@one.example"]', f'{MAIL}\nto = ["A@one.example"]', True),
        (f'{MAIL}\nto = ["a@one.example"]', f'{MAIL}\nto = ["b@one.example"]', False),
        (f'{MAIL}\nto = ["A <a@one.example>"]', f'{MAIL}\nto = ["a@one.example"]', True),
        ('kind = "console"', 'kind = "console"', False),
        ('kind = "wecom"\nurl = "env:HUSH"\nalerts = true', 'kind = "console"', False),
    ],
)
def test_doctor_warns_where_two_customers_are_told_in_one_place(
    call: Run, tmp_path: Path, one: str, other: str, is_told: bool
) -> None:
    """Each needs a channel of its own, which a copy of another's is not."""
    file = tmp_path / "two.toml"
    text = f"[channels.x]\n{one}\n[channels.y]\n{other}\n"
    text += "".join(f'[customers.{n}]\nname = "{n}"\nto = ["{c}"]\n' for n, c in ("ax", "by"))
    file.write_text(text, "utf-8")
    env = {
        "HUSH": "https://h.example/1",
        "SAME": "https://h.example/1",
        "OTHER": "https://h.example/2",
    }
    ran = call("doctor", "--offline", "--config", file, "--format", "json", env=env)
    found = {each["name"]: each for each in ran.json["checks"]}
    assert [found[f"customer {n}"]["result"] == "warning" for n in "ab"] == [is_told] * 2
    assert "h.example" not in ran.text
    assert not is_told or "x leads where b is told by y" in found["customer a"]["detail"]


def test_settings_of_customers_are_shown_and_set(acme: Run, tmp_path: Path) -> None:
    shown = acme("config", "show", "--format", "json").json["settings"]
    keys = {one["key"]: one for one in shown}
    assert keys["customers.acme.contact"]["value"] == "+86 21 5555 0100"
    assert keys["customers.beta.digest"]["origin"] == "default"
    words = ("customers.beta.quiet", "20:00-08:00", "customers.beta.texts.released", "{name}!")
    assert acme("config", "set", *words).code == 0
    assert acme("config", "set", "customers.beta.texts.released", "{none}").code == 2
    assert 'released = "{name}!"' in (tmp_path / "acme.toml").read_text("utf-8")


def test_no_secret_stands_in_a_notice_its_proof_or_the_store(acme: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    text = file.read_text("utf-8").replace('kind = "console"', 'kind = "webhook"\nurl = "env:DESK"')
    file.write_text(text.replace('hold = ["inspection_ordered"]', "hold = []"), "utf-8")
    env = {"DESK": "http://127.0.0.1:1/TOKEN0123456789"}
    (held,) = acme("notices", "list", "--state", "held", "--format", "json").json["notices"]
    acme("notices", "approve", held["id"], "--as-of", AS_OF)
    checked = acme("check", "--as-of", LATER, "--format", "json", env=env)
    assert checked.code == 3
    shown = acme("notices", "show", held["id"], "--as-of", LATER, "--format", "json")
    assert shown.json["notice"]["state"] == "waiting"
    assert shown.json["notice"]["deliveries"][0]["tries"]
    kept = b"".join(one.read_bytes() for one in tmp_path.rglob("*.db*"))
    assert b"TOKEN0123" not in kept + shown.out + checked.out + checked.err


def test_a_page_says_of_no_milestone_not_yet_when_a_later_one_is_reached(
    acme: Run, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert acme("event", INSPECTED.own, "cleared", "--at", "30m", "--as-of", AS_OF).code == 0
    for lang, told, ahead in (("en", "time not told", "not yet"), ("zh", "时间未告知", "未到")):
        acme("share", INSPECTED.own, "--output", page, "--as-of", AS_OF, "--lang", lang)
        text = page.read_text("utf-8")
        assert told in text
        assert ahead not in text


@pytest.mark.parametrize("firms", [("Xeno", "Yoyo"), ("Xeno", "Xeno"), ()])
def test_a_bill_of_two_that_are_nobodys_here_makes_no_page(
    acme: Run, tmp_path: Path, firms: tuple[str, ...]
) -> None:
    folder = tmp_path / "declared"
    folder.mkdir()
    for own in ("XX-1", "YY-1"):
        data = declaration(1, own, "import", "2248", at("02"), Random(1))
        (folder / f"{own}.xml").write_bytes(data)
    assert acme("ingest", folder).code == 0
    for own, firm in zip(("XX-1", "YY-1"), firms, strict=False):
        assert acme("plan", "set", own, "--customer", firm, "--as-of", AS_OF).code == 0
    page = tmp_path / "page.html"
    ran = acme("share", "DEMO00000001", "--output", page, "--as-of", AS_OF)
    assert (ran.code, page.exists()) == (2, False)
    assert "is of several declarations, and not surely of one customer" in ran.talk
    assert acme("share", "XX-1", "--output", page, "--as-of", AS_OF).code == 0
    assert "YY-1" not in page.read_text("utf-8")


STATES = ("待批准", "待发送", "已通知", "通道不再接收", "仅在页面显示", "已放弃", "已失效未发")


@pytest.mark.parametrize("word", [*STATES, "通知", "held", "told", "Not Taken", "ended"])
def test_a_state_is_asked_for_by_the_word_that_is_shown(acme: Run, word: str) -> None:
    assert acme("notices", "list", "--state", word, "--as-of", AS_OF).code == 0


def test_states_are_offered_by_the_words_that_are_shown(acme: Run) -> None:
    ran = acme("notices", "list", "--state", "nothing", "--as-of", AS_OF, "--lang", "zh")
    assert ran.code == 2
    assert all(word in ran.talk for word in STATES)


def test_a_channel_of_a_customer_that_is_gone_takes_no_alerts(
    acme: Run, call: Run, tmp_path: Path
) -> None:
    """Not those of other customers' goods, before somebody says that it is the house's now."""
    without = tmp_path / "without.toml"
    settings = ACME.partition("[customers.acme]")[0]
    without.write_text(settings, "utf-8")
    words = ("check", "--config", without, "--as-of", LATER)
    ran = call(*words, "--dry-run", "--format", "json")
    assert "channels.desk: a customer was told there, and none is any more" in ran.talk
    assert ran.json["deliveries"] == []
    without.write_text(settings.replace('"console"', '"console"\nalerts = true'), "utf-8")
    ran = call(*words, "--dry-run", "--format", "json")
    assert "channels.desk" not in ran.talk


def test_a_customer_who_comes_back_is_not_told_what_happened_meanwhile(
    acme: Run, call: Run, tmp_path: Path
) -> None:
    without = tmp_path / "without.toml"
    without.write_text(ACME.partition("[customers.acme]")[0], "utf-8")
    call("check", "--config", without, "--as-of", "2026-03-06T09:20:00+08:00")
    own = INSPECTED.told("P", at("06 09:24"))
    assert call("ingest", laid([own], tmp_path / "own")).code == 0
    call("check", "--config", without, "--as-of", "2026-03-06T09:30:00+08:00")
    assert acme("check", "--as-of", LATER, "--format", "json").json["notices"] == []
