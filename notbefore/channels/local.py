"""A local run: everything goes to the local receivers, whatever address the routing file names.

The channels are the real ones; only the way out is another. Nothing ever leaves the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import msgspec

from notbefore.channels.chat import payload
from notbefore.errors import ConfigError, Mistake
from notbefore.outbound import Answer, Outbound, accepted, networks
from notbefore.schema import Message, Receipt

ORIGINAL_ADDRESS = "X-NotBefore-To"
_LOOPBACK = networks(["127.0.0.0/8", "::1/128"])


class LocalOutbound(Outbound):
    """Posts to one local receiver and says in a header where the message was going."""

    def __init__(self, base: str, door: str, *, keep_path: bool = False) -> None:
        super().__init__(_LOOPBACK)
        if urlsplit(base).hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigError((Mistake("settings", 0, "NOTBEFORE_LOCAL_RECEIVERS: must be on this machine"),))
        self._door = f"{base.rstrip('/')}/{door}"
        self._keep_path = keep_path

    async def request(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """As `Outbound.request`, to the receiver."""
        parts = urlsplit(url)
        path = (parts.path + (f"?{parts.query}" if parts.query else "")) if self._keep_path else ""
        original = quote(url, safe=":/?#[]@!$&'()*+,;=%{}")
        return await super().request(method, self._door + path, body, {**headers, ORIGINAL_ADDRESS: original})


class LocalText:
    """SMS and chat as a small JSON that a person can read: `to`, `text`, and for a chat what it would have got."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def send(self, message: Message) -> Receipt:
        """Posts once. Raises: Transient, Permanent."""
        shown: dict[str, object] = {"id": message.delivery_id, "to": message.target, "text": message.text}
        if message.channel == "chat" and message.target.startswith(("https:", "http:", "slack:")):
            shown["payload"] = msgspec.Raw(payload(message))
        body = msgspec.json.encode(shown)
        answer = await self._outbound.post(message.target, body, {"Content-Type": "application/json"})
        return Receipt({"status": str(accepted(answer, message.at).status)})
