"""What the polls may read: asked for, and held beside what the settings want."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.errors import DeliveryError
from notbefore.pipeline.polls.asking import Asking
from notbefore.ports import Clock
from notbefore.settings import PollSettings

SUBSCRIPTIONS = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | project subscriptionId"
_READER = "the identity needs Reader on it, or on the management group above"
_LOGS = "the identity needs Log Analytics Data Reader on the workspace; the id is the workspace's GUID"


async def polls(settings: PollSettings, asking: Asking, clock: Clock) -> AsyncIterator[Finding]:
    """Resource Graph, machines, logs: each that is asked."""
    if asking.graph is None and asking.logs is None:
        yield not_checked("polls", "nothing is polled: neither NOTBEFORE_POLL_SUBSCRIPTIONS nor NOTBEFORE_WORKSPACE")
        return
    seen: set[str] = set()
    if asking.graph is not None:
        try:
            rows = (await asking.graph.ask(SUBSCRIPTIONS)).rows
            seen = {str(row.get("subscriptionId", "")).lower() for row in rows} - {""}
            yield readable(settings.subscriptions, seen)
        except DeliveryError as problem:
            yield wrong("poll of Resource Graph", str(problem), _READER)
    if asking.machines is not None and seen:
        yield await _machines(asking, min(seen))
    if asking.logs is not None:
        yield await _logs(asking, clock)


def readable(wanted: tuple[str, ...], seen: set[str]) -> Finding:
    """What the identity may read beside what is to be asked."""
    title = "poll of Resource Graph"
    missing = [] if wanted == ("all",) else sorted(set(wanted) - seen)
    if missing:
        return wrong(title, f"{len(missing)} of {len(wanted)} subscriptions cannot be read: {missing[0]}", _READER)
    if not seen:
        return wrong(title, "the identity may read no subscription at all", _READER)
    return good(title, f"{len(seen)} subscriptions can be read")


async def _machines(asking: Asking, subscription: str) -> Finding:
    title = "poll of instance views"
    assert asking.machines is not None  # noqa: S101 - asked by the caller
    try:
        await asking.machines.instance_views(subscription)
    except DeliveryError as problem:
        return wrong(title, str(problem), _READER)
    return good(title, f"those of {subscription} can be read; the others were not tried")


async def _logs(asking: Asking, clock: Clock) -> Finding:
    title = "poll of logs"
    assert asking.logs is not None  # noqa: S101 - asked by the caller
    try:
        await asking.logs.ask("print ok = true", clock() - timedelta(minutes=5), clock())
    except DeliveryError as problem:
        return wrong(title, str(problem), _LOGS)
    return good(title, "the workspace answers; the tables Event and Syslog appear when an agent first writes")
