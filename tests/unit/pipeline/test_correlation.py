"""One maintenance seen from many sides is one story; two maintenances stay two."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from memory_house import START, SUBSCRIPTION, House, a_machine, an_event

from notbefore import rowkeys
from notbefore.schema import Impact, Kind, Phase, ResourceState, SelfServiceWindow, Severity, Source, Window

OTHER = "22222222-2222-4222-8222-222222222222"
OPENS = START + timedelta(days=2)


async def test_a_machine_announced_by_service_health_joins_by_its_own_notice() -> None:
    """Forty machines' scheduled events within the announced window belong to the announced story, and it says why."""
    house = House()
    machines = tuple(a_machine(f"vm{n}") for n in range(40))
    await house.hears(
        an_event(resources=machines, kind=Kind.UNKNOWN, id="affected", phase=Phase.UPDATED, window=Window()), an_event()
    )
    house.at = OPENS - timedelta(minutes=15)
    for number, machine in enumerate(machines):
        notice = an_event(
            id=f"vm{number}", source=Source.SCHEDULED_EVENTS, kind=Kind.HOST_MAINTENANCE, phase=Phase.SCHEDULED,
            severity=Severity.CRITICAL, keys={"event_id": f"E{number}"}, resources=(machine,), occurred_at=house.at,
            window=Window(OPENS),
        )  # fmt: skip # one event
        await house.hears(notice)
    (story,) = await house.stories()
    assert story.resources_total == 40
    assert story.kind is Kind.PLANNED_MAINTENANCE
    assert any("names a machine" in reason for reason in story.joined)


async def test_an_instance_view_and_service_health_become_one_story() -> None:
    """The machine's own maintenance window and the announcement that names the machine are one."""
    house = House()
    view = an_event(
        id="view", source=Source.COMPUTE, phase=Phase.SCHEDULED, impact=Impact.REDEPLOY, keys={},
        resources=(a_machine("vm1"),),
        window=Window(OPENS - timedelta(hours=1), OPENS + timedelta(days=3)),
        self_service_window=SelfServiceWindow(START, START + timedelta(days=1)),
    )  # fmt: skip # one event
    await house.hears(view)
    await house.hears(an_event())
    assert len(await house.stories()) == 2
    await house.hears(
        an_event(id="affected", kind=Kind.UNKNOWN, phase=Phase.UPDATED, window=Window(), resources=(a_machine("vm1"),))
    )
    (story,) = await house.stories()
    assert story.self_service_window is not None
    assert story.kind is Kind.PLANNED_MAINTENANCE


async def test_the_same_tracking_id_in_another_subscription_is_another_story() -> None:
    """A wave is told to each subscription by itself."""
    house = House()
    await house.hears(an_event())
    await house.hears(an_event(subscription_id=OTHER))
    assert len(await house.stories()) == len(await house.stories(OTHER)) == 1


async def test_two_maintenances_of_one_machine_in_a_day_stay_two() -> None:
    """Another event id is another story."""
    house = House()
    vm = {
        "source": Source.SCHEDULED_EVENTS,
        "kind": Kind.HOST_MAINTENANCE,
        "resources": (a_machine("vm1"),),
        "window": Window(),
    }
    await house.hears(an_event(id="a", keys={"event_id": "A"}, phase=Phase.STARTED, **vm))
    await house.hears(an_event(id="b", keys={"event_id": "A"}, phase=Phase.COMPLETED, **vm))
    house.at += timedelta(hours=3)
    await house.hears(an_event(id="c", keys={"event_id": "B"}, phase=Phase.STARTED, occurred_at=house.at, **vm))
    assert [story.over for story in await house.stories()].count(True) == 1
    assert len(await house.stories()) == 2


async def test_an_outage_that_comes_again_is_a_new_story() -> None:
    """Resource Health without keys is open until Available; the next outage opens another."""
    house = House()

    async def health(number: int, phase: Phase) -> None:
        house.at += timedelta(minutes=10)
        await house.hears(
            an_event(
                id=f"h{number}",
                source=Source.RESOURCE_HEALTH,
                kind=Kind.RESOURCE_HEALTH,
                phase=phase,
                keys={},
                impact=Impact.UNAVAILABLE if phase is Phase.STARTED else Impact.NONE,
                resources=(a_machine("vm1"),),
                severity=Severity.ERROR if phase is Phase.STARTED else Severity.INFORMATIONAL,
                occurred_at=house.at,
                window=Window(),
            )
        )

    for number, phase in enumerate((Phase.STARTED, Phase.COMPLETED, Phase.STARTED)):
        await health(number, phase)
    stories = await house.stories()
    assert sorted(story.over for story in stories) == [False, True]


async def test_several_keys_that_belong_together_merge_their_stories() -> None:
    """Two stories, then an event with the keys of both: the older survives, the other points to it."""
    house = House()
    await house.hears(an_event(id="a", keys={"tracking_id": "T"}))
    house.at += timedelta(minutes=1)
    await house.hears(an_event(id="b", keys={"maintenance_id": "M"}, occurred_at=house.at))
    assert len(await house.stories()) == 2
    house.at += timedelta(minutes=1)
    await house.hears(
        an_event(id="c", keys={"tracking_id": "T", "maintenance_id": "M"}, phase=Phase.STARTED, occurred_at=house.at)
    )
    (story,) = await house.stories()
    assert story.phase is Phase.STARTED
    await house.hears(
        an_event(
            id="d", keys={"maintenance_id": "M"}, phase=Phase.COMPLETED, occurred_at=house.at + timedelta(minutes=1)
        )
    )
    (story,) = await house.stories()
    assert story.over


async def test_a_merger_takes_every_machine_over() -> None:
    """Of two stories of seventy machines each none is lost, though they are more than a transaction holds."""
    house = House()
    for kind in ("tracking_id", "maintenance_id"):
        machines = tuple(a_machine(f"{kind}-{number:02}") for number in range(70))
        await house.hears(an_event(id=kind, keys={kind: "K"}, resources=machines, occurred_at=house.at))
        house.at += timedelta(minutes=1)
    await house.hears(an_event(id="both", keys={"tracking_id": "K", "maintenance_id": "K"}, occurred_at=house.at))
    (story,) = await house.stories()
    rows = house.outside.stories.scan(SUBSCRIPTION, *rowkeys.span(f"r|{story.id}|"))
    named = [
        state
        for state in [msgspec.json.decode(row.body, type=ResourceState) async for row in rows]
        if state.resource.id
    ]
    assert story.resources_total == len(named) == 140


async def test_a_second_drill_is_no_duplicate_of_the_first() -> None:
    """A test signal is a story of its own for each minute in which it arrives."""
    house = House()
    await house.hears(an_event(test=True))
    house.at += timedelta(minutes=3)
    await house.hears(an_event(test=True))
    assert len(await house.stories()) == 2
    assert len(house.mail.got) == 2
