"""Who we are to the storage account: the holder of its key, or an identity of Entra.

Source: Azure docs, "Authorize with Shared Key" (its section on the Table service signs less than the others).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from notbefore.adapters.azure_request import Request, Service
from notbefore.errors import ConfigError, Mistake, StorageUnavailable

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

SCOPE = "https://storage.azure.com/.default"
EARLY = 300
"""Seconds before its end at which a token is replaced."""


class Credential(Protocol):
    """Makes a call ours."""

    async def headers(self, request: Request, base: str, sent: Mapping[str, str], /) -> dict[str, str]:
        """What to add to the headers `sent`. `base` is the path of the account. Raises: StorageUnavailable."""
        ...

    async def close(self) -> None:
        """Closes what was opened to get tokens."""
        ...


class SharedKey:
    """The account's key; each call is signed with it, and it never leaves this object."""

    def __init__(self, account: str, key: str) -> None:
        self._account = account
        try:
            self._key = base64.b64decode(key, validate=True)
        except (binascii.Error, ValueError):
            raise ConfigError((Mistake("settings", 0, "the AccountKey of the storage account is no base64"),)) from None

    async def headers(self, request: Request, base: str, sent: Mapping[str, str]) -> dict[str, str]:
        """Date and signature."""
        dated = {"x-ms-date": formatdate(usegmt=True)}
        resource = f"/{self._account}{base}{request.path}"
        signable = _signable(request, resource, {**sent, **dated})
        signature = base64.b64encode(hmac.digest(self._key, signable.encode(), sha256)).decode()
        return {**dated, "Authorization": f"SharedKey {self._account}:{signature}"}

    async def close(self) -> None:
        """Nothing is open."""


def _signable(request: Request, resource: str, sent: Mapping[str, str]) -> str:
    kind = sent.get("Content-Type", "")
    if request.service is Service.TABLES:
        return f"{request.method}\n\n{kind}\n{sent['x-ms-date']}\n{resource}"
    length = str(len(request.body)) if request.body else ""
    # Verb, then eleven standard headers; of those only length and type are ever sent by us.
    standard = f"{request.method}\n\n\n{length}\n\n{kind}\n\n\n\n\n\n"
    own = "\n".join(
        sorted(f"{name.lower()}:{value}" for name, value in sent.items() if name.lower().startswith("x-ms-"))
    )
    asked = "".join(f"\n{name}:{value}" for name, value in sorted(request.query.items()))
    return f"{standard}\n{own}\n{resource}{asked}"


class TokenSource(Protocol):
    """Where tokens come from; the credentials of azure-identity are such sources."""

    async def get_token(self, *scopes: str) -> AccessToken:
        """A token and its end. Raises: AzureError."""
        ...

    async def close(self) -> None:
        """Closes its connections."""
        ...


class Identity:
    """A managed identity, or whoever is signed in on this machine; its token is kept until shortly before its end."""

    def __init__(self, open_source: Callable[[], TokenSource]) -> None:
        self._open_source = open_source
        self._source: TokenSource | None = None
        self._token: AccessToken | None = None

    async def headers(self, _request: Request, _base: str, _sent: Mapping[str, str]) -> dict[str, str]:
        """The bearer token, whatever it is sent with. Raises: StorageUnavailable when none is to be had."""
        if self._token is None or self._token.expires_on - EARLY < time.time():
            self._token = await self._fresh()
        return {"Authorization": f"Bearer {self._token.token}"}

    async def _fresh(self) -> AccessToken:
        from azure.core.exceptions import AzureError

        if self._source is None:
            self._source = self._open_source()
        try:
            return await self._source.get_token(SCOPE)
        except AzureError as problem:
            raise StorageUnavailable(f"no token for storage: {type(problem).__name__}") from problem

    async def close(self) -> None:
        """Closes the connections to the token service."""
        if self._source is not None:
            await self._source.close()


def identity(client_id: str | None) -> Identity:
    """The user-assigned identity with this client id, or the system's. Nothing is asked for yet."""

    def source() -> TokenSource:
        from azure.identity.aio import DefaultAzureCredential

        return DefaultAzureCredential(managed_identity_client_id=client_id)

    return Identity(source)
