"""Mail by Azure Communication Services. The delivery id is the `Operation-Id`: a second attempt asks for it first.

The specification does not promise that a repeat with the same id sends only once (facts, section 12). So from
the second attempt on the operation is looked up, and a mail that is there is not sent again. *Succeeded* means
handed to the mail system; whether it arrived, Event Grid tells later.
"""

from __future__ import annotations

import asyncio
import binascii
from contextlib import suppress

import msgspec

from notbefore.channels import acs, mime
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Answer, accepted
from notbefore.schema import Attachment, Message, Receipt

_VERSION = "api-version=2025-09-01"
_SEND = f"/emails:send?{_VERSION}"
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds between looks. What still runs after them was accepted and is not sent again."""
_LOOKING = 5.0
"""Seconds for all looks together."""
_NOT_FOUND = 404


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class _Operation(msgspec.Struct, frozen=True):
    status: str = "Unknown"
    error: _Problem | None = None


class AcsEmail:
    """The channel `email` without SMTP. `sender` is an address of a domain that the resource knows."""

    def __init__(self, service: acs.Service, sender: str, *, pauses: tuple[float, ...] = _PAUSES) -> None:
        self._service = service
        self._sender = mime.address(sender)
        self._pauses = pauses

    async def send(self, message: Message) -> Receipt:
        """Hands the mail in once. Raises: Transient, Permanent."""
        known = await self._known(message) if message.attempt > 1 else None
        if known is None:
            body = msgspec.json.encode(self._request(message))
            answer = await self._service.call("POST", _SEND, body, message.at, message.delivery_id)
            known = _operation(accepted(answer, message.at))
        operation = await self._followed(message, known)
        if operation.status in ("Failed", "Canceled"):
            code = operation.error.code if operation.error else ""
            raise Permanent(f"the mail service says {operation.status} {code}".strip())
        return Receipt({"operation": message.delivery_id, "status": operation.status})

    async def _followed(self, message: Message, operation: _Operation) -> _Operation:
        """What became of it, as far as a few seconds tell. It was accepted: not being able to look is no failure."""
        with suppress(Transient, TimeoutError):
            async with asyncio.timeout(_LOOKING):
                for pause in self._pauses:
                    if operation.status not in ("NotStarted", "Running"):
                        break
                    await asyncio.sleep(pause)
                    operation = await self._known(message) or operation
        return operation

    async def _known(self, message: Message) -> _Operation | None:
        """The operation of an earlier attempt, None when there was none."""
        path = f"/emails/operations/{message.delivery_id}?{_VERSION}"
        answer = await self._service.call("GET", path, b"", message.at)
        return None if answer.status == _NOT_FOUND else _operation(accepted(answer, message.at))

    def _request(self, message: Message) -> dict[str, object]:
        domain = self._sender.rpartition("@")[2]
        headers = {"Message-ID": f"<{message.delivery_id}@{domain}>", "Auto-Submitted": "auto-generated"}
        if message.thread and message.thread != message.delivery_id:
            headers |= dict.fromkeys(("In-Reply-To", "References"), f"<{message.thread}@{domain}>")
        reply_to = message.options.get("reply_to")
        return {
            "senderAddress": mime.address(message.options.get("from", self._sender)),
            "recipients": {"to": [{"address": mime.address(message.target)}]},
            "content": {"subject": message.subject, "plainText": message.text, "html": message.html},
            "headers": headers,
            "userEngagementTrackingDisabled": True,
            **_files(message.attachments),
            **({"replyTo": [{"address": mime.address(reply_to)}]} if reply_to else {}),
        }


def _files(attachments: tuple[Attachment, ...]) -> dict[str, object]:
    """The service makes no other forms of a text, only files: one of the calendar's two is enough."""
    kept = {one.filename: one for one in reversed(attachments)}.values()
    files = [
        {
            "name": one.filename,
            "contentType": one.content_type.partition(";")[0],
            "contentInBase64": binascii.b2a_base64(one.content, newline=False).decode(),
        }
        for one in kept
    ]
    return {"attachments": files} if files else {}


def _operation(answer: Answer) -> _Operation:
    try:
        return msgspec.json.decode(answer.body, type=_Operation)
    except msgspec.DecodeError as problem:
        raise Transient("the mail service gave an answer that cannot be read") from problem
