"""What is one maintenance becomes one story, in whatever order it is heard of; what is two stays two."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
from memory_house import START, SUBSCRIPTION, House
from sightings import (
    OPENS,
    affected,
    announcement,
    machine_run,
    notice,
    operation,
    pending,
    run_event,
    view,
)

from notbefore.adapters.memory import MemoryRows
from notbefore.pipeline.accept import accept
from notbefore.ports import Row
from notbefore.schema import Phase, Severity, Source, Story

SOON = OPENS - timedelta(minutes=15)


class Unhurried(MemoryRows):
    """A table whose answers take a turn, so that others come between."""

    async def get(self, partition: str, keys: Sequence[str]) -> dict[str, Row]:
        """The rows as they were a turn ago."""
        found = await super().get(partition, keys)
        await asyncio.sleep(0)
        return found


async def heard(*bodies: bytes, at: datetime = OPENS) -> list[Story]:
    """The stories after these payloads, in this order."""
    house = House(at=at)
    for body in bodies:
        await house.takes(body)
    return await house.stories()


SEEN = (
    announcement("Planned"),
    announcement("InProgress", said=OPENS),
    affected("vm1"),
    view("vm1"),
    notice("vm1", "Scheduled", SOON),
    notice("vm1", "Started", OPENS),
    operation("vm1", "performMaintenance", "Accepted", START + timedelta(hours=1)),
    pending("vm1"),
)


@pytest.mark.parametrize("seed", range(40))
async def test_one_maintenance_is_one_story_whatever_is_heard_first(seed: int) -> None:
    """Announcement, instance view, pending update, notice and the person's own start, in any order, also in batches."""
    chance = random.Random(seed)  # noqa: S311 # the same each time
    bodies = chance.sample(SEEN, len(SEEN))
    cut = chance.randrange(len(bodies)) if seed % 2 else 0
    batch = [b"\n".join(bodies[:cut])] if cut else []
    (story,) = await heard(*batch, *bodies[cut:])
    assert story.sources == tuple(dict.fromkeys(story.sources))
    assert set(story.sources) == {
        Source.SERVICE_HEALTH, Source.COMPUTE, Source.SCHEDULED_EVENTS, Source.ACTIVITY_LOG,
        Source.MAINTENANCE_CONFIGURATION,
    }  # fmt: skip  # all five
    (machine,) = story.resources
    assert (story.resources_total, machine.phase, story.severity) == (1, Phase.STARTED, Severity.CRITICAL)


@pytest.mark.parametrize("first", ["announced", "seen"])
async def test_forty_machines_are_one_story(first: str) -> None:
    """Each by its own notice, before or after the rows that say that the announcement means it."""
    names = [f"vm{number:02}" for number in range(40)]
    announced = [announcement("Planned"), *map(affected, names)]
    notices = [notice(name, "Scheduled", SOON) for name in names]
    (story,) = await heard(*(announced + notices if first == "announced" else notices + announced), at=SOON)
    assert (story.resources_total, len(story.keys["event_id"])) == (40, 20)
    assert story.resources_by_phase == {Phase.SCHEDULED: 40}


async def test_two_announcements_of_one_machine_stay_two() -> None:
    """Their windows meet and both name the machine; tracking ids keep them apart, and a notice joins the nearer one."""
    later = OPENS + timedelta(hours=10)
    stories = await heard(
        announcement("Planned"),
        announcement("Planned", "EFGH-456", later),
        affected("vm1"),
        affected("vm1", "EFGH-456"),
        notice("vm1", "Started", later),
        at=later,
    )
    joined = {story.keys["tracking_id"]: "event_id" in story.keys for story in stories}
    assert joined == {("ABCD-123",): False, ("EFGH-456",): True}


async def test_what_has_joined_one_announcement_joins_no_second() -> None:
    """The later words of a scheduled event stay where the first went."""
    stories = await heard(
        announcement("Planned"),
        affected("vm1"),
        notice("vm1", "Scheduled", OPENS),
        announcement("Planned", "EFGH-456", OPENS + timedelta(minutes=10)),
        affected("vm1", "EFGH-456"),
        notice("vm1", "Started", OPENS + timedelta(minutes=15)),
        at=OPENS + timedelta(minutes=15),
    )
    assert [story.keys["tracking_id"] for story in stories if "event_id" in story.keys] == [("ABCD-123",)]
    assert len(stories) == 2


async def test_two_notices_of_one_machine_in_a_day_stay_two() -> None:
    """Without an announcement that takes both, another event id is another story."""
    stories = await heard(notice("vm1", "Started", OPENS, "A"), notice("vm1", "Started", OPENS, "B"))
    assert len(stories) == 2


async def test_two_pending_updates_of_one_machine_stay_two() -> None:
    """Hours apart, they are near each other and nothing more."""
    assert len(await heard(pending("vm1"), pending("vm1", OPENS + timedelta(hours=5)))) == 2


