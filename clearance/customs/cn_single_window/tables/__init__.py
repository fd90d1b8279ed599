"""What the codes on a declaration (报关单) are called: one CSV file here for each table.

The names are those of customs' public lists of parameters, in its short forms. A table holds what
is known for sure: not every office, port and document is here, and districts are left to a user's
own table. ``old`` is the code of three digits that stood in declarations before August 2018.
"""

from __future__ import annotations

from collections.abc import Mapping

from clearance.customs.tables import Form

FORMS: Mapping[str, Form] = {
    "containers": Form("[0-9]{2}", "21"),
    "countries": Form("[A-Z]{3}", "DEU"),
    "currencies": Form("[A-Z]{3}", "USD"),
    "districts": Form("[0-9]{5}", "44031"),
    "documents": Form("[0-9A-Za-z]|[0-9]{8}", "Y"),
    "duty_modes": Form("[0-9]", "1"),
    "levy_natures": Form("[0-9]{3}", "101"),
    "offices": Form("[0-9A-Z][0-9]{3}", "5304"),
    "ports": Form("[A-Z]{3}[0-9]{3}|[0-9]{6}", "HKG003"),
    "terms": Form("[0-9]", "3"),
    "trade_modes": Form("[0-9]{4}", "0110"),
    "transport_modes": Form("[0-9A-Z]", "2"),
    "units": Form("[0-9]{3}", "035"),
    "wraps": Form("[0-9]{2}", "22"),
}
"""What the codes of each table look like."""
