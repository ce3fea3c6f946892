"""One story in every state it can be in, as its entry in a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from notbefore.rendering import calendar
from notbefore.rendering.examples import examples
from notbefore.rendering.times import times
from notbefore.schema import Impact, Phase, ResourceState, Story, Window

LINK = "https://board.example.com/stories/x"
STORY = examples()["reboot-in-an-hour"].story
RESOURCES = examples()["reboot-in-an-hour"].resources


def stories() -> Iterator[tuple[Story, tuple[ResourceState, ...]]]:
    """Each phase with each impact, with many resources, one and none, with an end and without."""
    start = STORY.window.not_before
    assert start is not None
    windows = (Window(start, start + timedelta(hours=3)), Window(start, None), Window(start, start))
    number = 0
    for phase in Phase:
        for impact in Impact:
            number += 1
            resources = tuple(replace(one, phase=phase, impact=impact) for one in (RESOURCES * 3)[: number % 3])
            window = windows[number % 4 % 3]
            yield replace(STORY, phase=phase, impact=impact, window=window, revision=number), resources


def entry(story: Story, resources: tuple[ResourceState, ...], audience: str = "ops", language: str = "en") -> str:
    """The entry of a story."""
    return calendar.entry(story, audience, resources, times(language, "Europe/Amsterdam"), LINK)


def feed() -> bytes:
    """All of them in one calendar."""
    made = [entry(replace(story, id=f"{story.id}-{story.revision}"), mine) for story, mine in stories()]
    return calendar.calendar(made, "PUBLISH", name="ops; all, of them")
