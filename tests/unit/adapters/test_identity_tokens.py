"""Tokens are asked for once a scope, until shortly before their end."""

import time
from typing import Self

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from notbefore.adapters.identity_tokens import EARLY, IdentityTokens
from notbefore.errors import Transient


class Credential:
    """Gives tokens that live so long, and counts."""

    def __init__(self, lifetime: float | None) -> None:
        self.lifetime = lifetime
        self.asked: list[str] = []

    async def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        """A token named after its scope."""
        self.asked.extend(scopes)
        if self.lifetime is None:
            raise ClientAuthenticationError("nobody is signed in")
        return AccessToken(f"token for {scopes[0]}", int(time.time() + self.lifetime))

    async def close(self) -> None:
        """Nothing is held."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_problem: object) -> None:
        """Nothing is held."""


async def test_once_a_scope() -> None:
    """A token that lives on is not asked for again; another scope has its own."""
    credential = Credential(3600)
    tokens = IdentityTokens(credential=credential)
    assert await tokens("a") == await tokens("a") == "token for a"
    assert await tokens("b") == "token for b"
    assert credential.asked == ["a", "b"]


async def test_shortly_before_its_end() -> None:
    """A token about to end is replaced."""
    credential = Credential(EARLY - 10)
    tokens = IdentityTokens(credential=credential)
    await tokens("a")
    await tokens("a")
    assert credential.asked == ["a", "a"]


async def test_no_identity() -> None:
    """Without an identity the delivery waits: it may be granted one."""
    with pytest.raises(Transient):
        await IdentityTokens(credential=Credential(None))("a")
