"""Chat: an Adaptive Card for a Teams workflow, Block Kit for Slack. The address says which.

The body of the message holds what templates hold: headline, lead, facts, links; here it takes each chat's form.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from notbefore.channels.cards import adaptive_card, slack_blocks
from notbefore.errors import Permanent
from notbefore.outbound import Answer, Outbound, accepted
from notbefore.schema import Message, Receipt

TEAMS_LIMIT = 21_000
"""Bytes: Teams says 28 KB, about 21 were measured to pass (facts, section 14)."""
SLACK_HOST = "hooks.slack.com"


class Chat:
    """The channel `chat`. A repeat after silence may show twice: neither chat takes an idempotency key."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def send(self, message: Message) -> Receipt:
        """Posts once. Raises: Transient, Permanent."""
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
    if urlsplit(message.target).hostname == SLACK_HOST:
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
