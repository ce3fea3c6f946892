"""Where the resources of a story run: counted in its head as it becomes known, so that nobody has to count anew."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from notbefore.schema import Place, Places, ResourceFacts, ResourceState, Story
from notbefore.story.resources import recount

MOST = 200
"""Places of one kind that are counted apart; Azure has some sixty regions of three zones."""

ELSEWHERE = "elsewhere"


def place_of(facts: ResourceFacts | None, regions: tuple[str, ...]) -> Place:
    """Where a resource is by its facts; the one region that its event names stands in for an unknown one."""
    region = (facts.location if facts else None) or (regions[0] if len(regions) == 1 else None)
    zone = facts.zone if facts else None
    named = f"{region} {zone}" if region and zone else zone
    return Place(region, named, facts.update_domain if facts else None)


def placed(story: Story, found: Iterable[tuple[ResourceState, Place]]) -> tuple[Story, list[ResourceState]]:
    """The story with these resources where they are known to be now, and those that moved. Unknown moves nothing."""
    places, moved = story.places, dict[str, ResourceState]()
    newest = {key: (state, place) for state, place in found if (key := state.resource.key)}
    for key, (state, place) in newest.items():
        merged = Place(*(new or old for new, old in zip(_parts(place), _parts(state.place), strict=True)))
        if merged != state.place:
            places = counted(places, state.place, merged)
            moved[key] = replace(state, place=merged)
    if not moved:
        return story, []
    shown = tuple(moved.get(state.resource.key, state) for state in story.resources)
    return replace(story, places=places, resources=shown), list(moved.values())


def counted(places: Places, before: Place, after: Place) -> Places:
    """The counts when one resource is no longer at the one place but at the other."""
    gone, come = _parts(before), _parts(after)
    return Places(*(_recounted(kind, gone[at], come[at]) for at, kind in enumerate(_kinds(places))))


def together(one: Places, other: Places) -> Places:
    """The counts of both."""
    return Places(*(_sum(mine, theirs) for mine, theirs in zip(_kinds(one), _kinds(other), strict=True)))


def _sum(mine: dict[str, int], theirs: dict[str, int]) -> dict[str, int]:
    total = dict(mine)
    for name, count in theirs.items():
        within = _within(total, name) or name
        total[within] = total.get(within, 0) + count
    return total


def _kinds(places: Places) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    return places.regions, places.zones, places.update_domains


def _recounted(counts: dict[str, int], gone: str | None, come: str | None) -> dict[str, int]:
    if gone == come:
        return counts
    return recount(counts, _within(counts, gone), _within(counts, come))


def _within(counts: dict[str, int], name: str | None) -> str | None:
    return name if name is None or name in counts or len(counts) < MOST else ELSEWHERE


def _parts(place: Place) -> tuple[str | None, str | None, str | None]:
    return place.region, place.zone, place.update_domain
