"""Machines and instances of scale sets are asked in turns: nobody is kept waiting by a busy or refusing neighbour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from azure_rows import a_machine_view, an_instance_view, set_id
from azure_says import Asker
from memory_house import SUBSCRIPTION, House

from notbefore.errors import Permanent, Transient
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.poll import run_polls
from notbefore.pipeline.polls.poll_machines import SETS
from notbefore.schema import Kind, Phase

OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def azure() -> Asker:
    """A house, and an Azure with one Uniform scale set, one of whose instances is to be maintained."""
    found = Asker(House())
    found.graph.scale_sets = [set_id("fleet")]
    found.machines.rows = [an_instance_view("fleet", "3"), an_instance_view("fleet", "4")]
    found.machines.rows[1]["properties"] = {"instanceView": {"vmAgent": {}}}
    return found


async def phases(azure: Asker) -> list[Phase]:
    """Of every story."""
    return sorted(story.phase for story in await azure.house.stories())


async def test_an_instance_of_a_uniform_scale_set_is_found_and_told_once(azure: Asker) -> None:
    """The list of VMs does not have it; the list of its set does."""
    assert (await azure.polls())["scale-sets"] == 1
    assert (await azure.polls(3))["scale-sets"] == 0
    (story,) = await azure.house.stories()
    (seen,) = story.resources
    assert (story.kind, seen.resource.name) == (Kind.PLANNED_MAINTENANCE, "fleet_3")
    assert seen.resource.id == f"{set_id('fleet')}/virtualmachines/3"
    assert len(azure.house.mail.got) == 1


async def test_an_instance_that_is_gone_from_its_set_twice_is_canceled(azure: Asker) -> None:
    """As with machines: two complete lists of its own set."""
    await azure.polls()
    azure.machines.rows = []
    await azure.polls()
    assert await phases(azure) == [Phase.SCHEDULED]
    await azure.polls()
    assert await phases(azure) == [Phase.CANCELED]


async def test_with_its_scale_set_an_instance_is_gone(azure: Asker) -> None:
    """A set that was deleted, or scaled to nothing, has no instances that could be maintained."""
    await azure.polls()
    azure.graph.scale_sets, azure.machines.rows = [], []
    await azure.polls(2)
    assert await phases(azure) == [Phase.CANCELED]


@pytest.mark.parametrize("fault", ["hidden", "partial", "refused", "busy", "cut"])
async def test_a_scale_set_that_was_not_listed_in_full_proves_nothing(azure: Asker, fault: str) -> None:
    """Out of sight, a part of the sets, no role for it, too busy, a part of its instances: nothing is gone."""
    await azure.polls()
    azure.machines.rows = []
    match fault:
        case "hidden":
            azure.graph.scale_sets, azure.graph.subscriptions = [], []
        case "partial":
            azure.graph.scale_sets, azure.graph.complete = [], False
        case "refused":
            azure.machines.refused = {set_id("fleet"): Permanent("Azure answers 403")}
        case "busy":
            azure.machines.refused = {set_id("fleet"): Transient("Azure answers 429", 60)}
        case _:
            azure.machines.complete = False
    await azure.polls(4)
    assert await phases(azure) == [Phase.SCHEDULED]


async def test_more_scale_sets_than_a_turn_are_all_asked_in_time(azure: Asker) -> None:
    """Each turn begins behind the last one, and after the last set it begins again."""
    azure.graph.scale_sets = [set_id(f"fleet-{number:03}") for number in range(SETS + 40)]
    azure.machines.rows = [an_instance_view(f"fleet-{SETS + 10:03}", "0")]
    await azure.polls()
    assert azure.machines.sets_asked == azure.graph.scale_sets[:SETS]
    await azure.polls()
    assert azure.machines.sets_asked[SETS:] == azure.graph.scale_sets[SETS:] + azure.graph.scale_sets[: SETS - 40]
    assert await phases(azure) == [Phase.SCHEDULED]


async def test_a_busy_scale_set_ends_the_turn_and_starves_nobody(azure: Asker) -> None:
    """What was found before it counts, Azure's wish is obeyed, and the next turn begins behind it."""
    azure.graph.scale_sets = [set_id(name) for name in ("a", "b", "c")]
    azure.machines.rows = [an_instance_view("a"), an_instance_view("c")]
    azure.machines.refused = {set_id("b"): Transient("Azure answers 429", 1800)}
    asking = Asking(graph=azure.graph, machines=azure.machines)
    await run_polls(azure.house.outside, asking)
    azure.house.at += timedelta(minutes=29)
    await run_polls(azure.house.outside, asking)
    assert azure.machines.sets_asked == azure.graph.scale_sets[:2]
    azure.house.at += timedelta(minutes=1)
    await run_polls(azure.house.outside, asking)
    await azure.house.runs()
    assert azure.machines.sets_asked[2:] == [set_id(name) for name in ("c", "a", "b")]
    assert len(await azure.house.stories()) == 2


async def test_a_busy_subscription_hides_no_other(azure: Asker) -> None:
    """Machines of the subscriptions before it are told at once, those behind it by the next turn."""
    last = "33333333-3333-4333-8333-333333333333"
    azure.graph.subscriptions = [SUBSCRIPTION, OTHER, last]
    azure.machines.refused = {OTHER: Transient("Azure answers 429", 60)}
    azure.machines.rows = [a_machine_view("web-1"), a_machine_view("web-2", last)]
    await azure.polls()
    assert len(azure.house.mail.got) == 1
    await azure.polls()
    assert len(azure.house.mail.got) == 2
