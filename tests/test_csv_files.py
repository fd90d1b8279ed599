"""CSV files in the encodings that people's programs write."""

from __future__ import annotations

import pytest

from clearance import csv_files
from clearance.errors import BadArgument

SHEET = "编号,客户,备注\nAC-1,宁波某某有限公司,镕基 5箱 ABC\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_chinese_sheet_is_read(encoding: str) -> None:
    rows = [row for _, row in csv_files.rows(SHEET.encode(encoding))]
    assert rows == [line.split(",") for line in SHEET.splitlines()]


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-15"])
@pytest.mark.parametrize(
    "name", ["Rød Grød A/S", "Müller Söhne", "Łódź"[1:], "Café Ñandú", "Åse Ærø"]
)
def test_a_sheet_of_another_encoding_does_not_become_chinese(encoding: str, name: str) -> None:
    data = f"reference,trader\nAC-1,{name}\n".encode(encoding, "ignore")
    with pytest.raises(BadArgument, match="neither UTF-8"):
        list(csv_files.rows(data))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("sheet", [SHEET, "reference,trader\nAC-1,Example\n"])
def test_a_sheet_that_does_not_say_its_encoding_is_refused(encoding: str, sheet: str) -> None:
    """Read as UTF-8 it had a zero between any two letters, and no column that is known."""
    with pytest.raises(BadArgument, match="zeros between its letters"):
        list(csv_files.rows(sheet.encode(encoding)))
