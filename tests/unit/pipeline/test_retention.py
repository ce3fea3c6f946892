"""What is long over is deleted with all its rows; what is open, or young, stays."""

from __future__ import annotations

from datetime import timedelta

from memory_house import SUBSCRIPTION, House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.config.model import Budget, Group
from notbefore.pipeline.departed import PARTITION
from notbefore.pipeline.retention import KEEP, forget
from notbefore.rules import compile_rules
from notbefore.schema import Phase, Severity


async def test_an_old_story_goes_whole_and_an_open_one_stays() -> None:
    """After the time to keep, nothing of the ended story is left; its key opens a new story."""
    house = House()
    await house.hears(an_event())
    await house.hears(an_event(id="end", phase=Phase.COMPLETED, severity=Severity.INFORMATIONAL))
    await house.hears(an_event(id="open", keys={"tracking_id": "OPEN-1"}))
    assert await forget(house.outside) == 0
    house.at += KEEP + timedelta(days=1)
    assert await forget(house.outside) == 1
    (story,) = await house.stories()
    assert story.keys["tracking_id"] == ("OPEN-1",)
    rows = [row.key async for row in house.outside.stories.scan(SUBSCRIPTION, *rowkeys.span(""))]
    assert {key.split("|")[1] for key in rows if key[0] in "serdh"} == {story.id}
    house.restarted()
    await house.hears(an_event(id="again", occurred_at=house.at))
    assert len(await house.stories()) == 2


async def test_quarantine_and_outcomes_go_after_their_time() -> None:
    """What could not be read is kept as long as the rest, and no longer."""
    house = House()
    await house.takes(b"not json at all")
    kept = [row async for row in house.outside.quarantine.scan("quarantine", *rowkeys.span(""))]
    await forget(house.outside)
    assert [row async for row in house.outside.quarantine.scan("quarantine", *rowkeys.span(""))] == kept != []
    house.at += KEEP + timedelta(days=1)
    await forget(house.outside)
    assert [row async for row in house.outside.quarantine.scan("quarantine", *rowkeys.span(""))] == []
    assert [one async for one in house.outside.signals.partitions()] == []


async def test_what_audiences_keep_does_not_grow_for_ever() -> None:
    """What counted against a budget, when groups went out and what they said, who left the file: all of it ages."""
    group = Group(by=("kind",), wait=timedelta(seconds=30))
    budget = Budget(messages=9, per=timedelta(days=1))
    house = House(a_config(an_audience(group=group, grouped=True, budget=budget)))
    await house.waits(timedelta(minutes=1))
    await house.hears(an_event())
    await house.waits(timedelta(minutes=2))
    house.rules = compile_rules(replace(a_config(an_audience("crew")), version_id="new"))
    await house.waits(timedelta(minutes=1))

    async def kept() -> set[str]:
        rows = house.outside.stories.scan(rowkeys.audience("ops"), *rowkeys.span(""))
        gone = house.outside.control.scan(PARTITION, *rowkeys.span(""))
        return {row.key[:2] async for row in rows} | {"departed" async for _ in gone}

    await forget(house.outside)
    assert await kept() >= {"b|", "g|", "d|", "departed"}
    house.at += KEEP + timedelta(days=1)
    await forget(house.outside)
    assert not await kept() & {"b|", "g|", "d|", "departed"}
