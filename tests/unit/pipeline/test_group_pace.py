"""A group is sent after its wait, then not before its interval; what comes meanwhile is neither early nor lost."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from memory_house import START, House, a_config, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Budget, Digest, Group, QuietHours
from notbefore.pipeline.due import run_due
from notbefore.pipeline.flush import flush
from notbefore.pipeline.telling.follow_up import DueRow
from notbefore.ports import Put, Write
from notbefore.schema import Impact, Phase, Severity, Verdict, Window

SECOND = timedelta(seconds=1)
STORM = Group(by=("subscription", "kind"), wait=30 * SECOND, interval=timedelta(minutes=10))


def a_house() -> House:
    """One audience that folds what is alike."""
    return House(a_config(an_audience(group=STORM, grouped=True)))


async def hears_at(house: House, second: int) -> None:
    """A story of its own comes in at that second; what is due by then has run."""
    await passes(house, second)
    await house.hears(an_event(id=f"e{second}", keys={"tracking_id": f"T{second}"}, occurred_at=house.at))


async def passes(house: House, second: int) -> None:
    """Time goes on to that second, with a timer every five of them."""
    while house.at < START + second * SECOND:
        house.at = min(house.at + 5 * SECOND, START + second * SECOND)
        await run_due(house.outside)
        await house.runs()


def sizes(house: House) -> list[int]:
    """How many stories each mail folds."""
    return [house.said[message.delivery_id].folded_total for message in house.mail.got]


async def test_who_joined_a_group_does_not_send_it_twice() -> None:
    """Two stories wait, and go out after the first's wait; a third one waits for the interval, not for the second's."""
    house = a_house()
    await hears_at(house, 0)
    await hears_at(house, 20)
    await hears_at(house, 40)
    assert sizes(house) == [2]
    await passes(house, 625)
    assert sizes(house) == [2]
    await passes(house, 635)
    assert sizes(house) == [2, 1]


async def test_what_came_while_a_flush_was_repeated_is_not_lost() -> None:
    """A crash after a flush was written and before it was tidied up does not swallow what came in between."""
    house = a_house()
    await hears_at(house, 0)
    partition = rowkeys.audience("ops")
    rows = [row async for row in house.outside.stories.scan(partition, "t|", "t|~")]
    due = next(one for row in rows if (one := msgspec.json.decode(row.body, type=DueRow)).occasion == "flush")
    waiting = [row async for row in house.outside.stories.scan(partition, "i|", "i|~")]
    await passes(house, 35)
    assert sizes(house) == [1]
    await hears_at(house, 36)
    await house.outside.stories.commit(partition, [Write(Put.UPSERT, row.key, row.body) for row in waiting])
    audience = house.rules.config.audiences["ops"]
    await flush(house.outside, audience, due)
    await passes(house, 640)
    assert sizes(house) == [1, 1]


FOLDS_LATER = Group(by=("subscription", "kind"), interval=timedelta(minutes=10))


async def test_without_a_wait_the_first_goes_at_once_and_the_interval_folds_the_rest() -> None:
    """As in Alertmanager: one story is told at once, those of the next ten minutes come together after them."""
    house = House(a_config(an_audience(group=FOLDS_LATER, grouped=True)))
    await hears_at(house, 0)
    for second in (60, 120, 180):
        await hears_at(house, second)
    assert sizes(house) == [0]
    last = house.decided[-1]
    assert (last.decision, last.due) == (Verdict.GROUPED, START + timedelta(minutes=10))
    await passes(house, 595)
    assert sizes(house) == [0]
    await passes(house, 605)
    assert sizes(house) == [0, 3]
    await hears_at(house, 1300)
    assert sizes(house) == [0, 3, 0]


async def test_one_signal_of_many_stories_is_one_message_and_a_group() -> None:
    """What comes in one signal is folded like what comes one by one; a budget is not overdrawn by it either."""
    storm = [an_event(id=f"e{n}", keys={"tracking_id": f"T{n}"}) for n in range(20)]
    house = House(a_config(an_audience(group=FOLDS_LATER, grouped=True)))
    await house.hears(*storm)
    assert sizes(house) == [0]
    await passes(house, 605)
    assert sizes(house) == [0, 19]
    spends = House(a_config(an_audience(budget=Budget(messages=3, per=timedelta(days=1)))))
    await spends.hears(*storm)
    assert sizes(spends) == [0, 0, 0]


async def test_a_first_change_of_text_is_told_at_once_where_only_one_story_is_folded() -> None:
    """The first at once, later ones folded; a change that is more than text waits for its group's interval."""
    house = House(a_config(an_audience(group=Group(interval=timedelta(minutes=10)), grouped=True)))
    changes: list[dict[str, object]] = [{}, {"text": "two"}, {"text": "three"}, {"phase": Phase.RESCHEDULED}]
    said = []
    for minute, change in enumerate(changes):
        await passes(house, 60 * minute)
        said += await house.hears(an_event(id=f"e{minute}", occurred_at=house.at, **change))
    assert [(one.decision, one.due) for one in said] == [
        (Verdict.SENT, None),
        (Verdict.SENT, None),
        (Verdict.GROUPED, START + timedelta(minutes=11)),
        (Verdict.GROUPED, START + timedelta(minutes=11)),
    ]


