"""What each page of the board shows: the query, and the words beside it."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.queries import after, limit, one_of
from functions.showing import Ask, Shown, query_of
from notbefore.board import ledger, stories
from notbefore.board.audience import audience_page
from notbefore.board.audit_page import audit as read_audit
from notbefore.board.audit_page import lines as read_lines
from notbefore.board.audit_page import when
from notbefore.board.coverage import coverage as read_coverage
from notbefore.board.overview import overview as read_overview
from notbefore.board.quarantine import quarantine as read_quarantine
from notbefore.board.quarantine import raw
from notbefore.board.silences import words
from notbefore.board.story_page import name_of, story_page
from notbefore.board.trials import SHOWN, trials
from notbefore.config.model import CHANNELS
from notbefore.errors import Refused
from notbefore.pipeline.audit import Asked
from notbefore.pipeline.orders import silences as read_silences
from notbefore.schema import Kind, Severity


async def overview(ask: Ask) -> Shown:
    """The first page: what happens now, what comes next."""
    if ask.route("ignored"):
        raise Refused(404, "there is no such page")
    view = await read_overview(ask.house.board)
    origin = ask.house.settings.public_url or "/".join(ask.req.url.split("/")[:3])
    return Shown(view, "overview", {"view": view, "origin": origin}, "/")


async def story_list(ask: Ask) -> Shown:
    """Stories, the most urgent first."""
    wanted = stories.Wanted(
        state=one_of(ask, "state", stories.STATES),
        severity=one_of(ask, "severity", Severity),
        subscription=ask.param("subscription"),
        text=ask.param("text"),
    )
    view = await stories.stories(ask.house.board, wanted, after(ask), limit(ask))
    return Shown(view, "stories", {"view": view, "wanted": wanted, "query": query_of(wanted)}, "/stories")


async def story(ask: Ask) -> Shown:
    """One story; of a merged one the survivor."""
    view = await story_page(ask.house.board, ask.route("id"), after(ask))
    if view is None:
        raise Refused(404, "there is no such story")
    return Shown(view, "story", {"view": view, "title": name_of(view.story)}, "/stories")


async def delivery_list(ask: Ask) -> Shown:
    """The ledger."""
    wanted = ledger.Wanted(
        state=one_of(ask, "state", ledger.STATES),
        audience=ask.param("audience"),
        channel=one_of(ask, "channel", CHANNELS),
        target=ask.param("target"),
    )
    view = await ledger.deliveries(ask.house.board, wanted, after(ask), limit(ask))
    told = {"view": view, "wanted": wanted, "query": query_of(wanted), "channels": CHANNELS}
    return Shown(view, "deliveries", told, "/deliveries")


async def audit(ask: Ask) -> Shown:
    """Who was told what, when and why: a page, JSON, or with `?format=jsonl` all of it as JSON Lines."""
    told = {name: ask.param(name) for name in ("story", "audience", "address", "since", "until")}
    if not told["since"] and not told["story"]:
        told["since"] = "7d"
    times = {name: when(told[name], ask.house.board.now) if told[name] else None for name in ("since", "until")}
    asked = Asked(
        story=told["story"],
        audience=told["audience"],
        address=told["address"],
        since=times["since"],
        until=times["until"],
    )
    if ask.param("format") == "jsonl":
        body = await read_lines(ask.house.board, asked)
        return Shown(None, raw=body, media="application/x-ndjson", file="audit.jsonl")
    view = await read_audit(ask.house.board, asked, after(ask), limit(ask))
    named = {one.story for one in view.items}
    heads = await ask.house.board.heads()
    titles = {one.id: stories.item(one, ask.house.board.config).title for one in heads.stories if one.id in named}
    return Shown(view, "audit", {"view": view, "wanted": told, "titles": titles, "query": query_of(told)}, "/audit")


async def quarantine(ask: Ask) -> Shown:
    """What could not be read."""
    view = await read_quarantine(ask.house.board, after(ask), limit(ask))
    return Shown(view, "quarantine", {"view": view}, "/quarantine")


async def signal(ask: Ask) -> Shown:
    """A signal's bytes as they came."""
    found = await raw(ask.house.board, ask.route("id"))
    if found is None:
        raise Refused(404, "there is no such signal, or it is no longer kept")
    return Shown(None, raw=found.body)


async def coverage(ask: Ask) -> Shown:
    """Which subscriptions are heard, and when each target was last sent a test message."""
    board = ask.house.board
    view = await read_coverage(board, after(ask), limit(ask))
    found = await trials(board, board.config.audiences.values())
    told = {**msgspec.structs.asdict(view), "tried": found[:SHOWN]}
    return Shown(told, "coverage", {"view": view, "tried": found[:SHOWN], "targets": len(found)}, "/coverage")


async def audience(ask: Ask) -> Shown:
    """One audience, as a mail's foot and its List-Unsubscribe name it."""
    view = await audience_page(ask.house.board, ask.route("name"))
    if view is None:
        raise Refused(404, "the routing file knows no such audience")
    return Shown(view, "audience", {"view": view}, "/coverage")


async def silences(ask: Ask) -> Shown:
    """Silences on record, and the form for a new one."""
    found = await read_silences(ask.house.outside)
    now = ask.house.board.now
    items: list[dict[str, Any]] = [
        {"silence": one, "words": words(one), "state": "holds" if one.holds_at(now) else "over"} for one in found[:100]
    ]
    kinds = [kind.value for kind in Kind]
    view = {"silences": items, "kinds": kinds}
    return Shown({"items": [msgspec.to_builtins(one) for one in found], "next": None}, "silences", view, "/silences")
