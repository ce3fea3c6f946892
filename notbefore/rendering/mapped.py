"""A ticket's own fields and states, as the routing file maps them: each text in them is a template."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from notbefore.config.model import Audience, ChannelConfig, RoutingConfig
from notbefore.errors import ConfigError, Mistake
from notbefore.rendering.templates import environment, filled_from
from notbefore.schema import OVER, Delivery, Phase

if TYPE_CHECKING:
    from jinja2 import Template

log = logging.getLogger(__name__)
_RESOURCES = 10


def raw(delivery: Delivery) -> dict[str, object]:
    """What a ticket or a card needs besides what is shown."""
    story = delivery.story
    stage = story.phase if story.phase in OVER or not story.over else Phase.COMPLETED
    return {"story": delivery.story_id, "level": story.severity, "over": story.over, "window": story.window} | {
        "occasion": delivery.occasion,
        "stage": stage,
    }


def mapping_names(shown: Mapping[str, Any], delivery: Delivery) -> dict[str, Any]:
    """What a field's template may name: all that a message shows, and Azure's words as a program wants them."""
    story, window = delivery.story, delivery.story.window
    tracking = story.keys.get("tracking_id", ())
    return dict(shown) | {
        "story": delivery.story_id,
        "delivery": delivery.id,
        "audience": delivery.audience,
        "level": str(story.severity),
        "phase": str(raw(delivery)["stage"]),
        "kind": str(story.kind),
        "impact": str(story.impact),
        "subscription_id": story.subscription_id,
        "regions": list(story.regions),
        "services": list(story.services),
        "tracking_id": tracking[0] if tracking else "",
        "start": window.not_before.strftime("%Y-%m-%dT%H:%M:%SZ") if window.not_before else "",
        "end": window.not_after.strftime("%Y-%m-%dT%H:%M:%SZ") if window.not_after else "",
        "resource_ids": [one.resource.id for one in delivery.resources[:_RESOURCES] if one.resource.id],
    }


def mapped(options: Mapping[str, str], names: dict[str, Any], stage: str) -> dict[str, Any]:
    """`fields` and, where the file has one for this stage, `move`; what cannot be filled is left out, and logged."""
    found: dict[str, Any] = {}
    if "fields" in options:
        found["fields"] = _fields(json.loads(options["fields"]), names)
    move = json.loads(options.get("states", "{}")).get(stage)
    if move is not None:
        found["move"] = move | {"fields": _fields(move.get("fields", {}), names)}
    return found


def _fields(written: Mapping[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in written.items():
        try:
            found[name] = _filled(value, names, name)
        except ConfigError as problem:
            log.warning("a ticket goes without the field %s: %s", name, problem)
    return found


def _filled(value: Any, names: dict[str, Any], field: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Raises: ConfigError naming the field."""
    if isinstance(value, dict):
        return {name: _filled(one, names, field) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names, field) for one in value]
    return filled_from(_compiled, value, names, field) if isinstance(value, str) and "{" in value else value


@lru_cache(maxsize=500)
def _compiled(text: str) -> Template:
    """Plain text, so nothing is escaped. Raises: jinja2.TemplateError."""
    return environment().overlay(autoescape=False).from_string(text)


def mapping_mistakes(config: RoutingConfig) -> tuple[Mistake, ...]:
    """Every template of `fields` and `states` that cannot be filled, tried with every example."""
    return tuple(dict.fromkeys(_mistakes(config)))


def _mistakes(config: RoutingConfig) -> Iterator[Mistake]:
    written = [
        (audience, channel)
        for audience in config.audiences.values()
        for channel in audience.channels
        if {"fields", "states"} & channel.options.keys()
    ]
    if not written:
        return
    from notbefore.rendering.examples import examples

    for delivery in examples().values():
        for audience, channel in written:
            for field, problem in _tried(delivery, audience, channel):
                advice = "docs/channels/itsm.md lists the names"
                yield Mistake(config.file, channel.line, f"`{field}` {problem}", advice)


def _tried(delivery: Delivery, audience: Audience, channel: ChannelConfig) -> Iterator[tuple[str, str]]:
    """Field and problem, for each template that this delivery does not fill."""
    from notbefore.rendering.context import RenderContext
    from notbefore.rendering.times import times
    from notbefore.rendering.view import view

    context = RenderContext(clock=lambda: delivery.created_at, public_url="https://board.example.com", local=True)
    shown = view(delivery, times(audience.language, audience.time_zone), context, delivery.created_at)
    names = mapping_names(shown, delivery)
    for field, value in _templates(channel.options):
        try:
            _filled(value, names, field)
        except ConfigError as problem:
            yield field, problem.mistakes[0].problem


def _templates(options: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    yield from json.loads(options.get("fields", "{}")).items()
    for phase, move in json.loads(options.get("states", "{}")).items():
        yield from ((f"{phase}: {name}", value) for name, value in move.get("fields", {}).items())
