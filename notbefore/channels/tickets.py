"""The channel `itsm`. The target says which system: `servicenow:incident`, `jira:OPS`, `pagerduty:`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakValueDictionary

from msgspec.structs import replace

from notbefore.channels import jira, pagerduty, servicenow
from notbefore.channels.instance import Instance
from notbefore.channels.itsm import Ticket, ticket
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound
from notbefore.outbound.client import TIME_LIMIT
from notbefore.schema import Message, Receipt

SYSTEMS = {"servicenow": servicenow.send, "jira": jira.send, "pagerduty": pagerduty.send}
_Place = tuple[str, str, str]
"""Instance, table or project, story."""
_KEPT = 1_000
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
        self._turns: WeakValueDictionary[_Place, asyncio.Lock] = WeakValueDictionary()
        """One sender at a time for a story's ticket: two audiences may share it."""
        self._made: dict[_Place, str] = {}

    async def send(self, message: Message) -> Receipt:
        """Makes, updates or closes the story's ticket. Raises: Transient, Permanent."""
        system = message.target.partition(":")[0]
        if system not in SYSTEMS:
            raise Permanent("no such ticket system")
        at, what = Instance(self._outbound, message, self._own.get(system)), ticket(message)
        mine = (at.base, message.target, what.story)
        turn = self._turns.setdefault(mine, asyncio.Lock())
        try:
            async with asyncio.timeout(self._limit), turn:
                receipt = await SYSTEMS[system](at, self._knowing(what, mine))
        except TimeoutError as problem:
            late = "the ticket system took too long"
            raise (at.unsure(late) if at.writing else Transient(late)) from problem
        self._made[mine] = receipt.details.get("record", "")
        self._forget()
        return receipt

    def _knowing(self, what: Ticket, mine: _Place) -> Ticket:
        """With the ticket that another audience's message has just made: a search may not know it yet."""
        made = self._made.get(mine)
        return replace(what, before={"record": made, **what.before}) if made else what

    def _forget(self) -> None:
        """What is old is found by asking."""
        for place in list(self._made)[: max(0, len(self._made) - _KEPT)]:
            del self._made[place]
