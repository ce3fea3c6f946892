"""What tests of channels that post share: a message, and the receiver as they see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)


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
