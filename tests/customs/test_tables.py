"""Code tables: those that are here, and a user's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

import pytest

from clearance.customs import System, systems
from clearance.customs.tables import (
    TABLE_OF_FACT,
    TABLES,
    Form,
    modern,
    name_of,
    read,
    search,
    use,
    with_name,
)
from clearance.errors import BadArgument
from tests.conftest import ROOT
from tests.loading import modules

CN = "cn_single_window"
OFFICE = Form("[0-9A-Z][0-9]{3}", "5304")
NAMES = [(system, name) for system in systems().values() for name in TABLES if system.table(name)]

of_each_table = pytest.mark.parametrize(
    ("system", "name"), NAMES, ids=[f"{system.name} {name}" for system, name in NAMES]
)


@pytest.fixture(autouse=True)
def no_own_tables() -> Iterator[None]:
    use({})
    yield
    use({})


# The tables that are here


@of_each_table
def test_every_code_has_the_form_of_its_table_and_a_name_in_both_languages(
    system: System, name: str
) -> None:
    file = ROOT / "clearance" / "customs" / system.name / "tables" / f"{name}.csv"
    assert read(file.read_bytes(), system.forms[name]) == system.table(name)
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        assert re.match(r'("[^"]+"|[^,]+),("[^"]+"|[^,]+),("[^"]+"|[^,]+)', line), line
    for entry in system.table(name).values():
        assert entry.words["en"].isascii()
        assert entry.words["en"] == entry.words["en"].strip()


@of_each_table
def test_an_old_code_is_of_three_digits_and_is_no_code_of_today(system: System, name: str) -> None:
    table = system.table(name)
    olds = [entry.old for entry in table.values() if entry.old]
    assert all(re.fullmatch("[0-9]{3}", old) for old in olds)
    assert len(olds) == len(set(olds))
    assert not set(olds) & set(table)


@pytest.mark.parametrize("system", systems().values(), ids=systems())
def test_every_file_of_tables_is_a_table_and_its_example_has_its_form(system: System) -> None:
    folder = ROOT / "clearance" / "customs" / system.name / "tables"
    assert {file.stem for file in folder.glob("*.csv")} <= set(TABLES)
    assert set(system.forms) in (set(), set(TABLES))
    for name, form in system.forms.items():
        assert re.fullmatch(form.pattern, form.example)
        assert not system.table(name) or name == "documents" or form.example in system.table(name)


def test_the_countries_are_those_of_iso_and_some_of_customs_own() -> None:
    countries = systems()[CN].table("countries")
    own = {code for code in countries if code.startswith("Z")} - {"ZAF", "ZMB", "ZWE"}
    assert own == {"ZAS", "ZEU", "ZNA", "ZSA", "ZUN", "ZZZ"}
    assert len(countries) - len(own) == 249


@pytest.mark.parametrize(
    ("name", "code", "chinese"),
    [
        ("offices", "5304", "蛇口海关"),
        ("offices", "2200", "上海海关"),
        ("offices", "5207", "凤岗海关"),
        ("offices", "9400", "乌鲁木齐海关"),
        ("trade_modes", "0110", "一般贸易"),
        ("trade_modes", "9710", "跨境电商B2B直接出口"),
        ("transport_modes", "2", "水路运输"),
        ("transport_modes", "H", "边境特殊海关作业区"),
        ("levy_natures", "101", "一般征税"),
        ("terms", "3", "FOB"),
        ("duty_modes", "1", "照章征税"),
        ("wraps", "22", "纸制或纤维板制盒/箱"),
        ("containers", "11", "普通2*标准箱(L)"),
        ("units", "035", "千克"),
        ("documents", "Y", "原产地证明"),
        ("documents", "y", "出口许可证(边境小额贸易)"),
        ("documents", "00000001", "发票"),
        ("ports", "HKG003", "香港(中国香港)"),
        ("countries", "HKG", "中国香港"),
        ("countries", "TWN", "中国台湾"),
        ("currencies", "CNY", "人民币"),
    ],
)
def test_a_code_has_its_official_name(name: str, code: str, chinese: str) -> None:
    assert name_of(CN, name, code, "zh") == chinese


@pytest.mark.parametrize(
    ("name", "old", "code"),
    [
        ("countries", "142", "CHN"), ("countries", "110", "HKG"), ("countries", "502", "USA"),
        ("countries", "116", "JPN"), ("countries", "133", "KOR"), ("countries", "303", "GBR"),
        ("countries", "304", "DEU"), ("countries", "305", "FRA"), ("countries", "143", "TWN"),
        ("countries", "344", "RUS"), ("countries", "410", "BRA"), ("countries", "601", "AUS"),
        ("currencies", "142", "CNY"), ("currencies", "502", "USD"), ("currencies", "300", "EUR"),
        ("currencies", "116", "JPY"), ("currencies", "110", "HKD"), ("currencies", "303", "GBP"),
        ("currencies", "133", "KRW"), ("currencies", "143", "TWD"), ("currencies", "601", "AUD"),
        ("currencies", "501", "CAD"), ("currencies", "132", "SGD"),
    ],
)  # fmt: skip
def test_an_old_code_of_three_digits_leads_to_the_letters(name: str, old: str, code: str) -> None:
    assert modern(CN, name, old) == code
    assert modern(CN, name, code) == code
    assert name_of(CN, name, old, "en") == name_of(CN, name, code, "en")


def test_a_code_that_no_table_has_has_no_name_and_stays_as_it_is() -> None:
    assert name_of(CN, "offices", "9999", "zh") is None
    assert name_of(CN, "offices", None, "zh") is None
    assert name_of(CN, "no_such_table", "1", "zh") is None
    assert name_of("xx_gone", "offices", "5304", "zh") is None
    assert modern(CN, "countries", "QQQ") == "QQQ"
    assert with_name(CN, "office", "9999", "zh") == "9999"
    assert with_name(CN, "no_such_fact", "5304", "zh") == "5304"


def test_a_name_stands_beside_the_value_of_a_fact() -> None:
    assert with_name(CN, "office", "5304", "zh") == "5304 蛇口海关"
    assert with_name(CN, "port", "5304", "en") == "5304 Shekou Customs"
    assert with_name(CN, "origin", "304", "zh") == "304 德国"


def test_every_fact_that_is_a_code_has_a_table_that_there_is() -> None:
    assert set(TABLE_OF_FACT.values()) <= set(TABLES)


def test_another_countrys_codes_are_not_named_by_chinas_tables() -> None:
    assert all(not systems()["uk_cds"].table(name) for name in TABLES)
    assert name_of("uk_cds", "countries", "DEU", "en") is None


def test_a_search_finds_a_code_old_or_new_its_beginning_and_part_of_a_name() -> None:
    def found(name: str, wanted: str) -> list[str]:
        return [entry.code for entry in search(CN, name, wanted)]

    assert found("countries", "304") == found("countries", "deu") == found("countries", "德国")
    assert found("countries", "304") == ["DEU"]
    assert found("documents", "a") == ["a"]
    assert {"5300", "5304"} < set(found("offices", "53"))
    assert "5304" in found("offices", "shekou")
    assert found("offices", "no such office") == []
    assert len(found("offices", "")) == len(systems()[CN].table("offices"))


def test_every_file_of_the_package_that_is_no_module_is_in_its_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]
    package = ROOT / "clearance"
    data = [f for f in package.rglob("*") if f.suffix not in (".py", ".pyc") and f.is_file()]
    assert len(data) > len(NAMES)
    for file in data:
        home = ".".join(file.parent.relative_to(ROOT).parts)
        wanted = [*patterns.get("*", ()), *patterns.get(home, ())]
        assert any(fnmatch(file.name, pattern) for pattern in wanted), file
        assert (file.parent / "__init__.py").is_file(), file


# A user's own


def own(text: str, encoding: str = "utf-8", system: str = CN, name: str = "offices") -> None:
    use({system: {name: read(text.encode(encoding), systems()[system].forms.get(name))}})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "text",
    [
        "code,zh,en\n5304,蛇口,Shekou\n5399,新海关,New Customs\n",
        "英文,代码,中文\r\nShekou,5304,蛇口\r\n\r\n New Customs , 5399 ,新海关\r\n",
        "EN;Code;ZH\nShekou;5304;蛇口\nNew Customs;5399;新海关\n",
        "代码\t名称\t英文\t\n5304\t蛇口\tShekou\t\n5399\t新海关\tNew Customs\n",
    ],
)
def test_a_table_of_ones_own_replaces_and_extends_codes(text: str, encoding: str) -> None:
    own(text, encoding)
    assert with_name(CN, "office", "5304", "zh") == "5304 蛇口"
    assert with_name(CN, "office", "5399", "en") == "5399 New Customs"
    assert with_name(CN, "office", "2202", "zh") == "2202 吴淞海关"
    use({})
    assert with_name(CN, "office", "5304", "zh") == "5304 蛇口海关"
    assert with_name(CN, "office", "5399", "zh") == "5399"


def test_a_name_in_one_language_stands_in_both() -> None:
    own("代码,名称\n5399,新海关\n")
    assert name_of(CN, "offices", "5399", "en") == "新海关"
    own("code,en\n5399,New Customs\n")
    assert name_of(CN, "offices", "5399", "zh") == "New Customs"


def test_a_row_without_an_old_code_keeps_the_one_that_is_known() -> None:
    own("code,zh\nDEU,德意志\n", name="countries")
    assert name_of(CN, "countries", "304", "zh") == "德意志"


def test_an_old_code_of_ones_own_is_named_and_changes_no_fact() -> None:
    """What is kept in a store is the same with any settings."""
    own("代码,中文,旧代码\nXBN,博内尔,409\nDDR,民主德国,304\n", name="countries")
    assert with_name(CN, "country", "409", "zh") == "409 博内尔"
    assert modern(CN, "countries", "409") == "409"
    assert modern(CN, "countries", "304") == "DEU"


def test_a_table_of_another_system_is_its_own() -> None:
    own("code,en\nGB000060,Dover\n", system="uk_cds")
    assert name_of("uk_cds", "offices", "GB000060", "en") == "Dover"
    assert name_of(CN, "offices", "GB000060", "en") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["line 1", "code, zh, en", "代码, 中文, 英文"]),
        ("code\n5304\n", ["line 1", "code, zh, en"]),
        ("zh,en\n蛇口,Shekou\n", ["line 1", "code, zh, en"]),
        ("5304,蛇口海关\n", ["line 1", "'5304'", "code, zh, en"]),
        ("code,zh,remark\n5304,蛇口,x\n", ["line 1", "'remark'"]),
        ("code,zh,中文\n5304,蛇口,x\n", ["line 1", "'zh'", "once"]),
        ("code,zh\n101,机场单证\n", ["line 2", "'101'", "such as 5304"]),
        ("code,zh\n,无代码\n", ["line 2", "''", "such as 5304"]),
        ("code,zh\n5304,\n", ["line 2", "5304 has no name"]),
        ("code,zh\n5304,蛇口\n5305,福田,Futian\n", ["line 3", "'Futian'", "no heading"]),
        ("code,zh\n5304,蛇口\n5304,赤湾\n", ["line 3", "5304 stands on line 2"]),
        ("code,zh,old\n5304,蛇口,1\n5305,赤湾,1\n", ["line 3", "1 stands on line 2"]),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line_and_what_would_be_right(
    text: str, told: list[str]
) -> None:
    with pytest.raises(BadArgument) as error:
        read(text.encode(), OFFICE)
    assert all(part in str(error.value) for part in told), str(error.value)


def test_every_line_that_cannot_be_used_is_told_and_many_are_counted() -> None:
    bad = "".join(f"{n},x\n" for n in range(7))
    with pytest.raises(BadArgument, match=r"line 2: '0'.*; line 6: '4'.*; 2 more lines$"):
        read(f"code,zh\n{bad}".encode(), OFFICE)


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(BadArgument, match="neither UTF-8, GBK nor UTF-16"):
        read(b"code,zh\n5304,\xff\xff\n")


IMPORTED = """
import json, sys
from clearance.customs import systems, tables
systems()
json.dump(sorted(sys.modules), sys.stderr)
"""


def test_no_table_is_read_before_it_is_asked_for(environment: Mapping[str, str]) -> None:
    unasked = {"clearance.csv_files", "clearance.customs.cn_single_window.tables", "csv"}
    assert modules(IMPORTED, env=environment) & unasked == set()
