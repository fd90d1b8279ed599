"""The declaration form (报关单) of 2018: which box holds what a declaration says.

Boxes stand in the order and under the captions of the printed form for imports and exports. A coded
box shows the code in parentheses and its name, where the table knows it. A box that no message
fills stays empty: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from clearance.customs import tables
from clearance.customs.cn_single_window import NAME
from clearance.customs.cn_single_window.declared import Declared, Fields, of
from clearance.model import Words
from clearance.model.form import Box, Column, DeclarationForm

_MARK = {"zh": "仅供核对用", "en": "For checking only"}
_STATEMENT = {
    "zh": "兹申明对以上内容承担如实申报、依法纳税之法律责任",
    "en": "We declare the above to be true and accept the duties that follow by law",
}
_ANSWERS = {"0": "否", "1": "是"}
_CONFIRMATIONS: tuple[Words, ...] = (
    {"zh": "特殊关系确认", "en": "Special relationship"},
    {"zh": "价格影响确认", "en": "Influence on the price"},
    {"zh": "支付特许权使用费确认", "en": "Royalties paid"},
    {"zh": "公式定价确认", "en": "Formula pricing"},
    {"zh": "暂定价格确认", "en": "Provisional price"},
)
"""What the digits of ``PromiseItmes`` confirm, in their order."""
_TOLD = {"entry_no": "EntryId", "unified_no": "SeqNo"}
_DAYS = {"declaration_date": "DDate", "import_export_date": "IEDate"}
_LEAF = re.compile(r"[|｜]")

_Text = Callable[[Declared], str]
"""What a box shows of a declaration."""


def form_of(
    messages: Iterable[tuple[str, bytes]],
    numbers: Collection[str],
    direction: str | None,
    told: Mapping[str, str],
) -> DeclarationForm:
    """The form of the declaration that has all of these numbers."""
    return form(of(messages, numbers), direction, told)


def form(declared: Declared, direction: str | None, told: Mapping[str, str]) -> DeclarationForm:
    """The form of a declaration.

    ``told`` are the numbers and dates that customs' answers tell, by kind and fact: they stand
    where the declaration itself does not say them.
    """
    known = declared._replace(head=_with_told(declared.head, told))
    is_import = (direction or _direction(declared)) != "export"
    side = 0 if is_import else 1
    kind = ("进口", "出口")[side]
    return DeclarationForm(
        title={
            "zh": f"中华人民共和国海关{kind}货物报关单",
            "en": f"{('Import', 'Export')[side]} declaration of goods, customs of China",
        },
        number=known.head.get("EntryId"),
        mark=_MARK,
        head=_boxes(_HEAD, side, known),
        rows=tuple(filter(None, (_boxes(row, side, known) for row in _ROWS))),
        columns=tuple(Column(_caption(captions, side), width) for captions, width in _COLUMNS),
        items=tuple(_item(row, known.head, n) for n, row in enumerate(known.goods, 1)),
        below=_confirmations(known),
        statement=_STATEMENT,
        foot=_boxes(_FOOT, side, known),
    )


def _with_told(head: Fields, told: Mapping[str, str]) -> dict[str, str]:
    """The head, with what customs' answers tell where it says nothing itself."""
    given = {tag: told[name] for name, tag in _TOLD.items() if told.get(name)}
    days = {tag: told[name][:10].replace("-", "") for name, tag in _DAYS.items() if told.get(name)}
    return given | days | dict(head)


def _direction(declared: Declared) -> str:
    return "export" if declared.head.get("IEFlag") == "E" else "import"


# What boxes show


def _plain(*tags: str) -> _Text:
    """The first of some fields that is filled."""
    return lambda declared: next(filter(None, map(declared.head.get, tags)), "")


def _coded(tag: str, table: str) -> _Text:
    """A code in parentheses with its name."""
    return lambda declared: _named(declared.head.get(tag, ""), table)


def _named(code: str, table: str) -> str:
    """``(0110)一般贸易``; the code alone where the table does not have it."""
    if not code:
        return ""
    modern = tables.modern(NAME, table, code)
    return f"({modern}){tables.name_of(NAME, table, code, 'zh') or ''}"


def _party(names: Sequence[str], codes: Sequence[str]) -> _Text:
    """A company: its credit code, else its customs code, in parentheses, and its name."""

    def text(declared: Declared) -> str:
        code, name = _plain(*codes)(declared), _plain(*names)(declared)
        return f"({code}){name}" if code else name

    return text


def _conveyance(declared: Declared) -> str:
    """The vessel, flight or plate, and the voyage behind a slash."""
    parts = (declared.head.get("TrafName"), declared.head.get("VoyNo"))
    return "/".join(part for part in parts if part)


def _charge(name: str) -> _Text:
    """A charge: its currency, its rate or amount, and the mark that says which of the two it is."""

    def text(declared: Declared) -> str:
        rate = declared.head.get(f"{name}Rate")
        if not rate:
            return ""
        currency = declared.head.get(f"{name}Curr", "")
        currency = tables.modern(NAME, "currencies", currency) if currency else ""
        return "/".join(filter(None, (currency, rate, declared.head.get(f"{name}Mark"))))

    return text


