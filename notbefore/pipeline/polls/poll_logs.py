"""Scheduled Events in a Log Analytics workspace, by a watermark that neither skips nor doubles.

The mark is a time of ingestion, so that a row that arrives hours late is found. Ingestion is not quite in order,
so each question reaches back over the mark, and rows that were taken are known by their hash. The mark moves only
when what was found is on the queue: a crash sends rows again, and their events are known.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline import questions
from notbefore.pipeline.accept import accept
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Found, Logs, Put, Write
from notbefore.reading.times import UnreadableTime, parse_time

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""How far behind the mark a row may still turn up."""

FIRST_LOOK = timedelta(hours=1)
"""The first poll reaches this far back: older scheduled events are over."""

LATE = timedelta(days=2)
"""A row's own time may lie this far before its ingestion."""

AHEAD = timedelta(hours=1)
"""A machine's clock may be fast."""

ROWS = 2_000
FEWEST = 50
PAGES = 20
"""Pages of one poll; what is left is found by the next."""

PARTITION = "poll-logs"
_MARK = "mark"


class Mark(Struct, frozen=True, kw_only=True):
    """Everything that was ingested before `until` is taken; so is what is `taken`, by minute of ingestion."""

    until: datetime
    taken: dict[str, list[str]] = {}


async def poll_logs(outside: Dependencies, logs: Logs) -> int:
    """Takes what has come in since the last time; how many rows. Raises: Transient, Permanent, StorageUnavailable."""
    row = (await outside.control.get(PARTITION, [_MARK])).get(_MARK)
    now = outside.clock()
    mark = msgspec.json.decode(row.body, type=Mark) if row else Mark(until=now - FIRST_LOOK)
    sent, size, start = 0, ROWS, mark.until - OVERLAP
    for _ in range(PAGES):
        found, size = await _ask(logs, start, now, size)
        new = _new(found.rows, mark)
        await _send(outside, new)
        sent += len(new)
        full = len(found.rows) >= size
        last = max((_ingested(one) or start for one in found.rows), default=start)
        mark = _moved(mark, new, mark.until if not found.complete else last if full else now)
        await outside.control.commit(PARTITION, [Write(Put.UPSERT, _MARK, msgspec.json.encode(mark))])
        if not found.complete:
            log.warning("the workspace gives only a part of its rows; the next poll asks again from %s", start)
        if not (found.complete and full):
            return sent
        size = size * 2 if last == start else size
        start = last
    return sent


async def _ask(logs: Logs, start: datetime, now: datetime, size: int) -> tuple[Found, int]:
    """The oldest rows, at most `size`; fewer at a time when Azure gives only a part of them.

    Of a part nobody knows which rows it lacks, so the mark must not move by it. Raises: Transient, Permanent.
    """
    while True:
        found = await logs.ask(questions.scheduled_events(start, size), start - LATE, now + AHEAD)
        if found.complete or size <= FEWEST:
            return found, size
        size = max(size // 8, FEWEST)


def _new(rows: Iterable[dict[str, Any]], mark: Mark) -> dict[str, dict[str, Any]]:
    """Rows that were not taken before, by hash; the same row twice is one."""
    taken = {one for names in mark.taken.values() for one in names}
    return {name: row for row in rows if (name := _hash(row)) not in taken}


def _hash(row: dict[str, Any]) -> str:
    return rowkeys.digest(msgspec.json.encode(row, order="sorted").decode())[:16]


def _ingested(row: dict[str, Any]) -> datetime | None:
    try:
        return parse_time(row.get("Ingested"))
    except UnreadableTime:
        return None


def _moved(mark: Mark, new: dict[str, dict[str, Any]], until: datetime) -> Mark:
    """The mark after these rows; never back. Hashes older than the next question's reach are forgotten."""
    until = max(mark.until, until)
    taken = {minute: [*names] for minute, names in mark.taken.items()}
    for name, row in new.items():
        minute = f"{_ingested(row) or until:%Y-%m-%dT%H:%M}"
        taken.setdefault(minute, []).append(name)
    oldest = f"{until - OVERLAP:%Y-%m-%dT%H:%M}"
    return Mark(until=until, taken={minute: names for minute, names in taken.items() if minute >= oldest})


async def _send(outside: Dependencies, new: dict[str, dict[str, Any]]) -> None:
    """Signals in the form of a Logs answer, a table each, without what we added for ourselves."""
    for table in ("Event", "Syslog"):
        rows = [row for row in new.values() if row.get("Table") == table]
        for start in range(0, len(rows), 100):
            part = rows[start : start + 100]
            names = [
                name for name in part[0] if name not in {"Ingested", "Table"} and any(one.get(name) for one in part)
            ]
            columns = [{"name": name, "type": "string"} for name in names]
            said = {"name": table, "columns": columns, "rows": [[one.get(name) for name in names] for one in part]}
            await accept(outside, msgspec.json.encode({"tables": [said]}), "poll:logs")
