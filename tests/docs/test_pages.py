"""What README and the pages in docs/ show is what really happens; ``make golden`` makes it anew."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from clearance.alerting import rules
from clearance.cli import _app, _framework
from clearance.config import calendars, load
from clearance.customs import systems
from clearance.errors import BadArgument
from clearance.model import INTERVALS
from clearance.reporting import query
from clearance.shipments import plans
from tests.conftest import AS_OF, ROOT, Golden, Run
from tests.docs.pages import PAGES, READMES, Maker, blocks, commands, with_inbox

OTHERWISE_TESTED = {"adding-a-customs-system.md"}
"""Pages whose blocks need more than a folder of their own."""
RUN = [
    page
    for page in PAGES
    if page.name not in OTHERWISE_TESTED
    and any(b.language in ("console", "python") for b in blocks(page.read_text(encoding="utf-8")))
]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def label(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=label)
@pytest.mark.usefixtures("program")
def test_what_a_page_shows_is_what_happens(
    page: Path, call: Run, golden: Golden, tmp_path: Path
) -> None:
    text = text_of(page)
    if sys.platform == "win32" and Maker.PLACE in text:
        pytest.skip("its paths are those of another system")
    lang = "zh_CN.UTF-8" if ".zh-CN." in page.name else "C.UTF-8"
    golden(page, Maker(with_inbox(tmp_path), call, lang).page(text))


# Every command that a page speaks of exists


def written_commands(text: str) -> Iterator[str]:
    """Every command in a page's code: in fences, in indented blocks, and within a line."""
    for block in blocks(text):
        lines = commands(block) if block.language == "console" else block.text.splitlines()
        yield from (line for line in lines if re.match(r"(py -m )?clearance ", line))
    rest = without_fences(text)
    yield from re.findall(r"^ {4}(?:py -m )?(clearance .*)$", rest, re.MULTILINE)
    yield from (" ".join(one.split()) for one in re.findall(r"`(clearance\s[^`]+)`", rest))


def options(command: Any) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts} | {"--help", "-h"}


def problem(written: str) -> str:
    """What is wrong with a command as written; nothing if it can be understood."""
    line = re.split(r" +#| \| ", written)[0]
    words = shlex.split(line.removeprefix("py -m "), posix="\\" not in line)[1:]
    command: Any = typer.main.get_command(_framework.app)
    words = _app.understood(_app.options_last(words))
    while words and not words[0].startswith("-") and hasattr(command, "list_commands"):
        name, *words = words
        found = command.get_command(None, name)
        if found is None:
            return f"there is no command {name}"
        command = found
    used = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
    return f"there is no {used - options(command)}" if used - options(command) else ""


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_command_on_a_page_is_there_with_its_options(page: Path) -> None:
    found = {one: wrong for one in written_commands(text_of(page)) if (wrong := problem(one))}
    assert found == {}


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    assert problem("clearance status 1 --as-of 2026-01-01 --format json") == ""
    assert problem("clearance store copy URL") == ""
    assert problem("clearance stauts 1")
    assert problem("clearance store kopy URL")
    assert problem("clearance list --stages released")


# Every link leads somewhere


def headings(text: str) -> list[str]:
    """The headings of a page outside its code."""
    return re.findall(r"^#+ (.+)$", without_fences(text), re.MULTILINE)


