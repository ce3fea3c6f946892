"""A dead delivery is sent again: when, how often, and when not."""

from __future__ import annotations

import json
from datetime import timedelta

import memory_house
import pytest
from asking import post, seen
from board_site import doors, house
from board_stories import furnish
from memory_house import SUBSCRIPTION, an_event

from functions import acts, views
from functions.showing import Need
from notbefore.errors import Permanent
from notbefore.pipeline.resend import Wish, resend
from notbefore.schema import Delivery, DeliveryState, Phase


async def dead(there: memory_house.House) -> list[Delivery]:
    """What could not be delivered."""
    return await there.ledger(lambda one: one.state is DeliveryState.DEAD)


async def test_a_dead_delivery_is_sent_again_under_its_own_id() -> None:
    """Same id, fresh tries and time; the receiver gets it once, and a second order finds nothing dead."""
    there = house()
    there.webhook.fails = [Permanent("410")]
    await there.hears(an_event())
    gone = (await dead(there))[0]
    inside = doors(there)
    there.at += timedelta(days=2)
    said = await post(inside, "/x", acts.replay, Need.ACT, route={"id": gone.id})
    assert said.status_code == 202
    waiting = (await there.ledger(lambda one: one.id == gone.id))[0]
    assert (waiting.state, waiting.attempts, waiting.due_at) == (DeliveryState.PENDING, 0, there.at)
    assert waiting.give_up_at >= there.at + timedelta(hours=24)
    await there.runs()
    assert [one.delivery_id for one in there.webhook.got].count(gone.id) == 1
    assert (await there.ledger(lambda one: one.id == gone.id))[0].state is DeliveryState.SENT
    again = await post(inside, "/x", acts.replay, Need.ACT, route={"id": gone.id})
    assert again.status_code == 404


async def test_what_is_sent_again_and_lost_by_a_crash_is_swept_up() -> None:
    """The order writes a promise with the delivery: when the queue message is lost the sweeper enqueues another."""
    there = house()
    there.webhook.fails = [Permanent("410")]
    await there.hears(an_event())
    gone = (await dead(there))[0]
    await resend(there.outside, Wish(delivery=gone.id))
    there.deliveries.due(there.at)
    await there.waits(timedelta(minutes=3))
    assert (await there.ledger(lambda one: one.id == gone.id))[0].state is DeliveryState.SENT


async def test_an_overtaken_message_stays_dead() -> None:
    """Nobody reads an older revision after a newer one: the order is refused with the reason."""
    there = house()
    there.webhook.fails = [Permanent("410") for _ in range(2)]
    await there.hears(an_event())
    there.at += timedelta(hours=1)
    await there.hears(an_event(id="event-2", phase=Phase.STARTED, occurred_at=there.at))
    old = (await dead(there))[0]
    said = await post(doors(there), "/x", acts.replay, Need.ACT, route={"id": old.id})
    assert said.status_code == 409
    assert "revision 2" in json.loads(said.get_body())["error"]


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        (Wish(), 2),
        (Wish(audience="payments-oncall"), 1),
        (Wish(channel="webhook"), 2),
        (Wish(channel="email"), 0),
        (Wish(story="no-such"), 0),
        (Wish(delivery="no-such"), 0),
    ],
)
async def test_dead_ones_are_resent_by_audience_channel_or_story(wish: Wish, number: int) -> None:
    """What fits and is dead is sent again; nothing else is touched."""
    there = house()
    await furnish(there)
    done = await resend(there.outside, wish)
    assert [one.refused for one in done] == [None] * number
    assert len(await dead(there)) == 2 - number


async def test_dead_ones_of_a_story_are_found_by_its_id() -> None:
    """All of a story at once."""
    there = house()
    there.webhook.fails = [Permanent("410") for _ in range(2)]
    await there.hears(an_event(subscription_id=SUBSCRIPTION))
    story = (await there.stories())[0]
    assert len(await resend(there.outside, Wish(story=story.id))) == 2


async def test_the_board_sends_again_by_story_audience_or_channel() -> None:
    """Its buttons say which; an order that says nothing is refused, one that fits nothing finds nothing."""
    there = house()
    await furnish(there)
    inside = doors(there)
    shown = await seen(inside, "/deliveries?state=dead&audience=payments-oncall", views.delivery_list)
    assert '<input type="hidden" name="audience" value="payments-oncall">' in shown
    assert 'name="all"' not in shown
    assert 'name="all"' in await seen(inside, "/deliveries?state=dead", views.delivery_list)
    for fields, status in (
        ({}, 400),
        ({"all": "false"}, 400),
        ({"story": "no-such"}, 404),
        ({"audience": "payments-oncall"}, 202),
    ):
        said = await post(inside, "/deliveries/replay", acts.replay_many, Need.ACT, body=fields)
        assert said.status_code == status
    (left,) = await dead(there)
    assert left.audience != "payments-oncall"
    said = await post(inside, "/deliveries/replay", acts.replay_many, Need.ACT, body={"all": True})
    assert [one["delivery"] for one in json.loads(said.get_body())["items"]] == [left.id]
    await there.runs()
    assert await dead(there) == []
