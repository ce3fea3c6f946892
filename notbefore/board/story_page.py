"""One story with all that is known of it: events, decisions with their reasons, deliveries, resources, a time line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.board.board import Board, first, gathered
from notbefore.board.brief import DeliveryBrief
from notbefore.board.ledger import DeliveryItem
from notbefore.board.ledger import item as delivery_item
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.pipeline.reporters.steps import Step, steps
from notbefore.rendering.advice import failure
from notbefore.rendering.headline import about
from notbefore.rendering.words import DEFAULT, words_of
from notbefore.schema import Decision, MaintenanceEvent, ResourceState, Story

T = TypeVar("T")

SHOWN = 200
"""Events, decisions and deliveries that a page shows, at most."""

RESOURCES = 100
"""Resources on one page."""


class Moment(Struct, frozen=True, kw_only=True):
    """One line of the time line."""

    at: datetime
    what: str
    """`event`, `step`, `decision`, `delivery` or `acknowledged`."""
    text: str
    detail: str = ""
    tone: str = ""
    """A severity or a state, for the colour."""


class StoryView(Struct, frozen=True, kw_only=True):
    """A story and what lies beside it."""

    story: Story
    subscription: str
    events: Page[MaintenanceEvent]
    decisions: Page[Decision]
    deliveries: Page[DeliveryItem]
    resources: Page[ResourceState]
    steps: tuple[Step, ...]
    """What runbooks and hooks did, the oldest first, 200 at most."""
    timeline: tuple[Moment, ...]
    advice: str = ""
    """What to do about its error, where Azure documents one."""


async def story_page(board: Board, story_id: str, resources_after: str = "") -> StoryView | None:
    """The story, of a merged one the survivor; None when there is none. Raises: StorageUnavailable."""
    found = await board.story(story_id)
    if found is None:
        return None
    story, _ = found
    events, decisions, deliveries, resources, done = await asyncio.gather(
        _events(board, story),
        _decisions(board, story),
        _deliveries(board, story),
        _resources(board, story, resources_after),
        steps(board.outside, story, SHOWN),
    )
    return StoryView(
        story=replace(story, state={}),
        subscription=board.config.subscription_name(story.subscription_id),
        events=events,
        decisions=decisions,
        deliveries=deliveries,
        resources=resources,
        steps=tuple(done),
        timeline=timeline(story, events.items, decisions.items, deliveries.items, done),
        advice=_advice(story),
    )


def _advice(story: Story) -> str:
    case = failure(story)
    return words_of(DEFAULT)["todo"][case] if case else ""


async def _events(board: Board, story: Story) -> Page[MaintenanceEvent]:
    found = await _some(board, story, rowkeys.event(story.id, "").rpartition("|")[0], MaintenanceEvent)
    return Page(tuple(sorted(found[:SHOWN], key=lambda event: event.occurred_at)), complete=len(found) <= SHOWN)


async def _decisions(board: Board, story: Story) -> Page[Decision]:
    found = await _some(board, story, f"h|{story.id}", list[Decision])
    flat = [decision for some in found[:SHOWN] for decision in some]
    return Page(tuple(sorted(flat, key=lambda one: one.at)), complete=len(found) <= SHOWN)


async def _deliveries(board: Board, story: Story) -> Page[DeliveryItem]:
    """The story's own, and the groups and digests in which an audience heard of it last."""
    own, folded = await asyncio.gather(_some(board, story, f"d|{story.id}", DeliveryBrief), _folded(board, story))
    config = board.config
    found = sorted([*own[:SHOWN], *folded], key=lambda one: (one.created_at, one.audience, one.channel))
    return Page(tuple(delivery_item(one, config) for one in found), complete=len(own) <= SHOWN)


