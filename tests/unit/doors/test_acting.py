"""Acting at the board: who may, from where, and what it does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from asking import a_story, post
from board_site import KEY, doors, request, settings
from memory_house import START, an_event

from functions import acts, views
from functions.showing import Need, show
from notbefore import signed
from notbefore.schema import Phase


def token(story: str, use: str = "acknowledge", key: str = KEY, days: float = 1) -> str:
    """A link's pass."""
    return signed.sign(signed.Pass(use, story, "payments-oncall", START + timedelta(days=days)), key)


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
