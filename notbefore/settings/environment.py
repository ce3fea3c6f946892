"""Environment → `Settings`, or everything that is wrong with it, named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path

from notbefore.errors import ConfigError, Mistake
from notbefore.settings.given import (
    ACTING_ROLE,
    MAIL_FROM,
    ROUTES,
    UNRESOLVED,
    EntraSettings,
    PollSettings,
    Settings,
    StorageSettings,
)

PREFIX = "NOTBEFORE_"
STORAGE = "AzureWebJobsStorage"
"""The connection of the Functions host, and ours: a connection string, or the prefix of identity settings."""

KEY_BYTES = 32
_A_DAY = 24 * 60

Secrets = Callable[[str, str | None], Mapping[str, str]]
"""What lies in the vault at an address, read as the identity with a client id."""


def wants_token(environment: Mapping[str, str] | None = None) -> bool:
    """The door for signals asks for an Entra token, not for a function key. Known before the rest is read."""
    source = os.environ if environment is None else environment
    return bool(source.get(f"{PREFIX}ENTRA_TENANT", "").strip())


def variable(name: str) -> str | None:
    """One variable, for a command that needs no other setting; None when it is not set. Never log it."""
    return os.environ.get(name)


def load_settings(environment: Mapping[str, str] | None = None, secrets: Secrets | None = None) -> Settings:
    """The settings of this process. Raises: ConfigError with everything that is wrong.

    With `NOTBEFORE_VAULT` set, `secrets` is asked for what lies there: a reference to a vault whose network is closed
    is not resolved by the platform (Azure docs: Flex Consumption plan).
    """
    source = os.environ if environment is None else environment
    vault = source.get(f"{PREFIX}VAULT", "").strip()
    if vault and secrets:
        source = {**secrets(vault, source.get(f"{STORAGE}__clientId")), **source}
    read = _Reader(source)
    settings = Settings(
        storage=_storage(read),
        routes=Path(read.text("ROUTES") or ROUTES),
        public_url=read.url("URL"),
        local=_local(read),
        local_receivers=read.url("LOCAL_RECEIVERS"),
        allow_networks=_networks(read),
        smtp=read.text("SMTP"),
        mail_from=read.text("MAIL_FROM") or MAIL_FROM,
        acs=read.text("ACS"),
        sms_from=read.text("SMS_FROM"),
        servicenow=read.url("SERVICENOW"),
        jira=read.url("JIRA"),
        entra=_entra(read),
        poll=_poll(read),
        platform_sign_in=read.text("SIGN_IN") == "platform",
        acting_role=read.text("ACTING_ROLE") or ACTING_ROLE,
        signing_key=_key(read),
        lookup=source.get,
    )
    if read.mistakes:
        raise ConfigError(tuple(read.mistakes))
    return settings


class _Reader:
    """Settings by their names without `NOTBEFORE_`, and what is wrong with them so far."""

    def __init__(self, source: Mapping[str, str]) -> None:
        self.source = source
        self.mistakes: list[Mistake] = []

    def wrong(self, name: str, problem: str, advice: str) -> None:
        self.mistakes.append(Mistake("settings", 0, f"{name}: {problem}", advice))

    def text(self, name: str) -> str | None:
        text = self.source.get(PREFIX + name, "").strip()
        if text.startswith(UNRESOLVED):
            self.wrong(PREFIX + name, "the Key Vault reference is not resolved", "look at its status")
        return text or None

    def words(self, name: str) -> tuple[str, ...]:
        return tuple((self.text(name) or "").replace(",", " ").split())

    def url(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not text.startswith(("https://", "http://")):
            self.wrong(PREFIX + name, "must be an address", "https://…")
        return text.rstrip("/") if text else None

    def minutes(self, name: str, standard: int) -> int:
        text = self.text(name)
        if text is None:
            return standard
        if text.isdecimal() and 1 <= int(text) <= _A_DAY:
            return int(text)
        self.wrong(PREFIX + name, f"{text!r} is no number of minutes", "from 1 to 1440")
        return standard


def _storage(read: _Reader) -> StorageSettings:
    source = read.source
    if source.get(STORAGE):
        return StorageSettings(connection_string=source[STORAGE])
    account = source.get(f"{STORAGE}__accountName")
    uris = [
        source.get(f"{STORAGE}__{service}ServiceUri") or (account and f"https://{account}.{service}.core.windows.net")
        for service in ("blob", "queue", "table")
    ]
    if not all(uris):
        advice = f"or {STORAGE}__accountName, or {STORAGE}__blobServiceUri, __queueServiceUri and __tableServiceUri"
        read.wrong(STORAGE, "must be set to a connection string", advice)
    blobs, queues, tables = (uri or "" for uri in uris)
    return StorageSettings(blobs=blobs, queues=queues, tables=tables, client_id=source.get(f"{STORAGE}__clientId"))


def _local(read: _Reader) -> bool:
    """Open doors are for a laptop: an instance of App Service, which has an id, is none."""
    local = read.source.get(f"{PREFIX}LOCAL", "").strip() == "1"
    if local and read.source.get("WEBSITE_INSTANCE_ID"):
        read.wrong(f"{PREFIX}LOCAL", "must not be set in Azure", "it opens every door")
    return local


def _key(read: _Reader) -> str | None:
    """One key or more: a word too short may be a passphrase with blanks in it, and would be guessed."""
    text = read.text("SIGNING_KEY")
    unresolved = text is not None and text.startswith(UNRESOLVED)
    if text is not None and not unresolved and any(len(one.encode()) < KEY_BYTES for one in text.split()):
        problem = f"must have {KEY_BYTES} bytes at least, and no blank but between two keys"
        read.wrong(f"{PREFIX}SIGNING_KEY", problem, "it can be guessed")
    return text


def _networks(read: _Reader) -> tuple[str, ...]:
    found = read.words("ALLOW_NETWORKS")
    for one in found:
        try:
            ip_network(one)
        except ValueError:
            read.wrong(f"{PREFIX}ALLOW_NETWORKS", f"{one!r} is no network", "as in 10.0.0.0/8")
    return found


def _entra(read: _Reader) -> EntraSettings | None:
    tenant, audiences = read.text("ENTRA_TENANT"), read.words("ENTRA_AUDIENCES")
    callers, roles = read.words("ENTRA_CALLERS"), read.words("ENTRA_ROLES")
    if not (tenant or audiences or callers or roles):
        return None
    for name, given in (("ENTRA_TENANT", tenant), ("ENTRA_AUDIENCES", audiences)):
        if not given:
            read.wrong(PREFIX + name, "must be set too", "a tenant and our audiences")
    return EntraSettings(tenant or "", audiences, callers, roles)


def _poll(read: _Reader) -> PollSettings:
    standard = PollSettings()
    workspace = read.text("WORKSPACE")
    if workspace is not None and not _is_guid(workspace):
        read.wrong(f"{PREFIX}WORKSPACE", f"{workspace!r} is no workspace id", "a GUID, not the name")
    return PollSettings(
        workspace=workspace,
        subscriptions=_subscriptions(read),
        arm=read.url("ARM") or standard.arm,
        logs=read.url("LOGS") or standard.logs,
        logs_minutes=read.minutes("POLL_LOGS_MINUTES", standard.logs_minutes),
        graph_minutes=read.minutes("POLL_GRAPH_MINUTES", standard.graph_minutes),
        machines_minutes=read.minutes("POLL_MACHINES_MINUTES", standard.machines_minutes),
    )


def _subscriptions(read: _Reader) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.lower() for one in read.words("POLL_SUBSCRIPTIONS")))
    if found == ("all",):
        return found
    for one in found:
        if not _is_guid(one):
            read.wrong(f"{PREFIX}POLL_SUBSCRIPTIONS", f"{one!r} is no subscription id", "or `all`")
    return found


def _is_guid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) is not None
