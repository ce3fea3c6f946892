"""What a person reads first: subject, headline, lead. They say what happens, when, and to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from notbefore.rendering.clean import line
from notbefore.rendering.times import Times
from notbefore.rendering.words import Words, capital
from notbefore.schema import OVER, Delivery, Impact, Kind, Phase, Resource

_RESOLVABLE = frozenset(
    {Kind.RESOURCE_HEALTH, Kind.SERVICE_ISSUE, Kind.HEALTH_ADVISORY, Kind.SECURITY_ADVISORY}
)  # what has no end of its own is resolved, not finished
_SUBJECT_LIMIT = 180
_FEW = 2


class Named(Protocol):
    """As much of a story as its name is made of."""

    @property
    def kind(self) -> Kind:
        """What it is."""

    @property
    def phase(self) -> Phase:
        """Where it stands."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Where."""

    @property
    def services(self) -> tuple[str, ...]:
        """Which services it is announced for."""

    @property
    def resources(self) -> Sequence[Part]:
        """What it touches, the most urgent first."""


class Part(Protocol):
    """One resource of it."""

    @property
    def resource(self) -> Resource:
        """Which."""

    @property
    def impact(self) -> Impact:
        """What happens to it."""


def stage(story: Named) -> str:
    """The phase of a story by itself, under which its words are looked up."""
    return "resolved" if story.phase is Phase.COMPLETED and story.kind in _RESOLVABLE else story.phase


def stage_here(delivery: Delivery) -> str:
    """The phase as this audience's resources have it: Azure's own word for the whole often lags behind.

    *Started* when one of them has, *done* when all of them are over though the whole is not.
    """
    story, phases = delivery.story, {state.phase for state in delivery.resources}
    if story.phase in OVER or not phases:
        return stage(story)
    if Phase.STARTED in phases:
        return Phase.STARTED
    all_seen = delivery.resources_total <= len(delivery.resources)
    return "done" if all_seen and phases == {Phase.COMPLETED} else stage(story)


def noun(kind: Kind, impact: Impact, words: Words) -> str:
    """What happens, in a word: the impact, or the kind where the impact says little."""
    return words["impact"].get(impact) or words["kind"][kind]


def heading(stage: str, kind: Kind, impact: Impact, words: Words) -> str:
    """`Reboot scheduled`."""
    return capital(words["headline"][stage].format(noun=noun(kind, impact, words)))


def what(kind: Kind, impact: Impact, phase: Phase, words: Words) -> str:
    """`Host maintenance, reboot, scheduled`."""
    happens = words["impact"].get(impact) or words["impact_row"][impact]
    return capital(f"{words['kind'][kind]}, {happens}, {words['phase'][phase]}")


def headline(delivery: Delivery, words: Words) -> str:
    """`Reboot scheduled`; with the occasion before it when that is no news."""
    text = words["headline"][stage_here(delivery)].format(noun=noun(delivery.story.kind, delivery.story.impact, words))
    occasion = occasion_words(delivery, words)
    return f"{occasion}: {text}" if occasion else capital(text)


def occasion_words(delivery: Delivery, words: Words) -> str:
    """Why a message comes that is no news: `Reminder`, `Overdue`; empty for news. A test says so first."""
    parts = [words["occasion"]["drill"] if delivery.story.test else "", _due(delivery, words)]
    return " · ".join(part for part in parts if part)


def _due(delivery: Delivery, words: Words) -> str:
    name = delivery.occasion.partition(":")[0]
    return words["occasion"].get(name, name)


def _state(delivery: Delivery, times: Times, *, exact: bool = False) -> str:
    story, words = delivery.story, times.words
    start = story.window.not_before
    when = (times.exact(start) if exact else times.brief(start)) if start else words["tag"]["when_unknown"]
    severity = words["severity"][story.severity]
    return words["tag"][stage_here(delivery)].format(
        severity=severity, noun=noun(story.kind, story.impact, words), when=when
    )


def state(delivery: Delivery, times: Times) -> str:
    """`Reminder. Critical: reboot Sat, Nov 21 03:50 CET (02:50 UTC)`, for where no longer form stands beside it."""
    due = _due(delivery, times.words)
    stop = times.words["label"]["stop"]
    return f"{due}{stop}{_state(delivery, times, exact=True)}" if due else _state(delivery, times, exact=True)


def tag(delivery: Delivery, times: Times) -> str:
    """What stands in brackets before the subject; it changes with the story, the rest stays: mail threads hold."""
    occasion = occasion_words(delivery, times.words)
    return f"{occasion} · {_state(delivery, times)}" if occasion else _state(delivery, times)


def act(delivery: Delivery, few: str, words: Words) -> str:
    """What to do in a few words; nobody takes a drill for the real thing."""
    return f"{words['occasion']['drill']}: {few}" if delivery.story.test else few


def topic(delivery: Delivery, subscription: str, words: Words) -> str:
    """What the story is about, without anything that changes while it goes on: the subject after its tag."""
    story = delivery.story
    parts = [about(story), subscription, words["kind"][story.kind]]
    parts += story.keys.get("tracking_id", ())[:1]
    return " · ".join([line(part, 80) for part in parts if part])


def subject(tag: str, topic: str) -> str:
    """`[Critical: reboot za 21 nov 03:15] web-01 · payments-prod · host maintenance`."""
    return line(f"[{tag}] {topic}", _SUBJECT_LIMIT)


def touched(delivery: Delivery, words: Words) -> str:
    """`web-01, web-02`, or `web-01 and 11 more`; services and regions when no resource is named."""
    names = [display_name(state.resource.name, state.resource.id) for state in delivery.resources[:_FEW]]
    rest = max(delivery.resources_total, len(delivery.resources)) - len(names)
    if not names:
        if delivery.resources_total:
            return words["count"]["several"].format(n=delivery.resources_total)
        return ", ".join(line(part, 60) for part in (*delivery.story.services[:2], *delivery.story.regions[:2]))
    text = ", ".join(names)
    return f"{text} {words['count']['more'].format(n=rest)}" if rest else text


def display_name(name: str | None, arm_id: str | None) -> str:
    """A resource's own name: as it was said, else the end of its id."""
    return line(name or (arm_id or "?").rpartition("/")[2], 90)


def about(story: Named) -> str:
    """What a story is about: services and regions where it is announced by them; else its first resource."""
    named = ", ".join((*story.services[:2], *story.regions[:2]))
    first = next((display_name(state.resource.name, state.resource.id) for state in story.resources), "")
    return named if story.services else first or named
