"""Time as data: what is held, deferred, folded, reminded of and escalated, on a clock that is pushed forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from memory_house import START, SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore.config.model import Budget, Digest, Escalation, Group, Inhibition, Matcher, Mute, QuietHours, Route
from notbefore.schema import Impact, Kind, Phase, Severity, Source, Verdict, Window

NIGHT = QuietHours(start=22 * 60, end=7 * 60)
TWO_AM = datetime(2026, 11, 25, 2, tzinfo=UTC)


async def test_what_comes_at_night_is_told_in_the_morning_as_it_is_then() -> None:
    """Quiet hours defer; what moved on meanwhile is told once, in its newest form."""
    house = House(a_config(an_audience(quiet_hours=(NIGHT,))), at=TWO_AM)
    window = Window(TWO_AM + timedelta(days=5))
    (decision,) = await house.hears(an_event(occurred_at=TWO_AM, window=window))
    assert (decision.decision, decision.due) == (Verdict.DEFERRED, datetime(2026, 11, 25, 7, tzinfo=UTC))
    await house.waits(timedelta(hours=1), timedelta(minutes=10))
    moved = an_event(id="b", phase=Phase.RESCHEDULED, occurred_at=house.at, window=Window(TWO_AM + timedelta(days=9)))
    await house.hears(moved)
    await house.waits(timedelta(hours=5), timedelta(minutes=10))
    (message,) = house.mail.got
    assert house.said[message.delivery_id].revision == 2
    assert message.at == datetime(2026, 11, 25, 7, tzinfo=UTC)


async def test_what_ends_before_anybody_was_told_is_told_to_nobody() -> None:
    """A deferred message is dropped when its story is over."""
    house = House(a_config(an_audience(quiet_hours=(NIGHT,))), at=TWO_AM)
    await house.hears(an_event(occurred_at=TWO_AM, window=Window(TWO_AM + timedelta(days=5))))
    end = an_event(
        id="b", phase=Phase.CANCELED, severity=Severity.INFORMATIONAL, occurred_at=TWO_AM + timedelta(minutes=1)
    )
    await house.hears(end)
    await house.waits(timedelta(hours=8), timedelta(minutes=30))
    assert house.mail.got == []


async def test_a_severity_that_is_let_through_does_not_wait() -> None:
    """A critical notice wakes people who said so."""
    audience = an_audience(quiet_hours=(NIGHT,), quiet_hours_let_through=Severity.CRITICAL)
    house = House(a_config(audience), at=TWO_AM)
    (decision,) = await house.hears(an_event(severity=Severity.CRITICAL, occurred_at=TWO_AM))
    assert decision.decision is Verdict.SENT


async def test_a_mute_holds_until_its_end_and_then_it_is_told() -> None:
    """Held is not lost: it is decided again when the mute is over."""
    mute = Mute(
        name="m", match=Matcher(subscription=(SUBSCRIPTION,)), until=START + timedelta(hours=2), reason="rebuild"
    )
    house = House(a_config(mutes=(mute,)))
    (decision,) = await house.hears(an_event())
    assert decision.decision is Verdict.MUTED
    assert "rebuild" in decision.reason
    await house.waits(timedelta(hours=3), timedelta(minutes=10))
    assert len(house.mail.got) == 1


async def test_an_open_incident_hides_the_health_of_its_resources_until_it_is_over() -> None:
    """Inhibited while the other story is open, told after."""
    rule = Inhibition(
        name="r",
        when=Matcher(kind=(Kind.SERVICE_ISSUE,)),
        hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)),
        same=("subscription",),
    )
    house = House(a_config(inhibit=(rule,)))
    issue = an_event(kind=Kind.SERVICE_ISSUE, keys={"tracking_id": "I"}, phase=Phase.STARTED, severity=Severity.ERROR)
    await house.hears(issue)
    health = an_event(
        id="h", source=Source.RESOURCE_HEALTH, kind=Kind.RESOURCE_HEALTH, phase=Phase.STARTED, keys={},
        resources=(a_machine("vm1"),), impact=Impact.UNAVAILABLE, severity=Severity.ERROR, window=Window(),
    )  # fmt: skip # one event
    (decision,) = await house.hears(health)
    assert decision.decision is Verdict.INHIBITED
    house.at += timedelta(minutes=30)
    over = an_event(
        id="o", kind=Kind.SERVICE_ISSUE, keys={"tracking_id": "I"}, phase=Phase.COMPLETED,
        severity=Severity.INFORMATIONAL, occurred_at=house.at,
    )  # fmt: skip # one event
    await house.hears(over)
    assert len(house.mail.got) == 2
    await house.waits(timedelta(minutes=10))
    assert len(house.mail.got) == 3


async def test_many_stories_of_one_group_are_one_message() -> None:
    """Forty machines with a story each fold into one message, which counts them."""
    group = Group(by=("subscription", "kind"), wait=timedelta(seconds=30), interval=timedelta(minutes=10))
    house = House(a_config(an_audience(group=group, grouped=True)))
    for number in range(40):
        await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
    assert house.mail.got == []
    await house.waits(timedelta(minutes=2), timedelta(seconds=15))
    (message,) = house.mail.got
    delivery = house.said[message.delivery_id]
    assert (delivery.folded_total, len(delivery.folded)) == (40, 10)
    await house.hears(an_event(id="late", keys={"tracking_id": "late"}))
    await house.waits(timedelta(minutes=5), timedelta(seconds=30))
    assert len(house.mail.got) == 1
    await house.waits(timedelta(minutes=8), timedelta(seconds=30))
    assert len(house.mail.got) == 2


async def test_critical_news_waits_for_no_group() -> None:
    """What is critical is held by neither group nor budget."""
    group = Group(wait=timedelta(minutes=5))
    house = House(a_config(an_audience(group=group, grouped=True, budget=Budget(messages=1, per=timedelta(days=1)))))
    (decision,) = await house.hears(an_event(severity=Severity.CRITICAL))
    assert decision.decision is Verdict.SENT


async def test_small_things_come_together_at_the_hour_of_the_digest() -> None:
    """Informational stories are one message at eight."""
    digest = Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL)
    house = House(a_config(an_audience(digest=digest)))
    for number in range(3):
        event = an_event(
            id=f"e{number}", keys={"tracking_id": f"T{number}"}, impact=Impact.NONE, severity=Severity.INFORMATIONAL
        )
        (decision,) = await house.hears(event)
        assert (decision.decision, decision.due) == (Verdict.DIGESTED, datetime(2026, 11, 25, 8, tzinfo=UTC))
    await house.waits(timedelta(hours=21), timedelta(minutes=30))
    (message,) = house.mail.got
    assert house.said[message.delivery_id].folded_total == 3


async def test_a_budget_folds_what_is_too_much() -> None:
    """Two messages a day, the rest in one."""
    house = House(a_config(an_audience(budget=Budget(messages=2, per=timedelta(hours=6)))))
    verdicts = []
    for number in range(5):
        house.at += timedelta(minutes=1)
        (decision,) = await house.hears(an_event(id=f"e{number}", keys={"tracking_id": f"T{number}"}))
        verdicts.append(decision.decision)
    assert verdicts == [Verdict.SENT] * 2 + [Verdict.DIGESTED] * 3
    await house.waits(timedelta(hours=7), timedelta(minutes=20))
    assert len(house.mail.got) == 3
    assert house.said[house.mail.got[-1].delivery_id].folded_total == 3


async def test_reminders_come_before_the_window_and_not_after_an_end() -> None:
    """A day and an hour before; the canceled story is not reminded of."""
    house = House(a_config(an_audience(reminders=(timedelta(hours=24), timedelta(hours=1)))))
    await house.hears(an_event())
    await house.waits(timedelta(hours=30), timedelta(minutes=30))
    assert [house.said[m.delivery_id].occasion for m in house.mail.got] == ["news", "reminder:24h"]
    await house.hears(an_event(id="c", phase=Phase.CANCELED, severity=Severity.INFORMATIONAL, occurred_at=house.at))
    await house.waits(timedelta(hours=30), timedelta(minutes=30))
    assert [house.said[m.delivery_id].occasion for m in house.mail.got] == ["news", "reminder:24h", "news"]


async def test_a_reminder_moves_with_its_window() -> None:
    """A reschedule leaves the old reminder unsent and brings a new one."""
    house = House(a_config(an_audience(reminders=(timedelta(hours=1),))))
    await house.hears(an_event())
    house.at += timedelta(hours=1)
    later = Window(START + timedelta(days=4))
    await house.hears(an_event(id="r", phase=Phase.RESCHEDULED, occurred_at=house.at, window=later))
    await house.waits(timedelta(days=5), timedelta(minutes=30))
    said = [(house.said[m.delivery_id].occasion, m.at) for m in house.mail.got]
    assert [one for one in said if one[0].startswith("reminder")] == [
        ("reminder:1h", START + timedelta(days=4) - timedelta(hours=1))
    ]


async def test_nobody_acknowledges_and_the_next_audience_is_told_and_hears_the_end() -> None:
    """Escalation after half an hour, to somebody else, once."""
    chief = an_audience("chief")
    ops = an_audience(escalate=Escalation(after=timedelta(minutes=30), to="chief", min_severity=Severity.ERROR))
    house = House(a_config(ops, chief))
    await house.hears(an_event(severity=Severity.ERROR))
    await house.waits(timedelta(hours=2), timedelta(minutes=5))
    assert [m.target for m in house.mail.got] == ["ops@example.com", "chief@example.com"]
    end = an_event(id="c", phase=Phase.COMPLETED, severity=Severity.INFORMATIONAL, occurred_at=house.at)
    await house.hears(end)
    assert sorted(m.target for m in house.mail.got[2:]) == ["chief@example.com", "ops@example.com"]


async def test_what_should_have_begun_and_did_not_is_overdue() -> None:
    """A scheduled event of which nothing more is heard is said to be overdue, once."""
    house = House()
    event = an_event(
        source=Source.SCHEDULED_EVENTS, kind=Kind.HOST_MAINTENANCE, phase=Phase.SCHEDULED, severity=Severity.CRITICAL,
        keys={"event_id": "E"}, resources=(a_machine("vm"),), window=Window(START + timedelta(minutes=15)),
    )  # fmt: skip # one event
    await house.hears(event)
    await house.waits(timedelta(hours=6), timedelta(minutes=10))
    assert [house.said[m.delivery_id].occasion for m in house.mail.got] == ["news", "overdue"]


async def test_changes_of_text_alone_are_told_once_an_interval() -> None:
    """The first at once, the next ones folded, and in the end everybody knows the newest."""
    house = House()
    await house.hears(an_event())
    for minute in (1, 2, 3):
        house.at = START + timedelta(minutes=minute)
        await house.hears(an_event(id=f"t{minute}", text=f"Text number {minute}.", occurred_at=house.at))
    assert len(house.mail.got) == 2
    await house.waits(timedelta(minutes=30))
    assert len(house.mail.got) == 3
    assert house.said[house.mail.got[-1].delivery_id].story.text == "Text number 3."


async def test_who_heard_the_beginning_hears_the_end_though_routes_and_mutes_have_changed() -> None:
    """The closing message goes to exactly those who heard the opening one."""
    house = House()
    await house.hears(an_event())
    mute = Mute(name="m", match=Matcher(), until=START + timedelta(days=9), reason="r")
    other = an_audience("other")
    changed = a_config(an_audience(), other, mutes=(mute,), routes=(Route(name="other", to=("other",)),))
    house.rules = House(changed).rules
    end = an_event(
        id="c", phase=Phase.COMPLETED, severity=Severity.INFORMATIONAL, occurred_at=START + timedelta(hours=1)
    )
    await house.hears(end)
    assert [m.target for m in house.mail.got] == ["ops@example.com"] * 2
