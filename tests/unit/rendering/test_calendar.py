"""Calendar entries, read back with the library that calendar programs are written with."""

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from calendar_stories import RESOURCES, STORY, entry, feed, stories
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.rendering import RenderContext, calendar, render
from notbefore.rendering.examples import examples
from notbefore.rendering.ical import folded
from notbefore.schema import Delivery, Impact, Message, Phase, Window


def read(raw: bytes) -> list[Any]:
    """The events of a calendar."""
    return list(icalendar.Calendar.from_ical(raw).walk("VEVENT"))


def one(text: str) -> Any:  # noqa: ANN401 - the library has no types to speak of
    """The event of one entry."""
    (event,) = read(calendar.calendar([text], "PUBLISH"))
    return event


def mail(example: str, **changes: object) -> Message:
    """A rendered mail; the changes are the story's."""
    delivery: Delivery = examples()[example]
    delivery = replace(delivery, story=replace(delivery.story, **changes), channel="email", target="a@example.com")
    context = RenderContext(clock=lambda: delivery.created_at, mail_from="bot@example.org")
    return render(delivery, Audience(name="x", channels=()), context)


def test_every_state_is_read_back() -> None:
    """All phases and impacts: times in UTC, the revision as SEQUENCE, nobody shown as busy, no line over 75 octets."""
    raw = feed()
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    for (story, _), event in zip(stories(), read(raw), strict=True):
        start, end = story.window.not_before, story.window.not_after
        assert start is not None
        assert event.start == start
        assert event.end == (end if end and end > start else start + timedelta(hours=1))
        assert event["SEQUENCE"] == story.revision
        assert event["DTSTAMP"].dt == story.updated_at
        assert event["TRANSP"] == "TRANSPARENT"
        assert event["STATUS"] in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
        assert (event["STATUS"] == "CANCELLED") is (story.phase is Phase.CANCELED)


def test_an_assumed_end_is_said_so() -> None:
    """Without an end it is the start plus one hour, and the text says that nobody named it."""
    start = STORY.window.not_before
    said = [one(entry(replace(STORY, window=Window(start, end)), ()))["DESCRIPTION"] for end in (None, start)]
    assert all("an hour is assumed" in text for text in said)
    assert start is not None
    known = replace(STORY, window=Window(start, start + timedelta(hours=2)))
    assert "an hour is assumed" not in one(entry(known, ()))["DESCRIPTION"]


def test_without_resources_the_object_is_the_subscription() -> None:
    """The standard wants an object: machines with their own impact, else the subscription with the story's."""
    alone = one(entry(STORY, ()))["X-MAINTNOTE-OBJECT-ID"]
    assert str(alone) == STORY.subscription_id
    two = [replace(RESOURCES[0], impact=impact) for impact in (Impact.FREEZE, Impact.REBOOT)]
    objects = one(entry(STORY, tuple(two)))["X-MAINTNOTE-OBJECT-ID"]
    assert [str(name) for name in objects] == [state.resource.key for state in two]
    assert [name.params["X-MAINTNOTE-OBJECT-IMPACT"] for name in objects] == ["DEGRADED", "OUTAGE"]


def test_unknown_is_never_made_harmless() -> None:
    """An impact that Azure did not name is an outage to the network's tools."""
    assert calendar.impact_of(Impact.UNKNOWN) == "OUTAGE"


@given(st.text(max_size=300))
def test_any_words_of_azure(text: str) -> None:
    """Whatever a title holds, it adds no line and loses nothing but what cannot be shown."""
    story = replace(STORY, title=text, regions=(text,), subscription_id=text, keys={"tracking_id": (text,)})
    event = one(entry(story, ()))
    assert event["SEQUENCE"] == story.revision
    assert {name for name, _ in event.property_items()} == {name for name, _ in one(entry(story, ())).property_items()}
    assert "\nBEGIN" not in str(event.get("LOCATION", ""))


def test_the_entry_moves_with_the_story() -> None:
    """The same UID for each revision and another for each audience."""
    moved = replace(STORY, revision=STORY.revision + 1, phase=Phase.RESCHEDULED)
    first, second, other = one(entry(STORY, ())), one(entry(moved, ())), one(entry(STORY, (), "others"))
    assert first["UID"] == second["UID"] != other["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]


def test_a_mail_brings_one_invitation() -> None:
    """A request from our sender to this reader; a cancellation takes it away; one text/calendar part in either."""
    for example, method in (("reboot-in-an-hour", "REQUEST"), ("canceled", "CANCEL")):
        parts = [part for part in mail(example).attachments if part.content_type.startswith("text/calendar")]
        (part,) = parts
        assert f"method={method}" in part.content_type
        assert icalendar.Calendar.from_ical(part.content)["METHOD"] == method
        (event,) = read(part.content)
        assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:bot@example.org", "mailto:a@example.com")
        assert (event["STATUS"] == "CANCELLED") is (method == "CANCEL")


@pytest.mark.parametrize("example", ["digest", "reminder"])
def test_what_is_no_news_of_one_story_invites_nobody(example: str) -> None:
    """A reminder would invite a second time, a digest is about several."""
    assert mail(example).attachments == ()


def test_drills_and_unknown_times_stay_out_of_calendars() -> None:
    """Nothing happens in a drill; without a start there is no place for it."""
    assert mail("reboot-in-an-hour", test=True).attachments == ()
    assert mail("reboot-in-an-hour", window=Window()).attachments == ()


def test_an_audience_may_go_without() -> None:
    """`calendar: false`."""
    delivery = replace(examples()["reboot-in-an-hour"], channel="email", target="a@example.com")
    audience = Audience(name="x", channels=(), calendar=False)
    assert render(delivery, audience, RenderContext(clock=lambda: delivery.created_at)).attachments == ()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=400))
def test_any_line_is_folded_between_characters(text: str) -> None:
    """No line is over 75 octets, each is whole in itself, and unfolded they are the text."""
    lines = folded(text).split("\r\n ")
    assert len(lines[0].encode()) <= 75
    assert all(len(line.encode()) <= 74 for line in lines[1:])
    assert "".join(lines) == text
