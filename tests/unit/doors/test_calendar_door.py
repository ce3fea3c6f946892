"""The calendar at the door: whom the address lets in, what it holds, and what a second look costs."""

from datetime import timedelta
from typing import Any

import azure.functions as func
import icalendar
import pytest
from asking import a_story
from board_site import KEY, request, settings
from memory_house import START, an_event

from functions.calendar import feed
from functions.house import House
from notbefore import signed
from notbefore.errors import Refused
from notbefore.pipeline import subscriptions
from notbefore.schema import Phase, Window

NAME = "payments-oncall"


def in_the_cloud(inside: House) -> House:
    """The same house, not a local run."""
    return House(inside.outside, settings(local=False, public_url="https://board.example.com"), inside.board)


def token(revoked: int = 0, audience: str = NAME) -> str:
    """What stands in the address."""
    return subscriptions.address("https://x.example", audience, revoked, KEY).partition("?token=")[2]


def ask(token: str, name: str = NAME, **headers: Any) -> func.HttpRequest:  # noqa: ANN401 - as `request` takes them
    """A calendar program's request."""
    return request(f"/calendar/{name}.ics?token={token}", route={"file": f"{name}.ics"}, **headers)


async def test_it_shows_what_moved_and_what_was_canceled() -> None:
    """The same entry with a higher SEQUENCE, then as cancelled, and after a month no more."""
    there, inside, _ = await a_story()
    cloud = in_the_cloud(inside)
    seen = []
    window = Window(START + timedelta(hours=5), START + timedelta(hours=6))
    for number, phase in enumerate((Phase.SCHEDULED, Phase.RESCHEDULED, Phase.CANCELED)):
        there.at += timedelta(minutes=5)
        event = an_event(id=f"news-{number}", phase=phase, window=window, occurred_at=there.at)
        await there.hears(event)
        said = await feed(ask(token()), cloud)
        assert said.mimetype == "text/calendar"
        events = icalendar.Calendar.from_ical(said.get_body()).walk("VEVENT")
        (event_read,) = events
        seen.append((str(event_read["UID"]), int(str(event_read["SEQUENCE"])), str(event_read["STATUS"])))
    assert len({uid for uid, _, _ in seen}) == 1
    assert [number for _, number, _ in seen] == sorted({number for _, number, _ in seen})
    assert seen[-1][2] == "CANCELLED"
    there.at += timedelta(days=31)
    said = await feed(ask(token()), cloud)
    assert b"BEGIN:VEVENT" not in said.get_body()


async def test_a_second_look_costs_nothing() -> None:
    """The tag of the last answer is answered with 304, also after a minute in which nothing happened."""
    there, inside, _ = await a_story()
    cloud = in_the_cloud(inside)
    first = await feed(ask(token()), cloud)
    there.at += timedelta(minutes=2)
    again = await feed(ask(token(), if_none_match=first.headers["ETag"]), cloud)
    assert (again.status_code, again.get_body()) == (304, b"")


async def test_a_revoked_address_opens_nothing() -> None:
    """Once revoked, only the new address is good; other audiences' addresses stay."""
    _, inside, _ = await a_story()
    cloud = in_the_cloud(inside)
    assert await subscriptions.revoke(inside.outside, NAME) == 1
    assert (await feed(ask(token(1)), cloud)).status_code == 200
    assert (await feed(ask(token(0, "platform-team"), "platform-team"), cloud)).status_code == 200
    with pytest.raises(Refused):
        await feed(ask(token(0)), cloud)


@pytest.mark.parametrize("wrong", ["", "x", token(audience="platform-team"), token()[:-2]])
async def test_another_token_opens_nothing(wrong: str) -> None:
    """None, nonsense, another audience's and a mangled one."""
    _, inside, _ = await a_story()
    with pytest.raises(Refused):
        await feed(ask(wrong), in_the_cloud(inside))


async def test_an_acknowledge_link_opens_no_calendar() -> None:
    """A pass has one use."""
    _, inside, _ = await a_story()
    permit = signed.Pass("acknowledge", "0", NAME, START + timedelta(days=1))
    with pytest.raises(Refused):
        await feed(ask(signed.sign(permit, KEY)), in_the_cloud(inside))


async def test_only_the_audiences_own_stories() -> None:
    """Whom no route leads to sees an empty calendar."""
    _, inside, _ = await a_story()
    cloud = in_the_cloud(inside)
    own = await feed(ask(token()), cloud)
    assert own.get_body().count(b"BEGIN:VEVENT") == 1
    shop = await feed(ask(token(0, "shop-team"), "shop-team"), cloud)
    assert b"BEGIN:VEVENT" not in shop.get_body()
