"""A digest without a maintenance: machines of which nobody hears, by subscription."""

from __future__ import annotations

from typing import Any

from notbefore.rendering import phrases
from notbefore.rendering.clean import line
from notbefore.rendering.context import RenderContext
from notbefore.rendering.links import coverage_page
from notbefore.rendering.times import Times
from notbefore.rendering.words import capital
from notbefore.schema import Delivery, Names, Reporting


def facts(delivery: Delivery, times: Times, context: RenderContext) -> list[tuple[str, str]]:
    """A row for each subscription; none when the machines of all of them are heard."""
    return [(times.words["label"]["agents"], _reporting(one, times, context)) for one in delivery.reporting]


def unheard_view(delivery: Delivery, times: Times, context: RenderContext) -> dict[str, Any]:
    """What replaces the single story's fields in the view."""
    words = times.words
    occasion, severity = phrases.occasion_of(delivery, times), words["severity"][delivery.severity]
    number = sum(one.blind.total + one.missed.total for one in delivery.reporting)
    about = words["unheard"]["count"].format(n=number)
    page = coverage_page(context.public_url)
    return {
        "tag": f"{occasion} · {severity}",
        "subject": line(f"[{occasion} · {severity}] {about}", 180),
        "headline": f"{occasion}: {about}",
        "touched": capital(about),
        "when": "",
        "lead": words["unheard"]["lead"],
        "todo": words["unheard"]["todo"],
        "act": words["unheard"]["act"],
        "state": f"{occasion} ({severity})",
        "facts": facts(delivery, times, context),
        "links": [(words["label"]["open_board"], page)] if page else [],
        "answer": "",
        "title": "",
        "prose": "",
    }


def _reporting(one: Reporting, times: Times, context: RenderContext) -> str:
    """A subscription's machines that are blind, have an old agent, or rebooted without a notice."""
    words = times.words["agents"]
    groups = ((words["missed"], one.missed), (words["blind"], one.blind), (words["old"], one.old))
    parts = [text.format(n=group.total, names=_some(group, times)) for text, group in groups if group.total]
    if one.machines is None:
        parts.append(words["unknown"])
    return line(f"{context.subscription_name(one.subscription_id)}: {'; '.join(parts)}", 400)


def _some(group: Names, times: Times) -> str:
    rest = group.total - len(group.names)
    named = ", ".join(group.names)
    return f"{named} {times.words['count']['more'].format(n=rest)}" if rest else named
