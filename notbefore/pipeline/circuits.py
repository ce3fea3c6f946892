"""A circuit for each endpoint: while it fails, what is due waits in the queue, and the oldest that waits tries.

Each process learns by itself; what waits is in the ledger, with its reason. Nothing here is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from notbefore.schema import Delivery, Message

FAILURES = 3
"""Failures one after the other, after which an endpoint is left alone for a while."""

LONGEST = timedelta(minutes=5)
"""Between two probes, unless the receiver itself asks for more."""

_UNKNOWN = timedelta(minutes=1)
_BEHIND = timedelta(seconds=2)
"""How far behind the probe the others come."""
_PROBE = timedelta(seconds=15)
"""After this a probe that has said nothing is not waited for."""
_LATE = timedelta(seconds=30)
"""What has not come back this long after its time was replaced, or is in another process."""
_EARLY = timedelta(seconds=1)


@dataclass(slots=True)
class Circuit:
    """One endpoint that fails. It opens after three failures, or when the receiver says how long to wait."""

    failures: int = 0
    open_until: datetime | None = None
    probing_until: datetime | None = None
    waiting: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Delivery → when it was made, and when it comes again."""

    def turned_away(self, delivery: Delivery, now: datetime) -> datetime | None:
        """When to come again; None: go. What is about to be given up may try once more in any case."""
        if self.open_until is None or delivery.give_up_at <= now:
            return None
        self.waiting.pop(delivery.id, None)
        self.waiting = {name: one for name, one in self.waiting.items() if one[1] + _LATE > now}
        oldest = all(delivery.created_at <= made for made, _ in self.waiting.values())
        probed = self.probing_until is not None and now < self.probing_until
        if oldest and not probed and now >= self.open_until - _EARLY:
            self.probing_until = now + _PROBE
            return None
        at = max(self.open_until, now + _BEHIND) if oldest and not probed else max(self.open_until, now) + _BEHIND
        at = min(at, max(delivery.give_up_at, now + _BEHIND))
        self.waiting[delivery.id] = (delivery.created_at, at)
        return at

    def failed(self, now: datetime, again: datetime | None, retry_after: float | None) -> None:
        """One more. `again` is when the message that failed is tried again by its own schedule."""
        self.failures += 1
        self.probing_until = None
        if self.failures < FAILURES and not retry_after:
            return
        pause = min((again - now) if again else _UNKNOWN, LONGEST)
        wish = timedelta(seconds=retry_after or 0)
        self.open_until = now + max(pause, min(wish, timedelta(hours=1)))


class Circuits:
    """The endpoints of this process that have failed last; those that are well are not in it."""

    def __init__(self) -> None:
        self._failing: dict[str, Circuit] = {}

    def of(self, endpoint: str) -> Circuit | None:
        """The circuit of an endpoint that fails; None when it is well."""
        return self._failing.get(endpoint)

    def failed(self, endpoint: str, now: datetime, again: datetime | None, retry_after: float | None) -> None:
        """A send came back with a failure of the endpoint."""
        self._failing.setdefault(endpoint, Circuit()).failed(now, again, retry_after)

    def answered(self, endpoint: str) -> None:
        """It works: the circuit closes."""
        self._failing.pop(endpoint, None)


def endpoint(message: Message) -> str:
    """What fails together: scheme, host and port of an address; all mails, all SMS."""
    if message.channel in {"email", "sms"}:
        return message.channel
    address = message.options.get("url", message.target) if message.channel == "itsm" else message.target
    try:
        parts = urlsplit(address)
        port = parts.port or ""
    except ValueError:
        return address
    return f"{parts.scheme}://{parts.hostname}:{port}"
