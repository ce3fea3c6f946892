"""Tokens of the managed identity for channels, or of whoever is signed in here; kept until shortly before their end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from notbefore.errors import Transient

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential

EARLY = 300
"""Seconds before its end at which a token is no longer used."""


class IdentityTokens:
    """Scope → bearer token. `credential` may be handed in; azure-identity is imported at the first question."""

    def __init__(self, client_id: str | None = None, credential: AsyncTokenCredential | None = None) -> None:
        self._client_id = client_id
        self._credential = credential
        self._tokens: dict[str, AccessToken] = {}

    async def __call__(self, scope: str) -> str:
        """The token. Raises: Transient when none is to be had."""
        token = self._tokens.get(scope)
        if token is None or token.expires_on - EARLY < time.time():
            token = self._tokens[scope] = await self._fresh(scope)
        return token.token

    async def close(self) -> None:
        """Closes the connections to the token service."""
        if self._credential is not None:
            await self._credential.close()

    async def _fresh(self, scope: str) -> AccessToken:
        from azure.core.exceptions import AzureError
        from azure.identity.aio import DefaultAzureCredential

        if self._credential is None:
            self._credential = DefaultAzureCredential(managed_identity_client_id=self._client_id)
        try:
            return await self._credential.get_token(scope)
        except AzureError as problem:
            raise Transient(f"no token of the managed identity: {type(problem).__name__}") from problem
