"""A ticket that several audiences share is begun by one of them: a row is claimed before anything is made.

A search does not know what another host is just making, and the lane in which a message learns from those before it is
one audience's own. So the first message of an audience looks here: while another one begins the ticket it steps aside,
and afterwards it knows which ticket that is, or until when nobody can be sure that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import RoutingConfig
from notbefore.errors import Busy, Conflict, DeliveryError
from notbefore.pipeline.dependencies import Dependencies
from notbefore.ports import Channel, Put, Row, Write
from notbefore.schema import Delivery, Message, Receipt

SHARING = "sharing"
"""Partition of the table `control`: a row is a story in one place."""

_TICKETS = "itsm"
_TICKET = "ticket"
_CLAIM = timedelta(seconds=60)
"""As long as that of a delivery: who died in between is not waited for longer."""


class Begun(Struct, frozen=True, kw_only=True):
    """Who begins the ticket until when, and what was learnt of it."""

    at: datetime
    delivery: str
    until: datetime
    known: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Claim:
    """A row that is this delivery's, as it was written."""

    key: str
    etag: str
    begun: Begun


async def sent(outside: Dependencies, channel: Channel, delivery: Delivery, message: Message) -> Receipt:
    """Sends it as the channel does. Raises: as that does; Busy while another audience's message begins the ticket."""
    if _TICKET in message.before or not _is_shared(outside.rules().config, delivery):
        return await channel.send(message)
    claim = await _claim(outside, delivery, message)
    try:
        receipt = await channel.send(replace(message, before=claim.begun.known | message.before))
    except DeliveryError as error:
        await _learnt(outside, claim, error.known)
        raise
    await _learnt(outside, claim, receipt.details)
    return receipt


def _is_shared(config: RoutingConfig, delivery: Delivery) -> bool:
    if delivery.channel != _TICKETS:
        return False
    channels = (one for audience in config.audiences.values() for one in audience.channels)
    return sum(one.kind == _TICKETS and delivery.target in one.targets for one in channels) > 1


async def _claim(outside: Dependencies, delivery: Delivery, message: Message) -> _Claim:
    now = outside.clock()
    key = rowkeys.digest(delivery.story_id, delivery.target, message.options.get("url", ""))
    row = (await outside.control.get(SHARING, [key])).get(key)
    before = msgspec.json.decode(row.body, type=Begun) if row else None
    if before is not None and before.until > now and before.delivery != delivery.id:
        raise Busy("another audience's message begins the ticket just now")
    begun = Begun(at=now, delivery=delivery.id, until=now + _CLAIM, known=before.known if before else {})
    try:
        etags = await outside.control.commit(SHARING, [_write(key, begun, row)])
    except Conflict as other:
        raise Busy("another audience's message begins the ticket just now") from other
    return _Claim(key, etags[key], begun)


def _write(key: str, begun: Begun, row: Row | None) -> Write:
    body = msgspec.json.encode(begun)
    return Write(Put.REPLACE, key, body, row.etag) if row else Write(Put.INSERT, key, body)


async def _learnt(outside: Dependencies, claim: _Claim, known: dict[str, str]) -> None:
    """The next one may go. Who had to be waited for too long has lost the claim, and its ticket is found by asking."""
    done = replace(claim.begun, until=outside.clock(), known=claim.begun.known | known)
    try:
        await outside.control.commit(SHARING, [Write(Put.REPLACE, claim.key, msgspec.json.encode(done), claim.etag)])
    except Conflict:
        return
