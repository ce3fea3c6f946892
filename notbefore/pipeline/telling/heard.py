"""What a telling leaves behind: a delivery for each target, and what the audience knows from then on."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from notbefore.pipeline import outbox
from notbefore.pipeline.failover import kept
from notbefore.pipeline.retries import give_up_at
from notbefore.pipeline.telling.case import ESCALATION, NEWS, Case
from notbefore.schema import (
    Decision,
    Delivery,
    Heard,
    Places,
    Verdict,
    delivery_id,
)
from notbefore.story import material

TEXT_LIMIT = 6_000
"""Characters of Azure's prose that travel with a delivery; the story has all of it."""


SHOWN = 10
"""Resources that travel with a delivery."""


def deliveries_of(case: Case, decision: Decision, partition: str) -> list[Delivery]:
    """One delivery for each target of each channel that takes the severity."""
    story, heard, resources, count = case.story, case.heard, case.resources[:SHOWN], case.count
    changes, until = case.news.lines, give_up_at(story, case.now)
    lanes: Mapping[str, str] = heard.lanes if heard else {}
    threads: Mapping[str, str] = heard.threads if heard else {}
    snapshot = replace(story, heard={}, state={}, text=story.text[:TEXT_LIMIT], resources=story.resources[:SHOWN])
    return [
        Delivery(
            id=delivery_id(story.id, story.revision, case.audience.name, channel.kind, target, case.occasion),
            partition=partition,
            story_id=story.id,
            revision=story.revision,
            audience=case.audience.name,
            channel=channel.kind,
            target=target,
            occasion=case.occasion,
            route=decision.route or "",
            owner_tag=case.routed.owner_tag if case.routed else "",
            reason=decision.reason,
            severity=story.severity,
            changes=changes,
            story=snapshot,
            event=case.situation.event,
            resources=resources,
            resources_total=count,
            places=story.places if count == story.resources_total else Places(),
            after=lanes.get(f"{channel.kind}:{target}"),
            first_in_thread=threads.get(f"{channel.kind}:{target}"),
            created_at=case.now,
            due_at=case.now,
            give_up_at=until,
            options=kept(channel.options),
            language=case.audience.language,
            time_zone=case.audience.time_zone,
        )
        for channel in case.channels
        for target in channel.targets
    ]


def now_heard(case: Case, decision: Decision, deliveries: list[Delivery], group: str = "") -> Heard:
    """What the audience knows after this telling, one by one or in a `group`."""
    before, now = case.heard, case.now
    told = material(case.story, case.count)
    known = before or Heard(revision=0, told=told, first_at=now, last_at=now, route="", digested=True)
    known = replace(
        known,
        last_at=now,
        escalated=known.escalated or case.occasion == ESCALATION,
        waits_in=group,
        lanes=known.lanes | {f"{one.channel}:{one.target}": outbox.key_of(one) for one in deliveries},
        threads={f"{one.channel}:{one.target}": one.id for one in deliveries} | known.threads,
    )
    if before is not None and case.occasion != NEWS:
        return known
    return replace(
        known,
        revision=case.story.revision,
        told=told,
        change_at=now if before and not case.news.major else known.change_at,
        route=decision.route or "",
        digested=decision.decision is Verdict.DIGESTED and known.digested,
        resources=case.count,
        parted=False,
    )
