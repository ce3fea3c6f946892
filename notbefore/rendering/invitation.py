"""The calendar part of a mail: the entry as an invitation that makes it, moves it or takes it away."""

from __future__ import annotations

from notbefore.config.model import Audience
from notbefore.rendering import calendar
from notbefore.rendering.context import RenderContext
from notbefore.rendering.links import story_page
from notbefore.rendering.times import Times
from notbefore.schema import Attachment, Delivery, Message, Phase

FILE = "maintenance.ics"
_OCCASIONS = frozenset({"news", "escalation"})
"""A reminder invites nobody a second time."""


def invited(
    message: Message, delivery: Delivery, audience: Audience, times: Times, context: RenderContext
) -> tuple[Attachment, ...]:
    """One `text/calendar` part, and the same as a file for programs that know no invitations; or nothing.

    Several stories in one mail have none: one invitation is one entry (RFC 5546, section 3.2.2).
    """
    story = delivery.story
    if not audience.calendar or delivery.folded or delivery.occasion not in _OCCASIONS:
        return ()
    if not calendar.has_entry(story):
        return ()
    link = story_page(context.public_url, delivery.story_id)
    entry = calendar.entry(story, delivery.audience, delivery.resources, times, link)
    method, content = calendar.invitation(
        entry,
        canceled=story.phase is Phase.CANCELED,
        organizer=message.options.get("from", context.mail_from).strip(),
        attendee=message.target.strip(),
    )
    return (
        Attachment(FILE, f"text/calendar; method={method}; charset=utf-8", content),
        Attachment(FILE, "application/ics", content),
    )
