"""The entries of one audience's calendar, each made of a story's row. Imported when the first feed is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore.board.board import Board
from notbefore.config.model import Audience
from notbefore.ports import Row
from notbefore.rendering import calendar
from notbefore.rendering.headline import Part
from notbefore.rendering.links import story_page
from notbefore.rendering.times import Times
from notbefore.schema import Impact, Kind, Phase, Resource, Story, Window

KEPT = timedelta(days=30)
"""How long what is over stays: a calendar program that looks once a week sees that it was canceled."""


class Entry(Struct, frozen=True):
    """What a story's row, as it was, came to; `until` None: it stays."""

    etag: str
    text: str
    until: datetime | None


class _Part(Struct, frozen=True):
    """One of a story's resources."""

    resource: Resource
    impact: Impact = Impact.UNKNOWN


class _Hearer(Struct, frozen=True):
    """An audience that was told."""

    resources: int = 0


class _Head(Struct, frozen=True, kw_only=True):
    """What an entry needs of a story's head: reading all of it costs as much as composing."""

    id: str
    subscription_id: str
    revision: int
    kind: Kind = Kind.UNKNOWN
    phase: Phase = Phase.UNKNOWN
    impact: Impact = Impact.UNKNOWN
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    window: Window = Window()
    keys: dict[str, tuple[str, ...]] = {}
    title: str = ""
    test: bool = False
    resources_total: int = 0
    resources: tuple[_Part, ...] = ()
    updated_at: datetime
    occurred_at: datetime
    over: bool = False
    heard: dict[str, _Hearer] = {}
    merged_into: str | None = None


_HEADS = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True)
class Composer:
    """One audience's entries, of rows."""

    board: Board
    audience: Audience
    times: Times
    public_url: str | None

    def entry(self, row: Row, etag: str) -> Entry:
        """What the row comes to; empty text: nothing of this audience's."""
        head = _HEADS.decode(row.body)
        mine = None if head.merged_into or not calendar.has_entry(head) else self._mine(head, row)
        if mine is None:
            return Entry(etag, "", None)
        text = calendar.entry(head, self.audience.name, mine, self.times, story_page(self.public_url, head.id))
        return Entry(etag, text, head.updated_at + KEPT if head.over else None)

    def _mine(self, head: _Head, row: Row) -> Sequence[Part] | None:
        """The audience's resources among those that the head shows; None when it is not its own.

        It is its own when it was told of it, or a route names it today by what the head itself says.
        """
        heard = head.heard.get(self.audience.name)
        if heard is not None and heard.resources >= head.resources_total:
            return head.resources
        if heard is None and head.over:
            return None
        story = msgspec.json.decode(row.body, type=Story)
        subjects = [(state, None) for state in story.resources]
        routed = self.board.outside.rules().router.route(story, subjects).audiences
        mine = next((one.resources for one in routed if one.audience == self.audience.name), None)
        return mine if mine is not None or heard is None else ()
