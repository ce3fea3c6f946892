"""What is long over is deleted with all its rows; what is open, or young, stays."""

from __future__ import annotations

from datetime import timedelta

from memory_house import SUBSCRIPTION, House, an_event

from notbefore import rowkeys
from notbefore.pipeline.retention import KEEP, forget
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
