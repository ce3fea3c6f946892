"""Secrets of a closed vault become settings at start; the environment is stronger, and a failure names the cause."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import KeyVaultSecret, SecretProperties

from notbefore.adapters.vault import secrets_in
from notbefore.errors import ConfigError
from notbefore.settings import load_settings

ADDRESS = "https://x.vault.azure.net/"


class FakeVault:
    """A vault in memory."""

    def __init__(self, values: dict[str, str], disabled: str = "", *, closed: bool = False) -> None:
        self._values = values
        self._disabled = disabled
        self._closed = closed

    def list_properties_of_secrets(self) -> Iterable[SecretProperties]:
        """Without values, as Azure's does."""
        if self._closed:
            raise HttpResponseError(message="Forbidden by its firewall")
        return [self.get_secret(name).properties for name in self._values]

    def get_secret(self, name: str) -> KeyVaultSecret:
        """With its value."""
        properties = SecretProperties(vault_id=f"{ADDRESS}secrets/{name}/1")
        properties._attributes = type("Attributes", (), {"enabled": name != self._disabled})()
        return KeyVaultSecret(properties, self._values[name])


def test_a_secret_is_the_setting_of_its_name() -> None:
    """`NOTBEFORE-SIGNING-KEY` is NOTBEFORE_SIGNING_KEY; what the routing file asks for by name is found as well."""
    vault = FakeVault({"NOTBEFORE-SIGNING-KEY": "k" * 40, "HOOK-SECRET": "h", "OLD": "o"}, disabled="OLD")
    settings = load_settings(
        {"AzureWebJobsStorage": "UseDevelopmentStorage=true", "NOTBEFORE_VAULT": ADDRESS},
        lambda address, client: secrets_in(address, client, vault),
    )
    assert settings.signing_key == "k" * 40
    assert settings.get("HOOK_SECRET") == "h"
    assert settings.get("OLD") is None


def test_the_environment_is_stronger_than_the_vault() -> None:
    """Who sets a setting by hand means it."""
    settings = load_settings(
        {"AzureWebJobsStorage": "UseDevelopmentStorage=true", "NOTBEFORE_VAULT": ADDRESS, "NOTBEFORE_MAIL_FROM": "a@b"},
        lambda *_: {"NOTBEFORE_MAIL_FROM": "c@d"},
    )
    assert settings.mail_from == "a@b"


def test_without_a_vault_nobody_is_asked() -> None:
    """A laptop has none."""

    def never(*_: object) -> dict[str, str]:
        raise AssertionError("asked")

    assert load_settings({"AzureWebJobsStorage": "UseDevelopmentStorage=true"}, never).signing_key is None


def test_a_vault_that_refuses_stops_the_start_and_says_where_to_look() -> None:
    """No value and no address is in the message."""
    with pytest.raises(ConfigError, match="secrets cannot be read: HttpResponseError") as caught:
        secrets_in(ADDRESS, None, FakeVault({}, closed=True))
    assert "Key Vault Secrets User" in str(caught.value)
    assert ADDRESS not in str(caught.value)
