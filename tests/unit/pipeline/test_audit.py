"""Every decision, delivery and order is found again: by story, by audience, by address, by time."""

from __future__ import annotations

from datetime import timedelta

from memory_house import START, SUBSCRIPTION, House, a_config, an_audience, an_event

from notbefore.config.model import ChannelConfig, Matcher, Mute, QuietHours, Route
from notbefore.errors import Permanent
from notbefore.muting import Silence
from notbefore.pipeline.audit import Asked, Entry, entries
from notbefore.pipeline.orders import acknowledge, lift, silence
from notbefore.pipeline.resend import Wish, resend
from notbefore.schema import Phase, Severity, Window

HOUR = timedelta(hours=1)
FAR = Window(START + timedelta(days=5))


async def audited(house: House, **asked: object) -> list[Entry]:
    """What is found, without what an acknowledgement leads to."""
    found = [entry async for entry in entries(house.outside, Asked(**asked))]  # type: ignore[arg-type] # as a test asks
    return [entry for entry in found if entry.occasion != "acknowledged"]


async def a_day(house: House) -> str:
    """Announced to one audience, a dead webhook sent again, taken on by a person; the story's id."""
    house.webhook.fails = [Permanent("410 gone")]
    await house.hears(an_event(window=FAR))
    house.at += HOUR
    await resend(house.outside, Wish(), by="ann")
    await house.runs()
    (story,) = await house.stories()
    await acknowledge(house.outside, SUBSCRIPTION, story.id, "bob")
    return story.id


async def test_a_story_is_told_from_beginning_to_end() -> None:
    """Decision, deliveries, the order to send again, and who has it, with times and reasons."""
    house = House()
    story = await a_day(house)
    found = await audited(house, story=story)
    assert sorted(entry.what for entry in found) == ["acknowledged", "decision", "delivery", "delivery", "resent"]
    by_what = {entry.what: entry for entry in found}
    assert by_what["decision"].reason == "first told, by route everything"
    assert by_what["decision"].routes_version == "test"
    assert (by_what["resent"].by, by_what["resent"].error) == ("ann", "410 gone")
    assert (by_what["acknowledged"].by, by_what["acknowledged"].at) == ("bob", START + HOUR)
    assert {entry.state for entry in found if entry.what == "delivery"} == {"sent"}
    assert await audited(house, story="another") == []


async def test_a_dead_delivery_says_so_and_why() -> None:
    """Dead, after one attempt, with what the receiver said."""
    house = House()
    house.webhook.fails = [Permanent("410 gone")]
    await house.hears(an_event())
    found = {entry.channel: entry for entry in await audited(house) if entry.what == "delivery"}
    assert (found["webhook"].state, found["webhook"].error, found["webhook"].attempts) == ("dead", "410 gone", 1)
    assert (found["email"].state, found["email"].sent_at) == ("sent", START)


async def test_an_address_finds_what_went_there_and_what_did_not() -> None:
    """The mail to it, in any case of its letters, and the decision by which it was held later."""
    other = an_audience("other", channels=(ChannelConfig(kind="email", targets=("Ann@Example.com",)),))
    routes = (Route(name="both", to=("ops", "other")),)
    house = House(a_config(an_audience(), other, routes=routes))
    await house.hears(an_event())
    mute = Mute(name="m", match=Matcher(), until=START + timedelta(days=9), reason="rebuild")
    house.at += HOUR
    house.rules = House(a_config(an_audience(), other, routes=routes, mutes=(mute,))).rules
    await house.hears(an_event(id="b", phase=Phase.STARTED, occurred_at=START + HOUR))
    found = await audited(house, address="ann@example.com")
    assert [(one.what, one.decision, one.address) for one in found] == [
        ("decision", "sent", ""),
        ("decision", "muted", ""),
        ("delivery", "", "Ann@Example.com"),
    ]
    assert {one.audience for one in found} == {"other"}
    assert found == await audited(house, address="ann@example.com", audience="other")


async def test_time_is_a_filter_that_takes_its_beginning_and_not_its_end() -> None:
    """Since this, until that."""
    house = House()
    await a_day(house)
    assert {one.what for one in await audited(house, since=START + HOUR)} == {"resent", "acknowledged"}
    assert {one.what for one in await audited(house, until=START + HOUR)} == {"decision", "delivery"}


async def test_a_silence_says_who_ordered_and_who_lifted_it() -> None:
    """Both are lines, with their times."""
    house = House()
    order = Silence(
        id="s", author="ann", match=Matcher(kind=()), starts_at=START, ends_at=START + HOUR, reason="rebuild"
    )
    await silence(house.outside, order)
    house.at += HOUR / 2
    await lift(house.outside, "s", "bob")
    found = [(one.what, one.by, one.at) for one in await audited(house)]
    assert found == [("silenced", "ann", START), ("lifted", "bob", START + HOUR / 2)]


async def test_a_new_routing_file_is_written_down_once_in_words() -> None:
    """By whichever process sees it first; a second process and a restart add nothing."""
    house = House()
    await house.waits(timedelta(minutes=2))
    changed = a_config(an_audience(reminders=(HOUR,)), version_id="two")
    house.rules = House(changed).rules
    await house.waits(timedelta(minutes=2))
    house.restarted()
    await house.waits(timedelta(minutes=2))
    found = [(one.routes_version, one.changes) for one in await audited(house) if one.what == "routes"]
    assert found == [("test", ("the first routing file",)), ("two", ("audience `ops` changed",))]


async def test_a_file_that_is_put_back_is_written_down_too() -> None:
    """Whoever asks which rules held at a time gets the right answer after a change was undone."""
    house = House()
    first = house.rules
    await house.waits(timedelta(minutes=2))
    for rules in (House(a_config(an_audience(), version_id="two")).rules, first):
        house.rules = rules
        await house.waits(timedelta(minutes=2))
    assert [one.routes_version for one in await audited(house) if one.what == "routes"] == ["test", "two", "test"]


async def test_reminders_of_a_new_file_come_without_news_of_the_story() -> None:
    """Told before the file asked for reminders, and reminded by the file that does."""
    house = House()
    await house.hears(an_event(window=Window(START + 5 * HOUR)))
    await house.waits(timedelta(minutes=2))
    house.rules = House(a_config(an_audience(reminders=(HOUR,)), version_id="two")).rules
    await house.waits(5 * HOUR, timedelta(minutes=10))
    occasions = [house.said[message.delivery_id].occasion for message in house.mail.got]
    assert occasions == ["news", "reminder:1h"]


async def test_what_a_file_held_is_told_when_the_next_file_holds_it_no_more() -> None:
    """A mute that is taken out ends at once; quiet hours that still hold are still kept."""
    night = QuietHours(start=0, end=23 * 60)
    mute = Mute(name="m", match=Matcher(), until=START + timedelta(days=9), reason="rebuild")
    routes = (Route(name="all", to=("ops", "late")),)
    late = an_audience("late", quiet_hours=(night,), quiet_hours_let_through=Severity.CRITICAL)
    house = House(a_config(an_audience(), late, mutes=(mute,), routes=routes))
    await house.hears(an_event(window=FAR))
    await house.waits(timedelta(minutes=2))
    assert house.mail.got == []
    house.rules = House(a_config(an_audience(), late, version_id="two", routes=routes)).rules
    await house.waits(timedelta(minutes=2))
    assert [message.target for message in house.mail.got] == ["ops@example.com"]
    await house.waits(12 * HOUR, HOUR / 2)
    assert [message.target for message in house.mail.got] == ["ops@example.com", "late@example.com"]
