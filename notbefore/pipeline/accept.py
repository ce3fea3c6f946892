"""Accept first, judge later: archive the bytes, put one message on the queue, answer.

The queue message carries the signal itself when it fits, so that processing need not read the archive. A heartbeat is
no signal of a maintenance: it becomes its one row at once (ADR 18).
"""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import uuid4

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reporters import reporters
from notbefore.pipeline.versions import check_version
from notbefore.ports import Signal
from notbefore.schema import STORED_VERSION

INLINE_LIMIT = 32 * 1024
"""Bytes of a body that travel in the queue message: in base64, and that in the queue's own, under 64 KiB."""


class SignalMessage(Struct, frozen=True, omit_defaults=True):
    """What lies on the queue `signals`: a signal, or where to find it."""

    id: str
    received_at: datetime
    origin: str
    body: str | None = None
    """Base64; None: read the archive."""
    version: int = 1


async def accept(outside: Dependencies, body: bytes, origin: str) -> str:
    """Takes the signal in and answers its id; from then on it is not lost. Raises: StorageUnavailable."""
    now = outside.clock()
    signal = Signal(id=f"{rowkeys.stamp(now)}-{uuid4().hex[:12]}", received_at=now, origin=origin, body=body)
    if await reporters.alive(outside, signal):
        return signal.id
    await outside.archive.put(signal)
    await enqueue(outside, signal)
    return signal.id


async def enqueue(outside: Dependencies, signal: Signal) -> None:
    """Puts an archived signal on the queue. Raises: StorageUnavailable."""
    inline = base64.b64encode(signal.body).decode() if len(signal.body) <= INLINE_LIMIT else None
    message = SignalMessage(signal.id, signal.received_at, signal.origin, inline, STORED_VERSION)
    await outside.signal_queue.put(msgspec.json.encode(message))


async def taken(outside: Dependencies, message: bytes) -> Signal | None:
    """The signal of a queue message; None when even the archive has it no longer. Raises: StorageUnavailable, Newer."""
    check_version(message)
    read = msgspec.json.decode(message, type=SignalMessage)
    if read.body is None:
        return await outside.archive.get(read.id)
    body = base64.b64decode(read.body)
    return Signal(id=read.id, received_at=read.received_at, origin=read.origin, body=body)
