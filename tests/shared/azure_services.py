"""Stand-ins for Communication Services and an Event Grid topic that are as strict as their specifications.

They check who speaks (signature or token), the version, the shape and the size, before anything is taken.
Sources: Azure docs, *Sign an HTTP request*; the REST specifications of Email 2025-09-01 and SMS 2021-03-07; CloudEvents
1.0, section 3; Event Grid's limit of 1 MB a request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web

KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
TOKENS = {
    "https://communication.azure.com//.default": "token-for-communication",
    "https://eventgrid.azure.net/.default": "token-for-event-grid",
}
_MEGABYTE = 1024 * 1024
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,20}")


async def token(scope: str) -> str:
    """The token of a managed identity for this scope."""
    return TOKENS[scope]


@dataclass
class Services:
    """What was taken, what was refused and why, and what operations answer when they are asked."""

    url: str = ""
    mails: dict[str, dict[str, Any]] = field(default_factory=dict)
    sms: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=lambda: ["Running", "Running", "Succeeded"])
    weather: list[web.Response] = field(default_factory=list)
    """Answers that are given before anything is looked at."""

    async def answer(self, request: web.Request) -> web.Response:
        """Whatever the service would say."""
        body = await request.read()
        self.asked.append(f"{request.method} {request.path}")
        if self.weather:
            return self.weather.pop(0)
        try:
            return self._doors(request, body)
        except _Refused as no:
            self.refused.append(no.why)
            return web.json_response({"error": {"code": "Refused", "message": no.why}}, status=no.status)

    def _doors(self, request: web.Request, body: bytes) -> web.Response:
        if request.path == "/api/events":
            return self._topic(request, body)
        _signed(request, body)
        if request.path == "/sms":
            return self._sms(request, body)
        if request.path == "/emails:send":
            return self._mail(request, body)
        return self._operation(request)

    def _mail(self, request: web.Request, body: bytes) -> web.Response:
        _must(request.query.get("api-version") == "2025-09-01", "the version")
        _must(len(body) <= 10 * _MEGABYTE, "the size", 413)
        mail = json.loads(body)
        operation = str(UUID(request.headers["Operation-Id"]))
        content, to = mail["content"], mail["recipients"]["to"]
        _must(bool(content["subject"] and (content["plainText"] or content["html"])), "an empty mail")
        _must(1 <= len(to) <= 50 and all("@" in one["address"] for one in to), "the recipients")
        _must(all("\n" not in text and "\r" not in text for text in mail["headers"].values()), "a header")
        self.mails[operation] = mail
        where = {"Operation-Location": f"{self.url}/emails/operations/{operation}", "retry-after": "30"}
        return web.json_response({"id": operation, "status": self._state()}, status=202, headers=where)

    def _operation(self, request: web.Request) -> web.Response:
        operation = request.path.rpartition("/")[2]
        _must(operation in self.mails, "no such operation", 404)
        return web.json_response({"id": operation, "status": self._state()})

    def _state(self) -> str:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    def _sms(self, request: web.Request, body: bytes) -> web.Response:
        _must(bool(request.query.get("api-version")), "the version")
        sms = json.loads(body)
        (recipient,) = sms["smsRecipients"]
        UUID(recipient["repeatabilityRequestId"])
        _must(recipient["repeatabilityFirstSent"].endswith(" GMT"), "the date")
        _must(bool(sms["message"] and sms["from"]), "an empty SMS")
        again = any(one["smsRecipients"][0] == recipient for one in self.sms)
        self.sms.append(sms)
        result = {"to": recipient["to"], "messageId": "Outgoing_1", "httpStatusCode": 202, "successful": True}
        return web.json_response(
            {"value": [result | {"repeatabilityResult": "rejected" if again else "accepted"}]}, status=202
        )

    def _topic(self, request: web.Request, body: bytes) -> web.Response:
        bearer = request.headers.get("Authorization") == f"Bearer {TOKENS['https://eventgrid.azure.net/.default']}"
        _must(bearer or request.headers.get("aeg-sas-key") == KEY, "who speaks", 401)
        _must(request.query.get("api-version") == "2018-01-01", "the version")
        _must(request.content_type == "application/cloudevents-batch+json", "the content type", 415)
        _must(len(body) <= _MEGABYTE, "the size", 413)
        for event in json.loads(body):
            _must(event["specversion"] == "1.0" and all(event[name] for name in ("id", "source", "type")), "an event")
            _must(all(_ATTRIBUTE.fullmatch(name) for name in event), "the name of an attribute")
            self.events.append(event)
        return web.Response(status=200)


class _Refused(Exception):
    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


def _must(holds: bool, why: str, status: int = 400) -> None:  # noqa: FBT001 - a sentence: it must hold, or why not
    if not holds:
        raise _Refused(why, status)


def _signed(request: web.Request, body: bytes) -> None:
    said = request.headers.get("Authorization", "")
    if said == f"Bearer {TOKENS['https://communication.azure.com//.default']}":
        return
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    _must(request.headers.get("x-ms-content-sha256") == digest, "the hash of the body", 401)
    signed = f"{request.method}\n{request.path_qs}\n{request.headers['x-ms-date']};{request.headers['Host']};{digest}"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), signed.encode(), "sha256")).decode()
    _must(said.endswith(f"SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"), "who speaks", 401)


@asynccontextmanager
async def services(tls: ssl.SSLContext | None = None) -> AsyncIterator[Services]:
    """The stand-ins on this machine until the block ends; over TLS when a context is given."""
    standing = Services()
    app = web.Application(client_max_size=20 * _MEGABYTE)
    app.router.add_route("*", "/{path:.*}", standing.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    standing.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield standing
    finally:
        await runner.cleanup()
