"""Who is heard and who would hear: subscriptions of the routing file beside those that have spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from notbefore.board.board import Board, gathered
from notbefore.board.brief import StoryBrief
from notbefore.board.paging import Page, bookmark, read_bookmark
from notbefore.config.model import RoutingConfig
from notbefore.pipeline.reporters import blind, reboots, reporters
from notbefore.pipeline.reporters.hearing import hearing
from notbefore.pipeline.reporters.reboots import Reboot
from notbefore.pipeline.reporters.reporters import Reporter
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Reporting

T = TypeVar("T")

PAGE = 50
AGENTS = 100
"""Agents of a subscription that are counted and shown on one page; reboots as many."""

QUIET = timedelta(days=30)
"""A subscription that nobody has heard of for so long may have lost its alert rule."""


class AgentItem(Struct, frozen=True, kw_only=True):
    """A machine's agent, as it last spoke."""

    id: str
    name: str
    version: str | None
    old: bool
    last_heard: datetime
    silent: bool
    booted_at: datetime | None
    problems: tuple[str, ...]


class RebootItem(Struct, frozen=True, kw_only=True):
    """A reboot that nobody had been told of."""

    id: str
    name: str
    at: datetime
    missed: str


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
    reporters: tuple[AgentItem, ...]
    """Those agents, by name."""
    missed: tuple[RebootItem, ...]
    """The newest first, of 30 days."""
    reporting: Reporting | None
    """Which machines are blind, as it was last looked at; None: it was not yet."""
    hears: tuple[str, ...]
    silent: tuple[str, ...]
    """Routes that tell nobody, on purpose."""


async def coverage(board: Board, after: str = "", limit: int = PAGE) -> Page[CoverageItem]:
    """One page, those never heard first. Raises: StorageUnavailable."""
    heads, config = await board.heads(), board.config
    by_subscription: dict[str, list[StoryBrief]] = {}
    for one in heads.stories:
        if not one.test:  # a drill says nothing about a subscription's alert rules
            by_subscription.setdefault(one.subscription_id, []).append(one)
    judged = await blind.reporting(board.outside)
    drilled = {one.subscription_id for one in heads.stories if one.test} - set(by_subscription)
    spoken = set(heads.subscriptions) - {one for one in drilled if not await _agents(board, one)}
    names = {*config.subscriptions.values(), *spoken, *judged} - {UNKNOWN_SUBSCRIPTION}
    ordered = sorted(names, key=lambda name: _order(name, by_subscription, config))
    start = read_bookmark(after, tuple[bool, str, str])
    rest = [name for name in ordered if start is None or _order(name, by_subscription, config) > start]
    found = await gathered(_item(board, name, by_subscription.get(name, []), judged.get(name)) for name in rest[:limit])
    following = bookmark(_order(rest[limit - 1], by_subscription, config)) if len(rest) > limit else None
    return Page(tuple(found), following, heads.complete)


def _order(name: str, stories: dict[str, list[StoryBrief]], config: RoutingConfig) -> tuple[bool, str, str]:
    return name in stories, config.subscription_name(name), name


async def _item(board: Board, subscription: str, stories: list[StoryBrief], judged: Reporting | None) -> CoverageItem:
    config = board.config
    agents = await _agents(board, subscription)
    missed = await _first(reboots.missed_reboots(board.outside, subscription))
    seen = [one.seen_at for one in agents]
    spoken = [*seen, *(max(one.updated_at, one.occurred_at) for one in stories)]
    last = min(max(spoken), board.now) if spoken else None
    routing = hearing(board.outside.rules().router, subscription, board.now)
    return CoverageItem(
        subscription_id=subscription,
        subscription=config.subscription_name(subscription),
        named=subscription in config.subscriptions.values(),
        state="never" if last is None else "quiet" if board.now - last > QUIET else "heard",
        last_heard=last,
        open_stories=sum(not one.over for one in stories),
        stories=len(stories),
        agents=len(agents),
        agents_more=len(agents) == AGENTS,
        last_agent=max(seen, default=None),
        reporters=tuple(_agent(one, board.now) for one in sorted(agents, key=lambda one: one.called)),
        missed=tuple(_reboot(one) for one in sorted(missed, key=lambda one: one.at, reverse=True)),
        reporting=judged,
        hears=tuple(one.audience for one in routing.audiences),
        silent=routing.silent,
    )


async def _agents(board: Board, subscription: str) -> list[Reporter]:
    return await _first(reporters.reporters(board.outside, subscription))


async def _first(rows: AsyncIterator[tuple[str, T]]) -> list[T]:
    found: list[T] = []
    async for _, one in rows:
        found.append(one)
        if len(found) == AGENTS:
            break
    return found


def _agent(one: Reporter, now: datetime) -> AgentItem:
    return AgentItem(
        id=one.id,
        name=one.called,
        version=one.version,
        old=one.is_old,
        last_heard=one.seen_at,
        silent=one.is_silent(now),
        booted_at=one.booted_at,
        problems=one.problems,
    )


def _reboot(one: Reboot) -> RebootItem:
    return RebootItem(id=one.id, name=one.called, at=one.at, missed=one.missed or "")
