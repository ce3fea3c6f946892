"""ServiceNow by its Table API: one record a story, tied by `correlation_id`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from notbefore.channels.itsm import Api, Ticket, host
from notbefore.errors import Permanent
from notbefore.outbound import Outbound
from notbefore.schema import Message, Receipt

_RANK = {"critical": "1", "error": "2", "warning": "3", "informational": "3"}
_OVER = {"incident": {"state": "6", "close_code": "Resolved by caller"}, "change_request": {"state": "3"}}
"""How a record of a table ends; what an instance's own rules refuse stays open, and the receipt says so."""
_FIELDS = "sys_id,number,correlation_id,correlation_display"


async def send(outbound: Outbound, message: Message, what: Ticket, default: str | None) -> Receipt:
    """Makes the story's record, or adds to it. Raises: Transient, Permanent."""
    api = Api(outbound, message, default)
    if not what.place.replace("_", "").isalnum():
        raise Permanent("the table's name is none")
    table = f"/api/now/table/{what.place}"
    record = await _found(api, table, what)
    if record is None:
        record = (await api.call("POST", table, _fields(what) | {"description": what.text}))["result"]
    elif record.get("correlation_display") != what.delivery:
        await api.call("PATCH", f"{table}/{quote(record['sys_id'])}", _fields(what) | {"work_notes": what.text})
    details = {"ticket": str(record.get("number", "")), "at": host(api)}
    return Receipt(details | (await _closed(api, table, record, what) if what.over else {}))


async def _found(api: Api, table: str, what: Ticket) -> dict[str, Any] | None:
    """The story's record. An invalid query answers with every row, so the row must carry our id itself."""
    query = {"sysparm_query": f"correlation_id={what.story}", "sysparm_limit": "1", "sysparm_fields": _FIELDS}
    rows = (await api.call("GET", f"{table}?{urlencode(query)}") or {}).get("result", [])
    return next((row for row in rows if row.get("correlation_id") == what.story), None)


def _fields(what: Ticket) -> dict[str, str]:
    fields = {
        "short_description": what.title,
        "correlation_id": what.story,
        "correlation_display": what.delivery,
        "impact": _RANK[what.severity],
        "urgency": _RANK[what.severity],
    }
    if "assignment_group" in what.options:
        fields["assignment_group"] = what.options["assignment_group"]
    if what.place == "change_request":
        times = {"start_date": what.start, "end_date": what.end}
        fields |= {name: _time(value) for name, value in times.items() if value}
    return fields


def _time(value: str) -> str:
    """`2026-11-21T02:15:00Z` as the Table API has it: UTC, without a zone."""
    return value[:19].replace("T", " ")


async def _closed(api: Api, table: str, record: dict[str, Any], what: Ticket) -> dict[str, str]:
    """Closes it in a call of its own: the news must not be lost to a rule about closing."""
    end = _OVER.get(what.place)
    if end is None:
        return {}
    body = end | {"close_notes": what.title}
    return await api.close("PATCH", f"{table}/{quote(record['sys_id'])}", body)
