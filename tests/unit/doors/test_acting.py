"""Acting at the board: who may, from where, and what it does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
import memory_house
import pytest
from board_site import KEY, doors, furnish, house, request, settings
from memory_house import START, SUBSCRIPTION, an_event

from functions import acts, views
from functions.house import House
from functions.showing import Need, View, show
from notbefore import signed
from notbefore.errors import Permanent
from notbefore.pipeline.holds import current_holds
from notbefore.pipeline.resend import Wish, resend
from notbefore.schema import Delivery, DeliveryState, Phase, Story


def token(story: str, use: str = "acknowledge", key: str = KEY, days: float = 1) -> str:
    """A link's pass."""
    return signed.sign(signed.Pass(use, story, "payments-oncall", START + timedelta(days=days)), key)


async def a_story() -> tuple[memory_house.House, House, Story]:
    """A house with one story, its doors, and the story."""
    there = house()
    await there.hears(an_event())
    return there, doors(there), (await there.stories())[0]


async def post(inside: House, path: str, view: View, need: Need, body: object = None, **more: Any) -> func.HttpResponse:  # noqa: ANN401 # headers and route
    """A script's POST, with JSON."""
    sent = json.dumps(body or {}).encode()
    kept = {"accept": "application/json", "content_type": "application/json", **more}
    return await show(request(path, "POST", sent, **kept), view, need, inside)


async def test_a_get_of_a_link_changes_nothing() -> None:
    """Scanners of mail open links: the page shows the story and a button, and that is all."""
    there, inside, story = await a_story()
    path = f"/x?token={token(story.id)}"
    for _ in range(3):
        said = await show(request(path, route={"id": story.id}), acts.ask_to_acknowledge, Need.LINK, inside)
        assert said.status_code == 200
        assert b"I have it" in said.get_body()
        assert b"/deliveries" not in said.get_body()
    assert (await there.stories())[0].acknowledged_at is None


async def test_the_button_takes_the_story_on_once() -> None:
    """The first who presses has it; a second press changes nothing; the page says who."""
    there, inside, story = await a_story()
    body = urlencode({"token": token(story.id)}).encode()
    form = {"content_type": "application/x-www-form-urlencoded", "accept": "text/html", "sec_fetch_site": "same-origin"}
    asked = request("/x", "POST", body, {"id": story.id}, **form)
    said = await show(asked, acts.acknowledge, Need.LINK, inside)
    assert said.status_code == 303
    assert said.headers["Location"].startswith(f"/stories/{story.id}/acknowledge?token=")
    again = await post(inside, "/x", acts.acknowledge, Need.LINK, route={"id": story.id})
    assert json.loads(again.get_body())["acknowledged_by"] == "payments-oncall, by link"
    head = (await there.stories())[0]
    assert (head.acknowledged_by, head.acknowledged_at) == ("payments-oncall, by link", START)


async def test_an_acknowledgement_survives_the_news_after_it() -> None:
    """The next event of the story keeps who has it: the pipeline reads what the person wrote."""
    there, inside, story = await a_story()
    await post(inside, "/x", acts.acknowledge, Need.LINK, route={"id": story.id})
    there.at += timedelta(minutes=5)
    await there.hears(an_event(id="event-2", phase=Phase.STARTED, occurred_at=there.at))
    head = (await there.stories())[0]
    assert (head.revision, head.acknowledged_by) == (2, "local run")


@pytest.mark.parametrize(
    "wrong",
    [
        {"story": "another-story"},
        {"use": "calendar"},
        {"key": "the key before it was rotated, 32 bytes"},
        {"days": -1},
        {"cut": 4},
    ],
)
async def test_a_link_opens_one_story_for_a_time(wrong: dict[str, Any]) -> None:
    """Another story's, another use's, an old key's, an expired and a mangled link open nothing, in a local run too."""
    there, inside, story = await a_story()
    cut = wrong.get("cut", 0)
    given = {name: value for name, value in wrong.items() if name != "cut"}
    bad = token(**({"story": story.id} | given))
    bad = bad[: len(bad) - cut]
    said = await post(inside, "/x", acts.acknowledge, Need.LINK, {"token": bad}, route={"id": story.id})
    assert said.status_code == 403
    assert (await there.stories())[0].acknowledged_at is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_a_form_of_another_site_is_refused(headers: dict[str, str]) -> None:
    """A page elsewhere cannot press our buttons, with or without a person's session."""
    there, inside, story = await a_story()
    for view, need in ((acts.acknowledge, Need.LINK), (acts.silence, Need.ACT), (acts.replay, Need.ACT)):
        said = await post(inside, "/x", view, need, {"reason": "x"}, route={"id": story.id}, **headers)
        assert said.status_code == 403
    assert (await there.stories())[0].acknowledged_at is None


