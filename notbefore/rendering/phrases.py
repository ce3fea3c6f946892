"""What stories that are alike have alike in their words: put together once for each language and zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from notbefore.rendering.times import Times
from notbefore.rendering.words import Words, capital
from notbefore.schema import Delivery, Impact, Kind, Phase, Severity

_KEPT = 2_000
_WHEN = "\x1f"
"""Where a phrase has its time: no file of words can hold this character."""


class Case(NamedTuple):
    """What the words depend on."""

    stage: str
    kind: Kind
    impact: Impact
    severity: Severity
    occasion: str
    test: bool


class Said(NamedTuple):
    """What a message of this case says; `tag` and `state` lack their time."""

    headline: str
    """`Reboot scheduled`; with the occasion before it when that is no news."""
    tag: str
    """What stands in brackets before the subject."""
    state: str
    """The same, for where no headline stands beside it."""


def said_of(delivery: Delivery, stage: str, times: Times) -> Said:
    """The words of a delivery at this stage."""
    story, occasion = delivery.story, delivery.occasion.partition(":")[0]
    return said(times, Case(stage, story.kind, story.impact, story.severity, occasion, story.test))


@lru_cache(maxsize=_KEPT)
def said(times: Times, case: Case) -> Said:
    """The words of a case."""
    words = times.words
    due = _due(case.occasion, times)
    occasion = _occasion(due, times, test=case.test)
    what = noun(case.kind, case.impact, words)
    happens = words["headline"][case.stage].format(noun=what)
    tag = words["tag"][case.stage].format(severity=words["severity"][case.severity], noun=what, when=_WHEN)
    return Said(
        headline=f"{occasion}: {happens}" if occasion else capital(happens),
        tag=f"{occasion} · {tag}" if occasion else tag,
        state=f"{due}{words['label']['stop']}{tag}" if due else tag,
    )


def timed(phrase: str, start: datetime | None, times: Times, written: Callable[[datetime], str]) -> str:
    """A phrase with its time, or with the words for one that is not known."""
    return phrase.replace(_WHEN, written(start) if start else times.words["tag"]["when_unknown"])


def occasion_of(delivery: Delivery, times: Times) -> str:
    """Why a message comes that is no news: `Reminder`, `Overdue`; empty for news. A test says so first."""
    return _occasion(_due(delivery.occasion.partition(":")[0], times), times, test=delivery.story.test)


def _due(occasion: str, times: Times) -> str:
    return times.words["occasion"].get(occasion, occasion)


def _occasion(due: str, times: Times, *, test: bool) -> str:
    drill = times.words["occasion"]["drill"] if test else ""
    return f"{drill} · {due}" if drill and due else drill or due


def noun(kind: Kind, impact: Impact, words: Words) -> str:
    """What happens, in a word: the impact, or the kind where the impact says little."""
    return words["impact"].get(impact) or words["kind"][kind]


@lru_cache(maxsize=_KEPT)
def heading(times: Times, stage: str, kind: Kind, impact: Impact) -> str:
    """`Reboot scheduled`."""
    return capital(times.words["headline"][stage].format(noun=noun(kind, impact, times.words)))


@lru_cache(maxsize=_KEPT)
def what(times: Times, kind: Kind, impact: Impact, phase: Phase) -> str:
    """`Host maintenance, reboot, scheduled`."""
    words = times.words
    happens = words["impact"].get(impact) or words["impact_row"][impact]
    return capital(f"{words['kind'][kind]}, {happens}, {words['phase'][phase]}")
