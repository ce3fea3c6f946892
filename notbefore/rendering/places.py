"""Where the machines of a large message run: counts by region, zone and update domain, the most first."""

from __future__ import annotations

from collections.abc import Mapping

from notbefore.rendering.clean import line
from notbefore.rendering.times import Times
from notbefore.schema import Delivery

_SHOWN = 8
"""Places of one kind that are named; of the rest it is said how many there are."""

_ROW = 400
"""Characters of one row."""


def rows(delivery: Delivery, times: Times) -> list[tuple[str, str]]:
    """Label and counts of each kind of place that is known; nothing where every machine is shown by itself."""
    if delivery.resources_total <= max(len(delivery.resources), len(delivery.folded)):
        return []
    label, places = times.words["label"], delivery.places
    found = (
        (label["regions"], places.regions),
        (label["zones"], _bare(places.zones)),
        (label["update_domains"], places.update_domains),
    )
    return [(name, _counts(counts, delivery.resources_total, times)) for name, counts in found if counts]


def _bare(zones: Mapping[str, int]) -> Mapping[str, int]:
    """`westeurope 1` is `1` where all of them are of one region."""
    regions = {zone.partition(" ")[0] for zone in zones}
    return {zone.partition(" ")[2]: count for zone, count in zones.items()} if len(regions) == 1 else zones


def _counts(counts: Mapping[str, int], total: int, times: Times) -> str:
    """`westeurope 30,000 · northeurope 19,000 · not known 1,000`."""
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    parts = [f"{name}: {times.number(count)}" for name, count in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        parts.append(f"(+{len(ordered) - _SHOWN})")
    unknown = total - sum(counts.values())
    if unknown > 0:
        parts.append(f"{times.words['count']['unknown']}: {times.number(unknown)}")
    return line(" · ".join(parts), _ROW)
