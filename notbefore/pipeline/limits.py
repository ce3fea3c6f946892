"""So many messages in a span of time: what is over it is spread over what follows, and nothing is dropped.

A fifth of each limit is kept for what is critical, which also does not queue behind the rest. The count is a row
that every instance shares: a limited message costs a read and a write more, and a channel without limits nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.config.model import Audience, Limit
from notbefore.errors import Conflict
from notbefore.pipeline.locks import Locks
from notbefore.ports import Put, Rows, Write
from notbefore.schema import Delivery, Severity

PARTITION = "limits"
_FOR_CRITICAL = 0.2
_EARLY = timedelta(seconds=1)
_TRIES = 5
"""Against instances that count at the same moment; after that it comes again a little later."""
_SOON = timedelta(seconds=2)
_MOST = 400
"""Times that a row keeps of what went, and as many of what is promised: it stays under 32 KiB."""


class Counter(Struct, frozen=True):
    """One limit's messages: when the last ones went, and when those go that were put off."""

    sent: tuple[datetime, ...] = ()
    promised: tuple[datetime, ...] = ()


def counted(
    counter: Counter, delivery: Delivery, limits: Sequence[Limit], now: datetime
) -> tuple[Counter, datetime | None]:
    """The counter afterwards, and when the delivery may go; None: now."""
    limits = [_narrowed(limit) for limit in limits]
    most = max(limit.messages for limit in limits)
    sent = tuple(at for at in counter.sent if at > now - max(limit.per for limit in limits))[-most:]
    promised = tuple(at for at in counter.promised if at > now + _EARLY)[-most:]
    critical = delivery.severity is Severity.CRITICAL
    has_promise = delivery.promised_at is not None and delivery.promised_at <= now + _EARLY
    before = () if critical or has_promise else promised
    at = max(_free(limit, critical, (*sent, *before), now) for limit in limits)
    if at <= now:
        return Counter((*sent, now), promised), None
    if not critical:
        at = max(_free(limit, critical, (*sent, *promised), now) for limit in limits)
    return Counter(sent, (*promised, at)), at


def _narrowed(limit: Limit) -> Limit:
    """The same, so many in a shorter span that a row can hold their times: 2,000 an hour as 400 in 12 minutes."""
    parts = -(-limit.messages // _MOST)
    return Limit(messages=limit.messages // parts, per=limit.per / parts)


def _free(limit: Limit, critical: bool, taken: Iterable[datetime], now: datetime) -> datetime:  # noqa: FBT001 - private
    allowed = limit.messages if critical else max(1, limit.messages - int(limit.messages * _FOR_CRITICAL))
    latest = sorted(taken)[-allowed:]
    return max(now, latest[0] + limit.per) if len(latest) == allowed else now


def applying(delivery: Delivery, audience: Audience, standard: Sequence[Limit]) -> tuple[str, Sequence[Limit]] | None:
    """What counts for this delivery, and under which name: the file's own limit of its channel before the standard."""
    for channel in audience.channels:
        if channel.kind == delivery.channel and delivery.target in channel.targets and channel.limit:
            return f"{audience.name} {channel.kind} {' '.join(channel.targets)}", [channel.limit]
    return (delivery.channel, standard) if standard else None


class Counters:
    """The counters, wherever they are counted."""

    def __init__(self) -> None:
        self._locks = Locks()

    async def delayed(
        self, control: Rows, delivery: Delivery, audience: Audience, standard: Sequence[Limit], now: datetime
    ) -> datetime | None:
        """When the delivery may go; None: now, and it is counted. Raises: StorageUnavailable."""
        found = applying(delivery, audience, standard)
        if found is None:
            return None
        name, limits = found
        key = rowkeys.digest(name)
        async with self._locks.held([key]):
            for _ in range(_TRIES):
                row = (await control.get(PARTITION, [key])).get(key)
                counter = msgspec.json.decode(row.body, type=Counter) if row else Counter()
                after, at = counted(counter, delivery, limits, now)
                body = msgspec.json.encode(after)
                write = Write(Put.REPLACE, key, body, row.etag) if row else Write(Put.INSERT, key, body)
                try:
                    await control.commit(PARTITION, [write])
                except Conflict:
                    continue
                return at
        return now + _SOON
