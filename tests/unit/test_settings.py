"""The environment is read once, every mistake is named at once, and no secret is shown."""

from __future__ import annotations

import logging

import pytest

from notbefore.errors import ConfigError
from notbefore.settings import load_settings

STORAGE = {"AzureWebJobsStorage": "AccountName=a;AccountKey=c2VjcmV0LWtleQ=="}
SECRETS = {
    "NOTBEFORE_SMTP": "smtp://user:hidden-password@mail.example.com:587",
    "NOTBEFORE_ACS": "endpoint=https://a.communication.azure.com/;accesskey=hidden-acs",
    "NOTBEFORE_SIGNING_KEY": "hidden-signing-key-of-32-bytes-and-more",
    "HOOK_SECRET": "hidden-hook",
}


def problems(environment: dict[str, str]) -> str:
    """What is said about an environment that cannot be used."""
    with pytest.raises(ConfigError) as told:
        load_settings(environment)
    return str(told.value)


def test_a_storage_account_is_all_that_is_needed() -> None:
    """Everything else has a default, and the doors of a default are closed."""
    settings = load_settings(STORAGE)
    assert settings.storage.connection_string == STORAGE["AzureWebJobsStorage"]
    assert (settings.local, settings.platform_sign_in, settings.entra, settings.allow_networks) == (
        False,
        False,
        None,
        (),
    )


def test_no_secret_is_in_a_repr_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Neither of the settings nor of a part of them."""
    settings = load_settings(STORAGE | SECRETS)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%r %s %r", settings, settings, settings.storage)
    assert "hidden" not in caplog.text
    assert "c2VjcmV0" not in caplog.text
    assert settings.smtp == SECRETS["NOTBEFORE_SMTP"]


def test_names_of_the_routing_file_are_looked_up_when_asked() -> None:
    """What is set is answered; what is not, or is a reference that the platform could not resolve, is None."""
    unresolved = {"VAULT": "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/x)"}
    settings = load_settings(STORAGE | SECRETS | unresolved)
    assert [settings.get(name) for name in ("HOOK_SECRET", "NOWHERE", "VAULT")] == ["hidden-hook", None, None]


def test_an_identity_needs_a_name_or_three_addresses() -> None:
    """The name gives the public cloud's addresses; an empty connection string counts as none."""
    named = load_settings({"AzureWebJobsStorage": "", "AzureWebJobsStorage__accountName": "acct"}).storage
    assert (named.blobs, named.connection_string) == ("https://acct.blob.core.windows.net", None)
    addresses = {f"AzureWebJobsStorage__{kind}ServiceUri": f"https://a.{kind}.example" for kind in ("blob", "queue")}
    assert "AzureWebJobsStorage__accountName" in problems(addresses)
    addresses["AzureWebJobsStorage__tableServiceUri"] = "https://a.table.example"
    whole = load_settings(addresses | {"AzureWebJobsStorage__clientId": "id"}).storage
    assert (whole.tables, whole.client_id) == ("https://a.table.example", "id")


def test_every_mistake_is_named_at_once() -> None:
    """One start is enough to learn of all of them."""
    said = problems(
        {
            "NOTBEFORE_URL": "board.example.com",
            "NOTBEFORE_ALLOW_NETWORKS": "10.0.0.0/8, 10.0.0.0/33",
            "NOTBEFORE_ENTRA_TENANT": "t",
            "NOTBEFORE_SIGNING_KEY": "short",
            "NOTBEFORE_SMTP": "@Microsoft.KeyVault(SecretUri=https://v)",
            "NOTBEFORE_LOCAL": "1",
            "WEBSITE_INSTANCE_ID": "abc",
        }
    )
    named = ("AzureWebJobsStorage", "URL", "'10.0.0.0/33'", "ENTRA_AUDIENCES", "SIGNING_KEY", "SMTP", "LOCAL: must not")
    assert [name for name in named if name not in said] == []
    assert "short" not in said


def test_lists_are_separated_by_blanks_or_commas() -> None:
    """Both forms are met in app settings."""
    entra = {"NOTBEFORE_ENTRA_TENANT": "t", "NOTBEFORE_ENTRA_AUDIENCES": "a, b c"}
    settings = load_settings(STORAGE | entra | {"NOTBEFORE_ALLOW_NETWORKS": "10.0.0.0/8 fd00::/8"})
    assert settings.entra is not None
    assert settings.entra.audiences == ("a", "b", "c")
    assert settings.allow_networks == ("10.0.0.0/8", "fd00::/8")


def test_settings_do_not_change() -> None:
    """They are read once."""
    with pytest.raises(AttributeError):
        load_settings(STORAGE).local = True  # type: ignore[misc] # that is the point


def test_what_is_polled_is_read_and_checked() -> None:
    """A workspace is an id, subscriptions are ids or `all`, intervals are minutes; all mistakes are named."""
    guid = "11111111-1111-4111-8111-11111111ABCD"
    polled = {"NOTBEFORE_WORKSPACE": guid, "NOTBEFORE_POLL_SUBSCRIPTIONS": f"{guid}, {guid}"}
    poll = load_settings(STORAGE | polled | {"NOTBEFORE_POLL_GRAPH_MINUTES": "10"}).poll
    assert (poll.workspace, poll.subscriptions) == (guid, (guid.lower(),))
    assert (poll.logs_minutes, poll.graph_minutes, poll.machines_minutes) == (1, 10, 15)
    assert load_settings(STORAGE | {"NOTBEFORE_POLL_SUBSCRIPTIONS": "All"}).poll.subscriptions == ("all",)
    wrong = {
        "NOTBEFORE_WORKSPACE": "my-workspace",
        "NOTBEFORE_POLL_SUBSCRIPTIONS": "prod",
        "NOTBEFORE_POLL_LOGS_MINUTES": "0",
        "NOTBEFORE_ARM": "management.azure.com",
    }
    said = problems(STORAGE | wrong)
    assert all(name in said for name in wrong)


def test_nothing_is_polled_unless_it_is_named() -> None:
    """Without a workspace and without subscriptions nobody is asked."""
    poll = load_settings(STORAGE).poll
    assert (poll.workspace, poll.subscriptions) == (None, ())
