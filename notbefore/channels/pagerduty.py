"""PagerDuty by its Events API v2: one alert a story, tied by `dedup_key`, and resolved only when the story is over.

After a resolve the same key would open a new alert (PagerDuty: Events API v2, overview).
"""

from __future__ import annotations

from notbefore.channels.instance import Instance
from notbefore.channels.itsm import Ticket
from notbefore.errors import Permanent
from notbefore.schema import Receipt

EVENTS = "https://events.pagerduty.com"
_SEVERITY = {"critical": "critical", "error": "error", "warning": "warning", "informational": "info"}
_SUMMARY = 1024
_TEXT = 20_000


async def send(at: Instance, what: Ticket) -> Receipt:
    """Opens, updates, takes on or resolves the alert; a repeat changes nothing. Raises: Transient, Permanent."""
    key = what.options.get("routing_key")
    if not key:
        raise Permanent("PagerDuty needs a `routing_key`")
    event: dict[str, object] = {"routing_key": key, "event_action": _action(what), "dedup_key": what.story[:255]}
    if event["event_action"] == "trigger":
        event |= _told(what)
    answer = await at.post("/v2/enqueue", event)
    status = str(answer.get("status", "")) if isinstance(answer, dict) else ""
    return Receipt({"ticket": what.story, "at": at.host, "action": str(event["event_action"]), "status": status})


def _action(what: Ticket) -> str:
    if what.over:
        return "resolve"
    return "acknowledge" if what.occasion == "acknowledged" else "trigger"


def _told(what: Ticket) -> dict[str, object]:
    details = {"text": what.text[:_TEXT], "delivery": what.delivery, "start": what.start, "end": what.end}
    payload = {
        "summary": what.title[:_SUMMARY],
        "source": "NotBefore",
        "severity": _SEVERITY[what.severity],
        "component": "Azure",
        "custom_details": {name: value for name, value in details.items() if value} | dict(what.fields),
    }
    return {"payload": payload, "client": "NotBefore"}
