"""The records of the stand-ins for ITSM systems: one file a record, read again at the next start."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.receivers.arrivals import Inbox, as_json

ORIGINAL_ADDRESS = "X-NotBefore-To"
"""A local run sends everything here; this header says where it was going."""


def original_address(request: web.Request) -> str:
    """Where the message was going before the local run kept it here."""
    return request.headers.get(ORIGINAL_ADDRESS, "")


class Records:
    """Records by system and number, with what was sent to make and to change them."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        for path in sorted((inbox.root / "itsm").glob("[!.]*.json")):
            kept = json.loads(path.read_text(encoding="utf-8"))
            self._kept[kept["system"], kept["number"]] = kept

    def next_number(self) -> int:
        """A number that no record has."""
        return len(self._kept) + 1

    def all(self, system: str) -> list[dict[str, Any]]:
        """The system's records, the oldest first."""
        return [kept["record"] for (where, _), kept in self._kept.items() if where == system]

    def put(self, system: str, number: str, record: dict[str, Any], to: str, sent: dict[str, Any]) -> None:
        """Keeps the record as it is now and adds what was sent to its history."""
        at = datetime.now(UTC).isoformat()
        before = self._kept.get((system, number), {"history": [], "to": ""})
        history = [*before["history"], {"at": at, "sent": sent}]
        kept = {
            "system": system,
            "number": number,
            "to": to or before["to"],
            "at": at,
            "record": record,
            "history": history,
        }
        self._kept[system, number] = kept
        fields = record.get("fields", record)
        subject = str(fields.get("short_description") or fields.get("summary") or fields.get("description") or "")
        self._inbox.keep("itsm", to, f"{number} {subject}", as_json(kept), name=f"{system}-{number}")
