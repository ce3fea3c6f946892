"""Delivered, or visibly not: retries for a day, fail-over, endpoints that are gone, secrets."""

from __future__ import annotations

from datetime import timedelta

from delivery_house import HOOK, MAIL, SECOND, house_with, several
from memory_house import START, House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore.config.model import ChannelConfig
from notbefore.errors import Gone, Permanent, Transient
from notbefore.pipeline.failover import kept
from notbefore.pipeline.resend import Wish, resend
from notbefore.pipeline.tried import Tried, all_tried, note
from notbefore.rules import compile_rules
from notbefore.schema import DeliveryState, Phase, Severity


async def test_a_receiver_that_is_down_for_a_day_is_tried_by_the_schedule_then_visible_then_resent() -> None:
    """R4: nine tries in the first two hours, then hourly; dead when window and day are over; one order sends it."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("no connection")] * 500
    await house.hears(an_event(window=replace(an_event().window, not_before=None, not_after=None)))
    await house.waits(timedelta(hours=2), timedelta(seconds=10))
    (delivery,) = await house.ledger()
    assert 8 <= delivery.attempts <= 10
    await house.waits(timedelta(hours=25), timedelta(minutes=5))
    (delivery,) = await house.ledger()
    assert delivery.state is DeliveryState.DEAD
    assert delivery.last_error == "given up after the last try: no connection"
    assert 27 <= delivery.attempts <= 38
    house.webhook.fails.clear()
    await resend(house.outside, Wish(story=delivery.story_id))
    await house.runs()
    await house.waits(timedelta(minutes=6))
    assert [message.delivery_id for message in house.webhook.got] == [delivery.id]


async def test_what_is_dead_is_told_on_the_failover_channel_once() -> None:
    """Two channels die over one message: the spare one says so once, and nothing when all is well."""
    chat = ChannelConfig(kind="webhook", targets=("https://a.example.com/", "https://b.example.com/"))
    house = house_with(chat, MAIL)
    await house.hears(an_event())
    assert house.mail.got == []
    house.webhook.fails = [Permanent("the receiver answered 404")] * 2
    house.at += timedelta(hours=1)
    await house.hears(an_event(id="b", phase=Phase.STARTED, occurred_at=house.at))
    (told,) = house.mail.got
    assert told.target == "spare@example.com"
    assert house.said[told.delivery_id].reason.startswith("webhook could not be told (the receiver answered 404); ")
    assert len(await house.ledger(lambda one: one.state is DeliveryState.DEAD)) == 2


async def test_a_dead_failover_channel_ends_it() -> None:
    """What dies on the fail-over channel is dead and visible; nothing goes round in a circle."""
    house = house_with(HOOK, MAIL)
    house.webhook.fails, house.mail.fails = [Permanent("no")], [Permanent("neither")]
    await house.hears(an_event())
    assert len(await house.ledger(lambda one: one.state is DeliveryState.DEAD)) == 2


async def test_a_webhook_that_is_gone_is_left_alone_until_a_person_says_otherwise() -> None:
    """After 410 nothing more is sent there; a changed routing file or a resend asks it anew."""
    house = house_with(HOOK)
    house.webhook.fails = [Gone("the receiver answered 410")]
    await several(house, 2)
    assert house.webhook.got == []
    dead = await house.ledger(lambda one: one.state is DeliveryState.DEAD)
    assert len(dead) == 2
    assert any("said 410 at 2026-11-24 12:00 UTC" in (one.last_error or "") for one in dead)
    house.restarted()
    await several(house, 1, Severity.ERROR)
    assert house.webhook.got == []
    await resend(house.outside, Wish(delivery=dead[0].id))
    await house.runs()
    assert [message.delivery_id for message in house.webhook.got] == [dead[0].id]


async def test_a_changed_routing_file_asks_a_gone_endpoint_anew() -> None:
    """The mark belongs to the file under which it was made."""
    house = house_with(HOOK)
    house.webhook.fails = [Gone("the receiver answered 410")]
    await several(house, 1)
    house.rules = compile_rules(replace(house.rules.config, version_id="another"))
    await several(house, 1, Severity.ERROR)
    assert len(house.webhook.got) == 1


async def test_the_ledger_holds_names_of_secrets_and_no_secrets() -> None:
    """Options travel with a delivery; a secret that is written out is left behind."""
    options = {"secrets": "${env:NEW} ${env:OLD}", "key": "plain", "token": "${env:A}x", "reply_to": "a@example.com"}
    assert kept(options) == {"secrets": "${env:NEW} ${env:OLD}", "reply_to": "a@example.com"}


async def test_an_audience_that_is_removed_meanwhile_is_still_told_what_waits() -> None:
    """The delivery keeps what it needs: the routing file no longer has it, and it arrives."""
    house = house_with(HOOK)
    house.webhook.fails = [Transient("busy")]
    await house.hears(an_event())
    house.rules = compile_rules(a_config(an_audience("others")))
    await house.waits(timedelta(minutes=1), SECOND)
    assert len(house.webhook.got) == 1


async def test_the_newest_try_of_each_target_is_kept() -> None:
    """A second test message to a target takes the place of the first; another target has its own line."""
    house = House()
    first = Tried(audience="ops", channel="email", target="a@example.com", told=False, said="no", at=START)
    second = replace(first, told=True, said="sent", at=START + SECOND)
    for tried in (first, second, replace(first, target="b@example.com")):
        await note(house.outside.control, tried)
    kept_ = sorted([one async for one in all_tried(house.outside.control)], key=lambda one: one.target)
    assert [(one.target, one.told) for one in kept_] == [("a@example.com", True), ("b@example.com", False)]
