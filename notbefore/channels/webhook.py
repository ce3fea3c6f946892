"""A signed webhook: Standard Webhooks around a CloudEvent. The body is rendered before; here it is signed and sent."""

from __future__ import annotations

import base64

from notbefore.errors import Permanent
from notbefore.outbound import Outbound, accepted
from notbefore.schema import Message, Receipt

_PREFIX = "whsec_"
_LEAST = 24
"""Bytes that base64 without the prefix must stand for; fewer are taken for a plain word."""


class Webhook:
    """The channel `webhook`. Options: `secrets`, one or more parted by blanks, all of them valid now."""

    def __init__(self, outbound: Outbound, *, unsigned: bool = False) -> None:
        self._outbound = outbound
        self._unsigned = unsigned

    async def send(self, message: Message) -> Receipt:
        """Posts the body once. Nothing goes out unsigned but in a local run. Raises: Transient, Permanent."""
        if not message.options.get("secrets") and not self._unsigned:
            raise Permanent("the routing file has no secret for this webhook (any more)")
        headers = signed(message) | {"Content-Type": message.content_type}
        answer = accepted(await self._outbound.post(message.target, message.body, headers), message.at)
        return Receipt({"status": str(answer.status)})


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
