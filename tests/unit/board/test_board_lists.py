"""Lists and single stories: paging, narrowing down, what a story tells of itself."""

from __future__ import annotations

from typing import Any

import pytest
from asking import read

from functions import views
from functions.house import House


async def test_pages_of_a_list_hold_everything_once(furnished: House) -> None:
    """Two at a time, each story and each delivery comes exactly once, the most urgent story first."""
    for path, view, key in (("/stories", views.story_list, "id"), ("/deliveries", views.delivery_list, "id")):
        whole = (await read(furnished, path, view))["items"]
        found: list[Any] = []
        after = ""
        while True:
            page = await read(furnished, f"{path}?limit=2&after={after}", view)
            found += page["items"]
            if page["next"] is None:
                break
            after = page["next"]
        assert len(found) == len(whole) > 5
        assert {one[key] for one in found} == {one[key] for one in whole}
    assert (await read(furnished, "/stories", views.story_list))["items"][0]["severity"] == "critical"


async def test_a_page_that_is_just_full_has_no_empty_one_after_it(furnished: House) -> None:
    """Eight stories, eight a page: there is no next."""
    page = await read(furnished, "/stories?limit=8", views.story_list)
    assert (len(page["items"]), page["next"]) == (8, None)


async def test_a_story_with_many_resources_is_read_page_by_page(furnished: House) -> None:
    """230 resources come on three pages, each once; the count above them is right from the start."""
    stories = (await read(furnished, "/stories?text=Memory-preserving", views.story_list))["items"]
    names: list[str] = []
    after: str | None = ""
    view: Any = None
    for _ in range(3):
        view = await read(furnished, f"/stories/x?after={after}", views.story, id=stories[0]["id"])
        names += [one["resource"]["name"] for one in view["resources"]["items"]]
        after = view["resources"]["next"]
    assert (len(names), len(set(names)), after) == (230, 230, None)
    assert view["story"]["resources_total"] == 230


async def test_a_story_shows_who_was_told_and_why(furnished: House) -> None:
    """Events, decisions with reasons, deliveries with states, keys and a time line, the newest first."""
    stories = (await read(furnished, "/stories?text=payments-db-01", views.story_list))["items"]
    view = await read(furnished, "/stories/x", views.story, id=stories[0]["id"])
    assert {(one["audience"], one["channel"], one["state"]) for one in view["deliveries"]["items"]} == {
        ("payments-oncall", "email", "sent"), ("payments-oncall", "webhook", "dead"),
        ("platform-team", "email", "sent"), ("platform-team", "webhook", "dead"),
    }  # fmt: skip
    assert all(one["reason"] for one in view["decisions"]["items"])
    assert view["story"]["keys"] == {"event_id": ["C7061BAC-AFDC"]}
    times = [one["at"] for one in view["timeline"]]
    assert times == sorted(times, reverse=True)
    assert {one["what"] for one in view["timeline"]} == {"event", "decision", "delivery"}


async def test_a_digest_is_shown_with_the_stories_it_carried(furnished: House) -> None:
    """Who heard only in a digest is seen to have heard, on the story's own page."""
    stories = (await read(furnished, "/stories?text=Memory-preserving", views.story_list))["items"]
    view = await read(furnished, "/stories/x", views.story, id=stories[0]["id"])
    assert {(one["audience"], one["occasion"].partition(":")[0]) for one in view["deliveries"]["items"]} == {
        ("shop-team", "digest")
    }


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("state=over", ["Azure SQL Database: gateway maintenance in North Europe"]),
        ("state=unknown", ["Quantum realignment of availability zones"]),
        ("severity=critical", ["Reboot of payments-api-03: host degraded, hardware may fail"]),
        ("text=vt60-lpz", ["Planned maintenance of virtual machine hosts in West Europe"]),
        ("subscription=shop-prod&state=open", ["Memory-preserving update of hosts"]),
        ("text=nothing+has+this", []),
    ],
)
async def test_stories_can_be_narrowed_down(furnished: House, query: str, titles: list[str]) -> None:
    """By state, severity, subscription's name, or any text of theirs, keys among it."""
    found = (await read(furnished, f"/stories?{query}", views.story_list))["items"]
    assert [one["title"] for one in found] == titles


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("state=dead", 2),
        ("state=waiting", 0),
        ("state=dead&audience=platform-team", 1),
        ("channel=webhook&state=sent", 8),
        ("target=https://hooks.example.com/shop-team", 1),
        ("audience=nobody", 0),
    ],
)
async def test_deliveries_can_be_narrowed_down(furnished: House, query: str, number: int) -> None:
    """By state, audience, channel and target."""
    found = (await read(furnished, f"/deliveries?{query}", views.delivery_list))["items"]
    assert len(found) == number
