"""One delivery, one message. The channel decides which parts are filled."""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from notbefore.config.model import Audience
from notbefore.errors import ConfigError
from notbefore.rendering import cloudevent
from notbefore.rendering.context import RenderContext
from notbefore.rendering.invitation import invited
from notbefore.rendering.links import audience_page
from notbefore.rendering.mapped import mapped, mapping_names, raw
from notbefore.rendering.short import SEGMENTS, segments, short, spelled
from notbefore.rendering.templates import fill
from notbefore.rendering.times import times
from notbefore.rendering.view import View, view
from notbefore.schema import Delivery, Message

log = logging.getLogger(__name__)
MACHINES = frozenset({"webhook", "eventgrid", "runbook"})


def render(delivery: Delivery, audience: Audience, context: RenderContext) -> Message:
    """The message for this attempt, secrets resolved.

    A template that cannot be filled does not cost the message: it goes as plain lines, and the log says so.
    Raises: Permanent when a secret is not set.
    """
    now = context.clock()
    message = Message(
        delivery_id=delivery.id,
        channel=delivery.channel,
        target=context.resolved(delivery.target),
        thread=delivery.first_in_thread,
        options=_options(delivery, audience, context),
        at=now,
        attempt=max(delivery.attempts, 1),
        first_at=delivery.created_at,
    )
    if delivery.channel in MACHINES:
        body = cloudevent.body(delivery, context)
        return msgspec.structs.replace(message, body=body, content_type=cloudevent.CONTENT_TYPE)
    return _for_people(message, delivery, audience, context, now)


def _for_people(
    message: Message, delivery: Delivery, audience: Audience, context: RenderContext, now: datetime
) -> Message:
    spoken = times(audience.language, audience.time_zone)
    shown = view(delivery, spoken, context, now)
    if delivery.channel == "sms":
        return msgspec.structs.replace(message, subject=shown["subject"], text=_sms(shown))
    if delivery.channel == "email":
        page = audience_page(context.public_url, delivery.audience)
        return msgspec.structs.replace(
            message,
            subject=shown["subject"],
            text=_filled("mail.txt", shown),
            html=_filled("mail.html", shown, fallback=""),
            attachments=invited(message, delivery, audience, spoken, context),
            options=message.options | {"unsubscribe": page} if page else message.options,
        )
    blocks = shown | raw(delivery)
    text = _filled("mail.txt" if delivery.channel == "itsm" else "chat.txt", shown)
    if delivery.channel == "itsm":
        blocks |= mapped(message.options, mapping_names(shown, delivery), str(blocks["stage"]))
    body = msgspec.json.encode(blocks)
    return msgspec.structs.replace(
        message, subject=shown["subject"], text=text, body=body, content_type="application/json"
    )


def _sms(shown: View) -> str:
    """As much as two segments hold: the link to answer by, else the story's own; at last neither place nor link."""
    less: tuple[View, ...] = ({}, {"answer": ""}, {"answer": "", "subscription": ""}, {"answer": "", "links": []})
    texts = (spelled(_filled("sms.txt", shown | without)) for without in less)
    return next((text for text in texts if segments(text) <= SEGMENTS), "") or short(
        _filled("sms.txt", shown | less[-1])
    )


def _filled(name: str, shown: View, fallback: str | None = None) -> str:
    try:
        return fill(name, shown)
    except ConfigError as problem:
        log.warning("template failed, plain lines instead: %s", problem)
        return plain(shown) if fallback is None else fallback


def plain(shown: View) -> str:
    """The message without a template: the lines that matter."""
    return "\n".join((shown["headline"], shown["lead"], shown["todo"], *shown["why"])) + "\n"


def _options(delivery: Delivery, audience: Audience, context: RenderContext) -> dict[str, str]:
    """The settings of the channel that has this target, as the routing file has them now, else as it had them."""
    for channel in audience.channels:
        if channel.kind == delivery.channel and delivery.target in channel.targets:
            return context.settled(channel.options)
    return context.settled(delivery.options)
