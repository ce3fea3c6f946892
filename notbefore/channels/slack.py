"""Slack by its Web API with a bot's token: one message a story, brought up to date, and a thread below it.

Slack has no idempotency key. From the second attempt on it is asked first, by the delivery's id in the message's
metadata; where the token may not read, a repeat may show twice.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from notbefore.channels.cards import slack_blocks
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound, accepted
from notbefore.schema import Message, Receipt

API = "https://slack.com/api"
PREFIX = "slack:"
_AGAIN = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_NO_ROOT = frozenset({"message_not_found", "thread_not_found", "channel_not_found"})
_NOT_EDITED = frozenset(
    {"cant_update_message", "edit_window_closed", "as_user_not_supported", "message_limit_exceeded"}
)
_MAY_NOT_READ = frozenset({"missing_scope", "not_in_channel", "no_permission"})


class Refused(Permanent):
    """Slack's own word for why not."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Slack refused: {word}")
        self.word = word


async def send(outbound: Outbound, message: Message, shown: dict[str, Any], api: str = API) -> Receipt:
    """Posts the story's message, or answers below it and brings it up to date. Raises: Transient, Permanent."""
    room = _Room(outbound, message, api)
    said = slack_blocks(shown)
    thread = message.before.get("thread") if message.before.get("room") == room.name else None
    if thread and await room.edited(thread, said):
        ts = await room.said_before(thread) or await room.posted(said, thread, loud=shown["level"] == "critical")
    else:
        thread = ts = await room.said_before(None) or await room.posted(said, None, loud=False)
    return Receipt({"room": room.name, "message": ts, "thread": thread})


class _Room:
    """One channel, as this message sees it."""

    def __init__(self, outbound: Outbound, message: Message, api: str) -> None:
        self.name = message.target.removeprefix(PREFIX)
        self._outbound = outbound
        self._message = message
        self._api = api
        if not message.options.get("token"):
            raise Permanent("Slack needs the `token` of a bot")

    async def edited(self, thread: str, said: dict[str, Any]) -> bool:
        """The story's message says what holds now; False when it is gone. What may not be edited stays as it is."""
        try:
            await self._call("chat.update", {"channel": self.name, "ts": thread} | said)
        except Refused as problem:
            if problem.word in _NO_ROOT:
                return False
            if problem.word not in _NOT_EDITED:
                raise
        return True

    async def posted(self, said: dict[str, Any], thread: str | None, *, loud: bool) -> str:
        """The time stamp that names the new message."""
        mark = {"event_type": "notbefore_delivery", "event_payload": {"delivery": self._message.delivery_id}}
        below = {"thread_ts": thread, "reply_broadcast": loud} if thread else {}
        body = {"channel": self.name, "metadata": mark, "unfurl_links": False} | below | said
        return str((await self._call("chat.postMessage", body)).get("ts", ""))

    async def said_before(self, thread: str | None) -> str | None:
        """Where an earlier attempt left this very delivery; None when it did not, or it may not be asked."""
        if self._message.attempt <= 1 or self._message.first_at is None:
            return None
        asked = {"channel": self.name, "include_all_metadata": "true", "limit": "100"}
        asked |= {"ts": thread} if thread else {"oldest": f"{self._message.first_at.timestamp():.6f}"}
        method = "conversations.replies" if thread else "conversations.history"
        try:
            found = (await self._call(f"{method}?{urlencode(asked)}", None)).get("messages", [])
        except Refused as problem:
            if problem.word in _MAY_NOT_READ:
                return None
            raise
        return next((str(one["ts"]) for one in found if self._message.delivery_id in str(one.get("metadata"))), None)

    async def _call(self, method: str, body: dict[str, Any] | None) -> dict[str, Any]:
        token = {"Authorization": f"Bearer {self._message.options['token']}"}
        headers = token | {"Content-Type": "application/json; charset=utf-8"}
        content = b"" if body is None else msgspec.json.encode(body)
        verb = "GET" if body is None else "POST"
        answer = accepted(
            await self._outbound.request(verb, f"{self._api}/{method}", content, headers), self._message.at
        )
        try:
            said: dict[str, Any] = msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError as problem:
            raise Transient("Slack gave an answer that is no JSON") from problem
        word = str(said.get("error", ""))[:60]
        if said.get("ok"):
            return said
        if word in _AGAIN:
            raise Transient(f"Slack answered {word}")
        raise Refused(word if word.replace("_", "").isalnum() else "without a word")
