"""What the queue gave up on is shown to a person; signals lie in the archive, deliveries in the ledger."""

from __future__ import annotations

import logging

import msgspec

from notbefore import rowkeys
from notbefore.pipeline.accept import SignalMessage
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.process import Quarantined
from notbefore.ports import Put, Write

log = logging.getLogger(__name__)


async def poisoned(outside: Dependencies, queue: str, message: bytes) -> None:
    """Puts a line into quarantine for a message that failed five times. Raises: StorageUnavailable."""
    now = outside.clock()
    try:
        name = msgspec.json.decode(message, type=SignalMessage).id if queue == "signals" else "—"
    except msgspec.DecodeError:
        name = "—"
    problem = f"a message of the queue {queue} failed again and again; the log says why"
    log.error("poison in the queue %s: signal %s", queue, name)
    kept = Quarantined(signal=name, origin=f"{queue}-poison", path="$", problem=problem, at=now)
    key = f"{rowkeys.newest_first(now)}|{rowkeys.digest(queue, message.decode(errors='replace'))}"
    await outside.quarantine.commit("quarantine", [Write(Put.UPSERT, key, msgspec.json.encode(kept))])
