"""Machines of which nobody hears: by Resource Graph, by what agents said, and as unknown when neither can say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure_says import Asker
from memory_house import START, SUBSCRIPTION
from running_machines import GROUP, a_heartbeat, a_machine, an_azure, an_instance

from notbefore.errors import Permanent, Transient
from notbefore.pipeline.reporters.blind import judge, look, reporting
from notbefore.pipeline.reporters.reporters import reporters
from notbefore.schema import Names


@pytest.fixture
def azure() -> Asker:
    """A house whose audience has a digest, and hears of one subscription of two."""
    return an_azure()


async def test_a_machine_without_an_agent_is_blind(azure: Asker) -> None:
    """Who runs and is not heard is named; who is heard, or is switched off, is not."""
    azure.graph.running = [a_machine("web-01"), a_machine("web-02"), a_machine("off", power="PowerState/deallocated")]
    await azure.house.takes(a_heartbeat(azure.graph.running[0]["id"]))
    await look(azure.house.outside, azure.graph)
    found = (await reporting(azure.house.outside))[SUBSCRIPTION]
    assert (found.machines, found.agents, found.blind) == (2, 1, Names(1, ("web-02",)))


async def test_one_agent_in_each_zone_is_enough_for_a_set(azure: Asker) -> None:
    """Neighbours of the same set and zone see the same document; another zone needs an agent of its own."""
    azure.graph.running = [an_instance(1, "1"), an_instance(2, "1"), an_instance(3, "2")]
    await azure.house.takes(a_heartbeat(azure.graph.running[0]["id"]))
    await look(azure.house.outside, azure.graph)
    found = (await reporting(azure.house.outside))[SUBSCRIPTION]
    assert (found.machines, found.through, found.blind) == (3, 1, Names(1, ("fleet_3",)))


async def test_an_agent_that_fell_silent_leaves_its_machine_blind(azure: Asker) -> None:
    """Three hours without a word, or three times its own interval."""
    azure.graph.running = [a_machine("web-01"), a_machine("slow")]
    await azure.house.takes(a_heartbeat(azure.graph.running[0]["id"]))
    await azure.house.takes(a_heartbeat(azure.graph.running[1]["id"], every=7200))
    azure.house.at += timedelta(hours=4)
    await look(azure.house.outside, azure.graph)
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].blind == Names(1, ("web-01",))


async def test_no_agent_can_say_that_it_will_not_be_missed(azure: Asker) -> None:
    """Whatever interval it names, after three weeks it is silent."""
    azure.graph.running = [a_machine("web-01")]
    await azure.house.takes(a_heartbeat(azure.graph.running[0]["id"], every=1e308))
    azure.house.at += timedelta(days=22)
    await look(azure.house.outside, azure.graph)
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].blind.total == 1


@pytest.mark.parametrize("why", ["nobody asks", "refused", "throttled", "a part", "not ours to read"])
async def test_what_nobody_can_say_is_unknown_and_never_all_well(azure: Asker, why: str) -> None:
    """Without a full answer the number of machines is none; what agents said themselves still counts."""
    await azure.house.takes(a_heartbeat(f"{GROUP}/virtualMachines/web-01", version="0.1"))
    azure.graph.fails = {"refused": Permanent("403"), "throttled": Transient("429")}.get(why)
    azure.graph.complete = why != "a part"
    azure.graph.subscriptions = [] if why == "not ours to read" else [SUBSCRIPTION]
    graph = None if why == "nobody asks" else azure.graph
    if why in {"refused", "throttled", "a part"}:
        with pytest.raises((Permanent, Transient)):
            await look(azure.house.outside, graph)
    else:
        await look(azure.house.outside, graph)
    found = (await reporting(azure.house.outside))[SUBSCRIPTION]
    assert (found.machines, found.old) == (None, Names(1, ("web-01",)))


async def test_a_subscription_without_machines_is_not_unknown(azure: Asker) -> None:
    """None there is another thing than not to know."""
    await look(azure.house.outside, azure.graph)
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].machines == 0


async def test_what_is_long_gone_is_forgotten(azure: Asker) -> None:
    """An agent of which nothing was heard for a month is nobody's machine any more."""
    await azure.house.takes(a_heartbeat(f"{GROUP}/virtualMachines/gone"))
    azure.house.at += timedelta(days=31)
    for _ in range(2):
        await look(azure.house.outside, azure.graph)
    assert not [one async for one in reporters(azure.house.outside)]
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].agents == 0


async def test_the_timer_looks_by_itself(azure: Asker) -> None:
    """It is one of the polls, at a pace of its own."""
    azure.graph.running = [a_machine("web-01")]
    await azure.polls()
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].blind.total == 1


def test_many_are_counted_and_ten_are_named() -> None:
    """A row stays small whatever happens."""
    from notbefore.pipeline.reporters.blind import Machine

    machines = [Machine(f"/vm/{number}", f"vm-{number:05d}", "") for number in range(50_000)]
    blind = judge(SUBSCRIPTION, machines, [], [], START).blind
    assert (blind.total, len(blind.names)) == (50_000, 10)
