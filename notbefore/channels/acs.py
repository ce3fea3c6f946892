"""Azure Communication Services: one resource, spoken to with Azure's own client, which signs or brings a token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notbefore.channels.azure_clients import Identity, Tokens, lowered, meaning, settings
from notbefore.channels.mime import date
from notbefore.errors import ConfigError, Mistake, Permanent
from notbefore.outbound import Answer, Outbound

if TYPE_CHECKING:
    from azure.communication.email.aio import EmailClient
    from azure.core.credentials import AzureKeyCredential


@dataclass(frozen=True, slots=True)
class Resource:
    """A Communication Services resource: its endpoint without a slash at the end, and one of its keys in base64.

    No key: the managed identity speaks.
    """

    endpoint: str
    key: str | None = field(default=None, repr=False)


def resource(setting: str) -> Resource:
    """`endpoint=https://…;accesskey=…` as the portal shows it, or the endpoint alone. Raises: ConfigError."""
    text = setting.strip()
    if text.startswith("https://") and ";" not in text:
        return Resource(text.rstrip("/"))
    parts = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    endpoint, key = parts.get("endpoint", "").rstrip("/"), parts.get("accesskey", "")
    if not endpoint.startswith("https://") or not _is_base64(key):
        wanted = "must be https://….communication.azure.com, or endpoint=https://…;accesskey=…"
        raise ConfigError((Mistake("settings", 0, f"NOTBEFORE_ACS: {wanted}"),))
    return Resource(endpoint, key)


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except binascii.Error:
        return False


class Service:
    """The resource, and the way out to it. Its client is made at the first message, and kept."""

    def __init__(self, outbound: Outbound, where: Resource, tokens: Tokens | None = None) -> None:
        self._outbound = outbound
        self._where = where
        self._tokens = tokens
        self._client: EmailClient | None = None

    async def mail(self, message: dict[str, Any], operation: str, at: datetime) -> object:
        """Hands a mail in under the id that we choose for it; what the service says of it, as JSON.

        Raises: Transient, Permanent.
        """
        from azure.core.exceptions import AzureError

        try:
            poller = await self._open().begin_send(message, operation_id=operation, polling=False)
            return await poller.result()
        except AzureError as problem:
            raise meaning(problem, at) from problem

    async def call(self, method: str, path: str, at: datetime, body: object = None) -> Answer:
        """One request that the client has no name for; whatever is answered. Raises: Transient, Permanent."""
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        try:
            response = await self._open().send_request(HttpRequest(method, path, json=body))
        except AzureError as problem:
            raise meaning(problem, at) from problem
        return Answer(response.status_code, lowered(response), response.content)

    def _open(self) -> EmailClient:
        from azure.communication.email.aio import EmailClient

        if self._client is None:
            self._client = EmailClient(self._where.endpoint, self._who(), **settings(self._outbound))
        return self._client

    def _who(self) -> AzureKeyCredential | Identity:
        from azure.core.credentials import AzureKeyCredential

        if self._where.key:
            return AzureKeyCredential(self._where.key)
        if self._tokens is None:
            raise Permanent("NOTBEFORE_ACS has no key, and there is no managed identity")
        return Identity(self._tokens)


def http_date(at: datetime) -> str:
    """`Sat, 21 Nov 2026 02:15:00 GMT`."""
    return date(at.astimezone(UTC)).replace("+0000", "GMT")
