"""What the comments of the example file promise. Each test quotes the words, which must be there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from example_file import (
    DAY,
    EXAMPLE,
    HOUR,
    NOON,
    OTHER,
    PAYMENTS,
    SHOP,
    TEST,
    a_house,
    changed,
    decided,
    news,
    refused,
    says,
)
from memory_house import House

from notbefore.rules import compile_rules
from notbefore.schema import (
    Impact,
    Kind,
    MaintenanceEvent,
    Phase,
    Resource,
    ResourceFacts,
    Severity,
    Source,
    Verdict,
    Window,
)

pytestmark = pytest.mark.skipif(not EXAMPLE.exists(), reason="the example file is not beside this checkout")


async def with_facts(house: House, event: MaintenanceEvent, tags: dict[str, str]) -> set[str]:
    """Who is told of the event, whose machines have these tags."""
    from notbefore.pipeline.partition import Work, advance_partition
    from notbefore.ports import Signal

    facts = [ResourceFacts(id=one.id, tags=tags, seen_at=NOON) for one in event.resources if one.id]
    signal = Signal(id="s", received_at=NOON, origin="test", body=b"")
    work = Work(events=[event], facts=facts)
    tellings = await advance_partition(house.outside, event.subscription_id or "", work, signal)
    return {one.audience for telling in tellings for one in telling.decisions if one.decision is not Verdict.NOT_ROUTED}


def fitting(match: str) -> Callable[[MaintenanceEvent], Awaitable[bool]]:
    """Whether the payments' people are told when their route has this match."""

    async def told(event: MaintenanceEvent) -> bool:
        house = a_house(NOON, ("match: {subscription: payments-prod}", match))
        return "payments-oncall" in await decided(house, event)

    return told


@pytest.mark.parametrize(
    ("words", "old", "new", "problem"),
    [
        ("an unknown key is an error", "time_zone: UTC", "timezone: UTC", "unknown key `timezone`"),
        ("Times of day are quoted", 'at: "08:00"', "at: 08:00", "quote"),
        ("Zones are IANA names", "America/New_York", "America/Gotham", "America/Gotham"),
        ("Durations are 30s, 15m, 2h, 7d", "wait: 30s", "wait: 30 seconds", "30 seconds"),
        ("Severities, from low to high", "min_severity: error}   #", "min_severity: fatal}   #", "fatal"),
        ("${env:NAME} is the only interpolation", "${env:PLATFORM_TEAMS_URL}", "${PLATFORM_TEAMS_URL}", "${PLATFORM"),
        ("a mute without an end is an error", "    until: 2026-12-01T00:00:00Z ", "    ", "`until` is missing"),
        (
            "the catch-all is mandatory",
            "  - name: everything else ",
            "  - match: {test: true}\n    name: rest ",
            "catch",
        ),
    ],
)
def test_what_is_an_error(words: str, old: str, new: str, problem: str) -> None:
    """Refused at load, with its line."""
    says(words)
    assert problem.casefold() in refused((old, new)).casefold()


@pytest.mark.parametrize(
    ("tags", "named"),
    [
        ({"team": "shop-team"}, {"shop-team"}),
        ({"Team": "Shop-Team"}, {"shop-team"}),
        ({"team": "nobody-we-know"}, {"platform-team"}),
        ({}, {"platform-team"}),
    ],
)
async def test_the_audience_a_resource_names_by_itself(tags: dict[str, str], named: set[str]) -> None:
    """By the value of its tag; the fallback when it is missing or names nobody."""
    says("the audience a resource names by itself")
    says("when the tag is missing or names nobody")
    says("has_owner: the tag is there")
    id_ = f"/subscriptions/{OTHER}/resourcegroups/g/providers/x.y/z/vm1"
    got = await with_facts(a_house(), news(OTHER, resources=(Resource(id_, "vm1"),)), tags)
    assert got == named


async def test_an_address_in_the_tag_is_told_where_the_file_allows_it() -> None:
    """Only with `allow_addresses`."""
    says("or an address with `allow_addresses`")
    id_ = f"/subscriptions/{OTHER}/resourcegroups/g/providers/x.y/z/vm1"
    event, tags = news(OTHER, resources=(Resource(id_, "vm1"),)), {"team": "ann@example.com"}
    assert await with_facts(a_house(), event, tags) == {"platform-team"}
    allowed = ("  fallback: platform-team ", "  allow_addresses: true\n  fallback: platform-team ")
    assert await with_facts(a_house(NOON, allowed), event, tags) == {"ann@example.com"}


async def test_first_match_wins_unless_it_continues_and_children_refine() -> None:
    """Payments alone; the shop and the platform; customers' own reboots nobody."""
    says("first match wins, unless it says continue; children refine")
    assert set(await decided(a_house(), news())) == {"payments-oncall"}
    assert set(await decided(a_house(), news(SHOP))) == {"shop-team", "platform-team"}
    assert set(await decided(a_house(), news(initiated_by="customer"))) == set()


