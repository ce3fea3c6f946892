"""What Azure lists and nobody pushed is found, told once, and costs nothing while it stays the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from azure_rows import a_health_event, a_machine_view, a_scheduled_event, an_impacted, ticks, vm_id
from azure_says import Asker
from memory_house import START, SUBSCRIPTION, House, a_machine, an_event

from notbefore.errors import Permanent, Transient
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.poll import Pace, run_polls
from notbefore.ports import Put, Write
from notbefore.schema import Phase, Source


@pytest.fixture
def azure() -> Asker:
    """A house, and the Azure that it asks."""
    return Asker(House())


async def test_what_nobody_pushed_is_found_and_told_once(azure: Asker) -> None:
    """A maintenance that only the list knows opens a story, is told, and is not sent again by the next polls."""
    azure.graph.health = [a_health_event()]
    assert (await azure.polls())["service-health"] == 1
    assert (await azure.polls(3))["service-health"] == 0
    (story,) = await azure.house.stories()
    assert story.keys["tracking_id"] == ("ABCD-123",)
    assert len(azure.house.mail.got) == 1
    assert [signal.origin for signal in azure.signals()] == ["poll:service-health"]


async def test_what_a_signal_told_is_not_told_again_by_the_list(azure: Asker) -> None:
    """The list's shorter prose about a maintenance that was pushed is no news and no signal."""
    await azure.house.hears(an_event())
    azure.graph.health = [a_health_event()]
    assert (await azure.polls())["service-health"] == 0
    assert len(azure.house.mail.got) == 1


async def test_a_new_window_in_the_list_is_told(azure: Asker) -> None:
    """A reschedule that was never pushed arrives by the list."""
    await azure.house.hears(an_event())
    later = {
        "ImpactStartTime": ticks(START + timedelta(days=5)),
        "ImpactMitigationTime": ticks(START + timedelta(days=6)),
    }
    azure.graph.health = [a_health_event(**later, LastUpdateTime=ticks(START + timedelta(hours=1)))]
    azure.house.at += timedelta(hours=2)
    assert (await azure.polls())["service-health"] == 1
    (story,) = await azure.house.stories()
    assert story.window.not_before == START + timedelta(days=5)
    assert len(azure.house.mail.got) == 2


async def test_a_row_with_what_no_release_reads_any_more_keeps_its_turn(azure: Asker) -> None:
    """Rows of before say when they were asked and answered, too: the next turn is still theirs."""
    soon = START + timedelta(minutes=3)
    row = {"next_at": soon, "asked_at": START, "answered_at": START, "problem": ""}
    await azure.house.outside.control.commit("poll", [Write(Put.UPSERT, "service-health", msgspec.json.encode(row))])
    assert "service-health" not in await azure.polls()
    azure.house.at = soon
    assert "service-health" in await azure.polls()


async def test_history_is_told_to_nobody(azure: Asker) -> None:
    """The first poll of a new installation opens no story for what ended days ago."""
    long_ago = datetime(2026, 11, 1, tzinfo=UTC)
    azure.graph.health = [
        a_health_event("DONE-001", Status="Resolved", LastUpdateTime=ticks(long_ago)),
        a_health_event("OLDX-001", ImpactStartTime=ticks(long_ago), ImpactMitigationTime=ticks(long_ago)),
    ]
    assert (await azure.polls())["service-health"] == 0
    assert await azure.house.stories() == []


async def test_a_scheduled_event_of_the_list_is_told_from_its_beginning_on(azure: Asker) -> None:
    """One that was over before anybody saw it is history; one that was seen is told, and so is how it ended."""
    azure.graph.maintenance = [a_scheduled_event("E-1", "Completed"), a_scheduled_event("E-2", "Scheduled")]
    assert (await azure.polls())["maintenance"] == 1
    azure.graph.maintenance[1] = a_scheduled_event("E-2", "Completed")
    assert (await azure.polls())["maintenance"] == 1
    (story,) = await azure.house.stories()
    assert (story.keys["event_id"], story.phase) == (("E-2",), Phase.COMPLETED)
    assert len(azure.house.mail.got) == 2


async def test_impacted_machines_join_their_announcement(azure: Asker) -> None:
    """Rows about single machines stand in the announcement's story, whatever the order of the list."""
    azure.graph.health = [an_impacted("web-1"), an_impacted("web-2"), a_health_event()]
    await azure.polls()
    (story,) = await azure.house.stories()
    assert {one.resource.id for one in story.resources} == {vm_id("web-1"), vm_id("web-2")}
    assert len(azure.house.mail.got) == 1


async def test_an_announcement_travels_before_its_machines(azure: Asker) -> None:
    """With more machines than a signal holds, the first signal has the announcement, wherever the list has it."""
    azure.graph.health = [*(an_impacted(f"vm-{number:03}") for number in range(150)), a_health_event()]
    await azure.polls()
    bodies = [signal.body for signal in azure.signals()]
    assert [b'"ImpactStartTime"' in body for body in bodies] == [True, False]
    (story,) = await azure.house.stories()
    assert story.resources_total == 150


