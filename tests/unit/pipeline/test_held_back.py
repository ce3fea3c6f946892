"""What was held back is not lost, however large its story and whoever was to hear of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from memory_house import START, SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Digest, Escalation, Group, Matcher, Mute, QuietHours, Route
from notbefore.muting import Silence
from notbefore.pipeline.orders import acknowledge, silence
from notbefore.ports import Put, Write
from notbefore.schema import Kind, Phase, ResourceFacts, Severity, Verdict, Window

NIGHT = QuietHours(start=22 * 60, end=7 * 60)
TWO_AM = datetime(2026, 11, 25, 2, tzinfo=UTC)
FAR = Window(TWO_AM + timedelta(days=5))
HOUR = timedelta(hours=1)


async def begins_and_ends(house: House) -> None:
    """Announced at two in the night, canceled a minute later."""
    await house.hears(an_event(occurred_at=TWO_AM, window=FAR))
    later = TWO_AM + timedelta(minutes=1)
    await house.hears(an_event(id="b", phase=Phase.CANCELED, severity=Severity.INFORMATIONAL, occurred_at=later))


async def test_what_began_and_ended_in_quiet_hours_is_in_the_next_digest() -> None:
    """Nobody is woken, and at the digest's hour it is said that it was there."""
    house = House(a_config(an_audience(quiet_hours=(NIGHT,), digest=Digest(at=9 * 60))), at=TWO_AM)
    await begins_and_ends(house)
    await house.waits(8 * HOUR, HOUR / 2)
    (message,) = house.mail.got
    assert message.at == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert house.said[message.delivery_id].occasion.startswith("digest:")
    assert house.decided[-1].decision is Verdict.DIGESTED
    assert "began and ended before it could be told (deferred: quiet hours" in house.decided[-1].reason


async def test_without_a_digest_the_audit_alone_says_so() -> None:
    """The decision is a row, with what held it back."""
    house = House(a_config(an_audience(quiet_hours=(NIGHT,))), at=TWO_AM)
    await begins_and_ends(house)
    await house.waits(8 * HOUR, HOUR / 2)
    assert house.mail.got == []
    assert house.decided[-1].decision is Verdict.NOT_ROUTED
    assert "quiet hours until Wed 2026-11-25 07:00" in house.decided[-1].reason


async def test_what_a_mute_hid_from_beginning_to_end_waits_for_its_end() -> None:
    """As long as the mute holds, the digest does not speak of it either."""
    mute = Mute(name="m", match=Matcher(), until=TWO_AM + 30 * HOUR, reason="rebuild")
    house = House(a_config(an_audience(digest=Digest(at=9 * 60)), mutes=(mute,)), at=TWO_AM)
    await begins_and_ends(house)
    await house.waits(29 * HOUR, HOUR)
    assert house.mail.got == []
    await house.waits(30 * HOUR, HOUR)
    (message,) = house.mail.got
    assert message.at == datetime(2026, 11, 26, 9, tzinfo=UTC)


async def test_one_machine_of_a_hundred_is_not_forgotten_over_night() -> None:
    """The head of the story shows twenty machines; the night's team owns none of those, and is told at seven."""
    team = an_audience("team", quiet_hours=(NIGHT,))
    mine = Route(name="mine", match=Matcher(resource=("*/mine",)), to=("team",))
    rest = Route(name="rest", to=("ops",))
    house = House(a_config(an_audience(), team, routes=(mine, rest)), at=TWO_AM)
    machines = tuple(a_machine(f"vm{number:03}") for number in range(100))
    await house.hears(an_event(resources=(*machines, a_machine("mine")), window=FAR, occurred_at=TWO_AM))
    house.restarted()
    await house.waits(6 * HOUR, HOUR / 2)
    (message,) = [one for one in house.mail.got if one.target == "team@example.com"]
    assert [state.resource.name for state in house.said[message.delivery_id].resources] == ["mine"]


async def test_an_escalation_goes_on_until_somebody_takes_it() -> None:
    """The first is silent, the second too: the third is told; an acknowledgement would have ended it."""
    chain = [
        an_audience("ops", escalate=Escalation(after=HOUR, to="lead")),
        an_audience("lead", escalate=Escalation(after=HOUR, to="boss")),
        an_audience("boss"),
    ]
    far = an_event(window=FAR)
    for taken, targets in ((False, ["ops", "lead", "boss"]), (True, ["ops", "lead"])):
        house = House(a_config(*chain))
        await house.hears(far)
        await house.waits(HOUR + timedelta(minutes=5), timedelta(minutes=5))
        if taken:
            (story,) = await house.stories()
            await acknowledge(house.outside, SUBSCRIPTION, story.id, "somebody")
        await house.waits(3 * HOUR, timedelta(minutes=5))
        told = [one.target for one in house.mail.got if house.said[one.delivery_id].occasion in {"news", "escalation"}]
        assert told == [f"{name}@example.com" for name in targets]


