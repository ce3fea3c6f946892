"""The doors for what is posted: webhook, SMS, chat, Event Grid and runbook, each kept as it came."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from local.receivers.arrivals import Inbox, as_json
from local.receivers.automation import Automation
from local.receivers.records import original_address

KINDS = ("webhook", "sms", "chat", "eventgrid", "runbook")
_WHERE_A_SUBJECT_MAY_BE = ("title", "headline", "summary", "text", "message")


def add_routes(app: web.Application, inbox: Inbox, automation: Automation) -> None:
    """One door a kind. The body is kept as the text that came, so that a signature can be checked over it."""
    for kind in KINDS:
        app.router.add_post(f"/{kind}", _Door(kind, inbox, automation).post)


class _Door:
    def __init__(self, kind: str, inbox: Inbox, automation: Automation) -> None:
        self._kind = kind
        self._inbox = inbox
        self._automation = automation

    async def post(self, request: web.Request) -> web.Response:
        """Keeps headers (names in lower case), body and time; answers as the real receiver would."""
        body = (await request.read()).decode(errors="replace")
        headers = {name.lower(): value for name, value in request.headers.items()}
        to = original_address(request)
        kept = {"to": to, "at": datetime.now(UTC).isoformat(), "headers": headers, "body": body}
        self._inbox.keep(self._kind, to, subject(body), as_json(kept))
        if self._kind == "runbook":
            return self._automation.start(body)
        return web.Response(text="ok")


def subject(body: str) -> str:
    """A line that tells a person what the body is about: its first text under a name that may hold one.

    Before that of a CloudEvent stands the last word of its type.
    """
    try:
        value = json.loads(body)
    except ValueError:
        return body[:100]
    event = isinstance(value, dict) and "specversion" in value
    happening = str(value.get("type", "")).rpartition(".")[2] + ": " if event else ""
    return happening + _first_text(value)[:100]


def _first_text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, list):
        return next((text for one in value if (text := _first_text(one))), "")
    if not isinstance(value, dict):
        return ""
    for name in _WHERE_A_SUBJECT_MAY_BE:
        if isinstance(value.get(name), str) and value[name].strip():
            return " ".join(str(value[name]).split())
    return next((text for one in value.values() if (text := _first_text(one))), "")
