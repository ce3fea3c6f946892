"""Who has it is told to whoever heard of it: once, at once or not at all, and no machine starts for it."""

from datetime import UTC, datetime

from memory_house import SUBSCRIPTION, House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore.config.model import ChannelConfig, QuietHours
from notbefore.pipeline.orders import acknowledge
from notbefore.pipeline.telling.acknowledged import ACKNOWLEDGED
from notbefore.schema import Phase


async def test_the_audience_hears_who_has_it_once() -> None:
    """One message a target, with the name in the story it carries; a second press says nothing."""
    house = House(a_config(an_audience()))
    await house.hears(an_event())
    (story,) = await house.stories()
    for by in ("ann", "bob"):
        await acknowledge(house.outside, SUBSCRIPTION, story.id, by)
        await house.runs()
    told = await house.ledger(lambda one: one.occasion == ACKNOWLEDGED)
    assert [one.story.acknowledged_by for one in told] == ["ann"] * len(told)
    assert {(one.channel, one.target) for one in told} == {
        (channel.kind, target) for channel in an_audience().channels for target in channel.targets
    }
    assert told


async def test_a_crash_after_the_write_loses_nothing() -> None:
    """The messages are promised in the transaction that says who has it."""
    house = House(a_config(an_audience()))
    await house.hears(an_event())
    (story,) = await house.stories()
    await acknowledge(house.outside, SUBSCRIPTION, story.id, "ann")
    house.deliveries.due(house.at)
    house.restarted()
    await house.runs()
    told = await house.ledger(lambda one: one.occasion == ACKNOWLEDGED)
    assert told


async def test_nobody_is_woken_and_no_runbook_starts() -> None:
    """In quiet hours it is not said; a runbook is started by news only."""
    runbook = ChannelConfig(kind="runbook", targets=("https://r.example.com",))
    quiet = (QuietHours(start=0, end=23 * 60),)
    for audience in (an_audience(channels=(runbook,)), an_audience(quiet_hours=quiet)):
        house = House(a_config(replace(audience)), at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
        await house.hears(an_event(occurred_at=house.at))
        (story,) = await house.stories()
        house.at = house.at.replace(day=21, hour=3)
        await acknowledge(house.outside, SUBSCRIPTION, story.id, "ann")
        assert not await house.ledger(lambda one: one.occasion == ACKNOWLEDGED)
        assert (await house.stories())[0].acknowledged_by == "ann"


async def test_the_end_of_a_story_is_no_time_to_say_it() -> None:
    """What is over needs nobody."""
    house = House(a_config(an_audience()))
    await house.hears(an_event())
    await house.hears(an_event(id="end", phase=Phase.COMPLETED, occurred_at=house.at))
    (story,) = await house.stories()
    await acknowledge(house.outside, SUBSCRIPTION, story.id, "ann")
    assert not await house.ledger(lambda one: one.occasion == ACKNOWLEDGED)
