"""A circuit for each endpoint: while it fails, what is due waits in the queue, and the oldest that waits tries.

An open circuit is a row that every instance reads every ten seconds, so that a new one need not fail for itself
and all go on when one has got through. Which delivery waits is in the ledger, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.ports import Put, Rows, Write
from notbefore.schema import Delivery, Message

FAILURES = 3
"""Failures one after the other, after which an endpoint is left alone for a while."""

LONGEST = timedelta(minutes=5)
"""Between two probes, unless the receiver itself asks for more."""

PARTITION = "circuits"
_READ_EACH = timedelta(seconds=10)
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


class Opened(Struct, frozen=True):
    """An open circuit, as all instances know it."""

    endpoint: str
    failures: int
    open_until: datetime


class Circuits:
    """The endpoints that have failed last, here or in another instance; those that are well are not in it."""

    def __init__(self) -> None:
        self._failing: dict[str, Circuit] = {}
        self._read_at: datetime | None = None

    def of(self, endpoint: str) -> Circuit | None:
        """The circuit of an endpoint that fails; None when it is well."""
        return self._failing.get(endpoint)

    async def learn(self, control: Rows, now: datetime) -> None:
        """What other instances have found out, ten seconds old at most. Raises: StorageUnavailable."""
        if self._read_at is not None and now - self._read_at < _READ_EACH:
            return
        self._read_at = now
        rows = [msgspec.json.decode(row.body, type=Opened) async for row in control.scan(PARTITION, "", "~")]
        opened = {one.endpoint: one for one in rows}
        for name in [name for name, one in self._failing.items() if one.open_until and name not in opened]:
            del self._failing[name]
        for name, one in opened.items():
            circuit = self._failing.setdefault(name, Circuit())
            circuit.failures = max(circuit.failures, one.failures)
            circuit.open_until = max(circuit.open_until or one.open_until, one.open_until)

    async def failed(
        self, control: Rows, endpoint: str, now: datetime, again: datetime | None, retry_after: float | None
    ) -> None:
        """A send came back with a failure of the endpoint. Raises: StorageUnavailable."""
        circuit = self._failing.setdefault(endpoint, Circuit())
        circuit.failed(now, again, retry_after)
        if circuit.open_until is not None:
            row = msgspec.json.encode(Opened(endpoint, circuit.failures, circuit.open_until))
            await control.commit(PARTITION, [Write(Put.UPSERT, rowkeys.digest(endpoint), row)])

    async def answered(self, control: Rows, endpoint: str) -> None:
        """It works: the circuit closes, everywhere. Raises: StorageUnavailable."""
        circuit = self._failing.pop(endpoint, None)
        if circuit is not None and circuit.open_until is not None:
            await control.commit(PARTITION, [Write(Put.DELETE, rowkeys.digest(endpoint))])


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
    if message.channel == "chat" and parts.scheme not in ("https", "http"):
        return f"{parts.scheme}:{rowkeys.digest(address)}"  # such an address is all secret
    return f"{parts.scheme}://{parts.hostname}:{port}"
