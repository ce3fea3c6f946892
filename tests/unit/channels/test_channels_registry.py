"""The registry: every word has its channel, what is not set up says so, and a local run stays here."""

import json
from typing import Any

import pytest
from channel_posts import Receive, message

from notbefore.channels.local import LocalOutbound
from notbefore.channels.registry import CHANNELS, build
from notbefore.errors import ConfigError, Permanent


class Settings:
    """Settings as the registry sees them."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - any setting
        self.smtp: str | None = given.get("smtp")
        self.mail_from: str = given.get("mail_from", "nb@example.org")
        self.acs: str | None = given.get("acs")
        self.sms_from: str | None = given.get("sms_from")
        self.servicenow: str | None = None
        self.jira: str | None = None
        self.allow_networks: tuple[str, ...] = ()
        self.local_receivers: str | None = given.get("local_receivers")


def test_every_word_has_its_channel() -> None:
    """Local or not, the same words are there, and they are those of the routing file."""
    real, local = build(Settings()), build(Settings(local_receivers="http://127.0.0.1:9"))
    assert set(real) == set(local) == set(CHANNELS)


async def test_what_is_not_set_up_says_so() -> None:
    """A channel without its settings refuses with their name; it never pretends."""
    channels = build(Settings())
    with pytest.raises(Permanent, match="NOTBEFORE_SMTP"):
        await channels["email"].send(message("email", "a@example.com"))
    with pytest.raises(Permanent, match="NOTBEFORE_SMS_FROM"):
        await channels["sms"].send(message("sms", "+31201234567"))


@pytest.mark.parametrize(
    ("given", "mails"),
    [
        ({}, None),
        ({"acs": "https://nb.communication.azure.com"}, [30, 100]),
        ({"acs": "https://nb.communication.azure.com", "mail_from": "DoNotReply@1-2-3.azurecomm.net"}, [5, 10]),
        ({"acs": "https://nb.communication.azure.com", "smtp": "smtp://relay.example.com"}, None),
    ],
)
def test_a_transport_has_its_own_limits(given: dict[str, str], mails: list[int] | None) -> None:
    """Communication Services' for a domain of one's own, less for one of Azure's, none for a relay."""
    limits = build(Settings(**given)).limits.get("email")
    assert (limits and [one.messages for one in limits]) == mails


@pytest.mark.parametrize("word", ["webhook", "sms", "chat", "eventgrid", "runbook"])
async def test_a_local_run_keeps_everything_here(receive: Receive, word: str) -> None:
    """Whatever address is written, the message goes to the local door, which is told that address."""
    receiver = await receive()
    channels = build(Settings(local_receivers=receiver.url))
    for address in ("https://hooks.example.com/x?a=1", "${env:HOOK_URL}", "+31201234567"):
        receipt = await channels[word].send(message(word, address, options={}))
        assert receipt.details
        got = receiver.got[-1]
        assert got.path == f"/{word}"
        assert got.headers["x-notbefore-to"].startswith(address[:12])
        assert "localhost" not in got.headers["x-notbefore-to"]
    if word in ("sms", "chat"):
        assert json.loads(receiver.got[-1].body)["to"] == "+31201234567"
        assert json.loads(receiver.got[-1].body)["text"]


def test_local_means_this_machine() -> None:
    """Local receivers elsewhere are refused."""
    with pytest.raises(ConfigError):
        LocalOutbound("http://10.0.0.1:8080", "sms")