def _documents(declared: Declared) -> str:
    """Each attached document: its code with its name, and its number."""
    return "; ".join(
        f"{_named(row.get('DocuCode', ''), 'documents')} {row.get('CertCode', '')}".strip()
        for row in declared.documents
    )


def _remarks(declared: Declared) -> str:
    """Marks, remarks, related declaration, and containers."""
    head = declared.head
    numbers = [row["ContainerId"] for row in declared.containers if row.get("ContainerId")]
    parts = (
        head.get("MarkNo"),
        head.get("NoteS"),
        f"关联报关单: {head['RelId']}" if head.get("RelId") else "",
        f"关联备案: {head['RelManNo']}" if head.get("RelManNo") else "",
        f"集装箱 {len(numbers)}: {', '.join(numbers)}" if numbers else "",
    )
    return "; ".join(filter(None, parts))


def _office(declared: Declared) -> str:
    """The entry number, with the office's name."""
    number = declared.head.get("EntryId", "")
    name = tables.name_of(NAME, "offices", number[:4], "zh") if number else None
    return f"{number}({name})" if name else number


def _confirmations(declared: Declared) -> tuple[Box, ...]:
    """What the declarant confirms, each yes, no, or not said."""
    digits = declared.head.get("PromiseItmes", "")
    said = [*digits[: len(_CONFIRMATIONS)], *("" for _ in _CONFIRMATIONS[len(digits) :])]
    boxes = [
        Box(caption, _ANSWERS.get(digit, ""))
        for caption, digit in zip(_CONFIRMATIONS, said, strict=True)
    ]
    paid = {"zh": "自报自缴", "en": "Self-assessed"}
    return (*boxes, Box(paid, _ANSWERS.get(declared.head.get("TaxAaminMark", ""), "")))


# Where boxes stand

_Captions = tuple[str, str, str, str]
"""Captions on the import form and the export form, in Chinese and in English; none, no box."""
_Row = tuple[tuple[_Captions, float, _Text], ...]

