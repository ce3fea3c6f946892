"""Rows of a workspace's custom tables, as the HTTP Data Collector API named their columns: `EventId_g`, `NotBefore_t`.

Azure docs: Send log data to Azure Monitor by using the HTTP Data Collector API, record type and properties.
"""

from __future__ import annotations

import re

from notbefore.reading import Fields

_SUFFIXED = re.compile(r"(?P<name>\w+)_[sdgtb]", re.IGNORECASE)
_TELLTALE = frozenset({"eventid_g", "eventid_s", "events_s"})


def without_suffixes(fields: Fields) -> Fields | None:
    """The row under the names that its sender wrote; None for what is no such row."""
    if _TELLTALE.isdisjoint(fields.spelt):
        return None
    sent = {found["name"]: value for key, value in fields.raw.items() if (found := _SUFFIXED.fullmatch(key.strip()))}
    rest = {key: value for key, value in fields.raw.items() if not _SUFFIXED.fullmatch(key.strip())}
    return Fields(rest | sent, fields.place, fields.notes)
