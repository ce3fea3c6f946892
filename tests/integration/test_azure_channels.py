"""Mail, SMS and Event Grid through Azure's own clients, over TLS, to stand-ins as strict as the services."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web
from azure_services import KEY, Services, services, token
from azure_world import AT, LOOPBACK, WRONG, mailer, message
from bad_receivers import Mood, drips, hangs, opened, resets
from msgspec.structs import replace
from tls import Contexts

from notbefore.channels import acs
from notbefore.channels.eventgrid import EventGrid
from notbefore.channels.sms import Sms
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound
from notbefore.ports import Channel
from notbefore.schema import Message

Make = Callable[[Services, Outbound], tuple[Channel, Message]]


def _mail(standing: Services, outbound: Outbound) -> tuple[Channel, Message]:
    return mailer(standing, outbound), message("email", "oncall@example.com")


def _asked(standing: Services, outbound: Outbound) -> tuple[Channel, Message]:
    return mailer(standing, outbound), message("email", "oncall@example.com", attempt=2)


def _sms(standing: Services, outbound: Outbound) -> tuple[Channel, Message]:
    return Sms(acs.Service(outbound, acs.Resource(standing.url, KEY)), "NotBefore"), message("sms", "+31201234567")


def _event(standing: Services, outbound: Outbound) -> tuple[Channel, Message]:
    return EventGrid(outbound), message("eventgrid", f"{standing.url}/api/events", options={"key": KEY})


@pytest.mark.parametrize("make", [_mail, _asked, _sms, _event])
@pytest.mark.parametrize(
    ("status", "headers", "body", "expected", "wait"),
    [
        (429, {"Retry-After": "61"}, b"", Transient, 61.0),
        (503, {}, b"<html>bad gateway", Transient, None),
        (500, {"Content-Type": "text/html"}, b"<html>\xff", Transient, None),
        (302, {"Location": "https://127.0.0.1:1/"}, b"", Permanent, None),
        (307, {"Location": "http://169.254.169.254/"}, b"", Permanent, None),
        (401, {"WWW-Authenticate": "Bearer"}, b'{"error":{"code":"Denied"}}', Permanent, None),
        (413, {}, b"", Permanent, None),
    ],
)
async def test_one_request_one_answer(  # noqa: PLR0913, PLR0917 - a table
    standing: Services, outbound: Outbound, make: Make, status: int, headers: dict[str, str], body: bytes,
    expected: type[Exception], wait: float | None,
) -> None:  # fmt: skip # a table
    """Azure's clients retry nothing and follow nothing here; the queue hears how long the service wants to rest."""
    channel, sent = make(standing, outbound)
    standing.weather = [web.Response(status=status, headers=headers, body=body)]
    with pytest.raises(expected) as caught:
        await channel.send(sent)
    assert len(standing.asked) == 1
    assert getattr(caught.value, "retry_after", None) == wait
    assert "Denied" not in str(caught.value)


@pytest.mark.parametrize("make", [_mail, _asked, _sms])
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"no json"),
        ({"Content-Type": "application/json"}, b"[]"),
        ({"Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00"),
        ({"Content-Type": "application/xml"}, b"<a>"),
        ({"Content-Type": "text/plain; charset=nonsense"}, b"\xff\xfe"),
    ],
)
async def test_an_answer_that_cannot_be_read(
    standing: Services, outbound: Outbound, make: Make, headers: dict[str, str], body: bytes
) -> None:
    """It does not say that the message failed: it is asked for, or sent again under the same id."""
    channel, sent = make(standing, outbound)
    standing.weather = [web.Response(status=202 if make is not _asked else 200, headers=headers, body=body)]
    with pytest.raises(Transient):
        await channel.send(sent)


@pytest.mark.parametrize("make", [_mail, _asked, _sms, _event])
@pytest.mark.parametrize("mood", [hangs, drips, resets], ids=["hang", "drip", "reset"])
async def test_a_bad_day_of_the_service_holds_nobody(make: Make, mood: Mood) -> None:
    """Silence, a byte a second, a reset: each ends in time, and is tried again."""
    way_out = Outbound(LOOPBACK, limit=0.5)
    async with opened() as receiver:
        receiver.moods = [mood] * 2
        channel, sent = make(Services(url=receiver.url.rstrip("/")), way_out)
        async with asyncio.timeout(5):
            with pytest.raises(Transient):
                await channel.send(sent)
        assert receiver.asked == 1 or make is _asked  # a question is asked twice when its connection breaks
    await way_out.close()


async def test_a_wrong_key_is_said_without_the_key(standing: Services, outbound: Outbound) -> None:
    """The service's no is permanent and visible; neither key nor body nor address is in it."""
    with pytest.raises(Permanent) as caught:
        await mailer(standing, outbound, WRONG).send(message("email", "oncall@example.com"))
    assert standing.refused == ["who speaks"]
    assert str(caught.value) == "the receiver answered 401"
    assert WRONG not in repr(acs.Resource("https://x", WRONG))


