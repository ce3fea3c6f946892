"""Secrets of a Key Vault, read once at start: each is the setting of its name, with `_` for `-`.

Only for a vault whose network is closed; else the platform resolves references in the settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from notbefore.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from azure.keyvault.secrets import KeyVaultSecret, SecretProperties


class Vault(Protocol):
    """What is used of Azure's own client."""

    def list_properties_of_secrets(self) -> Iterable[SecretProperties]:
        """Names and states, without values. Raises: AzureError."""
        ...

    def get_secret(self, name: str) -> KeyVaultSecret:
        """The newest version. Raises: AzureError."""
        ...


def secrets_in(address: str, client_id: str | None, vault: Vault | None = None) -> Mapping[str, str]:
    """Setting → value, of every secret that is enabled. Raises: ConfigError when the vault does not answer."""
    from azure.core.exceptions import AzureError

    try:
        known = vault or _open(address, client_id)
        names = [one.name for one in known.list_properties_of_secrets() if one.name and one.enabled]
        return {name.replace("-", "_"): known.get_secret(name).value or "" for name in names}
    except (AzureError, ValueError) as problem:
        advice = "look at its network, and at the role Key Vault Secrets User of the app's identity"
        told = f"NOTBEFORE_VAULT: the secrets cannot be read: {type(problem).__name__}"
        raise ConfigError((Mistake("settings", 0, told, advice),)) from problem


def _open(address: str, client_id: str | None) -> Vault:
    from azure.identity import DefaultAzureCredential
    from azure.keyvault.secrets import SecretClient

    return SecretClient(address, DefaultAzureCredential(managed_identity_client_id=client_id))
