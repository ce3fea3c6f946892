"""A CloudEvent to an Event Grid topic, with its key or as the managed identity."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from notbefore.errors import Permanent
from notbefore.outbound import Outbound, accepted
from notbefore.schema import Message, Receipt

Tokens = Callable[[str], Awaitable[str]]
"""Scope → bearer token of the managed identity. Raises: Transient."""

SCOPE = "https://eventgrid.azure.net/.default"
_API = "api-version=2018-01-01"


class EventGrid:
    """The channel `eventgrid`. Options: `key`, the topic's; without one, `tokens` is asked."""

    def __init__(self, outbound: Outbound, tokens: Tokens | None = None) -> None:
        self._outbound = outbound
        self._tokens = tokens

    async def send(self, message: Message) -> Receipt:
        """Publishes once; a subscriber tells a repeat by the event's id. Raises: Transient, Permanent."""
        url = message.target if "api-version=" in message.target else f"{message.target}?{_API}"
        headers = {"Content-Type": message.content_type} | await self._who(message)
        answer = accepted(await self._outbound.post(url, message.body, headers), message.at)
        return Receipt({"status": str(answer.status)})

    async def _who(self, message: Message) -> dict[str, str]:
        key = message.options.get("key")
        if key:
            return {"aeg-sas-key": key}
        if self._tokens is None:
            raise Permanent("the topic has no key here, and there is no managed identity")
        return {"Authorization": f"Bearer {await self._tokens(SCOPE)}"}
