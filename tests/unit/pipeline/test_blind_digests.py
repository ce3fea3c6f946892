"""Who is told of blind machines and missed notices: in the digest, also when no story is in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asking import seen
from azure_says import Asker
from board_site import doors
from memory_house import START, SUBSCRIPTION, an_event
from msgspec import structs
from running_machines import OTHER, a_heartbeat, a_machine, an_azure

from functions import views
from notbefore.pipeline.reporters.blind import look, reporting
from notbefore.pipeline.reporters.digests import Said, Unheard, is_news
from notbefore.schema import Delivery, Names, Reporting, Severity


@pytest.fixture
def azure() -> Asker:
    """A house whose audience has a digest, and hears of one subscription of two."""
    return an_azure()


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


async def test_of_many_subscriptions_the_worst_are_shown_and_none_is_told_of_twice(azure: Asker) -> None:
    """Thirty with a blind machine: twenty stand in the message; which of them those are tomorrow is no news."""
    names = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(30)]
    azure.graph.subscriptions = names
    azure.graph.running = [a_machine("web-01", subscriptionId=name, id=f"/subscriptions/{name}/vm") for name in names]
    await a_day(azure)
    azure.graph.running = azure.graph.running[1:]
    await a_day(azure)
    (told,) = digests_of(azure, "other")
    assert len(told.reporting) == 20


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
