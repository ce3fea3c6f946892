"""Signs that Azure says things we do not know yet, gathered over all stories, so that one line can teach them."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime

from msgspec import Struct

from notbefore.board.brief import StoryBrief

SHOWN = 8
_INDEX = re.compile(r"\[\d+\]")


class Unread(Struct, frozen=True, kw_only=True):
    """One thing that could not be read, or was not known, wherever it was said."""

    path: str
    """The last two parts of where it stood: `properties.stage`."""
    problem: str
    stories: int
    last_at: datetime
    story_id: str
    """The story that said it last."""


class Drift(Struct, frozen=True, kw_only=True):
    """The first four count open stories; the list looks at those that are over too."""

    unknown_kind: int
    unknown_phase: int
    unknown_impact: int
    warnings: int
    """Open stories with something that could not be read."""
    unread: tuple[Unread, ...] = ()
    """The latest first, at most eight."""
    unread_total: int = 0


def drift(stories: tuple[StoryBrief, ...]) -> Drift:
    """Counted over the stories' heads."""
    still = [one for one in stories if not one.over]
    unread = _unread(stories)
    return Drift(
        unknown_kind=sum(one.kind == "unknown" for one in still),
        unknown_phase=sum(one.phase == "unknown" for one in still),
        unknown_impact=sum(one.impact == "unknown" for one in still),
        warnings=sum(bool(one.warnings) for one in still),
        unread=tuple(unread[:SHOWN]),
        unread_total=len(unread),
    )


def _unread(stories: tuple[StoryBrief, ...]) -> list[Unread]:
    said: defaultdict[tuple[str, str], dict[str, StoryBrief]] = defaultdict(dict)
    for story in stories:
        for warning in story.warnings:
            said[_place(warning.path), warning.problem][story.id] = story
    found = [_gathered(*key, [*saying.values()]) for key, saying in said.items()]
    return sorted(found, key=lambda one: one.last_at, reverse=True)


def _gathered(path: str, problem: str, saying: list[StoryBrief]) -> Unread:
    last = max(saying, key=lambda story: story.updated_at)
    return Unread(path=path, problem=problem, stories=len(saying), last_at=last.updated_at, story_id=last.id)


def _place(path: str) -> str:
    """Without what differs from payload to payload: `$[0].data.properties.stage` is `properties.stage`."""
    return ".".join(_INDEX.sub("", path).removeprefix("$.").split(".")[-2:])
