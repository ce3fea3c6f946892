"""Facts about resources: asked for once a day, kept with their age, and heeded by the routes once they are known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
from azure_rows import set_id, vm_id
from azure_says import Asker
from memory_house import SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import OWNER, Matcher, Owners, Route
from notbefore.errors import Permanent
from notbefore.pipeline.polls.facts_answer import BATCH
from notbefore.ports import Put, Write
from notbefore.schema import Phase, Resource, ResourceFacts

GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg"


def an_asker(*routes: Route, owners: Owners | None = None) -> Asker:
    """A house with two audiences that asks about resources; everything else goes to nobody."""
    config = a_config(
        an_audience("ops"), an_audience("shop"), routes=routes or (Route(name="all", to=("ops",)),), owners=owners
    )
    house = House(config)
    house.outside = replace(house.outside, asks_facts=True)
    return Asker(house)


def a_resource(name: str = "web-1", **tags: str) -> dict[str, object]:
    """A machine's row in Resource Graph."""
    return {
        "id": vm_id(name),
        "name": name,
        "type": "microsoft.compute/virtualmachines",
        "location": "West Europe",
        "resourceGroup": "rg",
        "zones": ["2"],
        "tags": tags,
        "scaleSet": "",
        "availabilitySet": f"{GROUP}/providers/Microsoft.Compute/availabilitySets/AS-1",
        "faultDomain": "",
    }


async def facts(azure: Asker, name: str = "web-1") -> ResourceFacts | None:
    """What is kept about a machine."""
    key = rowkeys.facts(vm_id(name))
    row = (await azure.house.outside.stories.get(SUBSCRIPTION, [key])).get(key)
    return msgspec.json.decode(row.body, type=ResourceFacts) if row else None


def kept(known: ResourceFacts) -> Write:
    """The facts as they stand in the table."""
    return Write(Put.UPSERT, rowkeys.facts(known.id), msgspec.json.encode(known))


def told(azure: Asker) -> list[str]:
    """Who got mail, in order."""
    return [message.target for message in azure.house.mail.got]


TAGGED = (
    Route(name="shops", to=("shop",), match=Matcher(tag={"app": ("shop",)})),
    Route(name="rest", to=()),
)


async def test_facts_are_kept_with_their_place_and_their_age() -> None:
    """Place, tags, those of group and subscription, and the domains of an availability set."""
    azure = an_asker()
    azure.graph.resources = [a_resource(app="shop")]
    azure.graph.containers = [
        {"id": GROUP, "tags": {"Team": "web", "cost": "1"}},
        {"id": f"/subscriptions/{SUBSCRIPTION}", "tags": {"team": "central", "env": "prod"}},
    ]
    azure.machines.views[vm_id("web-1")] = {"platformUpdateDomain": 3, "platformFaultDomain": 0}
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    at = azure.house.at
    await azure.polls()
    known = await facts(azure)
    assert known is not None
    assert (known.location, known.zone, known.resource_group, known.seen_at) == ("westeurope", "2", "rg", at)
    assert (known.availability_set, known.fault_domain, known.update_domain) == ("AS-1", "0", "3")
    assert (known.tags, known.inherited) == ({"app": "shop"}, {"Team": "web", "cost": "1", "env": "prod"})


async def test_who_is_named_by_a_tag_is_told_once_it_is_known() -> None:
    """A story that was decided before its facts came is decided again; nobody hears it twice."""
    azure = an_asker(*TAGGED)
    azure.graph.resources = [a_resource(app="shop")]
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    assert told(azure) == []
    await azure.polls(5)
    assert told(azure) == ["shop@example.com"]


async def test_an_owner_is_found_by_the_tag_of_the_resource_group() -> None:
    """A machine without an owner's tag belongs to its group's owner."""
    azure = an_asker(Route(name="owned", to=(OWNER,)), owners=Owners(tag="team", fallback="ops"))
    azure.graph.resources = [a_resource()]
    azure.graph.containers = [{"id": GROUP, "tags": {"Team": "Shop"}}]
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    await azure.polls(2)
    assert told(azure) == ["ops@example.com", "shop@example.com"]


async def test_a_machine_deep_in_a_large_story_counts_too() -> None:
    """Of sixty machines only the last is tagged, and its audience is told."""
    azure = an_asker(*TAGGED)
    azure.graph.resources = [a_resource(f"vm-{n:02}", **({"app": "shop"} if n == 59 else {})) for n in range(60)]
    await azure.house.hears(an_event(resources=tuple(a_machine(f"vm-{n:02}") for n in range(60))))
    await azure.polls()
    assert told(azure) == ["shop@example.com"]


