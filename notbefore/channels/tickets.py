"""The channel `itsm`. The target says which system: `servicenow:incident`, `jira:OPS`, `pagerduty:`."""

from __future__ import annotations

import asyncio

from notbefore.channels import jira, pagerduty, servicenow
from notbefore.channels.itsm import ticket
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound
from notbefore.outbound.client import TIME_LIMIT
from notbefore.schema import Message, Receipt

SYSTEMS = {"servicenow": servicenow.send, "jira": jira.send, "pagerduty": pagerduty.send}


class Tickets:
    """`default` is the instance when a channel names none; `limit` is for all calls of one message, in seconds."""

    def __init__(self, outbound: Outbound, default: str | None = None, *, limit: float = TIME_LIMIT) -> None:
        self._outbound = outbound
        self._default = default
        self._limit = limit

    async def send(self, message: Message) -> Receipt:
        """Makes, updates or closes the story's ticket. Raises: Transient, Permanent."""
        system = message.target.partition(":")[0]
        if system not in SYSTEMS:
            raise Permanent("no such ticket system")
        try:
            async with asyncio.timeout(self._limit):
                return await SYSTEMS[system](self._outbound, message, ticket(message), self._default)
        except TimeoutError as problem:
            raise Transient("the ticket system took too long") from problem
