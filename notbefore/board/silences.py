"""What a silence would have held lately: shown to a person before it is ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
from msgspec import Struct

from notbefore import rowkeys
from notbefore.board.board import Board, gathered
from notbefore.board.brief import StoryBrief
from notbefore.board.stories import StoryItem, item
from notbefore.config.globs import regular
from notbefore.matching import Condition, compile_condition
from notbefore.muting import Silence
from notbefore.schema import ResourceFacts, Story

T = TypeVar("T")

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
    heads = await board.heads()
    since = board.now - BACK
    recent = [one for one in heads.stories if one.updated_at >= since]
    fitting = await _fitting(board, recent[:LOOKED_AT], silence)
    return Preview(
        items=tuple(item(one, config) for one in fitting[:20]),
        told=sum(bool(one.heard) for one in fitting),
        looked_at=min(len(recent), LOOKED_AT),
        complete=heads.complete and len(recent) <= LOOKED_AT,
    )


async def _fitting(board: Board, recent: list[StoryBrief], silence: Silence) -> list[StoryBrief]:
    condition = compile_condition(silence.match, silence.match_not, board.config)
    places: dict[str, list[str]] = {}
    for one in recent:
        places.setdefault(one.subscription_id, []).append(rowkeys.head(one.id))
    stories = {one.id: one for one in await _rows(board, places, Story)}
    facts = await _facts(board, stories.values()) if silence.needs_facts else {}
    return [one for one in recent if one.id in stories and _fits(condition, stories[one.id], facts)]


async def _rows(board: Board, places: Mapping[str, Sequence[str]], kind: type[T]) -> list[T]:
    parts = [(name, keys[at : at + _AT_ONCE]) for name, keys in places.items() for at in range(0, len(keys), _AT_ONCE)]
    found = await gathered(board.outside.stories.get(name, keys) for name, keys in parts)
    return [msgspec.json.decode(row.body, type=kind) for rows in found for row in rows.values()]


async def _facts(board: Board, stories: Iterable[Story]) -> dict[str, ResourceFacts]:
    """What is known of the resources that these stories show, by id."""
    places: dict[str, dict[str, None]] = {}
    for story in stories:
        keys = places.setdefault(story.subscription_id, {})
        keys |= {rowkeys.facts(state.resource.id): None for state in story.resources if state.resource.id}
    named = {place: list(keys) for place, keys in places.items()}
    return {one.id: one for one in await _rows(board, named, ResourceFacts)}


def _fits(condition: Condition, story: Story, facts: Mapping[str, ResourceFacts]) -> bool:
    """By the severity that it had at its highest: the preview looks back."""
    severity = story.highest_severity
    if not story.resources:
        return condition.fits(story, severity)
    return any(condition.fits(story, severity, one, facts.get(one.resource.id or "")) for one in story.resources)


def advice(silence: Silence) -> tuple[str, ...]:
    """What was probably not meant; a silence that fits nothing looks like one that had nothing to hold."""
    return tuple(regular(silence.match))


def words(silence: Silence) -> str:
    """What it matches, on one line: `subscription payments-prod, kind host maintenance, tag team=web-*`."""
    keys = msgspec.to_builtins(silence.match)
    tags = [f"tag {name}={', '.join(values)}" for name, values in keys.pop("tag", {}).items()]
    said = [
        f"{name.replace('_', ' ')} {', '.join(map(str, value)) if isinstance(value, list | tuple) else value}"
        for name, value in keys.items()
        if value
    ]
    return ", ".join([*(one.replace("_", " ") for one in said), *tags])
