"""Standard error of the run: to try rules out, or where cron mails what a run prints."""

from __future__ import annotations

import sys

from clearance.channels import Accepted, Notification, Result, Settings, _text

_MARKS = {"title": "{}", "section": "{}", "alert": "  {}", "detail": "    {}"}


class Channel(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Standard error, whatever it leads to."""

    def send(self, notification: Notification) -> Result:
        """Writes a notification."""
        sys.stderr.write("\n".join([*_text.lines(notification, _MARKS, str), ""]))
        sys.stderr.flush()
        return Accepted()
