"""What machines get: CloudEvents 1.0, structured JSON, the story in the words of schema v1.

The same delivery makes the same bytes at each attempt, so that a receiver can compare; and at most about 20 KB
(Standard Webhooks).
"""

from __future__ import annotations

import msgspec

from notbefore.rendering.clean import prose
from notbefore.rendering.context import RenderContext
from notbefore.rendering.links import story_page
from notbefore.schema import SCHEMA_VERSION, Delivery, ResourceState, Story

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_TEXT = 6000
BODY_LIMIT = 20_000
"""Bytes."""
_LIMITS = (4000, 1000, 300, 100, 40)
"""Characters of a text, tried in turn when the body is too long."""
_MOST = 50
"""Items of a list, then."""
_FIELDS = (
    "id", "revision", "kind", "phase", "impact", "severity", "highest_severity", "azure_level", "initiated_by",
    "subscription_id", "regions", "services", "resources_total", "window", "self_service_window",
    "duration_seconds", "keys", "title", "url", "error", "warnings", "test", "opened_at", "updated_at",
    "occurred_at", "acknowledged_by", "acknowledged_at",
)  # fmt: skip  # names read best in rows


def body(delivery: Delivery, context: RenderContext) -> bytes:
    """The event's bytes. Its `id` is the delivery's: the idempotency key.

    What does not fit, or cannot be encoded, is cut text by text until it does.
    """
    event = _event(delivery, context)
    for limit in (None, *_LIMITS):
        try:
            encoded = msgspec.json.encode(event if limit is None else _cut(msgspec.to_builtins(event), limit))
        except UnicodeEncodeError:  # half of a character: only the cut texts are free of them
            continue
        if len(encoded) <= BODY_LIMIT:
            break
    return encoded


def _cut(value: object, limit: int) -> object:
    if isinstance(value, str):
        return prose(value, limit)
    if isinstance(value, dict):
        return {prose(name, limit): _cut(part, limit) for name, part in value.items()}
    return [_cut(part, limit) for part in value[:_MOST]] if isinstance(value, (list, tuple)) else value


def _event(delivery: Delivery, context: RenderContext) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": delivery.id,
        "type": f"notbefore.story.{delivery.story.phase.value}",
        "source": context.public_url or "urn:notbefore",
        "subject": delivery.story_id,
        "time": delivery.created_at,
        "datacontenttype": "application/json",
        "data": {
            "schema_version": SCHEMA_VERSION,
            "occasion": delivery.occasion,
            "audience": delivery.audience,
            "route": delivery.route,
            "reason": delivery.reason,
            "changes": delivery.changes,
            "link": story_page(context.public_url, delivery.story_id),
            "story": _story(delivery),
            "stories": [_brief(story) for story in delivery.folded],
            "stories_total": delivery.folded_total,
            "reporting": delivery.reporting,
        },
    }


def _story(delivery: Delivery) -> dict[str, object]:
    """The head in the words of an event, with this audience's resources and the event that made this news."""
    story: Story = delivery.story
    fields: dict[str, object] = {name: getattr(story, name) for name in _FIELDS}
    fields["sources"] = story.sources
    fields["kinds"] = story.kinds
    fields["text"] = prose(story.text, _TEXT)
    fields["warnings"] = story.warnings[:10]
    fields["resources"] = [_resource(state) for state in delivery.resources]
    fields["resources_total"] = delivery.resources_total
    fields["places"] = delivery.places
    fields["event"] = delivery.event
    return fields


def _brief(story: Story) -> dict[str, object]:
    """One of several stories in a digest or a group."""
    names = ("id", "revision", "kind", "phase", "impact", "severity", "subscription_id", "window", "title")
    return {name: getattr(story, name) for name in names}


def _resource(state: ResourceState) -> dict[str, object]:
    resource = state.resource
    return {
        "id": resource.id,
        "name": resource.name,
        "type": resource.type,
        "phase": state.phase,
        "impact": state.impact,
        "severity": state.severity,
        "window": state.window,
    }
