"""Delivery → everything a template may show, as plain text: cleaned, in the audience's words and zone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from notbefore.rendering import advice, changes, headline, links, phrases, places, reasons
from notbefore.rendering.clean import LONGEST_ID, line, prose
from notbefore.rendering.context import RenderContext
from notbefore.rendering.folded import folded_view
from notbefore.rendering.times import Times
from notbefore.rendering.unheard import unheard_view
from notbefore.rendering.words import Words, capital
from notbefore.schema import OVER, Delivery, Phase, ResourceState, Severity, Story

_TONES = {
    Severity.CRITICAL: "#b3261e",
    Severity.ERROR: "#b8420f",
    Severity.WARNING: "#8a6100",
    Severity.INFORMATIONAL: "#1c5fa8",
}
_ENDED = {Phase.COMPLETED: "#1a7f37", Phase.CANCELED: "#57606a"}
_MOST_REGIONS = 8
_FACT = 400
"""Characters of one fact."""
_KEPT = 2_000
"""What many messages say alike of a resource or a membership is put together once."""

View = dict[str, Any]
"""Name in the template → text, or lists of texts; nothing with behaviour."""


def view(delivery: Delivery, times: Times, context: RenderContext, now: datetime) -> View:
    """What the templates get. Every text in it is one line, but `prose`."""
    shown = _one(delivery, times, context, now)
    if delivery.folded:
        return shown | folded_view(delivery, times, context)
    return shown | unheard_view(delivery, times, context) if delivery.reporting else shown


def _one(delivery: Delivery, times: Times, context: RenderContext, now: datetime) -> View:
    story, words = delivery.story, times.words
    subscription = line(context.subscription_name(story.subscription_id), 80)
    rows = [_row(state, story, times) for state in delivery.resources]
    touched = headline.touched(delivery, rows, words)
    known = story.window.not_before or story.window.not_after
    when = times.window(story.window) if known or story.phase not in OVER else ""
    stage = headline.stage_here(delivery)
    said, start = phrases.said_of(delivery, stage, times), story.window.not_before
    tag = phrases.timed(said.tag, start, times, times.brief)
    todo, few = advice.todo(delivery, stage, times, now)
    answer = links.acknowledge_page(context.public_url, context.signing_key, delivery)
    return {
        "language": times.locale.language,
        "tone": _ENDED.get(story.phase) or _TONES[story.severity],
        "label": words["label"],
        "test": story.test,
        "severity": words["severity"][story.severity],
        "tag": tag,
        "subject": headline.subject(tag, headline.topic(delivery, subscription, words)),
        "headline": said.headline,
        "touched": touched,
        "subscription": "" if subscription == story.subscription_id else subscription,
        "when": when,
        "lead": f"{touched}, {when}" if touched and when else touched or when,
        "todo": todo,
        "act": headline.act(delivery, few, words),
        "state": phrases.timed(said.state, start, times, times.exact),
        "changes": changes.told(delivery.changes, times),
        "facts": _facts(story, subscription, times) + places.rows(delivery, times),
        "rows_label": words["label"]["resources"],
        "resources": rows,
        "more": _more(delivery, words),
        "title": line(story.title),
        "prose": prose(story.text),
        "links": _links(delivery, context, words, answer),
        "answer": answer or "",
        "why": _why(delivery, times),
    }


def _facts(story: Story, subscription: str, times: Times) -> list[tuple[str, str]]:
    words = times.words
    label, own = words["label"], story.self_service_window
    what = phrases.what(times, story.kind, story.impact, story.phase)
    rows = []
    if story.duration_seconds:
        rows.append((label["duration"], times.duration(story.duration_seconds)))
    if own and own.start and own.end:
        rows.append((label["own_time"], times.span(own.start, own.end)))
    rows += [(label["what"], what), (label["where"], _where(story, subscription))]
    if story.acknowledged_by and story.acknowledged_at:
        rows.append((label["taken"], line(f"{story.acknowledged_by}, {times.moment(story.acknowledged_at)}", _FACT)))
    if story.error:
        text = ": ".join(part for part in (story.error.code, story.error.message) if part)
        rows.append((label["error"], line(text, _FACT)))
    if "tracking_id" in story.keys:
        rows.append((label["reference"], line(", ".join(story.keys["tracking_id"]), _FACT)))
    return rows


def _where(story: Story, subscription: str) -> str:
    regions = ", ".join(story.regions[:_MOST_REGIONS])
    if len(story.regions) > _MOST_REGIONS:
        regions += f" (+{len(story.regions) - _MOST_REGIONS})"
    places = (subscription, regions, ", ".join(story.services[:4]))
    return line(" · ".join(filter(None, places)), _FACT)


def _row(state: ResourceState, story: Story, times: Times) -> tuple[str, str, str]:
    """Name; group and type; phase, and its own time where that is not the story's."""
    resource, words, start = state.resource, times.words, state.window.not_before
    phase = words["row"].get(state.phase) or words["phase"][state.phase]
    if start and start != story.window.not_before:
        phase += f", {times.brief(start)}"
    place = _kept_in((resource.id or "")[:LONGEST_ID], (resource.type or "")[:LONGEST_ID])
    return headline.display_name(resource.name, resource.id), place, phase


@lru_cache(maxsize=_KEPT)
def _kept_in(resource_id: str, resource_type: str) -> str:
    """Group and type, from an ARM id."""
    parts = resource_id.split("/", 5)
    group = parts[4] if len(parts) > 4 and parts[3] == "resourcegroups" else ""  # noqa: PLR2004 - of an ARM id
    kind = resource_type.rpartition("/")[2]
    return line(f"{group} · {kind}" if group and kind else group or kind, 120)


def _more(delivery: Delivery, words: Words) -> str:
    """`and 12 more`; with the count by phase where this audience has all of the story's resources."""
    rest = delivery.resources_total - len(delivery.resources)
    if rest <= 0:
        return ""
    more = words["count"]["more"].format(n=rest)
    story = delivery.story
    if story.resources_total != delivery.resources_total or not story.resources_by_phase:
        return capital(f"{more}.")
    counts = sorted(story.resources_by_phase.items(), key=lambda one: -one[1])
    parts = ", ".join(f"{count} {words['row'].get(phase) or words['phase'][phase]}" for phase, count in counts)
    return capital(f"{more}. {words['count']['in_all'].format(parts=parts)}.")


def _links(delivery: Delivery, context: RenderContext, words: Words, answer: str | None) -> list[tuple[str, str]]:
    label = words["label"]
    board = links.story_page(context.public_url, delivery.story_id)
    found = (
        (label["open_story"], board),
        (label["acknowledge"], answer),
        (label["open_azure"], links.azure(delivery.story, context.link_hosts)),
    )
    return [(name, url) for name, url in found if url]


def _why(delivery: Delivery, times: Times) -> list[str]:
    why = times.words["why"]
    ids = why["ids"].format(story=delivery.story_id, revision=delivery.revision, delivery=delivery.id)
    member = _membership(times, delivery.audience, delivery.route, delivery.owner_tag)
    return [*member, reasons.told(delivery.reason, times), why["change"], ids]


@lru_cache(maxsize=_KEPT)
def _membership(times: Times, audience: str, route: str, owner_tag: str) -> tuple[str, ...]:
    """By which route and by whose tag this audience hears."""
    why = times.words["why"]
    by_route = why["route"].format(audience=line(audience), route=line(route))
    tag, _, owner = owner_tag.partition("=")
    if not tag:
        return (by_route,)
    return by_route, why["owner" if owner else "no_owner"].format(tag=line(tag), owner=line(owner))
