"""A signed webhook: Standard Webhooks around a CloudEvent. The body is rendered before; here it is signed and sent.

A receiver behind Entra gets a token of the managed identity beside the signature.
"""

from __future__ import annotations

import base64

from notbefore.channels.azure_clients import Tokens
from notbefore.errors import Permanent
from notbefore.outbound import Outbound, accepted
from notbefore.schema import Message, Receipt

_PREFIX = "whsec_"
_LEAST = 24
"""Bytes that base64 without the prefix must stand for; fewer are taken for a plain word."""


class Webhook:
    """The channel `webhook`. Options: `secrets`, one or more parted by blanks, all of them valid now.

    `entra_audience`: the receiver's application, for which `tokens` is asked.
    """

    def __init__(self, outbound: Outbound, tokens: Tokens | None = None, *, unsigned: bool = False) -> None:
        self._outbound = outbound
        self._tokens = tokens
        self._unsigned = unsigned

    async def send(self, message: Message) -> Receipt:
        """Posts the body once. Nothing goes out unsigned but in a local run. Raises: Transient, Permanent."""
        if not message.options.get("secrets") and not self._unsigned:
            raise Permanent("the routing file has no secret for this webhook (any more)")
        headers = signed(message) | {"Content-Type": message.content_type} | await self._who(message)
        answer = accepted(await self._outbound.post(message.target, message.body, headers), message.at)
        return Receipt({"status": str(answer.status)})

    async def _who(self, message: Message) -> dict[str, str]:
        audience = message.options.get("entra_audience")
        if not audience or self._unsigned:
            return {}
        if self._tokens is None:
            raise Permanent("the webhook wants a token, and there is no managed identity")
        if not message.target.startswith("https://"):
            raise Permanent("a token of the managed identity goes over https only")
        return {"Authorization": f"Bearer {await self._tokens(f'{audience}/.default')}"}


def signed(message: Message) -> dict[str, str]:
    """The three headers of Standard Webhooks; without a secret, id and timestamp only.

    The signature is over the exact bytes that are sent. Raises: Permanent for `whsec_` without base64.
    """
    headers = {"webhook-id": message.delivery_id, "webhook-timestamp": str(int(message.at.timestamp()))}
    secrets = message.options.get("secrets", "").split()
    if secrets:
        headers["webhook-signature"] = " ".join(_signature(secret, message) for secret in secrets)
    return headers


def _signature(secret: str, message: Message) -> str:
    from standardwebhooks.webhooks import Webhook as Signer

    return Signer(_key(secret)).sign(message.delivery_id, message.at, message.body.decode())


def _key(secret: str) -> bytes:
    """`whsec_` and base64, or base64 of 24 bytes and more: what it stands for. Anything else: its own bytes."""
    said, text = secret.startswith(_PREFIX), secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if said and not key:
        raise Permanent("a webhook secret is not whsec_ and base64")
    return key if said or len(key) >= _LEAST else secret.encode()
