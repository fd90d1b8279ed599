"""``clearance codes``, and ``[codes]`` in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Ran, Run

JSON = ("--format", "json")


def settings(folder: Path, text: str, **files: str) -> Path:
    """A file of settings, and sheets beside it, in GBK."""
    for name, sheet in files.items():
        (folder / f"{name}.csv").write_text(sheet, encoding="gb18030")
    config = folder / "config.toml"
    config.write_text(text, encoding="utf-8")
    return config


def test_codes_are_found_by_code_or_name_and_shown_in_both_languages(call: Run) -> None:
    for wanted in ("DEU", "304", "德国", "germany"):
        ran = call("codes", "countries", wanted, *JSON)
        assert ran.json == {
            "schema": 1,
            "system": "cn_single_window",
            "table": "countries",
            "codes": [{"code": "DEU", "zh": "德国", "en": "Germany", "old": "304"}],
        }
    assert "蛇口海关  Shekou Customs" in call("codes", "offices", "5304").text
    csv = call("codes", "offices", "5304", "--format", "csv").text
    assert csv.splitlines() == ["code,zh,en,old", "5304,蛇口海关,Shekou Customs,"]


def test_without_a_table_every_table_is_listed_with_its_count(call: Run) -> None:
    tables = {one["table"]: one for one in call("codes", *JSON).json["tables"]}
    assert tables["terms"] == {
        "table": "terms",
        "zh": "成交方式",
        "en": "terms of delivery",
        "codes": 7,
    }
    assert tables["districts"]["codes"] == 0
    text = call("codes", "--lang", "zh").text
    assert text.splitlines()[0].split() == ["代码表", "中文", "英文", "代码数"]


def test_the_old_codes_are_a_column_where_a_table_has_them(call: Run) -> None:
    assert "old code" in call("codes", "currencies").text
    assert "old code" not in call("codes", "offices").text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("word", "tables", "first"),
    [
        ("2248", ["offices"], ["2248"]),
        ("142", ["countries", "currencies", "units"], ["CHN", "CNY", "142"]),
        ("0110", ["trade_modes"], ["0110"]),
        ("洋山", ["offices"], ["2248"]),
        ("germany", ["countries"], ["DEU"]),
        ("２２４８", ["offices"], ["2248"]),
        ("洋山海关（港区）", ["offices"], ["2248"]),
    ],
)
def test_a_code_or_a_name_without_a_table_is_found_in_every_table_that_has_it(
    call: Run, word: str, tables: list[str], first: list[str], lang: str
) -> None:
    ran = call("codes", word, "--lang", lang, *JSON)
    assert ran.code == 0
    codes = ran.json["codes"]
    assert [one["table"] for one in codes][: len(tables)] == tables
    assert [one["code"] for one in codes][: len(first)] == first
    heading, *lines = call("codes", word, "--lang", lang).text.splitlines()
    assert heading.split()[0] == {"en": "table", "zh": "代码表"}[lang]
    assert [line.split()[0] for line in lines][: len(tables)] == tables
    header, *rows = call("codes", word, "--format", "csv").text.splitlines()
    assert header == "table,code,zh,en,old"
    assert len(rows) == len(codes)


def test_a_code_is_found_in_the_users_own_tables_too(call: Run, tmp_path: Path) -> None:
    config = settings(tmp_path, '[codes]\noffices = "own.csv"\n', own="代码,中文\n5399,新海关\n")
    assert call("codes", "5399", *JSON, "--config", config).json["codes"] == [
        {"table": "offices", "code": "5399", "zh": "新海关", "en": "新海关", "old": None}
    ]
    assert call("codes", "5399").code == 1


@pytest.mark.parametrize("table", ["trade_modes", "trade modes", "Trade-Modes", "监管方式"])
def test_a_table_goes_by_every_name_that_the_list_of_tables_shows(call: Run, table: str) -> None:
    ran = call("codes", table, "０１１０", *JSON)
    assert (ran.json["table"], [one["code"] for one in ran.json["codes"]]) == (
        "trade_modes",
        ["0110"],
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("nowhere",), 1, ["nowhere", "offices", "wraps"]),
        (("office",), 2, ["office", "offices", "wraps"]),
        (("2248", "洋山"), 2, ["2248", "offices", "wraps"]),
        (("2248", "--system", "uk_cds"), 1, ["2248", "uk_cds", "offices"]),
        (("offices", "no such"), 1, ["offices", "no such"]),
        (("districts",), 1, ["codes.districts"]),
        (("offices", "--system", "uk_cds"), 1, ["codes.uk_cds.offices"]),
        (("offices", "--system", "uk"), 2, ["--system uk", "uk_cds"]),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    call: Run, arguments: tuple[str, ...], code: int, named: list[str], lang: str
) -> None:
    ran = call("codes", *arguments, "--lang", lang)
    assert ran.code == code
    assert all(part in ran.talk for part in named), ran.talk
    assert ran.talk.count("\n") == 1


# A user's own tables


def test_a_table_in_the_settings_extends_and_replaces_codes_and_is_gone_without_them(
    call: Run, tmp_path: Path
) -> None:
    config = settings(
        tmp_path,
        '[codes]\noffices = "own.csv"\n[codes.uk_cds]\noffices = "uk.csv"\n',
        own="代码,中文\n5304,蛇口\n5399,新海关\n",
        uk="code,en\nGB000060,Dover\n",
    )

    def names(*arguments: str) -> list[str]:
        return [one["zh"] for one in call("codes", "offices", *arguments, *JSON).json["codes"]]

    assert names("5304", "--config", str(config)) == ["蛇口"]
    assert names("5399", "--config", str(config)) == ["新海关"]
    assert names("5318", "--config", str(config)) == ["梅林海关"]
    assert names("--system", "uk_cds", "--config", str(config)) == ["Dover"]
    assert names("5304") == ["蛇口海关"]


def told(call: Run, config: Path, lang: str = "en") -> Ran:
    ran = call("list", "--config", config, "--lang", lang)
    assert ran.code == 2
    assert ran.talk.count("\n") == 1
    assert str(config) in ran.talk
    return ran


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[codes]\noffice = "own.csv"\n', ["codes.office ", "offices", "wraps"]),
        ("[codes]\noffices = 5\n", ["codes.offices", "CSV"]),
        ('[codes]\noffices = "gone.csv"\n', ["codes.offices", "gone.csv", "cannot be read"]),
        ('[codes.uk_cds]\noffice = "own.csv"\n', ["codes.uk_cds.office "]),
        ('codes = "own.csv"\n', ["codes"]),
        ('[codes]\nuk_cds = "own.csv"\n', ["codes.uk_cds"]),
        (
            '[codes]\noffices = "own.csv"\n[codes.cn_single_window]\nwraps = "own.csv"\n',
            ["codes.cn_single_window is [codes] itself"],
        ),
    ],
)
def test_a_wrong_setting_of_tables_names_its_key_and_what_there_is(
    call: Run, tmp_path: Path, text: str, named: list[str]
) -> None:
    config = settings(tmp_path, text, own="code,zh\n5399,新海关\n")
    ran = told(call, config)
    assert all(part in ran.talk for part in named), ran.talk


def test_a_row_that_cannot_be_used_names_key_file_and_line_in_the_language_of_the_run(
    call: Run, tmp_path: Path
) -> None:
    """Workbooks drop the zero that an office of Beijing begins with."""
    config = settings(
        tmp_path, '[codes]\noffices = "own.csv"\n', own="代码,中文\n101,机场\n5399,新海关\n5304,\n"
    )
    english = told(call, config).talk
    assert "codes.offices: " in english
    assert f"{tmp_path / 'own.csv'}: line 2: '101' is not a code such as 5304; line 4: " in english
    chinese = told(call, config, "zh").talk
    assert f"{tmp_path / 'own.csv'}：第 2 行：“101”不是 5304 这样的代码；第 4 行：" in chinese
