"""Silences: previewed, kept, obeyed, lifted, and refused with a reason."""

from __future__ import annotations

import json

import pytest
from asking import a_story, post
from board_site import request
from memory_house import START, SUBSCRIPTION, a_machine, an_event

from functions import acts, views
from functions.showing import Need, show
from notbefore.pipeline.holds import current_holds
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.ports import Signal
from notbefore.schema import ResourceFacts


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
        ({"match": {"kind": "host_maintenance"}, "reason": "x", "ends_at": "2026-01-01T00:00:00Z"}, "is past"),
        ({"match": {"kind": "host_maintenance"}, "reason": "x", "for": "90d"}, "ends within"),
        ({"match": {}, "reason": "x", "for": "4h"}, "what is to be silent"),
        ({"match": {"kind": "no_such_kind"}, "reason": "x", "for": "4h"}, "`no_such_kind` is no kind (known: planned_"),
        ({"match": {"min_severity": "warnin"}, "reason": "x", "for": "4h"}, "did you mean `warning`?"),
        ({"match": {"planet": "mars"}, "reason": "x", "for": "4h"}, "planet"),
        ({"match": ["kind"], "reason": "x", "for": "4h"}, "object"),
        ({"match": {"region": 7}, "reason": "x", "for": "4h"}, "region"),
        ({"match": {"tag": "payments"}, "reason": "x", "for": "4h"}, "its name and value"),
        ({"match": {"tag": {"team": 7}}, "reason": "x", "for": "4h"}, "tag"),
    ],
)
async def test_a_silence_that_is_no_order_is_explained(wish: dict[str, object], problem: str) -> None:
    """No end, no reason, no match or a word that is none: nothing is kept, and the person is told what is wrong."""
    there, inside, _ = await a_story()
    said = await post(inside, "/silences", acts.silence, Need.ACT, wish)
    assert said.status_code == 400
    assert problem in json.loads(said.get_body())["error"]
    assert (await current_holds(there.outside))[0] == ()


async def test_a_text_that_looks_like_a_regular_expression_is_advised_of() -> None:
    """In the preview, on its page and in the answer; the silence is kept as ordered, it may be what was meant."""
    there, inside, _ = await a_story()
    wish = {"match": {"resource": ".*foo$", "tag": {"team": "web-*"}}, "reason": "x", "for": "4h"}
    said = json.loads((await post(inside, "/silences?preview=1", acts.silence, Need.ACT, wish)).get_body())
    kept = json.loads((await post(inside, "/silences", acts.silence, Need.ACT, wish)).get_body())
    form = request("/silences?preview=1", "POST", b"resource=.*foo%24&reason=x&for=4h", accept="text/html")
    page = (await show(form, acts.silence, Need.ACT, inside)).get_body().decode()
    assert said["advice"] == kept["advice"]
    (advice,) = kept["advice"]
    assert "`.*foo$` in `resource` looks like a regular expression" in advice
    assert "Is that meant?" in page
    assert len((await current_holds(there.outside))[0]) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"match": {"tag": {"team": "pay*"}}},
        {"match": {"tag": {"Team": ["shop", "payments"]}}},
        {"tag": "team=payments"},
    ],
)
async def test_a_silence_by_tag_holds_the_machines_that_have_it(wish: dict[str, object]) -> None:
    """By object or as a form writes it; the preview knows the tags, too, and the page says it in words."""
    there, inside, _ = await a_story()
    tags = {"team": "payments"}
    facts = [ResourceFacts(id=a_machine(name).id or "", tags=tags, seen_at=START) for name in ("web", "api")]
    known = Work(events=[an_event(id="f", keys={"tracking_id": "F"}, resources=(a_machine("web"),))], facts=facts)
    await advance_partition(there.outside, SUBSCRIPTION, known, Signal(id="s", received_at=START, origin="", body=b""))
    wish = wish | {"reason": "rebuild", "for": "4h"}
    before = await post(inside, "/silences?preview=1", acts.silence, Need.ACT, wish)
    assert len(json.loads(before.get_body())["preview"]["items"]) == 1
    await post(inside, "/silences", acts.silence, Need.ACT, wish)
    mine = await there.hears(an_event(id="w", keys={"tracking_id": "W"}, resources=(a_machine("api"),)))
    other = await there.hears(an_event(id="d", keys={"tracking_id": "D"}, resources=(a_machine("db"),)))
    assert ({one.decision for one in mine}, {one.decision for one in other}) == ({"silenced"}, {"sent"})
    shown = await show(request("/silences"), views.silences, inside=inside)
    assert b"team=" in shown.get_body().lower()
