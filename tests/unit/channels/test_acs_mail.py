"""ACS mail: sent under the delivery id, followed, and asked for before it is sent again."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from msgspec.structs import replace

from notbefore.channels import acs
from notbefore.channels.acs_email import AcsEmail
from notbefore.config.model import Audience
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
KEY = b"0123456789abcdef"


class Got(Protocol):
    """One request, as the receiver kept it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(Protocol):
    """The receiver of conftest.py."""

    url: str
    got: list[Got]


Receive = Callable[..., Awaitable[Receiver]]


def message(channel: str, target: str, example: str = "moved", **changes: Any) -> Message:  # noqa: ANN401 - any field
    """A rendered example, aimed at the target."""
    delivery = replace(examples()[example], channel=channel, target=target)
    context = RenderContext(clock=lambda: AT, public_url="https://board.example.com", local=True)
    return replace(render(delivery, Audience(name="x", channels=()), context), **changes)


def acs_mail(receiver: Receiver, outbound: Outbound) -> AcsEmail:
    """ACS mail at the receiver, without waiting between looks."""
    return AcsEmail(acs.Service(outbound, acs.Resource(receiver.url, KEY)), "nb@example.org", pauses=(0.0, 0.0))


async def test_acs_mail_is_followed(receive: Receive, outbound: Outbound) -> None:
    """The mail goes out under the delivery id, and its operation is looked at until it is over."""
    words = ((202, "Running"), (200, "Running"), (200, "Succeeded"))
    receiver = await receive(*((status, json.dumps({"status": word}).encode(), {}) for status, word in words))
    sent = message("email", "oncall@example.com", thread="root")
    receipt = await acs_mail(receiver, outbound).send(sent)
    assert receipt.details == {"operation": sent.delivery_id, "status": "Succeeded"}
    assert [got.method for got in receiver.got] == ["POST", "GET", "GET"]
    assert receiver.got[0].headers["operation-id"] == sent.delivery_id
    body = json.loads(receiver.got[0].body)
    assert body["headers"]["References"] == "<root@example.org>"
    assert body["content"]["subject"] == sent.subject


async def test_acs_mail_asks_before_it_repeats(receive: Receive, outbound: Outbound) -> None:
    """A second attempt finds the first one's operation and sends nothing."""
    receiver = await receive((200, b'{"status":"Succeeded"}', {}))
    await acs_mail(receiver, outbound).send(message("email", "oncall@example.com", attempt=2))
    assert [got.method for got in receiver.got] == ["GET"]
    fresh = await receive((404, b"", {}), (202, b'{"status":"Succeeded"}', {}))
    await acs_mail(fresh, outbound).send(message("email", "oncall@example.com", attempt=2))
    assert [got.method for got in fresh.got] == ["GET", "POST"]


async def test_acs_mail_failures(receive: Receive, outbound: Outbound) -> None:
    """A failed operation is permanent; too many mails is transient; losing sight of an accepted one is neither."""
    failed = await receive((202, b'{"status":"Failed","error":{"code":"InvalidSender"}}', {}))
    with pytest.raises(Permanent, match="InvalidSender"):
        await acs_mail(failed, outbound).send(message("email", "oncall@example.com"))
    many = await receive((429, b"", {"Retry-After": "61"}))
    with pytest.raises(Transient):
        await acs_mail(many, outbound).send(message("email", "oncall@example.com"))
    lost = await receive((202, b'{"status":"Running"}', {}), (503, b"", {}))
    receipt = await acs_mail(lost, outbound).send(message("email", "oncall@example.com"))
    assert receipt.details["status"] == "Running"
