"""Standard error of the run itself: for trying rules out, or a cron daemon that mails."""

from __future__ import annotations

import sys

from clearance.channels import Accepted, Notification, Result, Settings, _text

MARKS = {"title": "{}", "section": "{}", "alert": "  {}", "detail": "    {}"}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terminal, or whatever standard error leads to."""

    def send(self, notice: Notification) -> Result:
        """Writes a message."""
        sys.stderr.write("\n".join([*_text.lines(notice, MARKS, str), ""]))
        sys.stderr.flush()
        return Accepted()
