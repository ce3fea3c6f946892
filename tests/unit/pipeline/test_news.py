"""The way of a story through the pipeline, in memory: news, repeats, ends."""

from __future__ import annotations

from datetime import timedelta

from memory_house import START, House, a_machine, an_event

from notbefore.schema import DeliveryState, Phase, Severity, Source, Verdict


async def test_the_first_news_is_told_once_on_every_channel() -> None:
    """One event makes one story and one message for each target."""
    house = House()
    decisions = await house.hears(an_event())
    assert [d.decision for d in decisions] == [Verdict.SENT]
    assert len(house.mail.got) == len(house.webhook.got) == 1
    assert [d.state for d in await house.ledger()] == [DeliveryState.SENT] * 2
    assert [s.revision for s in await house.stories()] == [1]


async def test_the_same_news_again_is_a_duplicate_even_after_a_restart() -> None:
    """A repeat changes no revision and sends nothing, also when the process has forgotten everything."""
    house = House()
    await house.hears(an_event())
    house.restarted()
    decisions = await house.hears(an_event())
    assert [d.decision for d in decisions] == [Verdict.DUPLICATE]
    assert len(house.mail.got) == 1
    assert [s.revision for s in await house.stories()] == [1]


async def test_every_phase_is_told_in_order_and_the_end_closes_the_story() -> None:
    """Announced, started, completed: three messages, in one thread."""
    house = House()
    for minutes, phase in enumerate((Phase.ANNOUNCED, Phase.STARTED, Phase.COMPLETED)):
        house.at = START + timedelta(minutes=minutes)
        severity = Severity.INFORMATIONAL if phase is Phase.COMPLETED else Severity.WARNING
        await house.hears(an_event(id=phase, phase=phase, severity=severity, occurred_at=house.at))
    assert len(house.mail.got) == 3
    said = [house.said[m.delivery_id] for m in house.mail.got]
    assert [d.first_in_thread for d in said] == [None, said[0].id, said[0].id]
    (story,) = await house.stories()
    assert story.over
    assert story.severity is Severity.INFORMATIONAL


async def test_an_end_of_which_no_beginning_was_heard_is_told_to_nobody() -> None:
    """Who was told nothing never hears an end."""
    house = House()
    (decision,) = await house.hears(an_event(phase=Phase.COMPLETED, severity=Severity.INFORMATIONAL))
    assert decision.decision is Verdict.NOT_ROUTED
    assert house.mail.got == []


async def test_events_of_one_signal_are_told_together() -> None:
    """A hundred machines of one story in one signal are one message to each target."""
    house = House()
    events = [
        an_event(id=f"vm{n}", source=Source.SCHEDULED_EVENTS, keys={"event_id": "E1"}, resources=(a_machine(f"vm{n}"),))
        for n in range(100)
    ]
    await house.hears(*events)
    assert len(house.mail.got) == 1
    (story,) = await house.stories()
    assert story.resources_total == 100
    assert house.said[house.mail.got[0].delivery_id].resources_total == 100


async def test_two_names_of_one_machine_are_one_resource() -> None:
    """A peer named without an id becomes the machine itself when that machine reports."""
    house = House()
    named = an_event(
        id="a", source=Source.SCHEDULED_EVENTS, keys={"event_id": "E1"},
        resources=(a_machine("vm1"), type(a_machine("x"))(name="VM2")),
    )  # fmt: skip # one event
    await house.hears(named)
    await house.hears(
        an_event(id="b", source=Source.SCHEDULED_EVENTS, keys={"event_id": "E1"}, resources=(a_machine("vm2"),))
    )
    (story,) = await house.stories()
    assert story.resources_total == 2
    assert story.revision == 1


async def test_what_follows_the_end_in_single_resources_is_no_news() -> None:
    """The end was told; that one machine after the other reports it too wakes nobody."""
    house = House()
    machine = an_event(
        id="m", source=Source.SCHEDULED_EVENTS, keys={"tracking_id": "ABCD-123"}, phase=Phase.STARTED,
        resources=(a_machine("vm1"),),
    )  # fmt: skip # one event
    await house.hears(an_event(), machine)
    house.at += timedelta(minutes=20)
    over = {"severity": Severity.INFORMATIONAL, "phase": Phase.COMPLETED, "occurred_at": house.at}
    await house.hears(an_event(id="end", **over))
    told = len(house.mail.got)
    house.at += timedelta(minutes=1)
    machine = an_event(
        id="m2", source=Source.SCHEDULED_EVENTS, keys={"tracking_id": "ABCD-123"}, resources=(a_machine("vm1"),), **over
    )
    (decision,) = await house.hears(machine)
    await house.waits(timedelta(minutes=30), timedelta(minutes=5))
    assert decision.decision is Verdict.DUPLICATE
    assert len(house.mail.got) == told
