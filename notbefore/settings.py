"""The environment, read once and checked: the only place that knows `os.environ`.

Secrets are not kept: `Settings.get` looks them up when a message is sent, and no `repr` shows one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from notbefore.errors import ConfigError, Mistake

PREFIX = "NOTBEFORE_"
STORAGE = "AzureWebJobsStorage"
"""The connection of the Functions host, and ours: a connection string, or the prefix of identity settings."""

UNRESOLVED = "@Microsoft.KeyVault("
"""How a Key Vault reference begins; an app that reads one instead of the secret may not see the vault."""

KEY_BYTES = 32


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
    routes: Path = Path("config/routes.yaml")
    public_url: str | None = None
    local: bool = False
    """A run on a laptop: loopback only, open doors, stores made on the way."""
    local_receivers: str | None = None
    allow_networks: tuple[str, ...] = ()
    smtp: str | None = field(default=None, repr=False)
    mail_from: str = "notbefore@localhost"
    acs: str | None = field(default=None, repr=False)
    sms_from: str | None = None
    servicenow: str | None = field(default=None, repr=False)
    jira: str | None = field(default=None, repr=False)
    entra: EntraSettings | None = None
    poll: PollSettings = field(default_factory=PollSettings)
    platform_sign_in: bool = False
    """The platform signs people in before us and says who they are; without it its header could be anybody's."""
    acting_role: str = "NotBefore.Act"
    signing_key: str | None = field(default=None, repr=False)
    lookup: Callable[[str], str | None] = field(default=os.environ.get, repr=False, compare=False)

    def get(self, name: str) -> str | None:
        """The value of `${env:NAME}`; None when it is not set or not resolved. Never log it."""
        value = self.lookup(name)
        return None if value is None or value.startswith(UNRESOLVED) else value


def wants_token(environment: Mapping[str, str] | None = None) -> bool:
    """The door for signals asks for an Entra token, not for a function key. Known before the rest is read."""
    source = os.environ if environment is None else environment
    return bool(source.get(f"{PREFIX}ENTRA_TENANT", "").strip())


def load_settings(
    environment: Mapping[str, str] | None = None, secrets: Callable[[str, str | None], Mapping[str, str]] | None = None
) -> Settings:
    """The settings of this process. Raises: ConfigError with everything that is wrong.

    With `NOTBEFORE_VAULT` set, `secrets` is asked for what lies there (its address, our client id): a reference to a
    vault whose network is closed is not resolved by the platform (Azure docs: Flex Consumption plan).
    """
    source = os.environ if environment is None else environment
    vault = source.get(f"{PREFIX}VAULT", "").strip()
    if vault and secrets:
        source = {**secrets(vault, source.get(f"{STORAGE}__clientId")), **source}
    mistakes: list[Mistake] = []

    def value(name: str) -> str | None:
        text = source.get(PREFIX + name, "").strip()
        if text.startswith(UNRESOLVED):
            mistakes.append(_mistake(PREFIX + name, "the Key Vault reference is not resolved", "look at its status"))
        return text or None

    settings = Settings(
        storage=_storage(source, mistakes),
        routes=Path(value("ROUTES") or "config/routes.yaml"),
        public_url=_url(value("URL"), "URL", mistakes),
        local=_local(source, mistakes),
        local_receivers=_url(value("LOCAL_RECEIVERS"), "LOCAL_RECEIVERS", mistakes),
        allow_networks=_networks(value("ALLOW_NETWORKS"), mistakes),
        smtp=value("SMTP"),
        mail_from=value("MAIL_FROM") or "notbefore@localhost",
        acs=value("ACS"),
        sms_from=value("SMS_FROM"),
        servicenow=_url(value("SERVICENOW"), "SERVICENOW", mistakes),
        jira=_url(value("JIRA"), "JIRA", mistakes),
        entra=_entra(value, mistakes),
        poll=_poll(value, mistakes),
        platform_sign_in=value("SIGN_IN") == "platform",
        acting_role=value("ACTING_ROLE") or "NotBefore.Act",
        signing_key=_key(value("SIGNING_KEY"), mistakes),
        lookup=source.get,
    )
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return settings


def variable(name: str) -> str | None:
    """One variable, for a command that needs no other setting; None when it is not set. Never log it."""
    return os.environ.get(name)


def _mistake(name: str, problem: str, advice: str = "") -> Mistake:
    return Mistake("settings", 0, f"{name}: {problem}", advice)


