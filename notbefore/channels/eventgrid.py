"""A CloudEvent to an Event Grid topic by Azure's own client, with the topic's key or as the managed identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from notbefore.channels.azure_clients import Identity, Tokens, meaning, settings
from notbefore.errors import Permanent
from notbefore.outbound import Outbound
from notbefore.schema import Message, Receipt

if TYPE_CHECKING:
    from azure.core.credentials import AzureKeyCredential


class EventGrid:
    """The channel `eventgrid`. Options: `key`, the topic's; without one, `tokens` is asked."""

    def __init__(self, outbound: Outbound, tokens: Tokens | None = None) -> None:
        self._outbound = outbound
        self._tokens = tokens

    async def send(self, message: Message) -> Receipt:
        """Publishes once; a subscriber tells a repeat by the event's id. Raises: Transient, Permanent."""
        from azure.core.exceptions import AzureError
        from azure.eventgrid.aio import EventGridPublisherClient

        topic = message.target.partition("?")[0]
        client = EventGridPublisherClient(topic, self._who(message), **settings(self._outbound))
        try:
            await client.send(msgspec.json.decode(message.body, type=dict))
        except AzureError as problem:
            raise meaning(problem, message.at) from problem
        return Receipt({"status": "200"})

    def _who(self, message: Message) -> AzureKeyCredential | Identity:
        from azure.core.credentials import AzureKeyCredential

        key = message.options.get("key")
        if key:
            return AzureKeyCredential(key)
        if self._tokens is None:
            raise Permanent("the topic has no key here, and there is no managed identity")
        if not message.target.startswith("https://"):
            raise Permanent("a token of the managed identity goes over https only")
        return Identity(self._tokens)
