"""What the doctor says of settings, clock, polls and channels: the fault, and what to do; never a secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from notbefore.config.loading import parse
from notbefore.doctor.channels import channels
from notbefore.doctor.examination import examine
from notbefore.doctor.finding import Finding, State
from notbefore.doctor.given import given
from notbefore.doctor.polls import polls, readable
from notbefore.doctor.reach import reach
from notbefore.doctor.storage import SKEW, skew
from notbefore.errors import ConfigError, Mistake, Permanent, Transient
from notbefore.outbound import networks
from notbefore.pipeline.polls.asking import Asking
from notbefore.ports import Found
from notbefore.settings import PollSettings, Settings, load_settings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"
SECRETS = {"HOOK_SECRET": SECRET, "HOOK": SECRET}
ROUTES = """
version: 1
audiences:
  ops:
    channels:
      - email: {to: [ops@example.com]}
      - sms: {to: ["+31201234567"]}
      - webhook: {url: "http://127.0.0.1:9/hook?sig=hidden", secret: "${env:HOOK_SECRET}"}
      - itsm: {system: servicenow, table: incident, url: "https://127.0.0.1:9/", user: u, password: "${env:HOOK}"}
routes:
  - {name: all, to: [ops]}
"""
STORAGE = {"AzureWebJobsStorage": "AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:9/a;"
           "QueueEndpoint=http://127.0.0.1:9/a;BlobEndpoint=http://127.0.0.1:9/a"}  # fmt: skip


def now() -> datetime:
    """A clock that stands."""
    return NOW


async def listed(findings: AsyncIterator[Finding]) -> dict[str, Finding]:
    """By name."""
    return {one.name: one async for one in findings}


def the_settings(**more: str) -> Settings:
    """Of an app in Azure."""
    return load_settings(STORAGE | SECRETS | more)


async def test_what_is_not_set_is_said_with_what_it_costs() -> None:
    """Links, signing key, sign-in."""
    seen = await listed(given(the_settings(), now))
    for name in ("NOTBEFORE_URL", "NOTBEFORE_SIGNING_KEY", "NOTBEFORE_SIGN_IN"):
        assert (seen[name].state, bool(seen[name].advice)) == (State.WRONG, True)


async def test_what_is_set_is_good() -> None:
    """The same with everything there."""
    more = {
        "NOTBEFORE_URL": "https://x.example.com",
        "NOTBEFORE_SIGNING_KEY": "k" * 32,
        "NOTBEFORE_SIGN_IN": "platform",
    }
    seen = await listed(given(the_settings(**more), now))
    assert {one.state for one in seen.values() if one.name.startswith("NOTBEFORE")} <= {State.GOOD, State.NOT_CHECKED}


def test_clocks_a_minute_apart_are_wrong() -> None:
    """Whichever is ahead."""
    assert skew(NOW, NOW + SKEW).state is State.GOOD
    for apart in (timedelta(seconds=61), timedelta(seconds=-61)):
        assert skew(NOW, NOW + apart).state is State.WRONG


@pytest.mark.parametrize(
    ("wanted", "seen", "state"),
    [
        (("a", "b"), {"a", "b", "c"}, State.GOOD),
        (("a", "b"), {"a"}, State.WRONG),
        (("all",), {"a"}, State.GOOD),
        (("all",), set(), State.WRONG),
        (("a",), set(), State.WRONG),
    ],
)
def test_every_subscription_that_is_asked_about_can_be_read(
    wanted: tuple[str, ...], seen: set[str], state: State
) -> None:
    """Resource Graph leaves out in silence what the identity may not see."""
    assert readable(wanted, seen).state is state


class Refusing:
    """Azure, to an identity without a role."""

    async def ask(self, _: str) -> Found:
        """Refuses."""
        raise Permanent("Azure answers 403")


async def test_a_poll_that_azure_refuses_names_the_role() -> None:
    """Nothing configured is not checked, and no fault."""
    (refused,) = (await listed(polls(PollSettings(subscriptions=("all",)), Asking(graph=Refusing()), now))).values()
    assert (refused.state, "Reader" in refused.advice) == (State.WRONG, True)
    (nothing,) = (await listed(polls(PollSettings(), Asking(), now))).values()
    assert nothing.state is State.NOT_CHECKED


async def test_every_channel_is_looked_at_and_nothing_is_sent() -> None:
    """A transport that is not set up, and addresses that are refused, each with its audience."""
    config = parse(ROUTES.encode(), "routes.yaml", SECRETS.get)
    seen = await listed(channels(the_settings(), config, now))
    assert {name: one.state for name, one in seen.items()} == {
        "transport of mail": State.WRONG,
        "transport of SMS, Communication Services": State.WRONG,
        "channel email of ops, o…@example.com": State.GOOD,
        "channel sms of ops, +31…67": State.GOOD,
        "channel webhook of ops, http://127.0.0.1/…": State.WRONG,
        "channel itsm of ops, servicenow:incident": State.WRONG,
    }


async def test_a_secret_that_is_not_set_is_named() -> None:
    """By the name of its setting."""
    config = parse(ROUTES.encode(), "routes.yaml", SECRETS.get)
    bare = replace(the_settings(), lookup=lambda _: None)
    seen = await listed(channels(bare, config, now))
    assert "HOOK_SECRET" in seen["channel webhook of ops, http://127.0.0.1/…"].detail


async def test_reach_connects_and_says_nothing() -> None:
    """A listener sees a connection and no byte; a closed port is nobody; a guarded address is refused."""
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()
        ended.set()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    here = networks(["127.0.0.0/8"])
    await reach(f"http://127.0.0.1:{port}/x", here)
    await ended.wait()
    assert heard == [b""]
    with pytest.raises(Permanent):
        await reach(f"http://127.0.0.1:{port}/x", ())
    with pytest.raises(Permanent):
        await reach("http://169.254.169.254/metadata", networks(["0.0.0.0/0"]))
    with pytest.raises(Transient):
        await reach(f"https://127.0.0.1:{port}/", here)
    server.close()
    await server.wait_closed()
    with pytest.raises(Transient):
        await reach(f"http://127.0.0.1:{port}/x", here)


async def test_an_examination_of_a_house_in_ruins_ends_and_holds_no_secret(tmp_path: Path) -> None:
    """No storage, a routing file that is there, secrets everywhere: a finding for each, and none repeats a secret."""
    file = tmp_path / "routes.yaml"
    file.write_text(ROUTES)
    secrets = SECRETS | {"NOTBEFORE_SIGNING_KEY": "signing-key-of-32-bytes-and-more",
               "NOTBEFORE_SMTP": "smtp://user:mail-password@127.0.0.1:9",
               "NOTBEFORE_ACS": "endpoint=https://127.0.0.1:9;accesskey=YWNjZXNzLWtleQ=="}  # fmt: skip
    environment = STORAGE | secrets | {"NOTBEFORE_ROUTES": str(file), "NOTBEFORE_SMS_FROM": "+31"}
    findings = [one async for one in examine(environment, now)]
    said = msgspec.json.encode(findings).decode()
    stores = [one for one in findings if one.name.startswith("storage")]
    assert all(one.state is State.WRONG and one.advice for one in stores)
    for secret in (SECRET, "c2VjcmV0", "signing-key", "mail-password", "YWNjZXNz", "sig=hidden", "ops@example.com"):
        assert secret not in said


async def test_a_secret_may_lie_in_a_vault(tmp_path: Path) -> None:
    """As the app reads it at its start; a vault that does not answer is a finding about the settings."""
    file = tmp_path / "routes.yaml"
    file.write_text(ROUTES)
    environment = STORAGE | {"NOTBEFORE_ROUTES": str(file), "NOTBEFORE_VAULT": "https://vault.example.com/"}
    seen = {one.name: one async for one in examine(environment, now, lambda *_: SECRETS)}
    assert seen["routing file"].state is State.GOOD

    def closed(*_: object) -> dict[str, str]:
        raise ConfigError(
            (Mistake("settings", 0, "NOTBEFORE_VAULT: the secrets cannot be read", "look at its network"),)
        )

    found = [one async for one in examine(environment, now, closed)]
    assert (found[0].state, found[0].advice) == (State.WRONG, "look at its network")


async def test_settings_come_first() -> None:
    """A wrong one is named, and nothing else is looked at."""
    findings = [one async for one in examine({"NOTBEFORE_URL": "ftp://x"}, now)]
    assert [one.state for one in findings] == [State.WRONG, State.WRONG, State.NOT_CHECKED]