async def test_an_instance_of_a_uniform_scale_set_has_its_sets_tags() -> None:
    """Resource Graph has no tags for the instance; those of the set route it, and its place is the set's."""
    azure = an_asker(*TAGGED)
    instance = f"{set_id('fleet')}/virtualmachines/4"
    azure.graph.resources = [
        a_resource("fleet", app="shop")
        | {"id": set_id("fleet"), "type": "microsoft.compute/virtualmachinescalesets", "zones": ["1", "2"]}
    ]
    await azure.house.hears(an_event(resources=(Resource(instance, "fleet_4"),)))
    await azure.polls()
    assert told(azure) == ["shop@example.com"]
    key = rowkeys.facts(instance)
    row = (await azure.house.outside.stories.get(SUBSCRIPTION, [key]))[key]
    known = msgspec.json.decode(row.body, type=ResourceFacts)
    assert (known.id, known.name, known.scale_set, known.zone) == (instance, "fleet_4", "fleet", None)


async def test_without_a_role_the_story_goes_on_unknown() -> None:
    """Forbidden or absent, a resource stays unknown; it is asked about again hours later, not each minute."""
    azure = an_asker()
    azure.graph.fails = Permanent("Azure answers 403")
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    await azure.polls()
    azure.graph.fails = None
    await azure.polls()
    assert (await facts(azure), told(azure)) == (None, ["ops@example.com"])
    azure.graph.asked.clear()
    await azure.polls(3)
    assert not [one for one in azure.graph.asked if "where id in~" in one]
    azure.graph.resources = [a_resource()]
    await azure.polls(6)
    assert await facts(azure) is not None


async def test_facts_are_refreshed_each_day_while_the_story_is_open() -> None:
    """A new tag is known after a day at the latest; after the end nothing is asked any more."""
    azure = an_asker(*TAGGED)
    azure.graph.resources = [a_resource()]
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    await azure.polls(3)
    azure.graph.resources = [a_resource(app="shop")]
    assert told(azure) == []
    azure.house.at += timedelta(days=1)
    await azure.polls(2)
    assert told(azure) == ["shop@example.com"]
    await azure.house.hears(an_event(id="end", phase=Phase.COMPLETED, occurred_at=azure.house.at))
    azure.house.at += timedelta(days=2)
    await azure.polls()
    azure.graph.asked.clear()
    azure.house.at += timedelta(days=4)
    await azure.polls()
    assert not [one for one in azure.graph.asked if "where id in~" in one]


async def test_many_resources_are_few_questions() -> None:
    """Two hundred and fifty machines are three questions about machines and one about their containers."""
    azure = an_asker()
    names = [f"vm-{number:03}" for number in range(250)]
    azure.graph.resources = [a_resource(name) for name in names]
    await azure.house.hears(an_event(resources=tuple(map(a_machine, names))))
    azure.graph.asked.clear()
    await azure.polls()
    asked = [one.partition("\n")[0] for one in azure.graph.asked if one.startswith("resource") and " in~ (" in one]
    assert asked == ["resources"] * (250 // BATCH + 1) + ["resourcecontainers"]


async def test_what_an_agent_knows_of_a_place_is_kept_beside_it() -> None:
    """Resource Graph, the newer, says the tags; a scale set that only the agent has seen stands."""
    azure = an_asker()
    outside, at = azure.house.outside, azure.house.at
    older = ResourceFacts(id=vm_id("web-1"), scale_set="set-1", tags={"app": "old"}, seen_at=at - timedelta(days=2))
    await outside.stories.commit(SUBSCRIPTION, [kept(older)])
    azure.graph.resources = [a_resource(app="new")]
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    await azure.polls()
    known = await facts(azure)
    assert known is not None
    assert (known.scale_set, known.tags) == ("set-1", {"app": "new"})


async def test_a_story_that_was_decided_while_another_learnt_is_decided_again() -> None:
    """Facts that came by another story's question, between a decision and its own question, count as news."""
    azure = an_asker(*TAGGED)
    await azure.house.hears(an_event(resources=(a_machine("web-1"),)))
    learnt = ResourceFacts(id=vm_id("web-1"), tags={"app": "shop"}, seen_at=azure.house.at + timedelta(seconds=1))
    await azure.house.outside.stories.commit(SUBSCRIPTION, [kept(learnt)])
    azure.house.at += timedelta(seconds=30)
    await azure.polls()
    assert told(azure) == ["shop@example.com"]


async def test_nothing_is_wanted_where_nobody_can_be_asked() -> None:
    """Without Resource Graph no rows pile up."""
    house = House()
    await house.hears(an_event(resources=(a_machine("web-1"),)))
    assert [row async for row in house.outside.stories.scan(SUBSCRIPTION, "q|", "q~")] == []
