"""Blind machines: those that run, by Resource Graph, and are not heard; beside old agents and missed reboots.

All machines of a set and zone see one document (Azure docs: Scheduled Events, scope), so one agent there passes on the
notices of its neighbours; each zone needs one of its own.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from notbefore import rowkeys
from notbefore.errors import DeliveryError, Transient
from notbefore.pipeline import questions
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.portions import commit_all
from notbefore.pipeline.reporters import digests, reboots, reporters
from notbefore.pipeline.reporters.reboots import Reboot
from notbefore.pipeline.reporters.reporters import Reporter
from notbefore.ports import Graph, Put, Write
from notbefore.reading import Fields
from notbefore.schema import Names, Reporting

log = logging.getLogger(__name__)

PARTITION = "reporting"
"""Of the table `control`; a row is a subscription."""

LATELY = timedelta(days=7)
KEEP = timedelta(days=30)
"""An agent that is silent for so long, and a reboot that is so old, are forgotten."""

_NAMED = 10
_RUNS = frozenset({"", "powerstate/running", "powerstate/starting"})
"""A machine whose state Azure does not say is taken to run."""


class Machine(NamedTuple):
    """A machine that runs. `place` is its set and zone; empty when it stands alone. All lower case but the name."""

    id: str
    name: str
    place: str


async def look(outside: Dependencies, graph: Graph | None) -> int:
    """Judges every subscription anew; 0, for nothing of it is a signal.

    Raises: Transient, Permanent when Resource Graph fails: what does not need it has been judged; StorageUnavailable.
    """
    machines: dict[str, list[Machine]] = {}
    problem: DeliveryError | None = None
    try:
        machines = await _machines(graph) if graph else {}
    except DeliveryError as failure:
        problem = failure
    await _write(outside, machines)
    if problem is not None:
        raise problem
    return 0


async def _machines(graph: Graph) -> dict[str, list[Machine]]:
    """Machines that run, of each subscription that we may read. Raises: Transient, Permanent."""
    readable = await graph.ask(questions.SUBSCRIPTIONS)
    found = {str(row.get("subscriptionId", "")).lower(): list[Machine]() for row in readable.rows}
    for question in (questions.MACHINES, questions.INSTANCES):
        answer = await graph.ask(question)
        if not answer.complete:
            raise Transient("Resource Graph did not list all machines")
        for row in answer.rows:
            found.setdefault(str(row.get("subscriptionId", "")).lower(), []).extend(_running(row))
    return found


def _running(row: dict[str, Any]) -> Iterable[Machine]:
    read = Fields(row)
    identity = (read.text("id") or "").lower()
    if not identity or (read.text("power") or "").lower() not in _RUNS:
        return
    instance_of = identity.rpartition("/virtualmachines/")[0] if "/virtualmachinescalesets/" in identity else ""
    together = instance_of or (read.text("scaleSet") or read.text("availabilitySet") or "").lower()
    name = read.text("name") or identity.rpartition("/")[2]
    called = f"{instance_of.rpartition('/')[2]}_{identity.rpartition('/')[2]}" if instance_of else name
    yield Machine(identity, called, f"{together} {' '.join(read.texts('zones'))}" if together else "")


async def _write(outside: Dependencies, machines: dict[str, list[Machine]]) -> None:
    agents: defaultdict[str, list[Reporter]] = defaultdict(list)
    boots: defaultdict[str, list[Reboot]] = defaultdict(list)
    now = outside.clock()
    async for subscription, agent in reporters.reporters(outside):
        agents[subscription].append(agent)
    async for subscription, reboot in reboots.reboots(outside):
        boots[subscription].append(reboot)
    names = {*machines, *agents, *boots}
    rows = [judge(name, machines.get(name), agents[name], boots[name], now) for name in sorted(names)]
    before = await reporting(outside)
    for row in rows:
        _say(row, before.get(row.subscription_id))
    writes = [Write(Put.UPSERT, row.subscription_id, msgspec.json.encode(row)) for row in rows]
    writes += [Write(Put.DELETE, key) for key in before.keys() - names]
    await commit_all(outside.control, PARTITION, writes)
    await digests.plan(outside, rows)
    old = now - KEEP
    await reporters.forget(outside, [(name, one) for name in agents for one in agents[name] if one.seen_at < old])
    await reboots.forget(outside, [(name, one) for name in boots for one in boots[name] if one.at < old])


def _say(row: Reporting, before: Reporting | None) -> None:
    """A machine more that is blind is logged when it is seen, not at each look."""
    if row.blind.total > (before.blind.total if before else 0):
        log.warning("machines of %s that run and are not heard: %d", row.subscription_id, row.blind.total)


def judge(
    subscription: str,
    machines: Sequence[Machine] | None,
    agents: Sequence[Reporter],
    boots: Sequence[Reboot],
    now: datetime,
) -> Reporting:
    """How well the subscription reports. Pure; `machines` None: nobody can say which there are."""
    heard = {one.id for one in agents if not one.is_silent(now)}
    places = {one.place for one in machines or () if one.place and one.id in heard}
    unheard = [one for one in machines or () if one.id not in heard]
    blind = [one.name for one in unheard if one.place not in places]
    silent = [one.called for one in agents if one.id not in heard]
    return Reporting(
        subscription_id=subscription,
        at=now,
        agents=len(heard),
        machines=None if machines is None else len(machines),
        through=len(unheard) - len(blind),
        blind=_names(silent if machines is None else blind),
        old=_names(one.called for one in agents if one.id in heard and one.is_old),
        missed=_names({one.called for one in boots if one.missed and now - one.at <= LATELY}),
    )


def _names(all_of_them: Iterable[str]) -> Names:
    names = sorted(all_of_them)
    return Names(len(names), tuple(name[:80] for name in names[:_NAMED]))


async def reporting(outside: Dependencies) -> dict[str, Reporting]:
    """Every subscription as it was last judged. Raises: StorageUnavailable."""
    rows = outside.control.scan(PARTITION, *rowkeys.span(""))
    return {row.key: msgspec.json.decode(row.body, type=Reporting) async for row in rows}
