"""What the operator has set, checked. No `repr` shows a secret."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

UNRESOLVED = "@Microsoft.KeyVault("
"""How a Key Vault reference begins; an app that reads one instead of the secret may not see the vault."""

ROUTES = Path("config/routes.yaml")
MAIL_FROM = "notbefore@localhost"
ACTING_ROLE = "NotBefore.Act"


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """Where the tables, queues and blobs are: a connection string, or three addresses and an identity."""

    connection_string: str | None = field(default=None, repr=False)
    blobs: str = ""
    queues: str = ""
    tables: str = ""
    client_id: str | None = None
    """Of a user-assigned identity; None: the system's, or whoever is signed in."""


@dataclass(frozen=True, slots=True)
class EntraSettings:
    """Who may knock at the door for signals with a token. Empty lists mean Azure's own callers and roles."""

    tenant: str
    audiences: tuple[str, ...]
    callers: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """What is asked of Azure, how often (minutes), and where. Nothing is asked while both lists are empty."""

    workspace: str | None = None
    subscriptions: tuple[str, ...] = ()
    """Lower-case ids, or `all`: every subscription that the identity may read."""
    logs_minutes: int = 1
    graph_minutes: int = 5
    machines_minutes: int = 15
    arm: str = "https://management.azure.com"
    logs: str = "https://api.loganalytics.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator has set; docs/settings.md says what each means."""

    storage: StorageSettings
    routes: Path = ROUTES
    public_url: str | None = None
    local: bool = False
    """A run on a laptop: loopback only, open doors, stores made on the way."""
    local_receivers: str | None = None
    allow_networks: tuple[str, ...] = ()
    smtp: str | None = field(default=None, repr=False)
    mail_from: str = MAIL_FROM
    acs: str | None = field(default=None, repr=False)
    sms_from: str | None = None
    servicenow: str | None = field(default=None, repr=False)
    jira: str | None = field(default=None, repr=False)
    entra: EntraSettings | None = None
    poll: PollSettings = field(default_factory=PollSettings)
    platform_sign_in: bool = False
    """The platform signs people in before us and says who they are; without it its header could be anybody's."""
    acting_role: str = ACTING_ROLE
    signing_key: str | None = field(default=None, repr=False)
    lookup: Callable[[str], str | None] = field(default=os.environ.get, repr=False, compare=False)

    def get(self, name: str) -> str | None:
        """The value of `${env:NAME}`; None when it is not set or not resolved. Never log it."""
        value = self.lookup(name)
        return None if value is None or value.startswith(UNRESOLVED) else value
