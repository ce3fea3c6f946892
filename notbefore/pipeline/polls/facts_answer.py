"""What Resource Graph and the instance view say of resources, as `ResourceFacts`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from notbefore.errors import Transient
from notbefore.pipeline import questions
from notbefore.ports import Graph, Machines
from notbefore.reading import Fields, region_name
from notbefore.schema import ResourceFacts

Answered = Mapping[str, ResourceFacts]
"""By lower-case ARM id; what Azure did not show is not there."""

BATCH = 100
"""Ids in one question: about 20 KB of Kusto."""

_INSTANCE = re.compile(r"(?P<set>.*/virtualmachinescalesets/[^/]+)/virtualmachines/[^/]+")

VIEWS = 50
"""Instance views of one turn: only they name the update domain, and only machines in an availability set have one."""


async def ask_about(graph: Graph, machines: Machines | None, ids: Iterable[str], now: datetime) -> Answered:
    """Facts of these resources, with the tags of their groups and subscriptions. Raises: Transient, Permanent.

    An instance of a Uniform scale set is no resource with tags: it has those of its set, and its place.
    """
    ids = list(ids)
    sets = {one: instance["set"] for one in ids if (instance := _INSTANCE.fullmatch(one))}
    rows = await _in_batches(graph, list(dict.fromkeys(sets.get(one, one) for one in ids)), questions.resources)
    holders = {holder for one in rows for holder in _holders(one)}
    tags = {key: _tags(row) for key, row in (await _in_batches(graph, sorted(holders), questions.containers)).items()}
    found = {one: _facts(one, Fields(row), tags, now) for one, row in rows.items()}
    found |= {one: _of_instance(one, found[own]) for one, own in sets.items() if own in found}
    return {**found, **await _placed(machines, found)}


async def _in_batches(
    graph: Graph, ids: Sequence[str], ask: Callable[[Iterable[str]], str]
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), BATCH):
        answer = await graph.ask(ask(ids[start : start + BATCH]))
        rows |= {str(row.get("id", "")).lower(): row for row in answer.rows}
    return rows


def _holders(resource_id: str) -> list[str]:
    """Resource group and subscription of an id."""
    parts = resource_id.split("/")
    subscription, group = "/".join(parts[:3]), "/".join(parts[:5])
    return [group, subscription] if len(parts) > 4 and parts[3] == "resourcegroups" else [subscription]  # noqa: PLR2004 # /subscriptions/S/resourcegroups/G


def _tags(row: Mapping[str, Any]) -> dict[str, str]:
    tags = row.get("tags")
    return {str(name): str(value) for name, value in tags.items()} if isinstance(tags, dict) else {}


def _facts(resource_id: str, row: Fields, tags: Mapping[str, dict[str, str]], now: datetime) -> ResourceFacts:
    zones = row.texts("zones")
    location = row.text("location")
    return ResourceFacts(
        id=resource_id,
        name=row.text("name"),
        type=(row.text("type") or "").lower() or None,
        location=region_name(location) if location else None,
        zone=", ".join(zones) or None,
        resource_group=row.text("resourceGroup"),
        scale_set=_last(row.text("scaleSet")),
        availability_set=_last(row.text("availabilitySet")),
        fault_domain=row.text("faultDomain"),
        tags=_tags(row.raw),
        inherited=_inherited([tags.get(one, {}) for one in _holders(resource_id)]),
        seen_at=now,
    )


def _of_instance(resource_id: str, of_set: ResourceFacts) -> ResourceFacts:
    """A set in several zones does not say in which the instance is."""
    return replace(
        of_set,
        id=resource_id,
        name=f"{of_set.name}_{_last(resource_id)}",
        type=f"{of_set.type}/virtualmachines",
        zone=None if of_set.zone is None or "," in of_set.zone else of_set.zone,
        scale_set=of_set.name,
    )


def _last(resource_id: str | None) -> str | None:
    return (resource_id or "").rpartition("/")[2] or None


def _inherited(nearest_first: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The nearest's word stands, whatever the case of the tag's name."""
    found: dict[str, tuple[str, str]] = {}
    for tags in nearest_first:
        for name, value in tags.items():
            found.setdefault(name.casefold(), (name, value))
    return dict(found.values())


async def _placed(machines: Machines | None, found: Answered) -> dict[str, ResourceFacts]:
    """Fault and update domain of machines in availability sets; what cannot be had stays unknown."""
    placed: dict[str, ResourceFacts] = {}
    if machines is None:
        return placed
    for one in [facts for facts in found.values() if facts.availability_set][:VIEWS]:
        try:
            view = Fields(await machines.instance_view(one.id) or {})
        except Transient:
            break
        update, fault = view.number("platformUpdateDomain"), view.number("platformFaultDomain")
        placed[one.id] = replace(
            one,
            update_domain=one.update_domain if update is None else str(update),
            fault_domain=one.fault_domain if fault is None else str(fault),
        )
    return placed