_HEAD: _Row = (
    (("预录入编号",) * 2 + ("Pre-entry no.",) * 2, 1, _plain("PreEntryId", "SeqNo")),
    (("海关编号",) * 2 + ("Entry no.",) * 2, 1.4, _office),
)
_ROWS: tuple[_Row, ...] = (
    (
        (
            ("境内收货人", "境内发货人", "Consignee", "Consignor"),
            2.2,
            _party(("TradeName",), ("TradeCoScc", "TradeCodeScc", "TradeCode")),
        ),
        (
            ("进境关别", "出境关别", "Office of entry", "Office of exit"),
            1.2,
            _coded("IEPort", "offices"),
        ),
        (("进口日期", "出口日期", "Date of import", "Date of export"), 1, _plain("IEDate")),
        (("申报日期",) * 2 + ("Date of declaration",) * 2, 1, _plain("DDate")),
        (("备案号",) * 2 + ("Manual no.",) * 2, 1.2, _plain("ManualNo")),
    ),
    (
        (
            ("境外发货人", "境外收货人", "Overseas consignor", "Overseas consignee"),
            2.2,
            _party(
                (
                    "OverseasConsignorEname",
                    "OverseasConsigneeEname",
                    "OverseasConsignorCname",
                    "OverseasConsigneeCname",
                ),
                ("OverseasConsignorCode", "OverseasConsigneeCode"),
            ),
        ),
        (("运输方式",) * 2 + ("Transport",) * 2, 1, _coded("TrafMode", "transport_modes")),
        (("运输工具名称及航次号",) * 2 + ("Conveyance and voyage",) * 2, 1.5, _conveyance),
        (("提运单号",) * 2 + ("Bill no.",) * 2, 1.4, _plain("BillNo", "BLNo")),
        (("货物存放地点", "", "Place of the goods", ""), 1.2, _plain("GoodsPlace")),
    ),
    (
        (
            ("消费使用单位", "生产销售单位", "User", "Producer or seller"),
            2.2,
            _party(("OwnerName",), ("OwnerCodeScc", "OwnerCode")),
        ),
        (("监管方式",) * 2 + ("Trade mode",) * 2, 1.2, _coded("TradeMode", "trade_modes")),
        (("征免性质",) * 2 + ("Levy nature",) * 2, 1.2, _coded("CutMode", "levy_natures")),
        (("许可证号",) * 2 + ("Licence no.",) * 2, 1.2, _plain("LicenseNo")),
        (("启运港", "", "Port of departure", ""), 1.2, _coded("DespPortCode", "ports")),
    ),
    (
        (("合同协议号",) * 2 + ("Contract no.",) * 2, 1.6, _plain("ContrNo")),
        (
            ("贸易国(地区)", "贸易国(地区)", "Trading country", "Trading country"),
            1.2,
            _coded("TradeAreaCode", "countries"),
        ),
        (
            ("启运国(地区)", "运抵国(地区)", "Country of departure", "Country of arrival"),
            1.2,
            _coded("TradeCountry", "countries"),
        ),
        (
            ("经停港", "指运港", "Port of call", "Port of destination"),
            1.2,
            _coded("DistinatePort", "ports"),
        ),
        (
            ("入境口岸", "离境口岸", "Place of entry", "Place of exit"),
            1.2,
            _coded("EntyPortCode", "ports"),
        ),
    ),
    (
        (("包装种类",) * 2 + ("Packing",) * 2, 1.4, _coded("WrapType", "wraps")),
        (("件数",) * 2 + ("Packages",) * 2, 0.7, _plain("PackNo")),
        (("毛重(千克)",) * 2 + ("Gross weight (kg)",) * 2, 1, _plain("GrossWet")),
        (("净重(千克)",) * 2 + ("Net weight (kg)",) * 2, 1, _plain("NetWt")),
        (("成交方式",) * 2 + ("Terms",) * 2, 0.9, _coded("TransMode", "terms")),
        (("运费",) * 2 + ("Freight",) * 2, 1, _charge("Fee")),
        (("保费",) * 2 + ("Insurance",) * 2, 1, _charge("Insur")),
        (("杂费",) * 2 + ("Other charges",) * 2, 1, _charge("Other")),
    ),
    ((("随附单证及编号",) * 2 + ("Attached documents",) * 2, 1, _documents),),
    ((("标记唛码及备注",) * 2 + ("Marks and remarks",) * 2, 1, _remarks),),
)
_FOOT: _Row = (
    (("报关人员",) * 2 + ("Declarant",) * 2, 1, _plain("DeclareName")),
    (("报关人员证号",) * 2 + ("Declarant's licence",) * 2, 1, lambda _: ""),
    (("电话",) * 2 + ("Telephone",) * 2, 1, lambda _: ""),
    (
        ("申报单位(签章)", "申报单位(签章)", "Declaring firm (seal)", "Declaring firm (seal)"),
        2.4,
        _party(("AgentName",), ("AgentCodeScc", "AgentCode")),
    ),
    (
        ("海关批注及签章", "海关批注及签章", "Customs' notes and seal", "Customs' notes and seal"),
        2,
        lambda _: "",
    ),
)
_COLUMNS: tuple[tuple[_Captions, float], ...] = (
    (("项号",) * 2 + ("Item",) * 2, 0.45),
    (("商品编号",) * 2 + ("HS code",) * 2, 1),
    (("商品名称及规格型号",) * 2 + ("Name and model",) * 2, 3.2),
    (("数量及单位",) * 2 + ("Quantity and unit",) * 2, 1.2),
    (("单价/总价/币制",) * 2 + ("Price, total, currency",) * 2, 1.2),
    (("原产国(地区)",) * 2 + ("Origin",) * 2, 1),
    (("最终目的国(地区)",) * 2 + ("Destination",) * 2, 1),
    (("境内目的地", "境内货源地", "Inland destination", "Inland source"), 1.1),
    (("征免",) * 2 + ("Duty",) * 2, 0.8),
)


def _boxes(row: _Row, side: int, declared: Declared) -> tuple[Box, ...]:
    return tuple(
        Box(_caption(captions, side), text(declared), width)
        for captions, width, text in row
        if captions[side]
    )


def _caption(captions: _Captions, side: int) -> Words:
    return {"zh": captions[side], "en": captions[2 + side]}


def _item(row: Fields, head: Fields, position: int) -> tuple[tuple[str, ...], ...]:
    """The lines of an item in each column; of a quantity and a price each has its own."""
    get = row.get
    district = get("DistrictCode") or head.get("DistrictCode", "")
    currency = get("TradeCurr", "")
    place = get("DestCode") or get("OrigPlaceCode")
    return (
        (get("GNo") or str(position), *_filled(get("ContrItem") and f"({get('ContrItem')})")),
        _filled(get("CodeTS")),
        _filled(get("GName"), _LEAF.sub(" | ", get("GModel", ""))),
        (
            _quantity(get("FirstQty"), get("FirstUnit")),
            _quantity(get("SecondQty"), get("SecondUnit")),
            _quantity(get("GQty"), get("GUnit")),
        ),
        (get("DeclPrice", ""), get("DeclTotal", ""), _named(currency, "currencies")),
        _filled(_named(get("OriginCountry", ""), "countries")),
        _filled(_named(get("DestinationCountry", ""), "countries")),
        _filled(_named(district, "districts"), place and f"({place})"),
        _filled(_named(get("DutyMode", ""), "duty_modes")),
    )


def _filled(*lines: str | None) -> tuple[str, ...]:
    return tuple(line for line in lines if line)


def _quantity(amount: str | None, unit: str | None) -> str:
    """An amount with the name of its unit, else with its code in parentheses."""
    if not amount or not unit:
        return amount or ""
    name = tables.name_of(NAME, "units", unit, "zh")
    return f"{amount}{name}" if name else f"{amount}({unit})"
