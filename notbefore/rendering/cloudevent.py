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
BODY_LIMIT = 20_000
"""Bytes."""
_LEAST_TEXT = 500
_FIELDS = (
    "id", "revision", "kind", "phase", "impact", "severity", "highest_severity", "azure_level", "initiated_by",
    "subscription_id", "regions", "services", "resources_total", "window", "self_service_window",
    "duration_seconds", "keys", "title", "url", "error", "warnings", "test", "opened_at", "updated_at",
    "occurred_at", "acknowledged_by", "acknowledged_at",
)  # fmt: skip  # names read best in rows


def body(delivery: Delivery, context: RenderContext) -> bytes:
    """The event's bytes. Its `id` is the delivery's: the idempotency key."""
    limit = 6000
    while True:
        encoded = msgspec.json.encode(_event(delivery, context, limit))
        if len(encoded) <= BODY_LIMIT or limit < _LEAST_TEXT:
            return encoded
        limit //= 2


def _event(delivery: Delivery, context: RenderContext, limit: int) -> dict[str, object]:
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
            "story": _story(delivery, limit),
        },
    }


def _story(delivery: Delivery, limit: int) -> dict[str, object]:
    """The head in the words of an event, with this audience's resources."""
    story: Story = delivery.story
    fields: dict[str, object] = {name: getattr(story, name) for name in _FIELDS}
    fields["sources"] = story.sources
    fields["kinds"] = story.kinds
    fields["text"] = prose(story.text, limit)
    fields["warnings"] = story.warnings[:10]
    fields["resources"] = [_resource(state) for state in delivery.resources]
    fields["resources_total"] = delivery.resources_total
    return fields


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