@pytest.mark.parametrize("headers", [{}, {"sec_fetch_site": "same-origin"}, {"origin": "http://127.0.0.1"}])
async def test_our_own_page_and_scripts_may(headers: dict[str, str]) -> None:
    """What comes from our page, or from no browser at all, is let through to the question of who asks."""
    _, inside, story = await a_story()
    said = await post(inside, "/x", acts.acknowledge, Need.LINK, route={"id": story.id}, **headers)
    assert said.status_code == 200


def principal(*roles: str) -> str:
    """What the platform's sign-in puts before the app."""
    claims = [{"typ": "name", "val": "Ada"}, *({"typ": "roles", "val": role} for role in roles)]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims, "role_typ": "roles"}).encode()).decode()


async def test_in_azure_looking_needs_a_person_and_acting_a_role() -> None:
    """Nobody sees without signing in; who lacks the role sees but does not act; who has it acts under their name."""
    there, _, story = await a_story()
    azure = doors(there, settings(local=False, platform_sign_in=True))
    here = {"id": story.id}

    async def tried(header: str) -> tuple[int, int]:
        signed_in: dict[str, Any] = {"x_ms_client_principal": header} if header else {}
        looked = await show(request("/stories", **signed_in), views.story_list, inside=azure)
        acted = await post(azure, "/x", acts.acknowledge, Need.LINK, route=here, **signed_in)
        return looked.status_code, acted.status_code

    assert await tried("") == (401, 401)
    assert await tried("no base64!") == (401, 401)
    assert await tried(principal("Reader")) == (200, 403)
    assert await tried(principal("NotBefore.Act")) == (200, 200)
    assert (await there.stories())[0].acknowledged_by == "Ada"


async def test_a_header_nobody_vouches_for_is_not_believed() -> None:
    """Without the platform's sign-in before the app anybody could send its header: the pages stay closed."""
    there, _, _ = await a_story()
    azure = doors(there, settings(local=False))
    said = await show(
        request("/stories", x_ms_client_principal=principal("NotBefore.Act")), views.story_list, inside=azure
    )
    assert said.status_code == 401


async def test_a_local_run_answers_to_its_own_machine_only() -> None:
    """A foreign name that points at 127.0.0.1 reads nothing from the open board."""
    _, inside, _ = await a_story()
    said = [
        (await show(request("/stories", host=host), views.story_list, inside=inside)).status_code
        for host in ("127.0.0.1:7071", "localhost:7071", "[::1]:7071", "rebound.evil.example")
    ]
    assert said == [200, 200, 200, 403]


async def test_a_silence_is_previewed_kept_obeyed_and_lifted() -> None:
    """The preview keeps nothing; the order holds what matches; lifted, it holds no longer."""
    there, inside, _ = await a_story()
    wish = {"match": {"subscription": "payments-prod"}, "reason": "rebuild", "for": "4h"}
    before = await post(inside, "/silences?preview=1", acts.silence, Need.ACT, wish)
    assert json.loads(before.get_body())["preview"]["told"] == 1
    assert await current_holds(there.outside) == ((), ())
    kept = await post(inside, "/silences", acts.silence, Need.ACT, wish)
    assert kept.status_code == 201
    decided = await there.hears(an_event(id="e2", keys={"tracking_id": "OTHER-1"}))
    assert {one.decision for one in decided} == {"silenced"}
    order = json.loads(kept.get_body())
    lifted = await post(inside, "/x", acts.lift, Need.ACT, route={"id": order["id"]})
    assert json.loads(lifted.get_body())["lifted_by"] == "local run"
    decided = await there.hears(an_event(id="e3", keys={"tracking_id": "OTHER-2"}))
    assert {one.decision for one in decided} == {"sent"}
    shown = await show(request("/silences"), views.silences, inside=inside)
    assert b"rebuild" in shown.get_body()


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"match": {"kind": "host_maintenance"}, "for": "4h"}, "reason"),
        ({"match": {"kind": "host_maintenance"}, "reason": "x"}, "how long"),
        ({"match": {"kind": "host_maintenance"}, "reason": "x", "ends_at": "2026-11-25T00:00:00"}, "zone"),
        ({"match": {"kind": "host_maintenance"}, "reason": "x", "ends_at": "2026-01-01T00:00:00Z"}, "ends within"),
        ({"match": {"kind": "host_maintenance"}, "reason": "x", "for": "90d"}, "ends within"),
        ({"match": {}, "reason": "x", "for": "4h"}, "what is to be silent"),
        ({"match": {"kind": "no_such_kind"}, "reason": "x", "for": "4h"}, "no_such_kind"),
        ({"match": {"planet": "mars"}, "reason": "x", "for": "4h"}, "planet"),
        ({"match": ["kind"], "reason": "x", "for": "4h"}, "object"),
        ({"match": {"region": 7}, "reason": "x", "for": "4h"}, "region"),
    ],
)
async def test_a_silence_that_is_no_order_is_explained(wish: dict[str, object], problem: str) -> None:
    """No end, no reason, no match or a word that is none: nothing is kept, and the person is told what is wrong."""
    there, inside, _ = await a_story()
    said = await post(inside, "/silences", acts.silence, Need.ACT, wish)
    assert said.status_code == 400
    assert problem in json.loads(said.get_body())["error"]
    assert (await current_holds(there.outside))[0] == ()


