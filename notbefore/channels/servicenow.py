"""ServiceNow by its Table API: one record a story, tied by `correlation_id`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from notbefore.channels.instance import Instance
from notbefore.channels.itsm import STAGE, Move, Ticket
from notbefore.errors import Permanent
from notbefore.schema import Receipt

_RANK = {"critical": "1", "error": "2", "warning": "3", "informational": "3"}
_CLOSED = {"incident": frozenset({"7", "8"}), "change_request": frozenset({"3", "4"})}
"""Closed or canceled, which most instances let nobody change; `resolved` (6) of an incident can be."""
_SHOWN = "sys_id,number,state,correlation_id,correlation_display"


async def send(at: Instance, what: Ticket) -> Receipt:
    """Makes the story's record, or adds to it, and moves it. Raises: Transient, Permanent."""
    if not what.place.replace("_", "").isalnum():
        raise Permanent("the table's name is none")
    table = f"/api/now/table/{what.place}"
    record = await _found(at, table, what)
    if record is None:
        at.be_sure()
        record = (await at.write("POST", table, _fields(what) | {"description": what.text}))["result"]
    elif record.get("correlation_display") != what.delivery:
        await _noted(at, table, record, what)
    known = {"ticket": str(record.get("number", "")), "at": at.host, "record": str(record["sys_id"])}
    return Receipt(known | await _moved(at, table, record, what, known))


async def _found(at: Instance, table: str, what: Ticket) -> dict[str, Any] | None:
    """The story's record, by what the ledger knows of it, else by asking.

    An invalid query is answered with every row, so the row must carry our id itself.
    """
    known = what.before.get("record")
    if known:
        row = (await at.read(f"{table}/{quote(known)}?{urlencode({'sysparm_fields': _SHOWN})}") or {}).get("result")
        if row and row.get("correlation_id") == what.story:
            return dict(row)
    query = {"sysparm_query": f"correlation_id={what.story}", "sysparm_limit": "1", "sysparm_fields": _SHOWN}
    rows = (await at.read(f"{table}?{urlencode(query)}") or {}).get("result", [])
    return next((row for row in rows if row.get("correlation_id") == what.story), None)


async def _noted(at: Instance, table: str, record: dict[str, Any], what: Ticket) -> None:
    """The note, with our mark in the same call, so that it is there once. Raises: Transient, Permanent."""
    try:
        await at.write("PATCH", f"{table}/{quote(record['sys_id'])}", _fields(what) | {"work_notes": what.text})
    except Permanent as problem:
        closed = str(record.get("state")) in _CLOSED.get(what.place, ())
        advice = "somebody closed it: reopen it there and send this again" if closed else "mend it there and send again"
        known = {"ticket": str(record.get("number", "")), "record": str(record["sys_id"])}
        raise Permanent(f"{record.get('number', 'the ticket')} takes no note ({problem}); {advice}", known=known) from (
            problem
        )


def _fields(what: Ticket) -> dict[str, Any]:
    """Ours, then the operator's own over them, then what ties the record to the story."""
    fields: dict[str, Any] = {"short_description": what.title}
    fields |= {"impact": _RANK[what.severity], "urgency": _RANK[what.severity]}
    if "assignment_group" in what.options:
        fields["assignment_group"] = what.options["assignment_group"]
    if what.place == "change_request":
        times = {"start_date": what.start, "end_date": what.end}
        fields |= {name: _time(value) for name, value in times.items() if value}
    return fields | dict(what.fields) | {"correlation_id": what.story, "correlation_display": what.delivery}


def _time(value: str) -> str:
    """`2026-11-21T02:15:00Z` as the Table API has it: UTC, without a zone."""
    return value[:19].replace("T", " ")


def _own_end(what: Ticket) -> Move | None:
    """How a record ends where the routing file does not say."""
    if not what.over:
        return None
    notes = {"close_notes": what.title}
    if what.place == "incident":
        return Move("6", notes | {"close_code": "Resolved by caller"})
    if what.place == "change_request" and what.stage == "canceled":
        return Move("4", notes)
    if what.place == "change_request":
        return Move("3", notes | {"close_code": "unsuccessful" if what.stage == "failed" else "successful"})
    return None


async def _moved(
    at: Instance, table: str, record: dict[str, Any], what: Ticket, known: dict[str, str]
) -> dict[str, str]:
    """The state, in a call of its own: the news must not be lost to a rule about states. Raises: Transient, Permanent.

    A refusal is told by the audience's fail-over channel, and ends when somebody sends the message again.
    """
    move = what.move or _own_end(what)
    step = {STAGE: what.stage}
    if move is None or not move.to or not what.moves():
        return step
    ended = {"closed": "yes"} if what.over else {}
    if str(record.get("state")) == move.to or (what.over and _is_closed(record, what)):
        return step | ended
    try:
        await at.write("PATCH", f"{table}/{quote(record['sys_id'])}", {"state": move.to} | move.fields)
    except Permanent as problem:
        left = {"left_open": "yes"} if what.over else {}
        why = f"{known['ticket']} has the note, but may not go to state {move.to} ({problem})"
        raise Permanent(f"{why}; move it there, or mend the rule and send again", known=known | left) from problem
    return step | ended


def _is_closed(record: dict[str, Any], what: Ticket) -> bool:
    return str(record.get("state")) in _CLOSED.get(what.place, ())
