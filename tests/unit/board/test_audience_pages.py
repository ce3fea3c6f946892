"""Whether each target is known to work, and what one audience hears."""

from __future__ import annotations

from asking import read, seen
from board_site import SHOP, doors, house, request
from memory_house import START, an_event
from msgspec.structs import replace

from functions import views
from functions.house import House
from functions.showing import show
from notbefore.errors import Permanent
from notbefore.pipeline.tried import Tried, note


async def test_a_drill_tries_targets_and_is_no_word_of_a_subscription() -> None:
    """Its targets have a date, whatever came of it; the subscription that Azure's sample names is not on the page."""
    there = house()
    await there.hears(an_event(test=True, subscription_id="aaaa0a0a-bb1b-4c2c-8d3d-eeeeee4e4e4e"))
    there.webhook.fails = [Permanent("the receiver answered 410")]
    await there.hears(an_event(test=True, subscription_id=SHOP))
    said = await read(doors(there), "/coverage", views.coverage)
    assert {one["state"] for one in said["items"]} == {"never"}
    assert "aaaa0a0a-bb1b-4c2c-8d3d-eeeeee4e4e4e" not in [one["subscription_id"] for one in said["items"]]
    tried = {(one["audience"], one["channel"]): (one["state"], one["said"]) for one in said["tried"]}
    assert tried["shop-team", "webhook"] == ("failed", "the receiver answered 410")
    assert tried["platform-team", "webhook"] == ("told", "sent in a drill")
    assert tried["payments-oncall", "webhook"][0] == "never"


async def test_coverage_dates_the_test_messages() -> None:
    """Each target has the date and the answer of its last test; what failed or was never tried stands first."""
    there = house()
    tried = Tried(
        audience="shop-team", channel="webhook", target="https://hooks.example.com/shop-team", told=True,
        said="sent status=200", at=START,
    )  # fmt: skip # a list of facts
    await note(there.outside.control, tried)
    elsewhere = {"audience": "platform-team", "target": "https://hooks.example.com/platform-team"}
    await note(there.outside.control, replace(tried, told=False, said="permanent: no", **elsewhere))
    found = (await read(doors(there), "/coverage", views.coverage))["tried"]
    posted = [(one["audience"], one["state"]) for one in found if one["channel"] == "webhook"]
    assert posted == [("platform-team", "failed"), ("payments-oncall", "never"), ("shop-team", "told")]
    assert (found[-1]["said"], found[-1]["at"]) == ("sent status=200", "2026-11-24T12:00:00Z")
    assert "Tue 24 Nov 12:00" in (await seen(doors(there), "/coverage", views.coverage)).replace("\xa0", " ")


async def test_an_audience_has_a_page(furnished: House) -> None:
    """What it hears, by which routes, on which channels, what is dead; one that is not in the file has none."""
    route = {"name": "payments-oncall"}
    said = await show(request("/audiences/payments-oncall", route=route), views.audience, inside=furnished)
    text = said.get_body().decode()
    assert said.status_code == 200
    for part in ("payments-oncall", "hooks.example.com", "never", "the receiver answered 410", "Routes that lead here"):
        assert part in text
    nobody = await show(request("/audiences/x", route={"name": "x"}), views.audience, inside=furnished)
    assert nobody.status_code == 404
