"""So many messages in a span of time: what is over it is spread over what follows, and nothing is dropped.

A fifth of each limit is kept for what is critical, which also does not queue behind the rest. Each process counts
by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from notbefore.config.model import Audience, Limit
from notbefore.schema import Delivery, Severity

_FOR_CRITICAL = 0.2
_EARLY = timedelta(seconds=1)


class Counter:
    """One limit's messages: when they went, and when those go that were put off."""

    def __init__(self) -> None:
        self.sent: list[datetime] = []
        self.put_off: dict[str, datetime] = {}

    def delayed(self, delivery: Delivery, limits: Sequence[Limit], now: datetime) -> datetime | None:
        """When it may go; None: now, and it is counted."""
        longest = max(limit.per for limit in limits)
        self.sent = [at for at in self.sent if at > now - longest]
        self.put_off = {name: at for name, at in self.put_off.items() if at > now - longest}
        critical = delivery.severity is Severity.CRITICAL
        promised = self.put_off.pop(delivery.id, None)
        held = () if critical or (promised and promised <= now + _EARLY) else self.put_off.values()
        at = max(_free(limit, critical, (*self.sent, *held), now) for limit in limits)
        if at <= now:
            self.sent.append(now)
            return None
        if not critical and not held:
            at = max(_free(limit, critical, (*self.sent, *self.put_off.values()), now) for limit in limits)
        self.put_off[delivery.id] = at
        return at


def _free(limit: Limit, critical: bool, taken: Iterable[datetime], now: datetime) -> datetime:  # noqa: FBT001 - private
    allowed = limit.messages if critical else max(1, limit.messages - int(limit.messages * _FOR_CRITICAL))
    latest = sorted(taken)[-allowed:]
    return max(now, latest[0] + limit.per) if len(latest) == allowed else now


class Counters:
    """The limits of this process by what they count: a channel as a whole, or one channel of one audience."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}

    def delayed(
        self, delivery: Delivery, audience: Audience, standard: Sequence[Limit], now: datetime
    ) -> datetime | None:
        """When the delivery may go; None: now. The file's own limit for its channel stands before the standard."""
        for channel in audience.channels:
            if channel.kind == delivery.channel and delivery.target in channel.targets and channel.limit:
                name = f"{audience.name} {channel.kind} {' '.join(channel.targets)}"
                return self._counters.setdefault(name, Counter()).delayed(delivery, [channel.limit], now)
        if not standard:
            return None
        return self._counters.setdefault(delivery.channel, Counter()).delayed(delivery, standard, now)
