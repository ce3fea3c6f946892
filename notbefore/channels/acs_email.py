"""Mail by Azure Communication Services. The delivery id is the `Operation-Id`: who tries again asks for it first.

The specification (Azure REST API: *Email - Send*) does not promise that a repeat with the same id sends only once. So
from the second attempt on the operation is looked up, and a mail that is there is not sent again. An operation that
still runs is asked for later, by the schedule, until it ends; looks are limited too (60 a minute, 200 an hour).
*Succeeded* means handed to the mail system; whether it arrived, Event Grid tells later.
"""

from __future__ import annotations

import binascii
from typing import Any

import msgspec

from notbefore.channels import acs, mime
from notbefore.errors import Accepted, Permanent, Transient
from notbefore.outbound import Answer, accepted
from notbefore.schema import Attachment, Message, Receipt

_VERSION = "api-version=2025-09-01"
_NOT_FOUND = 404


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""


class _Operation(msgspec.Struct, frozen=True):
    status: str = "Unknown"
    error: _Problem | None = None


class AcsEmail:
    """The channel `email` without SMTP. `sender` is an address of a domain that the resource knows."""

    def __init__(self, service: acs.Service, sender: str) -> None:
        self._service = service
        self._sender = mime.address(sender)

    async def send(self, message: Message) -> Receipt:
        """Hands the mail in once. Raises: Accepted while the service works on it; Transient, Permanent."""
        taken = message.before.get("operation") == message.delivery_id
        operation = await self._known(message) if message.attempt > 1 or taken else None
        if operation is None and taken:
            raise Permanent("the mail service has taken it and knows nothing of it any more")
        if operation is None:
            said = await self._service.mail(self._request(message), message.delivery_id, message.at)
            operation = _operation(said)
        details = {"operation": message.delivery_id, "status": operation.status}
        if operation.status in ("Failed", "Canceled"):
            code = operation.error.code if operation.error else ""
            raise Permanent(f"the mail service says {operation.status} {code}".strip())
        if operation.status != "Succeeded":
            raise Accepted(f"the mail service has it and says {operation.status}", details)
        return Receipt(details)

    async def _known(self, message: Message) -> _Operation | None:
        """The operation of an earlier attempt, None when there was none."""
        path = f"/emails/operations/{message.delivery_id}?{_VERSION}"
        answer = await self._service.call("GET", path, message.at)
        return None if answer.status == _NOT_FOUND else _read(accepted(answer, message.at))

    def _request(self, message: Message) -> dict[str, Any]:
        reply_to = message.options.get("reply_to")
        return {
            "senderAddress": mime.address(message.options.get("from", self._sender)),
            "recipients": {"to": [{"address": mime.address(message.target)}]},
            "content": {"subject": message.subject, "plainText": message.text, "html": message.html},
            "headers": mime.own_headers(message, self._sender.rpartition("@")[2]),
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


def _read(answer: Answer) -> _Operation:
    try:
        return msgspec.json.decode(answer.body, type=_Operation)
    except msgspec.DecodeError as problem:
        raise Transient("the mail service gave an answer that cannot be read") from problem


def _operation(said: object) -> _Operation:
    try:
        return msgspec.convert(said, _Operation)
    except msgspec.ValidationError as problem:
        raise Transient("the mail service gave an answer that cannot be read") from problem
