"""Deadlines, rates and trade modes of China's customs law, each with the provision it rests on.

Sources: 海关法 (Customs Law, as in force since 2001-01-01), 关税法 (Customs Duty Law, in force
since 2024-12-01) and 海关征收进口货物滞报金办法 (rules on fees for late declaration). Several pages
on the web print the fee for late declaration as 0.5 % a day, ten times too high. One point is not
settled by what was read: whether the day of arrival counts.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


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