async def test_what_overtook_its_group_is_not_told_again_by_it() -> None:
    """Critical news does not wait, and the older word that waited for a group or a digest is not sent after it."""
    waits = an_audience(group=Group(wait=30 * SECOND), grouped=True)
    daily = an_audience(digest=Digest(at=8 * 60, max_severity=Severity.WARNING))
    for audience in (waits, daily):
        house = House(a_config(audience))
        await house.hears(an_event())
        house.at += 5 * SECOND
        critical = an_event(id="e2", phase=Phase.STARTED, severity=Severity.CRITICAL, occurred_at=house.at)
        (told,) = await house.hears(critical)
        assert told.decision is Verdict.SENT
        await house.waits(timedelta(days=1), timedelta(minutes=1))
        assert sizes(house) == [0]


async def test_who_moves_from_one_group_to_another_is_told_of_in_one_of_them() -> None:
    """A story whose group changes with its phase waits in the new one only."""
    house = House(a_config(an_audience(group=Group(by=("phase",), wait=60 * SECOND), grouped=True)))
    await hears_at(house, 0)
    await passes(house, 30)
    await house.hears(an_event(id="f", keys={"tracking_id": "T0"}, phase=Phase.RESCHEDULED, occurred_at=house.at))
    await passes(house, 200)
    assert sizes(house) == [1]
    assert house.said[house.mail.got[0].delivery_id].story.phase is Phase.RESCHEDULED


async def test_a_budget_that_has_room_again_at_night_waits_for_the_morning() -> None:
    """What was folded in the evening is not told at the hour at which the budget happens to have room."""
    night = QuietHours(start=22 * 60, end=7 * 60)
    house = House(a_config(an_audience(budget=Budget(messages=1, per=timedelta(hours=12)), quiet_hours=(night,))))
    await house.hears(an_event())
    (spent,) = await house.hears(an_event(id="b", keys={"tracking_id": "B"}))
    assert (spent.decision, spent.due) == (Verdict.DIGESTED, START + timedelta(hours=19))
    await house.waits(timedelta(hours=20), timedelta(minutes=30))
    assert [message.at for message in house.mail.got] == [START, START + timedelta(hours=19)]


async def test_one_story_alone_in_its_group_says_what_is_new_and_not_why_it_waited() -> None:
    """A first word changes nothing; what follows is said as it would be without a group."""
    house = a_house()
    await house.hears(an_event())
    await passes(house, 40)
    moved = Window(START + timedelta(days=3), START + timedelta(days=3, hours=4))
    await house.hears(an_event(id="m", phase=Phase.RESCHEDULED, window=moved, occurred_at=house.at))
    await passes(house, 800)
    first, second = (house.said[message.delivery_id].changes for message in house.mail.got)
    assert first == ()
    assert any(line.startswith("window moved") for line in second)
    assert not any("group" in line for line in second)


async def test_a_reboot_is_told_before_its_window_also_over_the_budget() -> None:
    """The digest of a spent budget comes an hour before the first window in it, with all that waited till then."""
    house = House(a_config(an_audience(budget=Budget(messages=1, per=timedelta(days=1)))))
    opens = START + timedelta(hours=5)
    soon = {"window": Window(opens), "severity": Severity.ERROR}
    await house.hears(an_event())
    (later,) = await house.hears(an_event(id="b", keys={"tracking_id": "B"}))
    (reboot,) = await house.hears(an_event(id="c", keys={"tracking_id": "C"}, **soon))
    (freeze,) = await house.hears(an_event(id="d", keys={"tracking_id": "D"}, impact=Impact.FREEZE, **soon))
    assert [one.due for one in (later, reboot, freeze)] == [
        START + timedelta(days=1), opens - timedelta(hours=1), START + timedelta(days=1),
    ]  # fmt: skip  # one a story
    await house.waits(timedelta(hours=26), timedelta(minutes=30))
    assert [message.at for message in house.mail.got] == [START, opens - timedelta(hours=1)]
    assert house.said[house.mail.got[-1].delivery_id].folded_total == 3
