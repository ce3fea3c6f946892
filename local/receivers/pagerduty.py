"""A stand-in for PagerDuty's Events API v2: alerts by their key, refused when an event lacks what it must have."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from local.receivers.records import Records, original_address

_STATES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}
_SEVERITIES = {"critical", "error", "warning", "info"}


class PagerDuty:
    """The alerts. A trigger after a resolve opens a new one, as there."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add_routes(self, app: web.Application) -> None:
        """Opens the door for events."""
        app.router.add_post("/itsm/v2/enqueue", self.enqueue)

    async def enqueue(self, request: web.Request) -> web.Response:
        """202 with the key; 400 with what is wrong."""
        sent = json.loads(await request.read())
        wrong = _wrong(sent)
        if wrong:
            return web.json_response({"status": "invalid event", "message": wrong}, status=400)
        kept = {name: value for name, value in sent.items() if name != "routing_key"}
        opened = [
            one
            for one in self._records.all("pagerduty")
            if one["dedup_key"] == sent["dedup_key"] and one["state"] != "resolved"
        ]
        if not opened and sent["event_action"] == "trigger":
            opened = [{"number": f"PD{self._records.next_number():07d}"}]
        for alert in opened:
            record = alert | kept | {"state": _STATES[sent["event_action"]]}
            record["short_description"] = record["payload"]["summary"]
            self._records.put("pagerduty", record["number"], record, original_address(request), kept)
        return web.json_response({"status": "success", "dedup_key": sent["dedup_key"]}, status=202)


def _wrong(sent: dict[str, Any]) -> str:
    if not sent.get("routing_key") or sent.get("event_action") not in _STATES or not sent.get("dedup_key"):
        return "routing_key, event_action and dedup_key are required"
    payload = sent.get("payload", {})
    known = payload.get("summary") and payload.get("source") and payload.get("severity") in _SEVERITIES
    return "" if known or sent["event_action"] != "trigger" else "payload is not what it should be"
