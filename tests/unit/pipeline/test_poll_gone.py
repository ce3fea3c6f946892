"""What Azure lists no longer is closed: with a reason, after two complete lists, where absence says something."""

from __future__ import annotations

import pytest
from azure_rows import a_health_event, a_machine_view, an_impacted
from azure_says import Asker
from memory_house import START, House, an_event

from notbefore.errors import Permanent
from notbefore.schema import Phase, Story


@pytest.fixture
async def azure() -> Asker:
    """A house that has seen a machine's maintenance on the list."""
    found = Asker(House())
    found.machines.rows = [a_machine_view()]
    await found.polls()
    return found


async def the_story(azure: Asker) -> Story:
    """The only one there is."""
    (story,) = await azure.house.stories()
    return story


async def test_a_view_that_is_gone_twice_is_canceled_and_says_why(azure: Asker) -> None:
    """Vanished is not completed: the story is canceled, in words that say it was concluded, and is told once."""
    azure.machines.rows = []
    await azure.polls()
    assert not (await the_story(azure)).over
    await azure.polls()
    story = await the_story(azure)
    assert (story.phase, story.over) == (Phase.CANCELED, True)
    assert "taken as canceled" in story.text
    await azure.polls(3)
    assert len(azure.house.mail.got) == 2


async def test_a_view_that_is_gone_after_it_began_is_not_taken_as_completed() -> None:
    """A machine may leave the wave in the middle of its window: only Azure's own word is a completion."""
    azure = Asker(House())
    azure.machines.rows = [a_machine_view(maintenanceWindowStartTime="2026-11-24T06:00:00Z")]
    await azure.polls()
    assert (await the_story(azure)).phase is Phase.STARTED
    azure.machines.rows = []
    await azure.polls(2)
    assert (await the_story(azure)).phase is Phase.CANCELED


async def test_completed_is_believed_when_azure_says_it(azure: Asker) -> None:
    """A view that said MaintenanceCompleted before it went leaves the story completed."""
    azure.machines.rows = [a_machine_view(lastOperationResultCode="MaintenanceCompleted")]
    await azure.polls()
    azure.machines.rows = []
    await azure.polls(3)
    assert (await the_story(azure)).phase is Phase.COMPLETED


async def test_a_partial_list_proves_nothing(azure: Asker) -> None:
    """Lists that Azure calls incomplete are never counted."""
    azure.machines.rows, azure.machines.complete = [], False
    await azure.polls(4)
    assert not (await the_story(azure)).over


async def test_a_subscription_out_of_sight_proves_nothing(azure: Asker) -> None:
    """A role that was taken away looks like a hundred cancellations, and is none."""
    azure.machines.rows, azure.graph.subscriptions = [], []
    await azure.polls(4)
    assert not (await the_story(azure)).over


async def test_a_subscription_that_refuses_proves_nothing(azure: Asker) -> None:
    """Nor does one that is visible and refuses its machines."""
    azure.machines.refused = {azure.graph.subscriptions[0]: Permanent("Azure answers 403")}
    await azure.polls(4)
    assert not (await the_story(azure)).over


async def test_what_comes_back_is_not_gone(azure: Asker) -> None:
    """Two misses count only when they are consecutive."""
    for _ in range(3):
        azure.machines.rows = []
        await azure.polls()
        azure.machines.rows = [a_machine_view()]
        await azure.polls()
    assert not (await the_story(azure)).over


async def test_a_new_window_closes_only_the_old_one(azure: Asker) -> None:
    """A machine that is announced for another week has one story that is canceled and one that is open."""
    azure.machines.rows = [
        a_machine_view(
            maintenanceWindowStartTime="2026-12-20T00:00:00Z", maintenanceWindowEndTime="2026-12-27T00:00:00Z"
        )
    ]
    await azure.polls(3)
    stories = sorted(await azure.house.stories(), key=lambda story: str(story.window.not_before))
    assert [(story.phase, story.over) for story in stories] == [(Phase.CANCELED, True), (Phase.SCHEDULED, False)]


async def test_a_window_that_moved_within_its_story_closes_nothing(azure: Asker) -> None:
    """A window that overlaps the old one stays in the story, which stays open for the machine."""
    azure.machines.rows = [
        a_machine_view(
            maintenanceWindowStartTime="2026-11-29T00:00:00Z", maintenanceWindowEndTime="2026-12-06T00:00:00Z"
        )
    ]
    await azure.polls(4)
    story = await the_story(azure)
    assert (story.phase, story.over) == (Phase.SCHEDULED, False)


async def test_what_ended_by_a_signal_stays_as_it_ended() -> None:
    """A completion that was pushed is not made a cancellation by the list's silence."""
    azure = Asker(House())
    azure.graph.health = [a_health_event()]
    await azure.polls()
    await azure.house.hears(an_event(id="end", phase=Phase.COMPLETED, occurred_at=azure.house.at))
    azure.graph.health = []
    await azure.polls(3)
    assert (await the_story(azure)).phase is Phase.COMPLETED


@pytest.mark.parametrize(
    ("opens", "end"), [("2026-11-26T12:00:00Z", Phase.CANCELED), ("2026-11-24T10:00:00Z", Phase.COMPLETED)]
)
async def test_an_announcement_that_is_gone_ends_as_far_as_it_had_come(opens: str, end: Phase) -> None:
    """Gone before it began is canceled, gone after it had begun completed, with all of its machines."""
    azure = Asker(House())
    azure.graph.health = [a_health_event(ImpactStartTime=opens), an_impacted("web-1")]
    await azure.polls()
    azure.graph.health = []
    await azure.polls(2)
    story = await the_story(azure)
    assert (story.phase, story.over) == (end, True)
    assert "Service Health lists it no longer" in story.text


async def test_a_story_that_no_list_ever_showed_is_left_alone() -> None:
    """What was pushed and never listed (a tenant's event, a missing role) is not closed by its absence."""
    azure = Asker(House())
    await azure.house.hears(an_event(occurred_at=START))
    await azure.polls(4)
    assert not (await the_story(azure)).over
