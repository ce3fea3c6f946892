"""What digests say of machines of which nobody hears. When that is news, a digest goes out for it alone.

Once for what is new, at the digest's own hour, to people: nobody is told each day of the same machine, and a machine
that was heard again and falls silent is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore import rowkeys, timing
from notbefore.config.model import PEOPLE, Audience
from notbefore.errors import Conflict
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.failover import kept
from notbefore.pipeline.reporters.hearing import hearing
from notbefore.pipeline.retries import give_up_at
from notbefore.pipeline.telling.follow_up import FLUSH, DueRow, flush_key, flush_time
from notbefore.ports import Put, Write
from notbefore.routing import Router
from notbefore.schema import Delivery, Names, Reporting, Severity, Story, delivery_id

DIGEST = "digest"
"""The group that an audience's digest is."""

UNHEARD = "u|machines"
"""The row of an audience's partition with what its last digest said."""

_IN_A_DIGEST = 20
_LOOKED_AT = 100
"""Subscriptions that are compared with what was said: a row stays under 300 KiB."""
_SEVERITY = Severity.WARNING
_WHY = "machines of which nobody hears come with the digest"


class Said(Struct, frozen=True):
    """What the last digest said, as far as it still holds."""

    wrong: tuple[Reporting, ...] = ()


class Unheard(Struct, frozen=True):
    """What is wrong for one audience, the worst hundred subscriptions, and the route by which it hears."""

    wrong: tuple[Reporting, ...] = ()
    route: str = ""

    @property
    def shown(self) -> tuple[Reporting, ...]:
        """As many as a message has room for; the coverage page has all."""
        return self.wrong[:_IN_A_DIGEST]


def by_audience(router: Router, judged: Iterable[Reporting], now: datetime) -> dict[str, Unheard]:
    """Who hears of which subscriptions where something is wrong, the worst first. Pure."""
    found: dict[str, list[Reporting]] = {}
    routes: dict[str, str] = {}
    worst = sorted(judged, key=lambda one: (-one.missed.total, -one.blind.total, one.subscription_id))
    for one in (one for one in worst if not one.is_good):
        for told in hearing(router, one.subscription_id, now).audiences:
            routes.setdefault(told.audience, told.route)
            found.setdefault(told.audience, []).append(one)
    return {name: Unheard(tuple(some[:_LOOKED_AT]), routes[name]) for name, some in found.items()}


def is_news(unheard: Unheard, said: Said) -> bool:
    """A machine is blind, or rebooted without a notice, that the last digest did not name. Pure."""
    before = {one.subscription_id: one for one in said.wrong}
    return any(_worse(one, before.get(one.subscription_id)) for one in unheard.wrong)


def _worse(now: Reporting, before: Reporting | None) -> bool:
    if before is None:
        return bool(now.blind.total or now.missed.total)
    return _more(now.blind, before.blind) or _more(now.missed, before.missed)


def _more(now: Names, before: Names) -> bool:
    """More of them, or others; of more than are named nobody can say which were there before."""
    all_named = before.total <= len(before.names)
    return now.total > before.total or (all_named and not set(now.names) <= set(before.names))


async def plan(outside: Dependencies, judged: Iterable[Reporting]) -> None:
    """Sees to it that news comes with the next digest, and forgets what is well again. Raises: StorageUnavailable."""
    rules, now = outside.rules(), outside.clock()
    found = by_audience(rules.router, judged, now)
    for audience in rules.config.audiences.values():
        if audience.digest is not None:
            at = flush_time(timing.next_digest(audience.digest, audience.time_zone, now))
            await _plan(outside, audience, found.get(audience.name, Unheard()), at)


async def _plan(outside: Dependencies, audience: Audience, unheard: Unheard, at: datetime) -> None:
    partition = rowkeys.audience(audience.name)
    said = await said_to(outside, audience)
    if is_news(unheard, said):
        due = DueRow(occasion=FLUSH, at=at, group=DIGEST, because=_WHY)
        await _insert(outside, partition, Write(Put.INSERT, flush_key(at, DIGEST), msgspec.json.encode(due)))
    elif _parts(unheard.wrong) != _parts(said.wrong):
        await outside.stories.commit(partition, [Write(Put.UPSERT, UNHEARD, msgspec.json.encode(Said(unheard.wrong)))])


async def _insert(outside: Dependencies, partition: str, write: Write) -> None:
    """A story, or an earlier look, may have made the row already."""
    try:
        await outside.stories.commit(partition, [write])
    except Conflict:
        return


def _parts(wrong: Iterable[Reporting]) -> Mapping[str, tuple[Names, Names]]:
    return {one.subscription_id: (one.blind, one.missed) for one in wrong}


async def said_to(outside: Dependencies, audience: Audience) -> Said:
    """What its last digest said. Raises: StorageUnavailable."""
    row = (await outside.stories.get(rowkeys.audience(audience.name), [UNHEARD])).get(UNHEARD)
    return msgspec.json.decode(row.body, type=Said) if row else Said()


def deliveries(audience: Audience, due: DueRow, unheard: Unheard, now: datetime) -> list[Delivery]:
    """A digest without a maintenance, for people. In the place of a story stands what it is about."""
    identity = f"{DIGEST}-{rowkeys.digest(DIGEST)}"
    occasion = f"{DIGEST}:{due.at:%Y-%m-%dT%H:%M:%SZ}"
    story = _stand_in(identity, unheard.wrong[0].subscription_id, now)
    return [
        Delivery(
            id=delivery_id(identity, 0, audience.name, channel.kind, target, occasion),
            partition=rowkeys.audience(audience.name),
            story_id=identity,
            revision=story.revision,
            audience=audience.name,
            channel=channel.kind,
            target=target,
            occasion=occasion,
            route=unheard.route,
            reason=due.because,
            severity=_SEVERITY,
            story=story,
            reporting=unheard.shown,
            created_at=now,
            due_at=now,
            give_up_at=give_up_at(story, now),
            options=kept(channel.options),
            language=audience.language,
            time_zone=audience.time_zone,
        )
        for channel in audience.channels
        if channel.kind in PEOPLE and not channel.failover and channel.min_severity.rank <= _SEVERITY.rank
        for target in channel.targets
    ]


def _stand_in(identity: str, subscription: str, now: datetime) -> Story:
    return Story(
        id=identity,
        subscription_id=subscription,
        severity=_SEVERITY,
        highest_severity=_SEVERITY,
        title="Machines without a notice",
        opened_at=now,
        updated_at=now,
        occurred_at=now,
    )