@pytest.mark.parametrize(
    ("words", "match", "fits", "not_"),
    [
        ("A list means any of", "match: {subscription: [payments-prod, shop-prod]}", {}, {"subscription_id": OTHER}),
        (
            "several keys mean all of",
            "match: {subscription: payments-prod, impact: reboot}",
            {},
            {"impact": Impact.FREEZE},
        ),
        (
            "match_not excludes",
            "match: {subscription: payments-prod}\n    match_not: {impact: freeze}",
            {},
            {"impact": Impact.FREEZE},
        ),
        (
            "Every text is a glob, compared without case",
            "match: {service: 'VIRTUAL m*'}",
            {"services": ("Virtual Machines",)},
            {},
        ),
        ("a region by either of its names", "match: {region: West Europe}", {"regions": ("westeurope",)}, {}),
        (
            "a story without resources does not fit them",
            "match: {resource: '*'}",
            {"resources": (Resource("/x", "x"),)},
            {},
        ),
    ],
)
async def test_how_a_match_is_read(words: str, match: str, fits: dict[str, Any], not_: dict[str, Any]) -> None:
    """What fits it, and what does not."""
    says(words)
    told = fitting(match)
    assert await told(news(**fits))
    assert not await told(news(**not_))


async def test_each_audience_hears_of_its_own_resources_in_one_message() -> None:
    """Two of payments' machines, one by name elsewhere; one mail an audience, with its own."""
    says("folded into one message an audience, with that audience's resources only")
    rest = "match: {subscription: payments-prod}"
    house = a_house(NOON, (rest, "match: {resource: '*/pay*'}"))
    names = ("pay1", "pay2", "web1")
    vms = tuple(Resource(f"/subscriptions/{PAYMENTS}/resourcegroups/g/providers/x.y/z/{n}", n) for n in names)
    await house.hears(news(resources=vms))
    told = {
        one.audience: sorted(state.resource.name or "" for state in one.resources)
        for one in house.said.values()
        if one.channel == "email"
    }
    assert told == {"payments-oncall": ["pay1", "pay2"], "platform-team": ["web1"]}
    assert len(house.mail.got) == 2


async def test_no_channel_whose_floor_is_low_enough_counts_as_not_routed() -> None:
    """A desk that takes errors only is not told of a warning, and says so."""
    says("No channel whose floor is low enough counts as not routed")
    mail = ("payments-oncall@example.com]}", "payments-oncall@example.com], min_severity: error}")
    secret = 'secret: "${env:PAYMENTS_HOOK_SECRET}"'
    house = a_house(NOON, mail, (secret, f"{secret}, min_severity: error"))
    (decision,) = await house.hears(news())
    assert (decision.decision, "no channel takes warning" in decision.reason) == (Verdict.NOT_ROUTED, True)


async def test_the_muted_subscription_of_the_example_is_told_when_the_mute_ends() -> None:
    """Held with its reason, and told on the first of December."""
    house = a_house()
    (decision,) = await house.hears(news(TEST))
    assert decision.decision is Verdict.MUTED
    assert "rebuild, see CHG0031337" in decision.reason
    await house.waits(7 * DAY, HOUR)
    assert house.mail.got[0].at == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subscription", "region", "held"),
    [(OTHER, "westeurope", True), (OTHER, "northeurope", False), (TEST, "westeurope", False)],
)
async def test_an_incident_hides_health_in_its_own_subscription_and_region(
    subscription: str,
    region: str,
    held: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Both must be the same."""
    house = a_house(datetime(2026, 12, 2, 12, tzinfo=UTC))
    issue = {"kind": Kind.SERVICE_ISSUE, "severity": Severity.ERROR, "phase": Phase.STARTED, "window": Window()}
    await house.hears(news(OTHER, house.at, regions=("westeurope",), **issue))
    health = {"kind": Kind.RESOURCE_HEALTH, "source": Source.RESOURCE_HEALTH, "keys": {"tracking_id": "H"}}
    vm = Resource(f"/subscriptions/{subscription}/resourcegroups/g/providers/x.y/z/vm1", "vm1")
    ill = news(subscription, house.at, id="h", regions=(region,), resources=(vm,), **health)
    got = await decided(house, ill)
    assert (got["platform-team"][0] is Verdict.INHIBITED) is held


async def test_names_of_subscriptions_are_used_below() -> None:
    """The name stands for the GUID in routes, mutes and messages."""
    says("names for GUIDs, used below and in every message")
    rules = compile_rules(changed())
    assert rules.config.subscription_name(PAYMENTS) == "payments-prod"
