"""What a person reads first: subject, headline, lead. They say what happens, when, and to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from notbefore.rendering.clean import line
from notbefore.rendering.words import Words
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
    story = delivery.story
    if story.phase in OVER or not delivery.resources:
        return stage(story)
    phases = {state.phase for state in delivery.resources}
    if Phase.STARTED in phases:
        return Phase.STARTED
    all_seen = delivery.resources_total <= len(delivery.resources)
    return "done" if all_seen and phases == {Phase.COMPLETED} else stage(story)


def act(delivery: Delivery, few: str, words: Words) -> str:
    """What to do in a few words; nobody takes a drill for the real thing."""
    return f"{words['occasion']['drill']}: {few}" if delivery.story.test else few


def topic(delivery: Delivery, subscription: str, words: Words) -> str:
    """What the story is about, without anything that changes while it goes on: the subject after its tag."""
    story = delivery.story
    parts = [line(about(story), 80), subscription, words["kind"][story.kind]]
    parts += [line(one, 80) for one in story.keys.get("tracking_id", ())[:1]]
    return " · ".join(filter(None, parts))


def subject(tag: str, topic: str) -> str:
    """`[Critical: reboot za 21 nov 03:15] web-01 · payments-prod · host maintenance`."""
    return line(f"[{tag}] {topic}", _SUBJECT_LIMIT)


def touched(delivery: Delivery, rows: Sequence[tuple[str, str, str]], words: Words) -> str:
    """`web-01, web-02`, or `web-01 and 11 more`; services and regions when no resource has a row with its name."""
    names = [name for name, _, _ in rows[:_FEW]]
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
    if story.services or not story.resources:
        return named
    first = story.resources[0].resource
    return display_name(first.name, first.id) or named
