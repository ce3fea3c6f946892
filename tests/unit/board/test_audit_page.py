"""The page that answers who was told what, when and why."""

from __future__ import annotations

import json
from datetime import timedelta

from asking import read, seen
from board_site import request
from memory_house import START

from functions import views
from functions.house import House
from functions.showing import show
from notbefore.board.audit_page import audit, lines
from notbefore.pipeline.audit import Asked


async def test_every_line_is_found_page_by_page_the_newest_first(furnished: House) -> None:
    """Pages of seven lines hold what one large page holds, in the same order; nothing twice."""
    whole = await read(furnished, "/audit?limit=200", views.audit)
    assert whole["next"] is None
    assert whole["complete"]
    found, after = [], ""
    while after is not None:
        part = await read(furnished, f"/audit?limit=7&after={after}", views.audit)
        assert len(part["items"]) <= 7
        found += part["items"]
        after = part["next"]
    assert found == whole["items"]
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert {"decision", "delivery"} <= {one["what"] for one in found}


async def test_it_is_asked_by_story_audience_address_and_time(furnished: House) -> None:
    """Each filter leaves what it says; an address leads to the decisions about who names it, too."""
    for_payments = (await read(furnished, "/audit?audience=payments-oncall", views.audit))["items"]
    assert {one["audience"] for one in for_payments} == {"payments-oncall"}
    story = for_payments[0]["story"]
    assert {one["story"] for one in (await read(furnished, f"/audit?story={story}", views.audit))["items"]} == {story}
    address = (await read(furnished, "/audit?address=Shop-Team@example.com", views.audit))["items"]
    assert {one.get("address", "shop-team@example.com") for one in address} == {"shop-team@example.com"}
    assert "decision" in {one["what"] for one in address}
    now = furnished.board.now
    late = (await read(furnished, "/audit?since=10m", views.audit))["items"]
    assert late
    assert all(one["at"] >= (now - timedelta(minutes=10)).isoformat()[:19] for one in late)
    early = await read(furnished, f"/audit?until={(START - timedelta(hours=2)).isoformat()[:19]}Z", views.audit)
    assert 0 < len(early["items"]) < len(for_payments) + len(late)


async def test_all_of_it_is_to_be_had_as_json_lines(furnished: House) -> None:
    """A file to be saved, one object a line, as the command writes them."""
    said = await show(request("/audit?format=jsonl"), views.audit, inside=furnished, forms=("jsonl",))
    assert said.mimetype == "application/x-ndjson"
    assert "audit.jsonl" in said.headers["Content-Disposition"]
    file = [json.loads(line) for line in said.get_body().splitlines()]
    whole = (await read(furnished, "/audit?limit=200", views.audit))["items"]
    assert sorted(map(str, file)) == sorted(map(str, whole))


async def test_what_was_not_read_is_said(furnished: House) -> None:
    """An answer that would look at too much stops and says so, on the page and in the file."""
    page = await audit(furnished.board, Asked(), most=3)
    assert not page.complete
    assert len(page.items) <= len((await audit(furnished.board, Asked())).items)
    last = (await lines(furnished.board, Asked(), most=3)).splitlines()[-1]
    assert json.loads(last)["what"] == "cut"
    assert b'"cut"' not in await lines(furnished.board, Asked())


async def test_a_time_that_is_none_is_explained(furnished: House) -> None:
    """The page says what a time looks like."""
    said = await show(request("/audit?since=yesterday&format=json"), views.audit, inside=furnished)
    assert said.status_code == 400
    assert "90d" in json.loads(said.get_body())["error"]


async def test_the_page_shows_reason_rule_and_file(furnished: House) -> None:
    """Every decision with its reason, its route and the version of the file, and a way to the story."""
    text = await seen(furnished, "/audit", views.audit)
    assert "route payments" in text
    assert "file test" in text
    assert "format=jsonl" in text
    assert 'aria-current="page">Audit' in text
