"""The channel `itsm`. The target says which system: `servicenow:incident`, `jira:OPS`, `pagerduty:`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from notbefore.channels import jira, pagerduty, servicenow
from notbefore.channels.instance import Instance
from notbefore.channels.itsm import ticket
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound
from notbefore.outbound.client import TIME_LIMIT
from notbefore.schema import Message, Receipt

SYSTEMS = {"servicenow": servicenow.send, "jira": jira.send, "pagerduty": pagerduty.send}
_PUBLIC = {"pagerduty": pagerduty.EVENTS}


class Tickets:
    """`own` are the installation's instances by system, for a channel that names none: `https://user:password@host`.

    `limit` is for all calls of one message, in seconds.
    """

    def __init__(
        self, outbound: Outbound, own: Mapping[str, str | None] | None = None, *, limit: float = TIME_LIMIT
    ) -> None:
        self._outbound = outbound
        self._own = _PUBLIC | {system: url for system, url in (own or {}).items() if url}
        self._limit = limit

    async def send(self, message: Message) -> Receipt:
        """Makes, updates or closes the story's ticket. Raises: Transient, Permanent."""
        system = message.target.partition(":")[0]
        if system not in SYSTEMS:
            raise Permanent("no such ticket system")
        at = Instance(self._outbound, message, self._own.get(system))
        try:
            async with asyncio.timeout(self._limit):
                return await SYSTEMS[system](at, ticket(message))
        except TimeoutError as problem:
            late = "the ticket system took too long"
            raise (at.unsure(late) if at.writing else Transient(late)) from problem
