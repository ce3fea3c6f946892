"""Two stories that turn out to be one: the older survives and takes over what the other knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from notbefore.schema import IMPACT_RANK, OVER, Heard, Place, ResourceState, Severity, Story
from notbefore.story.advance import KEYS, STRENGTH
from notbefore.story.places import counted
from notbefore.story.resources import TOP, joined, recount, urgency
from notbefore.story.shares import reshared

One = TypeVar("One")


class Merged(Struct, frozen=True):
    """The survivor, and the resource rows that it takes over, by key."""

    story: Story
    states: dict[str, ResourceState]


def merge(story: Story, mine: Mapping[str, ResourceState], other: Story, theirs: Sequence[ResourceState]) -> Merged:
    """The older story with everything of the other; who heard of either has heard of it.

    `mine` are the survivor's rows for the resources in `theirs`, by key.
    """
    taken, states = _counted(story, mine, other, theirs)
    severities = taken.open_by_severity
    stronger, weaker = (story, other) if _strength(story) >= _strength(other) else (other, story)
    both = replace(
        taken,
        revision=max(story.revision, other.revision) + 1,
        kind=stronger.kind,
        title=stronger.title or weaker.title,
        text=stronger.text or weaker.text,
        url=stronger.url or weaker.url,
        window=stronger.window if stronger.window.not_before else weaker.window,
        noticed_at=stronger.noticed_at if stronger.window.not_before else weaker.noticed_at,
        self_service_window=stronger.self_service_window or weaker.self_service_window,
        phase=stronger.phase,
        over=stronger.over if stronger.phase in OVER else not severities,
        impact=max(story.impact, other.impact, key=IMPACT_RANK.__getitem__),
        severity=max(severities, key=lambda one: one.rank, default=Severity.INFORMATIONAL),
        highest_severity=max(story.highest_severity, other.highest_severity, key=lambda one: one.rank),
        kinds=_union(story.kinds, other.kinds),
        sources=_union(story.sources, other.sources),
        regions=_union(story.regions, other.regions),
        services=_union(story.services, other.services),
        keys={kind: _newest(story.keys.get(kind, ()), other.keys.get(kind, ())) for kind in story.keys | other.keys},
        occurred_at=max(story.occurred_at, other.occurred_at),
        heard=_listeners(story.heard, other.heard),
        joined=(*story.joined, *other.joined, f"merged with {other.id}: one event named the keys of both")[-10:],
        state={**weaker.state, **stronger.state},
    )
    return Merged(both, states)


def _counted(
    story: Story, mine: Mapping[str, ResourceState], other: Story, theirs: Sequence[ResourceState]
) -> tuple[Story, dict[str, ResourceState]]:
    """The survivor with the other's resources in its counts, and the rows that it takes over; newer news stands."""
    phases, severities, total = story.resources_by_phase, story.open_by_severity, story.resources_total
    states, places, shares = dict[str, ResourceState](), story.places, story.shares
    for state in theirs:
        key = state.resource.key
        before = mine.get(key)
        after = states[key] = state if before is None else joined(before, state)
        shares = reshared(shares, key, before.audiences if before else (), after.audiences) if key else shares
        places = counted(places, before.place if before else Place(), after.place) if key else places
        if key:
            phases = recount(phases, before.phase if before else None, after.phase)
            total += before is None
        open_before = before.severity if before and not before.over else None
        severities = recount(severities, open_before, None if after.over else after.severity)
    shown = {state.resource.key: state for state in (*story.resources, *other.resources)} | states
    shown.pop("", None)
    top = tuple(sorted(shown.values(), key=urgency)[:TOP])
    taken = replace(
        story,
        resources_by_phase=phases,
        open_by_severity=severities,
        resources_total=total,
        resources=top,
        places=places,
        shares=shares,
    )
    return taken, states


def _strength(story: Story) -> int:
    return max((STRENGTH[source] for source in story.sources), default=-1)


def _union(first: tuple[One, ...], second: tuple[One, ...]) -> tuple[One, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _newest(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return _union(first, second)[-KEYS:]


def _listeners(first: dict[str, Heard], second: dict[str, Heard]) -> dict[str, Heard]:
    heard = dict(first)
    for audience, other in second.items():
        known = heard.get(audience)
        heard[audience] = other if known is None else replace(known, lanes={**other.lanes, **known.lanes})
    return heard
