"""What the query of an address may say: a word that nobody knows is refused, never taken for all or for none."""

from __future__ import annotations

import json
from html import unescape

import aiohttp
import azure.functions as func
import pytest
from asking import a_story, post, read
from board_site import house, request, served

from functions import acts, views
from functions.house import House
from functions.showing import Need, View, show
from notbefore.board.paging import bookmark
from notbefore.pipeline.orders import silences

WRONG: list[tuple[str, View, list[str]]] = [
    ("/stories?state=wat", views.story_list, ["state", "open", "over", "unknown"]),
    ("/stories?state=Open", views.story_list, ["state", "open"]),
    ("/stories?severity=sev1", views.story_list, ["severity", "critical", "informational"]),
    ("/deliveries?state=wat", views.delivery_list, ["state", "dead", "waiting", "sent", "replaced"]),
    ("/deliveries?channel=pigeon", views.delivery_list, ["channel", "email", "runbook"]),
    ("/stories?limit=-5", views.story_list, ["limit", "1 to 200"]),
    ("/deliveries?limit=0", views.delivery_list, ["limit", "1 to 200"]),
    ("/quarantine?limit=201", views.quarantine, ["limit", "1 to 200"]),
    ("/coverage?limit=ten", views.coverage, ["limit", "1 to 200"]),
    ("/audit?limit=%C2%B2", views.audit, ["limit", "1 to 200"]),
    ("/audit?since=31.12.2026", views.audit, ["31.12.2026", "90d"]),
    ("/audit?until=2026-13-01", views.audit, ["2026-13-01", "90d"]),
    ("/stories?format=xml", views.story_list, ["format", "html", "json"]),
    ("/stories?format=jsonl", views.story_list, ["format", "html", "json"]),
]
ORDER = {"match": {"subscription": "payments-prod"}, "reason": "rebuild", "for": "4h"}
PAGED: list[tuple[str, View]] = [
    ("/stories?", views.story_list),
    ("/deliveries?", views.delivery_list),
    ("/deliveries?state=dead&", views.delivery_list),
    ("/quarantine?", views.quarantine),
    ("/coverage?", views.coverage),
    ("/audit?", views.audit),
]


async def asked(inside: House, address: str, view: View, accept: str) -> func.HttpResponse:
    """A door, by its address."""
    return await show(request(address, accept=accept), view, inside=inside)


@pytest.mark.parametrize(("address", "view", "words"), WRONG)
async def test_a_word_that_nobody_knows_is_refused_with_those_that_are_known(
    furnished: House, address: str, view: View, words: list[str]
) -> None:
    """400; a script reads what it may ask, a person reads the same on a page that leads back to the whole list."""
    said = await asked(furnished, address, view, "application/json")
    page = await asked(furnished, address, view, "text/html")
    problem, text = json.loads(said.get_body())["error"], unescape(page.get_body().decode())
    assert (said.status_code, page.status_code) == (400, 400)
    assert all(word in problem for word in words)
    assert problem[1:] in text
    assert f'href="{address.partition("?")[0]}"' in text


@pytest.mark.parametrize(("address", "view"), PAGED)
@pytest.mark.parametrize("after", ["%00nonsense", "W10", bookmark([1, 2, 3]), bookmark(["a"] * 9), bookmark([{}])])
async def test_a_bookmark_of_nonsense_is_refused(furnished: House, address: str, view: View, after: str) -> None:
    """A script that got the first page again would go on asking for ever."""
    said = await asked(furnished, f"{address}after={after}", view, "application/json")
    assert said.status_code == 400
    assert "`after`" in json.loads(said.get_body())["error"]


async def test_empty_words_ask_nothing(furnished: House) -> None:
    """As a form sends them when nothing was chosen."""
    asked = "/stories?state=&severity=&subscription=&text=&limit=&after=&format="
    assert await read(furnished, asked, views.story_list) == await read(furnished, "/stories", views.story_list)
    asked = "/deliveries?state=&audience=&channel=&target="
    assert await read(furnished, asked, views.delivery_list) == await read(
        furnished, "/deliveries", views.delivery_list
    )


async def test_only_the_audit_gives_json_lines() -> None:
    """At the doors as they are: the audit answers, the stories refuse."""
    async with served(house()) as site, aiohttp.ClientSession() as browser:
        for door, status in (("audit", 200), ("stories", 400)):
            async with browser.get(f"{site.url}/{door}?format=jsonl") as said:
                assert said.status == status, door


async def test_a_preview_is_asked_for_with_one_word() -> None:
    """`preview=0` is neither a preview nor an order: nothing is kept, and the answer says what there is."""
    there, inside, _ = await a_story()
    said = await post(inside, "/silences?preview=0", acts.silence, Need.ACT, ORDER)
    assert said.status_code == 400
    assert "`preview`" in json.loads(said.get_body())["error"]
    assert not await silences(there.outside)


async def test_a_long_bookmark_is_taken_whole(furnished: House) -> None:
    """Names of audiences and resources may be long: `next` leads on, it does not lead back to the beginning."""
    long = bookmark(["2026-01-01T00:00:00.000000+00:00", "decision", "s" * 300, "a" * 900, "news", "d" * 36, ""])
    assert (await read(furnished, f"/audit?since=2000-01-01&after={long}", views.audit))["items"] == []