async def _folded(board: Board, story: Story) -> list[DeliveryBrief]:
    """Digests and groups that carried this story among their first ten, of the audiences that heard it so."""
    names = [name for name, heard in story.heard.items() if heard.digested or not heard.lanes]
    found = await gathered(_groups(board, name, story.id) for name in names)
    return [one for part in found for one in part]


async def _groups(board: Board, audience: str, story_id: str) -> list[DeliveryBrief]:
    rows = await first(board.outside.stories.scan(rowkeys.audience(audience), *rowkeys.span("d|")), SHOWN)
    bodies = (row.body for row in rows)
    carried = (
        body for body in bodies if any(one.id == story_id for one in msgspec.json.decode(body, type=_Fold).folded)
    )
    return [msgspec.json.decode(body, type=DeliveryBrief) for body in carried]


class _Id(Struct, frozen=True):
    id: str


class _Fold(Struct, frozen=True):
    folded: tuple[_Id, ...] = ()


async def _resources(board: Board, story: Story, after: str) -> Page[ResourceState]:
    """In the order of their rows, which is none; a resource that is known by two names is shown once."""
    place = read_bookmark(after, tuple[str])
    start, stop = rowkeys.span(f"r|{story.id}|")
    start = f"{place[0]}!" if place and place[0].startswith(start) else start
    chosen: list[ResourceState] = []
    async for row in board.outside.stories.scan(story.subscription_id, start, stop):
        state = msgspec.json.decode(row.body, type=ResourceState)
        if state.resource.key and rowkeys.resource(story.id, state.resource.key) == row.key:
            chosen.append(state)
        if len(chosen) == RESOURCES:
            return Page(tuple(chosen), bookmark([row.key]))
    return Page(tuple(chosen))


async def _some(board: Board, story: Story, prefix: str, kind: type[T]) -> list[T]:
    scan = board.outside.stories.scan(story.subscription_id, *rowkeys.span(f"{prefix}|"))
    return [msgspec.json.decode(row.body, type=kind) for row in await first(scan, SHOWN + 1)]


def timeline(
    story: Story,
    events: Sequence[MaintenanceEvent],
    decisions: Sequence[Decision],
    deliveries: Sequence[DeliveryItem],
    done: Sequence[Step] = (),
) -> tuple[Moment, ...]:
    """What happened, the newest first: what was heard, decided, told and done, and who took it on."""
    moments = [
        Moment(at=one.occurred_at, what="event", text=_said(one), detail=str(one.source), tone=one.severity)
        for one in events
    ]
    moments += [
        Moment(
            at=one.at,
            what="decision",
            text=f"{one.audience}: {one.decision.replace('_', ' ')}",
            detail=f"{one.reason} (revision {one.revision}, {one.occasion})",
            tone=one.decision,
        )
        for one in decisions
    ]
    moments += [
        Moment(
            at=one.sent_at, what="delivery", text=f"{one.channel} to {one.audience}", detail=one.target, tone=one.state
        )
        for one in deliveries
        if one.sent_at
    ]
    moments += [
        Moment(at=one.at, what="step", text=f"{one.runbook}: {one.step}, {one.state}", detail=machine_of(one))
        for one in done
    ]
    if story.acknowledged_at and story.acknowledged_by:
        moments.append(
            Moment(at=story.acknowledged_at, what="acknowledged", text=f"Acknowledged by {story.acknowledged_by}")
        )
    return tuple(sorted(moments, key=lambda one: one.at, reverse=True))


def _said(event: MaintenanceEvent) -> str:
    impact = "" if event.impact in {"none", "unknown"} else f", {event.impact}"
    return f"{str(event.kind).replace('_', ' ').capitalize()} {event.phase}{impact}"


def machine_of(step: Step) -> str:
    """The name of the machine, from its id; nothing when the step names none."""
    return (step.machine or "").rpartition("/")[2]


def name_of(story: Story) -> str:
    """What a person calls it: its title, else what it is about."""
    return story.title or about(story) or f"{story.kind.replace('_', ' ').capitalize()} without a name"
