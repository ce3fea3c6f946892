"""Several stories in one message: a digest, or a group. The most urgent are shown, all are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from notbefore.rendering import headline, phrases, places
from notbefore.rendering.clean import line
from notbefore.rendering.context import RenderContext
from notbefore.rendering.times import Times
from notbefore.rendering.unheard import facts
from notbefore.rendering.words import capital
from notbefore.schema import Delivery, Story


def total(delivery: Delivery) -> int:
    """How many stories are folded, shown or not."""
    return max(delivery.folded_total, len(delivery.folded))


def folded_view(delivery: Delivery, times: Times, context: RenderContext) -> dict[str, Any]:
    """What replaces the single story's fields in the view."""
    words, number = times.words, total(delivery)
    occasion = phrases.occasion_of(delivery, times)
    count = words["folded"]["one" if number == 1 else "count"].format(n=number)
    rest = number - len(delivery.folded)
    about = _kinds(delivery, words, numbered=rest <= 0 and number > 1)
    title = f"{occasion}: {count}" if occasion else capital(count)
    severity = words["severity"][delivery.severity]
    return {
        "tag": f"{occasion} · {severity}: {count}",
        "subject": line(f"[{occasion} · {severity}: {count}] {about}", 180),
        "headline": title,
        "touched": capital(about),
        "when": "",
        "lead": capital(about),
        "todo": words["folded"]["todo"],
        "act": headline.act(delivery, words["act"]["folded"], words),
        "state": f"{title} ({severity})",
        "facts": places.rows(delivery, times) + facts(delivery, times, context),
        "rows_label": words["folded"]["rows"],
        "resources": [_row(story, times, context) for story in delivery.folded],
        "more": capital(words["count"]["more"].format(n=rest) + ".") if rest > 0 else "",
        "links": [(words["label"]["open_board"], context.public_url)] if context.public_url else [],
        "title": "",
        "prose": "",
    }


def _kinds(delivery: Delivery, words: Mapping[str, Mapping[str, str]], *, numbered: bool) -> str:
    """The commonest kinds; how many of each only where all are at hand: a part would pass for the whole."""
    kinds = Counter(words["kind"][story.kind] for story in delivery.folded).most_common(3)
    return ", ".join(f"{kind} ({many})" if numbered else kind for kind, many in kinds)


def _row(story: Story, times: Times, context: RenderContext) -> tuple[str, str, str]:
    words = times.words
    what = phrases.heading(times, headline.stage(story), story.kind, story.impact)
    subscription = line(context.subscription_name(story.subscription_id), 80)
    start = story.window.not_before
    details = (times.brief(start) if start else "", subscription, line(story.title, 120))
    name = f"{what}: {headline.about(story)}" if headline.about(story) else what
    return line(name, 160), " · ".join(part for part in details if part), words["severity"][story.severity]
