"""What a silence would have held lately: shown to a person before it is ordered."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board, gathered
from notbefore.board.brief import StoryBrief
from notbefore.board.stories import StoryItem, item
from notbefore.matching import Condition, compile_condition
from notbefore.muting import Silence
from notbefore.schema import Story

BACK = timedelta(days=7)
LOOKED_AT = 1_000
"""Stories of the last week that a preview judges, at most."""
_AT_ONCE = 100


class Preview(Struct, frozen=True, kw_only=True):
    """Stories of the last seven days that fit, and how many had been told to somebody."""

    items: tuple[StoryItem, ...]
    told: int
    looked_at: int
    complete: bool


async def preview(board: Board, silence: Silence) -> Preview:
    """What it would have held in the last seven days. Raises: StorageUnavailable."""
    config = board.config
    condition = compile_condition(silence.match, silence.match_not, config)
    heads = await board.heads()
    since = board.now - BACK
    recent = [one for one in heads.stories if one.updated_at >= since]
    fitting = await _fitting(board, recent[:LOOKED_AT], condition)
    return Preview(
        items=tuple(item(one, config) for one in fitting[:20]),
        told=sum(bool(one.heard) for one in fitting),
        looked_at=min(len(recent), LOOKED_AT),
        complete=heads.complete and len(recent) <= LOOKED_AT,
    )


async def _fitting(board: Board, recent: list[StoryBrief], condition: Condition) -> list[StoryBrief]:
    places: dict[str, list[str]] = {}
    for one in recent:
        places.setdefault(one.subscription_id, []).append(rowkeys.head(one.id))
    parts = [(name, keys[at : at + _AT_ONCE]) for name, keys in places.items() for at in range(0, len(keys), _AT_ONCE)]
    found = await gathered(board.outside.stories.get(name, keys) for name, keys in parts)
    stories = {
        one.id: one for rows in found for one in (msgspec.json.decode(r.body, type=Story) for r in rows.values())
    }
    return [one for one in recent if one.id in stories and _fits(condition, stories[one.id])]


def _fits(condition: Condition, story: Story) -> bool:
    """By the severity that it had at its highest: the preview looks back."""
    severity = story.highest_severity
    return any(condition.fits(story, severity, state) for state in story.resources or (None,))


def words(silence: Silence) -> str:
    """What it matches, on one line: `subscription payments-prod, kind host maintenance`."""
    keys = msgspec.to_builtins(silence.match)
    said = (
        f"{name.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
        for name, value in keys.items()
        if value
    )
    return ", ".join(said).replace("_", " ")
