"""Azure Communication Services: requests signed with the access key, as its REST API wants them.

Azure docs: *Sign an HTTP request*. The signature covers method, path with query, date, host and a hash of the body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlsplit

from msgspec import Struct

from notbefore.channels.mime import date
from notbefore.errors import ConfigError, Mistake
from notbefore.outbound import Answer, Outbound


class Resource(Struct, frozen=True):
    """A Communication Services resource: its endpoint without a slash at the end, and one of its keys."""

    endpoint: str
    key: bytes


def resource(connection_string: str) -> Resource:
    """`endpoint=https://…;accesskey=…` as the portal shows it. Raises: ConfigError."""
    parts = dict(part.split("=", 1) for part in connection_string.split(";") if "=" in part)
    endpoint, key = parts.get("endpoint", "").rstrip("/"), parts.get("accesskey", "")
    try:
        decoded = base64.b64decode(key, validate=True)
    except binascii.Error:
        decoded = b""
    if not endpoint.startswith("https://") or not decoded:
        raise ConfigError((Mistake("settings", 0, "NOTBEFORE_ACS: must be endpoint=https://…;accesskey=…"),))
    return Resource(endpoint, decoded)


class Service:
    """The resource, and the way out to it."""

    def __init__(self, outbound: Outbound, where: Resource) -> None:
        self._outbound = outbound
        self._where = where

    async def call(self, method: str, path: str, body: bytes, at: datetime, operation: str | None = None) -> Answer:
        """One signed request; `operation` is the id that we choose for it. Raises: Transient, Permanent."""
        url = self._where.endpoint + path
        headers = _signed(self._where, method, url, body, at)
        if body:
            headers["Content-Type"] = "application/json"
        if operation:
            headers["Operation-Id"] = operation
        return await self._outbound.request(method, url, body, headers)


def http_date(at: datetime) -> str:
    """`Sat, 21 Nov 2026 02:15:00 GMT`."""
    return date(at.astimezone(UTC)).replace("+0000", "GMT")


def _signed(where: Resource, method: str, url: str, body: bytes, at: datetime) -> dict[str, str]:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    content = base64.b64encode(hashlib.sha256(body).digest()).decode()
    when = http_date(at)
    to_sign = f"{method}\n{target}\n{when};{parts.netloc};{content}".encode()
    signature = base64.b64encode(hmac.digest(where.key, to_sign, hashlib.sha256)).decode()
    return {
        "x-ms-date": when,
        "x-ms-content-sha256": content,
        "Authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
    }
