"""Generated declarations (``DecMessage``), beside the receipts of ``demo``; all is invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from html import escape
from random import Random

from clearance.named_tuples import NamedTuple

Row = Mapping[str, str]
"""The texts of a block's elements by their names."""


class _Company(NamedTuple):
    """A company's name, its ten-digit customs code, and its credit code."""

    name: str
    code: str
    scc: str


_TRADERS = (
    _Company("杭州青溪仪器有限公司", "3301960001", "91330100MA0000001A"),
    _Company("宁波甬澜纺织品有限公司", "3302960002", "91330200MA0000002B"),
    _Company("苏州沐泽电子有限公司", "3205960003", "91320500MA0000003C"),
    _Company("深圳禾川机械有限公司", "4403960004", "91440300MA0000004D"),
)
_BROKERS = (
    _Company("上海远舟报关有限公司", "3122980001", "91310000MA0000005E"),
    _Company("深圳鹏达报关有限公司", "4453980002", "91440300MA0000006F"),
)
_OVERSEAS = ("NORTHBAY TRADING CO., LTD.", "LINDENHOF HANDELS GMBH", "HARU SHOJI K.K.")
_COUNTRIES = (("USA", "USD"), ("DEU", "EUR"), ("JPN", "JPY"), ("KOR", "USD"))
_MODES = ("0110", "0110", "0110", "0615", "3010")
_TRANSPORT = (("2", "COSMIC HARBOUR", "027E"), ("2", "BLUE MERIDIAN", "118W"), ("5", "CX2901", ""))
_GOODS = (
    ("9027809990", "水质分析仪", "品牌:青溪|型号:QX-200|用途:实验室", "001", "035", "1280.50"),
    ("6302319900", "全棉床单", "成分:100%棉|规格:240x260cm", "011", "035", "11.20"),
    ("8504401990", "电源适配器", "品牌:沐泽|输出:12V 5A", "007", "035", "4.75"),
    ("8479899990", "自动贴标机", "品牌:禾川|型号:HC-8", "001", "035", "9400.00"),
    ("3926909090", "塑料外壳", "材质:ABS", "035", "", "3.10"),
)
"""Code, name, model, unit, first legal unit, and price."""


def message(
    head: Row,
    goods: Iterable[Row],
    *,
    sign: Row,
    containers: Iterable[Row] = (),
    documents: Iterable[Row] = (),
    free: Row | None = None,
    version: str = "4.8",
) -> bytes:
    """A ``DecMessage`` of these fields, in UTF-8."""
    blocks = (
        _block("DecHead", head),
        _rows("DecLists", "DecList", goods),
        _rows("DecContainers", "Container", containers),
        _rows("DecLicenseDocus", "LicenseDocu", documents),
        _block("DecFreeTxt", free or {}),
        _block("DecSign", sign),
    )
    attribute = f' Version="{version}"' if version else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<DecMessage xmlns="http://www.chinaport.gov.cn/dec"{attribute}>'
        f"{''.join(blocks)}</DecMessage>"
    ).encode()


def _rows(block: str, name: str, rows: Iterable[Row]) -> str:
    return f"<{block}>{''.join(_block(name, row) for row in rows)}</{block}>"


def _block(name: str, fields: Row) -> str:
    inner = "".join(f"<{tag}>{escape(value, quote=False)}</{tag}>" for tag, value in fields.items())
    return f"<{name}>{inner}</{name}>"


def declaration(
    number: int, client_ref: str, direction: str, office: str, at: datetime, random: Random
) -> bytes:
    """A declaration as a declarant's program sends it, signed ``at`` a time, with 1 to 4 items."""
    trader, broker = random.choice(_TRADERS), random.choice(_BROKERS)
    country, currency = random.choice(_COUNTRIES)
    transport, conveyance, voyage = random.choice(_TRANSPORT)
    is_import = direction == "import"
    goods = [_item(n, random, country, currency, is_import) for n in range(1, random.randint(2, 5))]
    weight = sum(Decimal(item["FirstQty"] or "12") for item in goods)
    overseas = "OverseasConsignorEname" if is_import else "OverseasConsigneeEname"
    head = {
        "SeqNo": "",
        "IEFlag": "I" if is_import else "E",
        "Type": "",
        "AgentCode": broker.code,
        "AgentCodeScc": broker.scc,
        "AgentName": broker.name,
        "BillNo": f"DEMO{number:08}",
        "ContrNo": f"HT-{at.year}-{number:04}",
        "CustomMaster": office,
        "CutMode": "101",
        "DistinatePort": f"{country}000",
        "IEDate": f"{at:%Y%m%d}" if is_import else "",
        "IEPort": office,
        "GrossWet": f"{weight * Decimal('1.1'):.2f}",
        "NetWt": f"{weight}",
        "ManualNo": "",
        "PackNo": str(random.randint(1, 80)),
        "WrapType": "22",
        "OwnerCode": trader.code,
        "OwnerCodeScc": trader.scc,
        "OwnerName": trader.name,
        "TradeCode": trader.code,
        "TradeCoScc": trader.scc,
        "TradeName": trader.name,
        "TradeMode": random.choice(_MODES),
        "TrafMode": transport,
        "TrafName": conveyance,
        "TransMode": "1" if is_import else "3",
        "TradeCountry": country,
        "TradeAreaCode": country,
        "EntryType": "M",
        "PromiseItmes": "000",
        "NoteS": "",
        "MarkNo": "N/M",
        overseas: random.choice(_OVERSEAS),
    }
    container = {
        "ContainerId": f"DEMU{number:07}",
        "ContainerMd": "21",
        "GoodsNo": ",".join(item["GNo"] for item in goods),
        "LclFlag": "0",
    }
    return message(
        head,
        goods,
        containers=[container] if transport == "2" else (),
        free={"VoyNo": voyage},
        sign={
            "OperType": "C",
            "ClientSeqNo": client_ref,
            "SignDate": f"{at:%Y%m%d%H%M%S}00",
            "CopCode": broker.code,
        },
    )


def _item(number: int, random: Random, country: str, currency: str, is_import: bool) -> Row:
    hs, name, model, unit, legal, price = random.choice(_GOODS)
    quantity = random.randint(1, 400)
    return {
        "GNo": str(number),
        "CodeTS": hs,
        "GName": name,
        "GModel": model,
        "GQty": str(quantity),
        "GUnit": unit,
        "FirstQty": str(quantity * 3) if legal else "",
        "FirstUnit": legal,
        "SecondQty": "",
        "SecondUnit": "",
        "DeclPrice": price,
        "DeclTotal": f"{Decimal(price) * quantity:.2f}",
        "TradeCurr": currency,
        "OriginCountry": country if is_import else "CHN",
        "DestinationCountry": "CHN" if is_import else country,
        "DistrictCode": "33019",
        "DutyMode": "1",
    }
