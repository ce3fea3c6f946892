"""Where machines run is counted as it becomes known; a message of many says so in a few lines."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_house import START, SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Group
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.ports import Signal
from notbefore.rendering import RenderContext, render
from notbefore.schema import Delivery, MaintenanceEvent, Place, ResourceFacts, ResourceState

MACHINES = ("a", "b", "c", "d")


def facts(name: str, region: str | None, zone: str | None, domain: str | None, minute: int = 0) -> ResourceFacts:
    """What an agent in the machine says of it."""
    seen = START + timedelta(minutes=minute)
    return ResourceFacts(id=a_machine(name).id or "", location=region, zone=zone, update_domain=domain, seen_at=seen)


async def hears(house: House, event: MaintenanceEvent, *known: ResourceFacts) -> None:
    """A signal with an event and facts."""
    signal = Signal(id=f"s-{event.id}", received_at=house.at, origin="test", body=b"")
    await advance_partition(house.outside, SUBSCRIPTION, Work(events=[event], facts=list(known)), signal)
    await house.runs()


said = st.tuples(
    st.sampled_from(MACHINES),
    st.sampled_from((None, "westeurope", "northeurope")),
    st.sampled_from((None, "1", "2")),
    st.sampled_from((None, "0", "3")),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sets(st.sampled_from(MACHINES), min_size=1), st.lists(said, max_size=3), st.booleans())))
def test_the_head_counts_what_its_rows_say(life: list[tuple[set[str], list[tuple[str, str, str, str]], bool]]) -> None:
    """Whatever is learnt in whatever order, through restarts, the counts are those of the rows."""

    async def through() -> None:
        house = House()
        for number, (names, learnt, dies) in enumerate(life):
            machines = tuple(map(a_machine, sorted(names)))
            event = an_event(id=f"e{number}", resources=machines, occurred_at=START + timedelta(minutes=number))
            await hears(house, event, *(facts(*one, minute=number) for one in learnt))
            if dies:
                house.restarted()
        for story in await house.stories():
            rows = house.outside.stories.scan(SUBSCRIPTION, *rowkeys.span(f"r|{story.id}|"))
            places = [
                state.place
                async for row in rows
                if (state := msgspec.json.decode(row.body, type=ResourceState)).resource.key
            ]
            for kind in ("region", "zone", "update_domain"):
                counted = Counter(value for place in places if (value := getattr(place, kind)))
                assert getattr(story.places, f"{kind}s") == counted
            shown = {state.resource.key: state.place for state in story.resources}
            assert sorted(map(str, shown.values())) == sorted(map(str, places))

    asyncio.run(through())


def words(delivery: Delivery) -> list[str]:
    """The lines of a mail's text."""
    context = RenderContext(clock=lambda: START, public_url="https://notbefore.example.com", local=True)
    return render(delivery, an_audience(), context).text.splitlines()


async def test_a_message_of_many_machines_says_where_they_are() -> None:
    """The ten most urgent, the counts by region, zone and update domain, and a link to all."""
    house = House()
    names = [f"vm{number:04}" for number in range(1500)]
    known = {name: facts(name, "westeurope", str(at % 3 + 1), str(at % 5)) for at, name in enumerate(names[:1400])}
    for start in range(0, 1500, 100):
        part = names[start : start + 100]
        event = an_event(id=f"e{start}", resources=tuple(map(a_machine, part)), regions=("westeurope", "northeurope"))
        await hears(house, event, *(known[name] for name in part if name in known))
    await house.waits(timedelta(minutes=11))
    last = max(await house.ledger(lambda one: one.channel == "email"), key=lambda one: one.created_at)
    assert (last.resources_total, len(last.resources)) == (1500, 10)
    said = words(last)
    assert "By region: westeurope: 1,400 · not known: 100" in said
    assert "By zone: 1: 467 · 2: 467 · 3: 466 · not known: 100" in said
    assert "By update domain: 0: 280 · 1: 280 · 2: 280 · 3: 280 · 4: 280 · not known: 100" in said
    assert any(line.startswith("Open the story: https://notbefore.example.com/stories/") for line in said)


async def test_a_few_machines_are_named_and_not_counted() -> None:
    """Where every machine stands in the list there is nothing to count."""
    house = House()
    await hears(house, an_event(resources=(a_machine("a"),)), facts("a", "westeurope", "1", None))
    (mail,) = await house.ledger(lambda one: one.channel == "email")
    assert mail.resources[0].place == Place("westeurope", "westeurope 1", None)
    assert not any("By region" in line for line in words(mail))


async def test_a_storm_of_single_machines_is_counted_too() -> None:
    """Stories that come together in a group: their machines are added up, zones of two regions by their full name."""
    storm = Group(by=("subscription", "kind"), wait=timedelta(seconds=30))
    house = House(a_config(an_audience(group=storm, grouped=True)))
    for number in range(30):
        name, region = f"vm{number}", ("westeurope", "northeurope")[number % 2]
        event = an_event(id=name, keys={"tracking_id": name}, resources=(a_machine(name),))
        await hears(house, event, facts(name, region, "1", None))
    await house.waits(timedelta(minutes=1))
    (mail,) = await house.ledger(lambda one: one.channel == "email")
    assert mail.folded_total == 30
    assert "By region: northeurope: 15 · westeurope: 15" in words(mail)
    assert "By zone: northeurope 1: 15 · westeurope 1: 15" in words(mail)