async def dead(there: memory_house.House) -> list[Delivery]:
    """What could not be delivered."""
    return await there.ledger(lambda one: one.state is DeliveryState.DEAD)


async def test_a_dead_delivery_is_sent_again_under_its_own_id() -> None:
    """Same id, fresh tries and time; the receiver gets it once, and a second order finds nothing dead."""
    there = house()
    there.webhook.fails = [Permanent("410")]
    await there.hears(an_event())
    gone = (await dead(there))[0]
    inside = doors(there)
    there.at += timedelta(days=2)
    said = await post(inside, "/x", acts.replay, Need.ACT, route={"id": gone.id})
    assert said.status_code == 202
    waiting = (await there.ledger(lambda one: one.id == gone.id))[0]
    assert (waiting.state, waiting.attempts, waiting.due_at) == (DeliveryState.PENDING, 0, there.at)
    assert waiting.give_up_at >= there.at + timedelta(hours=24)
    await there.runs()
    assert [one.delivery_id for one in there.webhook.got].count(gone.id) == 1
    assert (await there.ledger(lambda one: one.id == gone.id))[0].state is DeliveryState.SENT
    again = await post(inside, "/x", acts.replay, Need.ACT, route={"id": gone.id})
    assert again.status_code == 404


async def test_what_is_sent_again_and_lost_by_a_crash_is_swept_up() -> None:
    """The order writes a promise with the delivery: when the queue message is lost the sweeper enqueues another."""
    there = house()
    there.webhook.fails = [Permanent("410")]
    await there.hears(an_event())
    gone = (await dead(there))[0]
    await resend(there.outside, Wish(delivery=gone.id))
    there.deliveries.due(there.at)
    await there.waits(timedelta(minutes=3))
    assert (await there.ledger(lambda one: one.id == gone.id))[0].state is DeliveryState.SENT


async def test_an_overtaken_message_stays_dead() -> None:
    """Nobody reads an older revision after a newer one: the order is refused with the reason."""
    there = house()
    there.webhook.fails = [Permanent("410") for _ in range(2)]
    await there.hears(an_event())
    there.at += timedelta(hours=1)
    await there.hears(an_event(id="event-2", phase=Phase.STARTED, occurred_at=there.at))
    old = (await dead(there))[0]
    said = await post(doors(there), "/x", acts.replay, Need.ACT, route={"id": old.id})
    assert said.status_code == 409
    assert "revision 2" in json.loads(said.get_body())["error"]


@pytest.mark.parametrize(
    ("wish", "number"),
    [
        (Wish(), 2),
        (Wish(audience="payments-oncall"), 1),
        (Wish(channel="webhook"), 2),
        (Wish(channel="email"), 0),
        (Wish(story="no-such"), 0),
        (Wish(delivery="no-such"), 0),
    ],
)
async def test_dead_ones_are_resent_by_audience_channel_or_story(wish: Wish, number: int) -> None:
    """What fits and is dead is sent again; nothing else is touched."""
    there = house()
    await furnish(there)
    done = await resend(there.outside, wish)
    assert [one.refused for one in done] == [None] * number
    assert len(await dead(there)) == 2 - number


async def test_dead_ones_of_a_story_are_found_by_its_id() -> None:
    """All of a story at once."""
    there = house()
    there.webhook.fails = [Permanent("410") for _ in range(2)]
    await there.hears(an_event(subscription_id=SUBSCRIPTION))
    story = (await there.stories())[0]
    assert len(await resend(there.outside, Wish(story=story.id))) == 2
