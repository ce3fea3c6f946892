"""What a person at three in the morning wants first: what happens now, what comes next, what did not get through."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from notbefore import rowkeys
from notbefore.board.board import Board, Heads, first, gathered
from notbefore.board.brief import StoryBrief
from notbefore.board.drift import Drift, drift
from notbefore.board.ledger import DeliveryItem, listed
from notbefore.board.ledger import item as delivery_item
from notbefore.board.quarantine import QuarantineItem, quarantine
from notbefore.board.stories import StoryItem, item
from notbefore.config.model import RUNBOOK
from notbefore.pipeline.reporters.blind import reporting
from notbefore.pipeline.telling.follow_up import DueRow
from notbefore.schema import Phase

SHOWN = 8
LOOKED_AT = 5 * SHOWN
QUARANTINE_COUNTED = 1_000
RECENTLY = timedelta(hours=24)


class DueItem(Struct, frozen=True, kw_only=True):
    """Something that will be decided or told at a time."""

    at: datetime
    audiences: tuple[str, ...]
    occasion: str
    story_id: str
    story_title: str
    because: str


class Some(Struct, frozen=True, kw_only=True):
    """The first of a list, and how many there are."""

    items: tuple[StoryItem, ...]
    total: int


class Overview(Struct, frozen=True, kw_only=True):
    """The first page."""

    at: datetime
    next: StoryItem | None
    """What opens next within a day; of what opens at once the most severe."""
    happening: Some
    """Started, or within their window."""
    coming: Some
    """Open, with a window that opens later: the soonest first."""
    waiting: Some
    """Open, and nobody knows when."""
    over_lately: int
    """Ended within a day."""
    stories_total: int
    complete: bool
    due: tuple[DueItem, ...]
    dead: tuple[DeliveryItem, ...]
    dead_total: int
    undelivered: int
    """Deliveries that wait or are being sent."""
    quarantine: tuple[QuarantineItem, ...]
    quarantine_total: int
    """At most 1,000 are counted."""
    drift: Drift
    blind: int
    """Machines that run and are not heard; of subscriptions whose machines are not known only those once heard."""
    missed: int
    """Machines that rebooted within a week without a notice."""
    routes_version: str


async def overview(board: Board) -> Overview:
    """The first page. Raises: StorageUnavailable."""
    heads = await board.heads()
    config = board.config
    dead, _ = await listed(board, "dead")
    waiting, _ = await listed(board, "waiting")
    judged = (await reporting(board.outside)).values()
    doubtful = await quarantine(board, limit=QUARANTINE_COUNTED)
    happening, coming, unknown = sorted_out(heads, board.now)
    dead.sort(key=lambda one: one.created_at, reverse=True)
    return Overview(
        at=board.now,
        next=next((item(one, config) for one in coming if _is_near(one, board.now)), None),
        happening=_some(board, happening),
        coming=_some(board, coming),
        waiting=_some(board, unknown),
        over_lately=sum(one.over and board.now - one.updated_at < RECENTLY for one in heads.stories),
        stories_total=len(heads.stories),
        complete=heads.complete,
        due=await due(board, heads),
        dead=tuple(delivery_item(one, config) for one in dead[:SHOWN]),
        dead_total=len(dead),
        undelivered=len(waiting),
        quarantine=doubtful.items[:3],
        quarantine_total=len(doubtful.items),
        drift=drift(heads.stories),
        blind=sum(one.blind.total for one in judged),
        missed=sum(one.missed.total for one in judged),
        routes_version=config.version_id,
    )


def sorted_out(heads: Heads, now: datetime) -> tuple[list[StoryBrief], list[StoryBrief], list[StoryBrief]]:
    """Open stories: those that go on now, those that come, those without a time."""
    happening, coming, unknown = [], [], []
    for one in heads.stories:
        opens = one.window.not_before
        if one.over:
            continue
        if opens is not None and opens > now and one.phase is not Phase.STARTED:
            coming.append(one)
        elif one.phase is Phase.STARTED or opens is not None:
            happening.append(one)
        else:
            unknown.append(one)
    coming.sort(key=lambda one: (one.window.not_before or now, -one.severity.rank, one.id))
    return happening, coming, unknown


def _is_near(story: StoryBrief, now: datetime) -> bool:
    opens = story.window.not_before
    return opens is not None and opens - now < RECENTLY


async def due(board: Board, heads: Heads) -> tuple[DueItem, ...]:
    """What will be decided or told next, over all audiences. Raises: StorageUnavailable."""
    by_id = {one.id: one for one in heads.stories}
    found = await gathered(_due(board, name, by_id) for name in heads.audiences)
    alike: dict[tuple[datetime, str, str], DueItem] = {}
    for one in (one for part in found for one in part):
        key = (one.at, one.occasion, one.story_id)
        known = alike.get(key)
        alike[key] = replace(one, audiences=(*(known.audiences if known else ()), *one.audiences))
    return tuple(sorted(alike.values(), key=lambda one: one.at)[:SHOWN])


async def _due(board: Board, audience: str, stories: dict[str, StoryBrief]) -> list[DueItem]:
    """Of one audience. A look back at what is over already, or at a runbook, tells nobody anything: it stays out."""
    rows = await first(board.outside.stories.scan(rowkeys.audience(audience), *rowkeys.span("t|")), LOOKED_AT)
    read = [msgspec.json.decode(row.body, type=DueRow) for row in rows]
    over = {one.id for one in stories.values() if one.over}
    return [
        DueItem(
            at=row.at,
            audiences=(audience,),
            occasion=row.occasion,
            story_id=row.story,
            story_title=item(stories[row.story], board.config).title if row.story in stories else "",
            because=row.because,
        )
        for row in read
        if row.occasion != RUNBOOK and row.story not in over
    ]


def _some(board: Board, stories: list[StoryBrief]) -> Some:
    config = board.config
    return Some(items=tuple(item(one, config) for one in stories[:SHOWN]), total=len(stories))
