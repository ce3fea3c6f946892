"""Machines of which nobody hears: by Resource Graph, by what agents said, and as unknown when neither can say."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from asking import seen
from azure_rows import Row
from azure_says import Asker
from board_site import doors
from memory_house import START, SUBSCRIPTION, House, a_config, an_audience, an_event
from msgspec import structs

from functions import views
from notbefore.config.model import Digest, Matcher, Route
from notbefore.errors import Permanent, Transient
from notbefore.pipeline.reporters.blind import judge, look, reporting
from notbefore.pipeline.reporters.digests import Said, Unheard, is_news
from notbefore.pipeline.reporters.reporters import reporters
from notbefore.schema import Delivery, Names, Reporting, Severity

OTHER = "22222222-2222-4222-8222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"


def a_machine(name: str, **more: object) -> Row:
    """A machine that runs, as Resource Graph shows it."""
    row: Row = {"id": f"{GROUP}/virtualMachines/{name}", "name": name, "subscriptionId": SUBSCRIPTION}
    return row | {"power": "PowerState/running", "zones": None, "scaleSet": "", "availabilitySet": ""} | more


def an_instance(number: int, zone: str) -> Row:
    """An instance of the uniform scale set `fleet`."""
    return a_machine(f"fleet_{number}", zones=[zone]) | {
        "id": f"{GROUP}/virtualMachineScaleSets/fleet/virtualMachines/{number}"
    }


def a_heartbeat(identity: str, version: str = "1.0.0", **more: object) -> bytes:
    """What the agent of this machine posts."""
    compute = {"name": identity.rpartition("/")[2], "resourceId": identity}
    told = {"compute": compute, "agent": {"version": version, "bootId": "b"}} | more
    return json.dumps({"type": "notbefore.vm.heartbeat", "source": identity, "data": told}).encode()


@pytest.fixture
def azure() -> Asker:
    """A house whose audience has a digest, and hears of one subscription of two."""
    ops = an_audience("ops", digest=Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL))
    other = an_audience("other", digest=Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL))
    routes = (
        Route(name="ours", match=Matcher(subscription=(SUBSCRIPTION,)), to=("ops",)),
        Route(name="rest", to=("other",)),
    )
    return Asker(House(a_config(ops, other, routes=routes)))


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


async def test_a_digest_tells_who_hears_of_the_subscription(azure: Asker) -> None:
    """The line is in the digest of that audience and in nobody else's; it names the machines."""
    azure.graph.running = [a_machine("web-01")]
    azure.graph.subscriptions = [SUBSCRIPTION, OTHER]
    await look(azure.house.outside, azure.graph)
    quiet = {"severity": Severity.INFORMATIONAL, "impact": "none"}
    await azure.house.hears(an_event(**quiet))
    await azure.house.hears(an_event(id="o", keys={"tracking_id": "O"}, subscription_id=OTHER, **quiet))
    await azure.house.waits(timedelta(hours=21), timedelta(minutes=30))
    said = {one.audience: one.reporting for one in azure.house.said.values() if one.occasion.startswith("digest")}
    assert [one.blind for one in said["ops"]] == [Names(1, ("web-01",))]
    assert said["other"] == ()


def digests_of(azure: Asker, audience: str = "ops") -> list[Delivery]:
    """The digests that this audience got by mail, in order."""
    said = [one for one in azure.house.said.values() if one.audience == audience and one.channel == "email"]
    return sorted((one for one in said if one.occasion.startswith("digest")), key=lambda one: one.created_at)


async def a_day(azure: Asker) -> None:
    """The machines are judged, and a digest's hour goes by."""
    await look(azure.house.outside, azure.graph)
    await azure.house.waits(timedelta(hours=24), timedelta(minutes=30))


async def test_a_blind_machine_is_told_of_though_no_maintenance_is(azure: Asker) -> None:
    """At the digest's hour, to people only, to who hears of the subscription; once, however many days it is blind."""
    azure.graph.running = [a_machine("web-01")]
    for _ in range(3):
        await a_day(azure)
    (told,) = azure.house.said.values()
    assert (told.audience, told.channel, told.route) == ("ops", "email", "ours")
    assert (told.folded_total, told.severity) == (0, Severity.WARNING)
    assert told.reporting[0].blind == Names(1, ("web-01",))
    assert told.created_at.hour == 8


async def test_its_line_in_the_ledger_and_in_the_audit_leads_to_the_coverage_page(azure: Asker) -> None:
    """There is no story to open: the machines are what it is about."""
    azure.graph.running = [a_machine("web-01")]
    await a_day(azure)
    inside = doors(azure.house)
    for path, view in (("/deliveries", views.delivery_list), ("/audit", views.audit)):
        page = await seen(inside, path, view)
        assert '<a class="title" href="/coverage" title="Machines without a notice">' in page
        assert "/stories/digest-" not in page


async def test_one_more_that_is_blind_is_news_and_so_is_one_that_is_blind_again(azure: Asker) -> None:
    """Each of these days has its digest, but the day on which all is well."""
    first, second = a_machine("web-01"), a_machine("web-02")
    told = []
    for running in ([first], [first, second], [], [first]):
        azure.graph.running = running
        await a_day(azure)
        told.append([one.reporting[0].blind.total for one in digests_of(azure)])
    assert told == [[1], [1, 2], [1, 2], [1, 2, 1]]


async def test_what_a_digest_with_stories_has_said_is_not_said_again(azure: Asker) -> None:
    """The machines come with the stories of the day, and the next day brings no message of their own."""
    azure.graph.running = [a_machine("web-01")]
    await azure.house.hears(an_event(severity=Severity.INFORMATIONAL, impact="none"))
    await a_day(azure)
    await a_day(azure)
    (told,) = digests_of(azure)
    assert (told.folded_total, told.reporting[0].blind.total) == (1, 1)


async def test_a_machine_that_is_heard_again_before_the_hour_costs_no_message(azure: Asker) -> None:
    """The digest looks at how it is when it goes out; with nothing to say there is none."""
    azure.graph.running = [a_machine("web-01")]
    await look(azure.house.outside, azure.graph)
    azure.graph.running = []
    await a_day(azure)
    assert digests_of(azure) == []


async def test_an_old_agent_alone_is_no_message(azure: Asker) -> None:
    """It is heard: a word beside the stories of the day is enough."""
    azure.graph.running = [a_machine("web-01")]
    await azure.house.takes(a_heartbeat(azure.graph.running[0]["id"], version="0.1", every=1_000_000))
    await a_day(azure)
    assert (await reporting(azure.house.outside))[SUBSCRIPTION].old.total == 1
    assert digests_of(azure) == []


@pytest.mark.parametrize(
    ("before", "now", "news"),
    [
        (Names(), Names(1, ("a",)), True),
        (Names(1, ("a",)), Names(1, ("a",)), False),
        (Names(2, ("a", "b")), Names(1, ("b",)), False),
        (Names(1, ("a",)), Names(1, ("b",)), True),
        (Names(12, ("a", "b")), Names(11, ("b", "c")), False),
        (Names(12, ("a", "b")), Names(13, ("a", "b")), True),
    ],
)
def test_news_is_a_machine_that_was_not_named(before: Names, now: Names, *, news: bool) -> None:
    """Of blind machines and of missed notices alike."""
    for what in ("blind", "missed"):
        then = structs.replace(Reporting(subscription_id=SUBSCRIPTION, at=START), **{what: before})
        today = structs.replace(then, **{what: now})
        assert is_news(Unheard((today,)), Said((then,))) is news


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
