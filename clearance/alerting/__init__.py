"""Alerting: what is wrong with declarations, since when, and who is notified of it.

A check (``delivery.check``) goes this way: ``inputs`` gathers what the ``rules`` need, the rules
find problems, ``lifecycle`` compares these with the alerts that ``records`` keeps, ``outbox`` files
who is to be notified, ``evaluation`` writes all of that in one commit, and ``delivery`` sends it.
``acknowledging`` keeps what people say of alerts.
"""
