"""What the board shows, to people and to scripts."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import azure.functions as func
import pytest
from asking import read, seen
from board_site import NASTY, doors, house, request
from memory_house import a_machine, an_event

from functions import views
from functions.house import House
from functions.showing import View, show
from notbefore.schema import FieldWarning, Phase

LISTS: list[tuple[str, View]] = [
    ("/stories", views.story_list),
    ("/deliveries", views.delivery_list),
    ("/quarantine", views.quarantine),
    ("/coverage", views.coverage),
    ("/silences", views.silences),
    ("/audit", views.audit),
]


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps it."""
        self.found.append((tag, dict(attrs)))


async def every_page(inside: House) -> list[func.HttpResponse]:
    """All pages, each story's among them."""
    stories = (await read(inside, "/stories", views.story_list))["items"]
    asked = [show(request(path), view, inside=inside) for path, view in [("/", views.overview), *LISTS]]
    asked += [
        show(request(f"/stories/{one['id']}", route={"id": one["id"]}), views.story, inside=inside) for one in stories
    ]
    return [await one for one in asked]


async def test_foreign_text_is_inert_on_every_page(furnished: House) -> None:
    """Titles, names, keys and links that try to be markup are text; no script but ours, no direction mark."""
    for said in await every_page(furnished):
        text = said.get_body().decode()
        assert said.status_code == 200
        nonce = re.search(r"script-src 'nonce-([\w-]+)'", said.headers["Content-Security-Policy"])
        assert nonce
        for tag, attributes in Tags(text).found:
            assert tag != "img"
            assert tag not in {"script", "style"} or attributes["nonce"] == nonce[1]
            assert not any(name.startswith("on") or name == "style" for name in attributes)
            assert "javascript:" not in (attributes.get("href") or "")
        assert "\u202e" not in text
        assert "pwned" not in text or "{{7*7}}" in text
    first = (await every_page(furnished))[0].get_body().decode()
    assert "&lt;script&gt;window.pwned=1" in first


async def test_pages_take_nothing_from_elsewhere(furnished: House) -> None:
    """The policy forbids it, and no element asks for it."""
    for said in await every_page(furnished):
        policy = said.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        for tag, attributes in Tags(said.get_body().decode()).found:
            assert "src" not in attributes
            assert tag != "link" or str(attributes["href"]).startswith("data:")


async def test_a_nonce_is_never_used_twice(furnished: House) -> None:
    """Each answer has a nonce of its own."""
    policies = [said.headers["Content-Security-Policy"] for said in await every_page(furnished)]
    assert len(set(policies)) == len(policies)


@pytest.mark.parametrize(("path", "view"), LISTS)
async def test_lists_have_one_shape_for_scripts(furnished: House, path: str, view: View) -> None:
    """`items` and `next`, by header or by `?format=json`."""
    said = await read(furnished, path, view)
    again = json.loads((await show(request(f"{path}?format=json"), view, inside=furnished)).get_body())
    assert isinstance(said["items"], list)
    assert "next" in said
    assert again == said


async def test_the_first_page_says_what_comes_next(furnished: House) -> None:
    """The critical reboot in twelve minutes is the heading; what goes on now is apart from what comes."""
    view = await read(furnished, "/", views.overview)
    heading = re.search(r"<h1>.*?</h1>", await seen(furnished, "/", views.overview), re.DOTALL)
    assert heading
    assert "Reboot of payments-api-03" in heading[0]
    assert "in 12 min" in heading[0]
    assert "critical" in heading[0]
    assert [one["title"] for one in view["happening"]["items"]] == ["payments-db-01"]
    assert view["coming"]["total"] == 4
    assert view["dead_total"] == 2
    assert view["quarantine_total"] == 2
    counted = {name: view["drift"][name] for name in ("unknown_kind", "unknown_phase", "unknown_impact", "warnings")}
    assert counted == {"unknown_kind": 1, "unknown_phase": 1, "unknown_impact": 1, "warnings": 0}
    assert view["due"][0]["at"] <= view["due"][1]["at"]


async def test_what_is_over_is_told_next_to_nobody() -> None:
    """A reminder stands under what is told next while its story lies ahead, and no longer once that is called off."""
    there = house()
    for phase in (Phase.ANNOUNCED, Phase.CANCELED):
        there.at += timedelta(minutes=1)
        await there.hears(an_event(id=phase, phase=phase, occurred_at=there.at))
        shown = (await read(doors(there), "/", views.overview))["due"]
        assert bool(shown) is (phase is Phase.ANNOUNCED)


async def test_what_azure_says_and_nobody_knows_is_on_the_first_page() -> None:
    """The word, where it stood, in how many stories, and the one that said it last; over stories count too."""
    there = house()
    strange = FieldWarning("$[3].data.properties.stage", "not a known word: 'Deferred'")
    for number in (1, 2):
        await there.hears(an_event(keys={"tracking_id": f"T-{number}"}, warnings=(strange,), phase=Phase.COMPLETED))
    (found,) = (await read(doors(there), "/", views.overview))["drift"]["unread"]
    assert (found["path"], found["problem"], found["stories"]) == ("properties.stage", strange.problem, 2)
    page = await seen(doors(there), "/", views.overview)
    assert "not a known word: &#39;Deferred&#39;" in page
    assert f'/stories/{found["story_id"]}"' in page


async def test_an_empty_house_says_how_to_begin() -> None:
    """A first visitor is told how to send a first signal, with the right address."""
    text = await seen(doors(house()), "/", views.overview)
    assert "curl -X POST http://127.0.0.1/signals" in text