@pytest.mark.parametrize("make", [_mail, _asked, _sms, _event])
async def test_nothing_of_it_is_logged(
    standing: Services, outbound: Outbound, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """However much is logged, no key, token, signature, address, number or word of a message is."""
    caplog.set_level(logging.DEBUG)
    standing.states = ["Succeeded"]
    channel, sent = make(standing, outbound)
    await channel.send(sent)
    standing.weather = [web.Response(status=401, text=json.dumps({"error": {"message": f"{sent.target} {KEY}"}}))]
    with pytest.raises(Permanent) as caught:
        await channel.send(sent)
    told = caplog.text + str(caught.value)
    for secret in (KEY, "token-for", "Signature=", "oncall@", "+3120", sent.subject or "no subject", "vm-batch"):
        assert secret not in told


@pytest.mark.parametrize("key", [KEY, None])
async def test_event_grid_gets_the_webhooks_body(standing: Services, outbound: Outbound, key: str | None) -> None:
    """By key or identity: the topic takes it, and what a subscriber reads is what a webhook reads."""
    sent = message("eventgrid", f"{standing.url}/api/events", options={"key": key} if key else {})
    assert (await EventGrid(outbound, token).send(sent)).details == {"status": "200"}
    assert standing.refused == []
    (event,), posted = standing.events, msgspec.json.decode(sent.body)
    assert datetime.fromisoformat(event.pop("time")) == datetime.fromisoformat(posted.pop("time"))
    assert event == posted
    assert event["id"] == sent.delivery_id
    assert sent.body == message("webhook", "https://hooks.example.com/").body


async def test_event_grid_says_no(standing: Services, outbound: Outbound) -> None:
    """A wrong key, somebody else's token and what is too large are refused by the topic, once, for good."""
    sent = message("eventgrid", f"{standing.url}/api/events")

    async def foreign(_scope: str) -> str:
        return "somebody else's"

    large = msgspec.json.encode(msgspec.json.decode(sent.body) | {"data": "x" * 1_100_000})
    for channel, tried in (
        (EventGrid(outbound), replace(sent, options={"key": WRONG})),
        (EventGrid(outbound, foreign), sent),
        (EventGrid(outbound, token), replace(sent, body=large)),
    ):
        with pytest.raises(Permanent):
            await channel.send(tried)
    assert standing.refused == ["who speaks", "who speaks", "the size"]
    assert standing.events == []


async def test_an_identitys_token_never_goes_in_clear(outbound: Outbound) -> None:
    """Over plain http no token is sent, to nobody."""
    async with services() as plain:
        with pytest.raises(Permanent, match="https only"):
            await EventGrid(outbound, token).send(message("eventgrid", f"{plain.url}/api/events"))
        with pytest.raises(Permanent):
            await mailer(plain, outbound, None).send(message("email", "oncall@example.com"))
        assert plain.asked == []


@pytest.mark.parametrize("make", [_mail, _asked, _sms, _event])
async def test_azures_clients_are_guarded_too(standing: Services, contexts: Contexts, make: Make) -> None:
    """An address that is not to be reached is not reached through them either."""
    closed = Outbound(trust=contexts[1])
    channel, sent = make(standing, closed)
    with pytest.raises(Permanent, match="the address"):
        await channel.send(sent)
    assert standing.asked == []


async def test_our_sms_is_what_the_sdk_sends_but_for_its_id(standing: Services, outbound: Outbound) -> None:
    """The real SDK's request and ours are taken by the same rules; only ours can be told as a repeat."""
    from azure.communication.sms.aio import SmsClient
    from azure.core.credentials import AzureKeyCredential

    from notbefore.channels.azure_clients import settings

    sent = message("sms", "+31201234567")
    channel = Sms(acs.Service(outbound, acs.Resource(standing.url, KEY)), "NotBefore")
    for attempt in (1, 2):
        await channel.send(replace(sent, attempt=attempt, at=AT + timedelta(minutes=attempt)))
    client = SmsClient(standing.url, AzureKeyCredential(KEY), **settings(outbound))
    for _ in range(2):
        (result,) = await client.send(
            "NotBefore", sent.target, sent.text, enable_delivery_report=True, tag=sent.delivery_id
        )
        assert result.successful
    ours, again, theirs, other = standing.sms
    assert standing.refused == []
    assert ours == again
    assert theirs["smsRecipients"] != other["smsRecipients"]
    assert _without_ids(ours) == _without_ids(theirs)


def _without_ids(sms: dict[str, Any]) -> dict[str, Any]:
    ids = {"repeatabilityRequestId": "", "repeatabilityFirstSent": ""}
    return sms | {"smsRecipients": [one | ids for one in sms["smsRecipients"]]}
