"""Asks Azure for what it does not push: one timer, each question at its own pace.

A question that fails is asked again at its next turn, later when Azure says so; the others go on. What a poll finds
goes through the same door as a pushed signal, with the origin `poll:NAME`.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore.errors import DeliveryError, Transient
from notbefore.pipeline import questions
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.facts import learn
from notbefore.pipeline.polls.poll_logs import poll_logs
from notbefore.pipeline.polls.poll_machines import poll_machines, poll_scale_sets
from notbefore.pipeline.polls.reconcile import Absence, compared, visible
from notbefore.pipeline.reporters.blind import look
from notbefore.ports import Graph, Put, Write

log = logging.getLogger(__name__)

PACES = "poll"
"""Partition of the table `control` with one row a question."""

REFUSED = timedelta(minutes=15)
"""A question that Azure refuses (a role is missing) is asked this rarely."""

FACTS_EVERY = timedelta(minutes=1)
"""A story that is routed by a tag waits for its facts: that is what a minute costs."""

_EARLY = timedelta(seconds=10)
"""Timers are not exact: a turn that is this near is now."""


class Pace(Struct, frozen=True, kw_only=True):
    """When a question is asked again, and how it went."""

    next_at: datetime
    problem: str = ""
    """Why there was no answer; empty when there was one."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A question: its name, its pace, and what asks it; `ask` answers how many rows became signals."""

    name: str
    every: timedelta
    ask: Callable[[Dependencies], Awaitable[int]]


def polls(asking: Asking) -> list[Poll]:
    """What these settings ask; what agents said is looked at in any case."""
    found = [Poll("agents", asking.machines_every, lambda outside: look(outside, asking.graph))]
    if (logs := asking.logs) is not None:
        found.append(Poll("logs", asking.logs_every, lambda outside: poll_logs(outside, logs)))
    if (graph := asking.graph) is not None:
        found.append(Poll("facts", FACTS_EVERY, lambda outside: learn(outside, graph, asking.machines)))
        found += [
            Poll(name, asking.graph_every, _listing(name, graph, query))
            for name, query in (
                ("service-health", questions.SERVICE_HEALTH),
                ("maintenance", questions.MAINTENANCE),
                ("patches", questions.PATCHES),
            )
        ]
        if (machines := asking.machines) is not None:
            every = asking.machines_every
            found += [
                Poll("instance-views", every, lambda outside: poll_machines(outside, graph, machines)),
                Poll("scale-sets", every, lambda outside: poll_scale_sets(outside, graph, machines)),
            ]
    return found


async def run_polls(outside: Dependencies, asking: Asking) -> dict[str, int]:
    """Asks what is due; rows that became signals, by question. Raises: StorageUnavailable."""
    rows = outside.control.scan(PACES, "", "~")
    paces = {row.key: msgspec.json.decode(row.body, type=Pace) async for row in rows}
    sent = {}
    for poll in polls(asking):
        before = paces.get(poll.name)
        if before is None or before.next_at <= outside.clock() + _EARLY:
            sent[poll.name] = await _turn(outside, poll, before)
    return sent


async def _turn(outside: Dependencies, poll: Poll, before: Pace | None) -> int:
    now = outside.clock()
    problem, wait, sent = "", poll.every, 0
    try:
        sent = await poll.ask(outside)
    except Transient as failure:
        problem = str(failure)
        wait = max(wait, timedelta(seconds=failure.retry_after or 0))
    except DeliveryError as failure:
        problem = str(failure)
        wait = max(wait, REFUSED)
    _say(poll, problem, before.problem if before else "")
    pace = Pace(next_at=now + wait, problem=problem)
    await outside.control.commit(PACES, [Write(Put.UPSERT, poll.name, msgspec.json.encode(pace))])
    return sent


def _say(poll: Poll, problem: str, before: str) -> None:
    """A problem is logged when it comes, changes and goes, not each minute."""
    if problem == before:
        return
    if problem:
        log.error("poll %s: %s", poll.name, problem)
    else:
        log.warning("poll %s is answered again", poll.name)


def _listing(name: str, graph: Graph, query: str) -> Callable[[Dependencies], Awaitable[int]]:
    async def absence() -> Absence:
        seen = await visible(graph)
        return lambda event: (event.subscription_id or "") in seen

    async def ask(outside: Dependencies) -> int:
        found = await graph.ask(query)
        return await compared(outside, name, "data", found.rows, absence if found.complete else None)

    return ask