async def test_coverage_tells_heard_from_never_heard() -> None:
    """A subscription that is named and was never heard stands first; who would hear is the router's word."""
    there = house()
    await there.hears(an_event(subscription_id="22222222-2222-4222-8222-222222222222"))
    found = {one["subscription"]: one for one in (await read(doors(there), "/coverage", views.coverage))["items"]}
    assert list(found)[:2] == ["payments-prod", "shop-prod"]
    assert [found[name]["state"] for name in ("payments-prod", "shop-prod", "lab")] == ["never", "never", "heard"]
    assert found["payments-prod"]["hears"] == ["payments-oncall", "platform-team"]
    assert (found["lab"]["hears"], found["lab"]["silent"]) == ([], ["the lab is nobody's business"])
    there.at += timedelta(days=31)
    assert (await read(doors(there), "/coverage", views.coverage))["items"][2]["state"] == "quiet"


async def test_coverage_shows_who_is_heard_who_is_blind_and_who_rebooted_unannounced(furnished: House) -> None:
    """Which machine, its agent, last word and last boot; a house that has not looked says unknown, not all well."""
    found = {one["subscription"]: one for one in (await read(furnished, "/coverage", views.coverage))["items"]}
    payments = found["payments-prod"]
    heard = {one["name"]: (one["old"], one["silent"], one["booted_at"]) for one in payments["reporters"]}
    assert heard["payments-api-03"] == (False, False, "2026-11-20T03:12:00Z")
    assert heard["payments-db-02"] == (False, True, None)
    assert heard[NASTY][0] is True
    assert payments["reporting"]["machines"] == 3
    assert payments["reporting"]["blind"] == {"total": 2, "names": ["payments-batch-01", "payments-db-02"]}
    assert [(one["name"], one["missed"]) for one in payments["missed"]] == [
        ("payments-api-01", "no notice of it was known")
    ]
    assert found["shop-prod"]["reporting"] is None
    page = await seen(furnished, "/coverage", views.coverage)
    assert "2 blind" in page
    assert "1 old agent" in page
    assert "blind machines: unknown" in page
    first = await read(furnished, "/", views.overview)
    assert (first["blind"], first["missed"]) == (2, 1)


async def test_a_story_shows_who_did_what(furnished: House) -> None:
    """A hook's step stands on the page of its story and in its time line."""
    stories = (await read(furnished, "/stories", views.story_list))["items"]
    name = next(one["id"] for one in stories if one["title"].startswith("Reboot of payments-api-03"))
    view = await read(furnished, f"/stories/{name}", views.story, id=name)
    assert [(one["runbook"], one["text"]) for one in view["steps"]] == [("hook 10-drain", "out of the load balancer")]
    assert "step" in {one["what"] for one in view["timeline"]}


async def test_quarantine_keeps_the_bytes(furnished: House) -> None:
    """Path and problem are shown, and the signal can be had as it came, to be saved and never shown as a page."""
    items = (await read(furnished, "/quarantine", views.quarantine))["items"]
    bodies = []
    for one in items:
        name = one["raw"].rpartition("/")[2]
        said = await show(request(one["raw"], route={"id": name}), views.signal, inside=furnished)
        assert said.mimetype == "text/plain"
        assert said.headers["Content-Disposition"].startswith("attachment")
        assert said.headers["X-Content-Type-Options"] == "nosniff"
        bodies.append(said.get_body())
    assert b"this is no JSON" in bodies
    assert all(one["path"].startswith("$") and one["problem"] for one in items)


@pytest.mark.parametrize(
    ("view", "route"),
    [(views.story, {"id": "no-such-story"}), (views.story, {"id": "a/b?c#d"}), (views.signal, {"id": "../../secret"}),
     (views.overview, {"ignored": "favicon.ico"})],
)  # fmt: skip
async def test_what_is_not_there_is_404(furnished: House, view: View, route: dict[str, str]) -> None:
    """A name that cannot be a key is simply not there; a person gets a page, a script JSON."""
    page = await show(request("/x", route=route, accept="text/html"), view, inside=furnished)
    said = await show(request("/x", route=route, accept="application/json"), view, inside=furnished)
    assert (page.status_code, said.status_code) == (404, 404)
    assert b"<h1>" in page.get_body()
    assert json.loads(said.get_body())["error"]


class Counted:
    """Rows that count the scans of heads."""

    def __init__(self, rows: Any) -> None:  # noqa: ANN401 # the port
        self.rows, self.scans = rows, 0

    def scan(self, partition: str, start: str, stop: str) -> Any:  # noqa: ANN401 # the port
        """Counts."""
        self.scans += start == "s|"
        return self.rows.scan(partition, start, stop)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 # the port
        return getattr(self.rows, name)


async def test_many_viewers_cost_storage_no_more_than_one() -> None:
    """Heads are read once in a few seconds, however many look; later they are read anew."""
    there = house()
    await there.hears(an_event(resources=(a_machine("vm-1"),)))
    rows = Counted(there.outside.stories)
    fields = {name: getattr(there.outside, name) for name in there.outside.__dataclass_fields__}
    there.outside = type(there.outside)(**(fields | {"stories": rows}))
    inside = doors(there)
    for _ in range(20):
        await seen(inside, "/", views.overview)
    assert rows.scans == 1
    there.at += timedelta(seconds=10)
    await seen(inside, "/", views.overview)
    assert rows.scans == 2