def _storage(source: Mapping[str, str], mistakes: list[Mistake]) -> StorageSettings:
    if source.get(STORAGE):
        return StorageSettings(connection_string=source[STORAGE])
    account = source.get(f"{STORAGE}__accountName")
    uris = [
        source.get(f"{STORAGE}__{service}ServiceUri") or (account and f"https://{account}.{service}.core.windows.net")
        for service in ("blob", "queue", "table")
    ]
    if not all(uris):
        advice = f"or {STORAGE}__accountName, or {STORAGE}__blobServiceUri, __queueServiceUri and __tableServiceUri"
        mistakes.append(_mistake(STORAGE, "must be set to a connection string", advice))
    blobs, queues, tables = (uri or "" for uri in uris)
    return StorageSettings(blobs=blobs, queues=queues, tables=tables, client_id=source.get(f"{STORAGE}__clientId"))


def _local(source: Mapping[str, str], mistakes: list[Mistake]) -> bool:
    """Open doors are for a laptop: an instance of App Service, which has an id, is none."""
    local = source.get(f"{PREFIX}LOCAL", "").strip() == "1"
    if local and source.get("WEBSITE_INSTANCE_ID"):
        mistakes.append(_mistake(f"{PREFIX}LOCAL", "must not be set in Azure", "it opens every door"))
    return local


def _key(text: str | None, mistakes: list[Mistake]) -> str | None:
    """One key or more: a word too short may be a passphrase with blanks in it, and would be guessed."""
    unresolved = text is not None and text.startswith(UNRESOLVED)
    if text is not None and not unresolved and any(len(one.encode()) < KEY_BYTES for one in text.split()):
        problem = f"must have {KEY_BYTES} bytes at least, and no blank but between two keys"
        mistakes.append(_mistake(f"{PREFIX}SIGNING_KEY", problem, "it can be guessed"))
    return text


def _url(text: str | None, name: str, mistakes: list[Mistake]) -> str | None:
    if text is not None and not text.startswith(("https://", "http://")):
        mistakes.append(_mistake(PREFIX + name, "must be an address", "https://…"))
    return text.rstrip("/") if text else None


def _networks(text: str | None, mistakes: list[Mistake]) -> tuple[str, ...]:
    found = tuple((text or "").replace(",", " ").split())
    for one in found:
        try:
            ip_network(one)
        except ValueError:
            mistakes.append(_mistake(f"{PREFIX}ALLOW_NETWORKS", f"{one!r} is no network", "as in 10.0.0.0/8"))
    return found


def _entra(value: Callable[[str], str | None], mistakes: list[Mistake]) -> EntraSettings | None:
    names = ("ENTRA_TENANT", "ENTRA_AUDIENCES", "ENTRA_CALLERS", "ENTRA_ROLES")
    given = {name: value(name) for name in names}
    if not any(given.values()):
        return None
    missing = [PREFIX + name for name in names[:2] if given[name] is None]
    mistakes += [_mistake(name, "must be set too", "a tenant and our audiences") for name in missing]
    audiences, callers, roles = (tuple((given[name] or "").replace(",", " ").split()) for name in names[1:])
    return EntraSettings(given["ENTRA_TENANT"] or "", audiences, callers, roles)


_A_DAY = 24 * 60
_POLLS = {"logs_minutes": "POLL_LOGS_MINUTES", "graph_minutes": "POLL_GRAPH_MINUTES"}
_POLLS |= {"machines_minutes": "POLL_MACHINES_MINUTES"}


def _poll(value: Callable[[str], str | None], mistakes: list[Mistake]) -> PollSettings:
    given: dict[str, int] = {}
    for field_name, name in _POLLS.items():
        text = value(name)
        if text is None:
            continue
        if text.isdecimal() and 1 <= int(text) <= _A_DAY:
            given[field_name] = int(text)
        else:
            mistakes.append(_mistake(PREFIX + name, f"{text!r} is no number of minutes", "from 1 to 1440"))
    workspace = value("WORKSPACE")
    if workspace is not None and not _is_guid(workspace):
        mistakes.append(_mistake(f"{PREFIX}WORKSPACE", f"{workspace!r} is no workspace id", "a GUID, not the name"))
    standard = PollSettings()
    return PollSettings(
        workspace=workspace,
        subscriptions=_subscriptions(value("POLL_SUBSCRIPTIONS"), mistakes),
        arm=_url(value("ARM"), "ARM", mistakes) or standard.arm,
        logs=_url(value("LOGS"), "LOGS", mistakes) or standard.logs,
        **given,
    )


def _subscriptions(text: str | None, mistakes: list[Mistake]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys((text or "").lower().replace(",", " ").split()))
    if found == ("all",):
        return found
    name = f"{PREFIX}POLL_SUBSCRIPTIONS"
    mistakes += [_mistake(name, f"{one!r} is no subscription id", "or `all`") for one in found if not _is_guid(one)]
    return found


def _is_guid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None