async def test_a_machine_of_an_announcement_that_nobody_knows_opens_no_story(azure: Asker) -> None:
    """Without its announcement, a row about a machine says nothing that a person could use."""
    azure.graph.health = [an_impacted("web-1", "GONE-001")]
    assert (await azure.polls())["service-health"] == 0
    assert await azure.house.stories() == []


async def test_instance_views_and_pending_updates_are_found(azure: Asker) -> None:
    """A VM's planned redeploy and a host's pending update, which Azure never pushes, become stories."""
    azure.machines.rows = [a_machine_view(), {"id": vm_id("calm"), "properties": {"instanceView": {"vmAgent": {}}}}]
    azure.graph.maintenance = [
        {
            "id": f"{vm_id('host-1')}/providers/microsoft.maintenance/updates/default",
            "type": "microsoft.maintenance/updates",
            "subscriptionId": SUBSCRIPTION,
            "properties": {
                "value": [
                    {
                        "maintenanceScope": "Host",
                        "status": "Pending",
                        "impactType": "Freeze",
                        "notBefore": "2026-11-30T00:00:00Z",
                        "properties": {"resourceId": vm_id("host-1")},
                    }
                ]
            },
        }
    ]
    sent = await azure.polls()
    assert (sent["instance-views"], sent["maintenance"]) == (1, 1)
    sources = {story.sources for story in await azure.house.stories()}
    assert sources == {(Source.COMPUTE,), (Source.MAINTENANCE_CONFIGURATION,)}


async def test_a_heartbeat_in_an_instance_view_is_no_news(azure: Asker) -> None:
    """Only what the view says of maintenance counts: an agent's clock moves each minute."""
    azure.machines.rows = [a_machine_view()]
    await azure.polls()
    azure.machines.rows[0]["properties"]["instanceView"]["vmAgent"] = {"statuses": [{"time": "2026-11-24T12:15:00Z"}]}
    assert (await azure.polls())["instance-views"] == 0


async def test_an_older_phase_in_a_list_does_not_move_a_machine_back(azure: Asker) -> None:
    """A list that still says scheduled, when the machine itself said started, tells nothing."""
    machine = a_machine("web-1")
    azure.machines.rows = [a_machine_view()]
    await azure.polls()
    (story,) = await azure.house.stories()
    started = an_event(
        id="s", source=Source.SCHEDULED_EVENTS, keys={"event_id": "E1"}, resources=(machine,), phase=Phase.STARTED,
        window=story.window, occurred_at=azure.house.at,
    )  # fmt: skip  # one event in rows
    await azure.house.hears(started)
    azure.machines.rows = [a_machine_view(preMaintenanceWindowEndTime="2026-11-26T00:00:00Z")]
    assert (await azure.polls())["instance-views"] == 0


async def test_a_row_that_cannot_be_read_is_in_quarantine_once(azure: Asker) -> None:
    """A broken row of a list is shown to a person, not each five minutes."""
    broken = {"type": "microsoft.maintenance/updates", "properties": {"status": "Pending"}}
    azure.graph.maintenance = [broken]
    await azure.polls(3)
    rows = azure.house.outside.quarantine.scan("quarantine", "", "~")
    assert len([row async for row in rows]) == 1


async def test_one_question_that_is_refused_stops_no_other(azure: Asker) -> None:
    """Without a role for Resource Graph the logs are asked all the same, and the reason is kept."""
    azure.graph.fails = Permanent("Azure answers 403 AuthorizationFailed")
    sent = await azure.polls()
    assert set(sent) == {
        "agents", "logs", "facts", "service-health", "maintenance", "patches", "instance-views", "scale-sets",
    }  # fmt: skip  # all questions
    rows = (await azure.house.outside.control.get("poll", ["service-health", "logs"])).values()
    problems = {row.key: msgspec.json.decode(row.body, type=Pace).problem for row in rows}
    assert problems == {"service-health": "Azure answers 403 AuthorizationFailed", "logs": ""}


async def test_azure_is_left_alone_as_long_as_it_asks_for(azure: Asker) -> None:
    """A Retry-After longer than the interval is obeyed; the other questions keep their pace."""
    asking = Asking(graph=azure.graph)
    azure.graph.fails = Transient("Azure answers 429", 1200)
    await run_polls(azure.house.outside, asking)
    azure.graph.fails = None
    azure.graph.asked.clear()
    for _ in range(19):
        azure.house.at += timedelta(minutes=1)
        await run_polls(azure.house.outside, asking)
    assert azure.graph.asked == []
    azure.house.at += timedelta(minutes=1)
    await run_polls(azure.house.outside, asking)
    assert len(azure.graph.asked) == 6


async def test_a_subscription_that_refuses_hides_no_other(azure: Asker) -> None:
    """Machines are listed by subscription; one without a role is passed over."""
    other = "22222222-2222-4222-8222-222222222222"
    azure.graph.subscriptions.append(other)
    azure.machines.refused[other] = Permanent("Azure answers 403")
    azure.machines.rows = [a_machine_view()]
    assert (await azure.polls())["instance-views"] == 1


async def test_nobody_is_asked_when_nothing_is_configured(azure: Asker) -> None:
    """A house without a workspace and without subscriptions looks at what agents said, and asks nobody."""
    assert await run_polls(azure.house.outside, Asking()) == {"agents": 0}
    assert [one async for one in azure.house.outside.control.partitions()] == ["poll"]
