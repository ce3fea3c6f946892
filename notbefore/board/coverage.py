"""Who is heard and who would hear: subscriptions of the routing file beside those that have spoken."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board, first, gathered
from notbefore.board.brief import StoryBrief
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.config.model import RoutingConfig
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Impact, Kind, Phase, Severity, Source, Story, Window

PAGE = 50
AGENTS = 100
"""Agents of a subscription that are counted on one page."""

QUIET = timedelta(days=30)
"""A subscription that nobody has heard of for so long may have lost its alert rule."""


class _Seen(Struct, frozen=True):
    at: datetime


class CoverageItem(Struct, frozen=True, kw_only=True):
    """One subscription. `hears` are the audiences of a planned reboot there that names no resource."""

    subscription_id: str
    subscription: str
    named: bool
    """The routing file names it."""
    state: str
    """`heard`, `quiet` (nothing for 30 days), or `never`."""
    last_heard: datetime | None
    open_stories: int
    stories: int
    agents: int
    agents_more: bool
    last_agent: datetime | None
    hears: tuple[str, ...]
    silent: tuple[str, ...]
    """Routes that tell nobody, on purpose."""


async def coverage(board: Board, after: str = "", limit: int = PAGE) -> Page[CoverageItem]:
    """One page, those never heard first. Raises: StorageUnavailable."""
    heads, config = await board.heads(), board.config
    by_subscription: dict[str, list[StoryBrief]] = {}
    for one in heads.stories:
        by_subscription.setdefault(one.subscription_id, []).append(one)
    names = {*config.subscriptions.values(), *heads.subscriptions} - {UNKNOWN_SUBSCRIPTION}
    ordered = sorted(names, key=lambda name: _order(name, by_subscription, config))
    start = read_bookmark(after)
    rest = [name for name in ordered if start is None or _order(name, by_subscription, config) > start]
    found = await gathered(_item(board, name, by_subscription.get(name, [])) for name in rest[:limit])
    following = bookmark(_order(rest[limit - 1], by_subscription, config)) if len(rest) > limit else None
    return Page(tuple(found), following, heads.complete)


def _order(name: str, stories: dict[str, list[StoryBrief]], config: RoutingConfig) -> list[object]:
    return [name in stories, config.subscription_name(name), name]


async def _item(board: Board, subscription: str, stories: list[StoryBrief]) -> CoverageItem:
    config = board.config
    reporters = await first(board.outside.stories.scan(subscription, *rowkeys.span("p|")), AGENTS)
    seen = [msgspec.json.decode(row.body, type=_Seen).at for row in reporters]
    spoken = [*seen, *(max(one.updated_at, one.occurred_at) for one in stories)]
    last = min(max(spoken), board.now) if spoken else None
    routing = board.outside.rules().router.route(_example(subscription, board.now))
    return CoverageItem(
        subscription_id=subscription,
        subscription=config.subscription_name(subscription),
        named=subscription in config.subscriptions.values(),
        state="never" if last is None else "quiet" if board.now - last > QUIET else "heard",
        last_heard=last,
        open_stories=sum(not one.over for one in stories),
        stories=len(stories),
        agents=len(seen),
        agents_more=len(seen) == AGENTS,
        last_agent=max(seen, default=None),
        hears=tuple(one.audience for one in routing.audiences),
        silent=routing.silent,
    )


def _example(subscription: str, now: datetime) -> Story:
    """A planned reboot, three days ahead, of nothing in particular."""
    opens = now + timedelta(days=3)
    return Story(
        id="example",
        subscription_id=subscription,
        kind=Kind.PLANNED_MAINTENANCE,
        kinds=(Kind.PLANNED_MAINTENANCE,),
        sources=(Source.SERVICE_HEALTH,),
        phase=Phase.SCHEDULED,
        impact=Impact.REBOOT,
        severity=Severity.WARNING,
        highest_severity=Severity.WARNING,
        window=Window(opens, opens + timedelta(hours=4)),
        opened_at=now,
        updated_at=now,
        occurred_at=now,
        noticed_at=now,
    )