def anchor(heading: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", without_fences(text))


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_link_leads_to_a_file_or_a_heading(page: Path) -> None:
    for link in links(text_of(page)):
        if link.startswith("https://"):
            continue
        name, _, place = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.is_file(), link
        if place:
            assert place in map(anchor, headings(text_of(target))), link


# The two READMEs


@pytest.mark.parametrize("page", READMES, ids=label)
def test_a_readme_is_short_and_names_what_is_run_where_a_change_lands(page: Path) -> None:
    text = text_of(page)
    assert len(text.splitlines()) <= 150
    for command in ("make demo", "make test", "make check"):
        assert command in text


def test_both_readmes_say_the_same() -> None:
    """As many headings, the same commands, links and rows."""
    english, chinese = map(text_of, READMES)
    assert len(headings(english)) == len(headings(chinese))
    assert [c for b in blocks(english) for c in commands(b)] == [
        c for b in blocks(chinese) for c in commands(b)
    ]
    assert links(english)[1:] == links(chinese)[1:]
    assert english.count("\n|") == chinese.count("\n|")
    assert "(README.md)" in chinese


@pytest.mark.parametrize("page", READMES, ids=label)
def test_a_readme_names_every_customs_system_that_is_read(page: Path) -> None:
    for name in systems():
        assert f"`{name}`" in text_of(page)


def test_every_page_is_linked_from_readme() -> None:
    linked = {(ROOT / link.partition("#")[0]).resolve() for link in links(text_of(READMES[0]))}
    assert set(PAGES) - {READMES[0]} <= linked


# What stands in a page beside its blocks


def test_the_headings_that_a_sheet_may_have_are_those_it_is_read_by(golden: Golden) -> None:
    page = ROOT / "docs" / "declarations.md"
    block = re.compile(r"(<!-- headings -->\n).*?(<!-- /headings -->)", re.DOTALL)
    text = text_of(page)
    assert len(block.findall(text)) == 1
    table = "".join(f"{line}\n" for line in headings_of_a_sheet())
    golden(page, block.sub(lambda found: found[1] + table + found[2], text))


def headings_of_a_sheet() -> Iterator[str]:
    yield "| option | headings | what it says |"
    yield "|---|---|---|"
    yield f"| | {', '.join(plans.IDENTITIES)} | which declaration it is about |"
    yield f"| | {', '.join(plans.GROUPS)} | which bill |"
    for name, (_, what, others) in plans.FACTS.items():
        option = name.replace("_", "-")
        yield f"| `--{option}` | {', '.join((name, *others))} | {what} |"


def test_every_rule_stands_once_in_the_table_of_rules() -> None:
    text = text_of(ROOT / "docs" / "alerts-and-cron.md")
    assert sorted(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == sorted(rules.RULES)


def test_every_exit_code_stands_in_the_table_of_exit_codes() -> None:
    text = text_of(ROOT / "docs" / "scripting.md")
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == [
        "0",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "130",
    ]


@pytest.mark.parametrize(
    "command",
    [
        *("ingest", "refused", "list", "check", "alerts list", "report", "store info", "codes"),
        *("doctor", "config show", "config path", "channels list"),
    ],
)
def test_the_keys_of_json_are_those_on_the_page(command: str, kept: Run, inbox: Path) -> None:
    text = text_of(ROOT / "docs" / "scripting.md")
    row = re.search(rf"^\| [^|]*`{command}`[^|]* \| (.*?)(?:[:;].*)? \|$", text, re.MULTILINE)
    assert row
    more = [inbox] if command == "ingest" else []
    clock = ["--as-of", AS_OF] if command in ("list", "check", "alerts list", "report") else []
    ran = kept(*command.split(), *more, *clock, "--format", "json")
    assert ["schema", *re.findall(r"`(\w+)`", row[1])] == list(ran.json)


def test_the_settings_on_the_page_can_be_used(tmp_path: Path) -> None:
    found = [b for b in blocks(text_of(ROOT / "docs" / "settings.md")) if b.language == "toml"]
    for number, block in enumerate(found):
        file = tmp_path / (block.file or f"{number}.toml")
        file.write_text(block.text, encoding="utf-8")
    shutil.copy(tmp_path / "holidays-2027.toml", tmp_path / "uk-holidays.toml")
    assert load(tmp_path / "0.toml").rules == {"stuck": {"hours": 36}}
    for name, system in (("config.toml", "cn_single_window"), ("uk.toml", "uk_cds")):
        assert 2027 in calendars(load(tmp_path / name)).of(system).years
    with pytest.raises(BadArgument, match=r"channels\.ops\.url"):
        load(tmp_path / "wrong.toml")


def test_every_interval_and_dimension_of_reports_is_on_their_page() -> None:
    text = text_of(ROOT / "docs" / "reports.md")
    table = text.partition("| interval | from | to |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == list(INTERVALS)
    for name in query.DIMENSIONS:
        assert f"`{name}`" in text


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_everything_that_make_is_asked_for_can_be_made(page: Path) -> None:
    made = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    asked = set(re.findall(r"(?:^    |`)make ([a-z]+)", text_of(page), re.MULTILINE))
    assert asked <= made


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_file_of_the_repository_that_a_page_names_is_there(page: Path) -> None:
    places = r"`((?:clearance|tests|samples|benchmarks|docs)/[\w./-]+)`"
    for name in re.findall(places, text_of(page)):
        assert (ROOT / name).exists() or "xx_invented" in name, name
