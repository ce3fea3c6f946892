"""Chat: an Adaptive Card for a Teams workflow, Block Kit for Slack, Apprise for the rest. The address says which.

The body of the message holds what templates hold: headline, lead, facts, links; here it takes each chat's form.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from notbefore.channels import slack
from notbefore.channels.cards import adaptive_card, slack_blocks
from notbefore.channels.slack import API, PREFIX
from notbefore.errors import Permanent
from notbefore.outbound import Answer, Networks, Outbound, accepted
from notbefore.schema import Message, Receipt

TEAMS_LIMIT = 21_000
"""Bytes: Teams says 28 KB, about 21 were measured by others to pass (Teams docs: *Create Incoming Webhooks*)."""
SLACK_HOST = "hooks.slack.com"
_WEB = frozenset({"https", "http"})


class Chat:
    """The channel `chat`. A repeat after silence may show twice: no webhook of a chat takes an idempotency key."""

    def __init__(self, outbound: Outbound, allowed: Networks = (), *, slack: str = API) -> None:
        self._outbound = outbound
        self._allowed = allowed
        self._slack = slack

    async def send(self, message: Message) -> Receipt:
        """Posts once; where the service can, what was posted is brought up to date. Raises: Transient, Permanent."""
        shown: dict[str, Any] = msgspec.json.decode(message.body)
        if message.target.startswith(PREFIX):
            return await slack.send(self._outbound, message, shown, self._slack)
        if urlsplit(message.target).scheme not in _WEB:
            from notbefore.channels import others

            return await others.send(message, shown, self._allowed)
        body = payload(message)
        answer = await self._outbound.post(message.target, body, {"Content-Type": "application/json"})
        try:
            accepted(answer, message.at)
        except Permanent as problem:
            raise Permanent(f"{problem}{_word(answer)}") from problem
        return Receipt({"status": str(answer.status)})


def payload(message: Message) -> bytes:
    """The bytes for the chat that the address belongs to."""
    shown: dict[str, Any] = msgspec.json.decode(message.body)
    if message.target.startswith(PREFIX) or urlsplit(message.target).hostname == SLACK_HOST:
        return msgspec.json.encode(slack_blocks(shown))
    for rows in (10, 3, 0):
        body = msgspec.json.encode(adaptive_card(shown, rows))
        if len(body) <= TEAMS_LIMIT:
            break
    return body


def _word(answer: Answer) -> str:
    """Slack says in a word why it refused, such as `channel_not_found`: the operator wants to read it."""
    word = answer.body[:60].decode("ascii", "replace").strip()
    return f": {word}" if word.replace("_", "").isalpha() else ""
