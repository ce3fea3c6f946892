"""A house that heard alerts, agents and polls is restored from what it archived, and goes on as if nothing was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from azure_rows import a_health_event, a_machine_view, vm_id
from azure_says import Asker
from memory_house import START, SUBSCRIPTION, House, a_config, an_audience
from past_signals import the_past

from notbefore.config.model import OWNER, Owners, Route
from notbefore.errors import Permanent
from notbefore.pipeline.past.archive import archived
from notbefore.pipeline.past.restore import restore
from notbefore.pipeline.polls.asking import Asking
from notbefore.schema import DeliveryState

SHOP = "33333333-3333-4333-8333-333333333333"
DAY = timedelta(days=1)


def a_house() -> House:
    """Everything goes to those who watch, and to whoever the tag names."""
    config = a_config(
        an_audience("ops"),
        an_audience("web"),
        an_audience("db"),
        routes=(Route(name="all", to=("ops", OWNER)),),
        owners=Owners(tag="team", fallback="ops"),
    )
    house = House(config)
    house.outside = replace(house.outside, asks_facts=True)
    return house


async def lived() -> Asker:
    """Half a story by alerts and agents, whose documents name an owner; two by polls, one with an owner by its tag."""
    azure = Asker(a_house())
    azure.graph.health = [a_health_event()]
    azure.graph.resources = [
        {"id": vm_id("m-1"), "name": "m-1", "type": "microsoft.compute/virtualmachines", "tags": {"team": "db"}}
    ]
    azure.machines.rows = [a_machine_view("m-1")]
    await azure.polls()
    for signal in the_past(azure.house.at)[:5]:
        await azure.house.waits(signal.received_at - azure.house.at)
        await azure.house.takes(signal.body)
    await azure.polls(3)
    return azure


async def restored(azure: Asker, *, facts: bool = True) -> Asker:
    """Another house with the same archive and the same Azure around it."""
    again = Asker(a_house())
    again.graph, again.machines = azure.graph, azure.machines
    again.house.outside = replace(again.house.outside, archive=azure.house.outside.archive)
    again.house.at = azure.house.at
    asking = Asking(graph=again.graph, machines=again.machines) if facts else Asking()
    await restore(
        again.house.outside, archived(again.house.outside.archive, START - DAY, again.house.at), asking=asking
    )
    return again


async def shape(house: House) -> list[tuple[str, str, str, str, int, list[str]]]:
    """What a person would compare."""
    stories = [story for partition in (SUBSCRIPTION, SHOP) for story in await house.stories(partition)]
    return sorted(
        (one.id, one.phase, one.impact, str(one.window), one.resources_total, sorted(one.heard)) for one in stories
    )


async def test_alerts_agents_and_polls_give_the_same_stories() -> None:
    """Same ids, phases, windows, resources and audiences; no message in any queue, nothing sent."""
    azure = await lived()
    assert {one.origin for one in azure.signals()} >= {"test", "poll:service-health"}
    again = await restored(azure)
    assert await shape(again.house) == await shape(azure.house)
    assert {name for one in await shape(again.house) for name in one[-1]} == {"ops", "web", "db"}
    assert {one.state for one in await again.house.ledger()} == {DeliveryState.RESTORED}
    assert (len(again.house.deliveries), len(again.house.signals)) == (0, 0)


async def test_the_polls_after_it_tell_nobody_again() -> None:
    """Azure lists what it listed before; timers run; the owner by tag is not told a second time."""
    again = await restored(await lived())
    await again.polls(3)
    await again.house.waits(timedelta(hours=1))
    assert [one.target for one in again.house.mail.got] == []


async def test_without_asking_azure_the_owner_is_told_again() -> None:
    """What a tag says lies in no signal: this is what the asking is for."""
    again = await restored(await lived(), facts=False)
    await again.polls(3)
    assert {one.target for one in again.house.mail.got} == {"db@example.com"}


async def test_a_restore_that_azure_does_not_answer_goes_on_where_it_was() -> None:
    """It says so, and the next run asks again without playing anything twice."""
    azure = await lived()
    azure.graph.fails = Permanent("Azure answers 403")
    with pytest.raises(Permanent):
        await restored(azure)
    azure.graph.fails = None
    again = await restored(azure)
    assert await shape(again.house) == await shape(azure.house)