@pytest.mark.parametrize(
    ("action", "caller", "stories"),
    [
        ("redeploy", "Microsoft.Compute", 1),
        ("restart", "Microsoft.Compute", 1),
        ("deallocate", "Microsoft.Compute", 2),
        ("redeploy", "ada@example.com", 2),
    ],
)
async def test_a_redeploy_in_the_window_is_the_maintenance_if_azure_did_it(
    action: str, caller: str, stories: int
) -> None:
    """What a person does to a machine in those days is their own, and a machine that is stopped was not maintained."""
    found = await heard(announcement("Planned"), affected("vm1"), operation("vm1", action, "Started", OPENS, caller))
    assert len(found) == stories


async def test_a_person_may_begin_before_azures_window() -> None:
    """The operation, its end and the view's result are the announced maintenance, days before the window."""
    early = START + timedelta(hours=1)
    (story,) = await heard(
        view("vm1"),
        operation("vm1", "performMaintenance", "Accepted", early),
        operation("vm1", "performMaintenance", "Succeeded", early + timedelta(minutes=9)),
        view("vm1", code="MaintenanceCompleted"),
        at=early,
    )
    assert (story.phase, story.over) == (Phase.COMPLETED, True)


async def test_an_incident_takes_no_notice_in() -> None:
    """A machine that an outage names is not therefore under maintenance."""
    record = msgspec.json.decode(announcement("Active", "OUTA-001", OPENS - timedelta(hours=1)))
    record["data"]["context"]["activityLog"]["properties"]["incidentType"] = "Incident"
    stories = await heard(msgspec.json.encode(record), affected("vm1", "OUTA-001"), notice("vm1", "Scheduled", OPENS))
    assert len(stories) == 2


async def test_runs_of_two_schedules_in_the_same_second_stay_two() -> None:
    """A run's name is the second of its beginning, which schedules share; its path is its own."""
    stories = await heard(run_event("web", "Pre", SOON), run_event("db", "Pre", SOON), run_event("web", "Post", OPENS))
    assert sorted(story.phase for story in stories) == [Phase.COMPLETED, Phase.SCHEDULED]


async def test_a_run_is_one_story_with_its_machines() -> None:
    """Pre and post event, each machine's run, and the same run as REST says it, which knows no schedule."""
    stories = await heard(
        run_event("web", "Pre", SOON),
        machine_run("vm1", "InProgress", "web"),
        machine_run("vm2", "InProgress", "web"),
        machine_run("vm2", "Completed"),
        run_event("db", "Pre", SOON),
        machine_run("vm3", "InProgress", "db"),
        run_event("web", "Post", OPENS),
    )
    assert sorted(story.resources_total for story in stories) == [1, 2]
    assert {story.subscription_id for story in stories} == {SUBSCRIPTION}


@pytest.mark.parametrize("rows_first", [True, False])
async def test_a_row_that_names_a_machine_gives_a_story_neither_title_nor_words(rows_first: bool) -> None:  # noqa: FBT001 - a case
    """What Service Health said stays, though the row is heard of later than it was said."""
    row = affected("vm1").replace(b'"targetRegion"', b'"info":"Rack 7 is hit.","targetRegion"')
    bodies = [row, announcement("Planned")] if rows_first else [announcement("Planned"), row]
    (story,) = await heard(*bodies, at=START + timedelta(hours=1))
    assert (story.title, story.text) == ("Host maintenance", "Virtual machines will be rebooted (Planned).")


@pytest.mark.parametrize("status", ["Scheduled", "Started"])
async def test_a_row_asked_for_after_a_notice_was_written_does_not_hide_it(status: str) -> None:
    """The row says no more than which machine; its time is that of the asking."""
    (story,) = await heard(
        announcement("InProgress"), affected("vm1"), notice("vm1", status, OPENS - timedelta(seconds=10))
    )
    assert (story.severity, story.resources[0].phase) == (Severity.CRITICAL, Phase[status.upper()])
    (story,) = await heard(
        announcement("InProgress"), affected("vm1"), notice("vm1", "Scheduled", SOON), affected("vm1"),
        notice("vm1", "Completed", OPENS - timedelta(seconds=10)),
    )  # fmt: skip  # in the order of hearing
    assert story.resources[0].phase is Phase.COMPLETED


async def test_what_is_written_at_one_moment_does_not_miss_each_other() -> None:
    """The notice and the row that names its machine are worked on side by side; one of them begins again."""
    house = House(at=OPENS)
    house.outside = replace(house.outside, stories=Unhurried())
    await house.takes(announcement("Planned"))
    for body in (notice("vm1", "Started", OPENS), affected("vm1")):
        await accept(house.outside, body, "test")
    await house.runs()
    assert len(await house.stories()) == 1
