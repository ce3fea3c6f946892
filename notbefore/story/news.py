"""What is material: the difference between what was told and what is so now."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from notbefore.schema import SelfServiceWindow, Story, Told, Window


class News(Struct, frozen=True):
    """Lines a person can read; nothing in either tuple is no news.

    `minor` are changes of resources or text alone: they are told at most once an interval.
    """

    major: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it, the weightier first."""
        return self.major + self.minor


NO_NEWS = News()


def material(story: Story, resources: int | None = None) -> Told:
    """The material part of the story; `resources` counts those of one audience, all of them by default."""
    return Told(
        phase=story.phase,
        impact=story.impact,
        severity=story.severity,
        window=story.window,
        self_service_window=story.self_service_window,
        resources=story.resources_total if resources is None else resources,
        spread=", ".join(f"{count} {phase}" for phase, count in sorted(story.resources_by_phase.items())),
        text=story.state.get("text", ""),
    )


def difference(old: Told, new: Told) -> News:
    """What has changed between two views of one story."""
    major = [
        f"{name}: {before} → {after}"
        for name, before, after in (
            ("phase", old.phase, new.phase),
            ("impact", old.impact, new.impact),
            ("severity", old.severity, new.severity),
        )
        if before != after
    ]
    if old.window != new.window:
        major.append(f"window moved from {_window(old.window)} to {_window(new.window)}")
    if old.self_service_window != new.self_service_window:
        before, after = _own_time(old.self_service_window), _own_time(new.self_service_window)
        major.append(f"self-service window moved from {before} to {after}")
    minor = []
    if old.resources != new.resources:
        minor.append(f"resources: {old.resources} → {new.resources}")
    if old.spread != new.spread:
        minor.append(f"resources now: {new.spread or 'none known'}")
    if old.text != new.text:
        minor.append("Azure has written something new")
    return News(tuple(major), tuple(minor))


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "unknown"


def _window(window: Window) -> str:
    if window.not_after is None:
        return _moment(window.not_before)
    return f"{_moment(window.not_before)} – {_moment(window.not_after)}"


def _own_time(window: SelfServiceWindow | None) -> str:
    return f"{_moment(window.start)} – {_moment(window.end)}" if window else "none"
