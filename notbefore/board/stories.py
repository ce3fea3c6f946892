"""The list of stories: the most urgent first, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from notbefore.board.board import Board
from notbefore.board.brief import StoryBrief
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.config.model import RoutingConfig
from notbefore.rendering.headline import display_name
from notbefore.schema import Impact, Kind, Phase, SelfServiceWindow, Severity, Window

PAGE = 50

STATES: Mapping[str, Callable[[StoryBrief], bool]] = {
    "open": lambda story: not story.over,
    "over": lambda story: story.over,
    "unknown": lambda story: story.has_unknown,
}
"""What a list can be narrowed down to; `unknown`: with a value that we do not know."""


class ToldLine(Struct, frozen=True):
    """One audience that has heard of a story."""

    audience: str
    last_at: datetime
    revision: int
    digested: bool


class StoryItem(Struct, frozen=True, kw_only=True):
    """A story in a list."""

    id: str
    title: str
    subscription_id: str
    subscription: str
    kind: Kind
    phase: Phase
    impact: Impact
    severity: Severity
    highest_severity: Severity
    regions: tuple[str, ...]
    services: tuple[str, ...]
    window: Window
    self_service_window: SelfServiceWindow | None
    resources_total: int
    resource_names: tuple[str, ...]
    revision: int
    opened_at: datetime
    updated_at: datetime
    over: bool
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    test: bool
    warnings: int
    told: tuple[ToldLine, ...]


class Wanted(Struct, frozen=True, kw_only=True):
    """Which stories a list is to show; empty asks nothing."""

    state: str = ""
    """A word of `STATES`."""
    severity: str = ""
    subscription: str = ""
    """A name of the routing file or an id."""
    text: str = ""


async def stories(board: Board, wanted: Wanted, after: str = "", limit: int = PAGE) -> Page[StoryItem]:
    """One page. Raises: StorageUnavailable."""
    heads = await board.heads()
    config = board.config
    start = read_bookmark(after, tuple[int, int, float, str])
    fitting = (one for one in heads.stories if _fits(one, wanted, config))
    rest = (one for one in fitting if start is None or one.urgency > start)
    chosen = _up_to(rest, limit + 1)
    following = bookmark(chosen[limit - 1].urgency) if len(chosen) > limit else None
    return Page(tuple(item(one, config) for one in chosen[:limit]), following, heads.complete)


def _up_to(stories_: Iterable[StoryBrief], limit: int) -> list[StoryBrief]:
    return [one for one, _ in zip(stories_, range(limit), strict=False)]


def _fits(story: StoryBrief, wanted: Wanted, config: RoutingConfig) -> bool:
    subscription = config.subscriptions.get(wanted.subscription, wanted.subscription.lower())
    return (
        (not wanted.state or STATES[wanted.state](story))
        and wanted.severity in {"", story.severity}
        and subscription in {"", story.subscription_id}
        and (not wanted.text or wanted.text.casefold() in _haystack(story))
    )


def _haystack(story: StoryBrief) -> str:
    names = (one.resource.name or one.resource.id or "" for one in story.resources)
    keys = (value for values in story.keys.values() for value in values)
    return "\n".join((story.id, story.title, *story.regions, *story.services, *names, *keys)).casefold()


def item(story: StoryBrief, config: RoutingConfig) -> StoryItem:
    """A story as lists show it."""
    names = tuple(display_name(one.resource.name, one.resource.id) for one in story.resources[:3])
    told = (ToldLine(name, one.last_at, one.revision, one.digested) for name, one in story.heard.items())
    return StoryItem(
        id=story.id,
        title=story.title or ", ".join(names or (*story.services[:2], *story.regions[:2])) or "A story without a name",
        subscription_id=story.subscription_id,
        subscription=config.subscription_name(story.subscription_id),
        kind=story.kind,
        phase=story.phase,
        impact=story.impact,
        severity=story.severity,
        highest_severity=story.highest_severity,
        regions=story.regions,
        services=story.services,
        window=story.window,
        self_service_window=story.self_service_window,
        resources_total=story.resources_total,
        resource_names=names,
        revision=story.revision,
        opened_at=story.opened_at,
        updated_at=story.updated_at,
        over=story.over,
        acknowledged_by=story.acknowledged_by,
        acknowledged_at=story.acknowledged_at,
        test=story.test,
        warnings=len(story.warnings),
        told=tuple(sorted(told, key=lambda one: one.audience)),
    )
