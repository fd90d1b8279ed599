"""Deadlines, rates and trade modes of China's customs law, each with the provision it rests on.

Sources: 海关法 (Customs Law, as in force since 2001-01-01), 关税法 (Customs Tariff Law, in force
since 2024-12-01), 海关征收进口货物滞报金办法 (rules on fees for late declaration) and customs'
announcement no. 216 of 2019 on two-step declarations, of which only pages about it were read; they
agree on 14 days from the day the conveyance was declared in. Several pages
on the web print the fee for late declaration as 0.5 % a day, ten times too high. One point is not
settled by what was read: whether the day of arrival counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from clearance.customs.cn_single_window import ZONE
from clearance.named_tuples import NamedTuple


class Provision(NamedTuple):
    """A provision of law: how it is cited, and the first day it applies to."""

    citation: str
    valid_from: date


DECLARING = Provision("海关法 Art. 24", date(2001, 1, 1))
"""When goods have to be declared, at import and at export."""
IMPORT_DAYS = 14
"""Days after the conveyance was declared in by which an import is declared."""
LATE_DECLARATION_PERCENT = 0.05
"""Fee for late declaration, in per cent of the dutiable value for each day."""
LEAST_FEE = 50
"""Yuan below which no fee is charged, for late declaration and for late payment."""
EXPORT_HOURS = 24
"""Hours before loading by which an export is declared."""

ABANDONMENT = Provision("海关法 Art. 30", date(2001, 1, 1))
"""When customs may take and sell imported goods that nobody declared."""
ABANDONMENT_MONTHS = 3
"""Months after the conveyance was declared in."""

TWO_STEPS = Provision("海关总署公告 2019 No. 216", date(2020, 1, 1))
"""When the full declaration follows the summary of a two-step declaration (两步申报)."""
FULL_DECLARATION_DAYS = 14
"""Days after the conveyance was declared in by which the full declaration is sent."""

DUTY_PROVISIONS = (
    Provision("关税法 Art. 43", date(2024, 12, 1)),
    Provision("海关法 Art. 60", date(2001, 1, 1)),
)
"""When duties have to be paid, the newest first; a declaration's is that of its day."""
DUTY_DAYS = 15
"""Days after the declaration was completed by which duties are paid, under either provision."""
MONTHLY_DUTY_WORKING_DAY = 5
"""Working day of the next month by which duties are paid that are paid once a month (汇总征税)."""
LATE_PAYMENT_PERCENT = 0.05
"""Late fee, in per cent of the duties for each day."""

ENFORCEMENT = Provision("海关法 Art. 60", date(2001, 1, 1))
"""When customs may enforce the payment of duties."""
ENFORCEMENT_MONTHS = 3
"""Months after the duties were due."""

WITHOUT_EXIT = ("0255", "0654", "0844", "0845", "5033", "5034", "9700")
"""Trade modes (监管方式) in which nothing leaves the country: deep processing, scraps sold, …."""


def deadline(action: str, facts: Mapping[str, str]) -> datetime | None:
    """By when an outstanding action is to be done, as far as the law and the facts say."""
    entered = facts.get("import_export_date")
    if action != "full_declaration" or not entered:
        return None
    last_day = date.fromisoformat(entered[:10]) + timedelta(days=FULL_DECLARATION_DAYS)
    return datetime.combine(last_day, time(23, 59, 59), ZONE)
