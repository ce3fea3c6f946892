"""Tickets: one a story, found again by the story's id, updated with each delivery, closed when the story is over.

Neither ServiceNow nor Jira has an idempotency key: each is asked before anything is made (facts, section 13).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from notbefore.errors import Permanent, Transient
from notbefore.outbound import Answer, Outbound, accepted
from notbefore.schema import Message


class Ticket(Struct, frozen=True, kw_only=True):
    """What a ticket says, whatever system keeps it. `place` is a table or a project."""

    story: str
    delivery: str
    place: str
    title: str
    text: str
    severity: str
    over: bool
    occasion: str
    start: str | None = None
    end: str | None = None
    options: Mapping[str, str]


def ticket(message: Message) -> Ticket:
    """The ticket of a rendered message; `target` is `system:place`."""
    shown: dict[str, Any] = msgspec.json.decode(message.body)
    return Ticket(
        story=shown["story"],
        delivery=message.delivery_id,
        place=message.target.partition(":")[2],
        title=message.subject,
        text=message.text,
        severity=shown["level"],
        over=shown["over"],
        occasion=shown.get("occasion", "news"),
        start=shown["window"]["not_before"],
        end=shown["window"]["not_after"],
        options=message.options,
    )


class Api:
    """JSON calls to one instance, signed in by user and password or by a token."""

    def __init__(self, outbound: Outbound, message: Message, default: str | None) -> None:
        base = message.options.get("url") or default
        if not base:
            raise Permanent("the ticket system has no `url` in the routing file")
        self._outbound = outbound
        self._message = message
        self.base = base.rstrip("/")
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"} | _who(message.options)

    async def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The answer's JSON, None when it is empty. Raises: Transient, Permanent."""
        answer = accepted(await self.ask(method, path, body), self._message.at)
        if not answer.body.strip():
            return None
        try:
            return msgspec.json.decode(answer.body)
        except msgspec.DecodeError as problem:
            raise Transient("the ticket system gave an answer that is no JSON") from problem

    async def close(self, method: str, path: str, body: object) -> dict[str, str]:
        """For the receipt: closed, or left open because the instance's own rules refuse it. Raises: Transient.

        A refusal for now is tried again: the ticket would stay open for ever.
        """
        answer = await self.ask(method, path, body)
        try:
            accepted(answer, self._message.at)
        except Permanent:
            return {"left_open": str(answer.status)}
        return {"closed": "yes"}

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """The answer as it is. Raises: Transient, Permanent when there is none."""
        content = b"" if body is None else msgspec.json.encode(body)
        return await self._outbound.request(method, self.base + path, content, self._headers)


def host(api: Api) -> str:
    """For the receipt: which instance."""
    return urlsplit(api.base).hostname or ""


def _who(options: Mapping[str, str]) -> dict[str, str]:
    token, user = options.get("token"), options.get("user")
    if token and user:  # Jira Cloud: an API token stands for the password
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()}
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user:
        secret = f"{user}:{options.get('password', '')}".encode()
        return {"Authorization": "Basic " + base64.b64encode(secret).decode()}
    return {}