async def test_an_escalation_that_falls_into_quiet_hours_waits_and_is_told() -> None:
    """The duty manager sleeps until seven, and hears it then."""
    duty = an_audience("duty", quiet_hours=(NIGHT,))
    first = an_audience("ops", escalate=Escalation(after=HOUR / 2, to="duty"))
    house = House(a_config(first, duty), at=TWO_AM)
    await house.hears(an_event(occurred_at=TWO_AM, window=FAR))
    await house.waits(6 * HOUR, HOUR / 4)
    told = [(one.target, one.at.hour) for one in house.mail.got]
    assert told == [("ops@example.com", 2), ("duty@example.com", 7)]


async def test_a_silence_by_tag_holds_though_the_file_asks_for_no_tags() -> None:
    """Facts about resources are read because the silence wants them."""
    house = House()
    vm = a_machine("vm1")
    facts = ResourceFacts(id=vm.id or "", tags={"team": "shop"}, seen_at=START)
    row = Write(Put.UPSERT, rowkeys.facts(facts.id), msgspec.json.encode(facts))
    await house.outside.stories.commit(SUBSCRIPTION, [row])
    match = Matcher(tag={"team": ("shop",)})
    order = Silence(id="s", author="a", match=match, starts_at=START, ends_at=START + HOUR, reason="rebuild")
    await silence(house.outside, order)
    (decision,) = await house.hears(an_event(resources=(vm,)))
    assert decision.decision is Verdict.SILENCED


async def test_who_joins_a_waiting_group_is_told_when_it_goes_out() -> None:
    """The second story's due time is the group's, not its own wait."""
    storm = Group(by=("kind",), wait=timedelta(seconds=30), interval=timedelta(minutes=10))
    house = House(a_config(an_audience(group=storm, grouped=True)))
    (first,) = await house.hears(an_event())
    house.at += timedelta(seconds=20)
    (second,) = await house.hears(an_event(id="b", keys={"tracking_id": "B"}, kind=Kind.PLANNED_MAINTENANCE))
    assert (first.due, second.due) == (START + timedelta(seconds=30),) * 2
    assert second.reason.startswith("joins its group")


async def test_an_escalation_reaches_the_same_people_once() -> None:
    """A new revision starts no second call: who was called hears it as everybody who was told; each says why."""
    first = an_audience("ops", escalate=Escalation(after=HOUR / 2, to="duty"))
    house = House(a_config(first, an_audience("duty")))
    await house.hears(an_event())
    await house.waits(HOUR / 3)
    await house.hears(an_event(id="e2", phase=Phase.RESCHEDULED, occurred_at=house.at))
    await house.waits(2 * HOUR)
    calls = [one for one in house.decided if one.occasion == "escalation"]
    assert [(one.audience, one.decision) for one in calls] == [("duty", Verdict.SENT)]
    assert calls[0].reason == "nobody in ops acknowledged within 30 minutes"
    told = await house.hears(an_event(id="e3", phase=Phase.CANCELED, occurred_at=house.at))
    assert {(one.audience, one.decision) for one in told} == {("ops", Verdict.SENT), ("duty", Verdict.SENT)}


async def test_a_failure_is_news_and_no_end() -> None:
    """Whoever it is for is told, though nothing was told before; a mute holds it, and it is told when that is over."""
    failed = an_event(
        kind=Kind.GUEST_PATCHING,
        phase=Phase.FAILED,
        severity=Severity.ERROR,
        window=Window(),
        resources=(a_machine("a"),),
    )
    house = House()
    (decision,) = await house.hears(failed)
    assert decision.decision is Verdict.SENT
    mute = Mute(name="m", match=Matcher(phase=(Phase.FAILED,)), until=START + HOUR, reason="rebuild")
    quiet = House(a_config(mutes=(mute,)))
    await quiet.hears(an_event())
    (held,) = await quiet.hears(an_event(id="e2", phase=Phase.FAILED, severity=Severity.ERROR))
    assert held.decision is Verdict.MUTED
    await quiet.waits(2 * HOUR)
    assert len(quiet.mail.got) == 2


async def test_a_failure_that_nobody_takes_on_is_escalated() -> None:
    """What failed waits for a person; it can be taken on, and until then the next audience is called."""
    first = an_audience("ops", escalate=Escalation(after=HOUR, to="duty", min_severity=Severity.ERROR))
    house = House(a_config(first, an_audience("duty")))
    await house.hears(an_event(phase=Phase.FAILED, severity=Severity.ERROR, window=Window()))
    await house.waits(2 * HOUR)
    assert [one.target for one in house.mail.got] == ["ops@example.com", "duty@example.com"]
