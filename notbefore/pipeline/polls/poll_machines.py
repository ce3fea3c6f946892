"""Planned maintenance in the instance views: of virtual machines, and of the instances of Uniform scale sets.

Machines are listed by subscription, instances by scale set, each by itself: one that refuses is passed over, one that
is busy ends the turn, and what came before it counts all the same. The next turn begins behind where this one ended,
so that neither a busy neighbour nor a great number keeps anybody from being asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from notbefore.errors import Permanent, Transient
from notbefore.pipeline import questions
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.polls.reconcile import Absence, compared, visible
from notbefore.ports import Found, Graph, Machines, Put, Write
from notbefore.schema import MaintenanceEvent

SETS = 100
"""Scale sets of one turn: Azure counts such a list as a costly call, and an hour has four turns."""

PARTITION = "poll-machines"
"""Of the table `control`: who was asked last, by list."""

_SET = "/virtualmachinescalesets/"


@dataclass(slots=True)
class Turn:
    """What one turn brought: rows with a maintenance, who answered in full, and what went wrong."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    refused: Permanent | None = None
    busy: Transient | None = None


async def poll_machines(outside: Dependencies, graph: Graph, machines: Machines) -> int:
    """Every VM; how many became signals. Raises: Transient, Permanent, StorageUnavailable, Conflict."""
    turn = await _asked(outside, "instance-views", await visible(graph), machines.instance_views)

    async def absence() -> Absence:
        return lambda event: (event.subscription_id or "") in turn.answered

    return await _said(outside, "instance-views", turn, absence)


async def poll_scale_sets(outside: Dependencies, graph: Graph, machines: Machines) -> int:
    """The instances of Uniform scale sets, at most `SETS` sets a turn; how many became signals.

    An instance whose scale set is no longer there is gone as well. Raises: as `poll_machines`.
    """
    listed = await graph.ask(questions.SCALE_SETS)
    sets = {str(row.get("id", "")).lower() for row in listed.rows}
    turn = await _asked(outside, "scale-sets", sets, machines.scale_set_views, SETS)

    async def absence() -> Absence:
        seen = await visible(graph) if listed.complete else frozenset()

        def counts(event: MaintenanceEvent) -> bool:
            own = _set_of(event)
            return own in turn.answered or (own not in sets and (event.subscription_id or "") in seen)

        return counts

    return await _said(outside, "scale-sets", turn, absence)


def _set_of(event: MaintenanceEvent) -> str:
    own = next((resource.id for resource in event.resources if resource.id), "")
    before, found, rest = own.partition(_SET)
    return before + found + rest.partition("/")[0]


async def _asked(
    outside: Dependencies,
    name: str,
    whom: Iterable[str],
    ask: Callable[[str], Awaitable[Found]],
    most: int | None = None,
) -> Turn:
    """Asks them in order, from behind the one that was asked last. Raises: StorageUnavailable."""
    row = (await outside.control.get(PARTITION, [name])).get(name)
    last = row.body.decode() if row else ""
    ordered = sorted(whom, key=lambda one: (one <= last, one))
    turn, asked = Turn(), ""
    for asked in ordered[:most]:
        try:
            found = await ask(asked)
        except Permanent as problem:
            turn.refused = problem
        except Transient as problem:
            turn.busy = problem
            break
        else:
            turn.rows += filter(_is_announced, found.rows)
            if found.complete:
                turn.answered.add(asked)
    if asked and asked != last:
        await outside.control.commit(PARTITION, [Write(Put.UPSERT, name, asked.encode())])
    return turn


def _is_announced(row: dict[str, object]) -> bool:
    """Whether the view shows a maintenance at all; most show none."""
    return b"maintenanceRedeployStatus" in msgspec.json.encode(row)


async def _said(outside: Dependencies, name: str, turn: Turn, absence: Callable[[], Awaitable[Absence]]) -> int:
    sent = await compared(outside, name, "value", turn.rows, absence)
    if turn.busy is not None:
        raise turn.busy
    if turn.refused is not None and not turn.answered:
        raise turn.refused
    return sent
