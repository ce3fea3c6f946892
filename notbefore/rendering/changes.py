"""What changed since the last message, in the reader's words and times.

The lines come from the story's own comparison, in English and UTC. What is recognised is translated; what is
not stays as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from notbefore.rendering.clean import line
from notbefore.rendering.times import Times
from notbefore.rendering.words import Words, capital

_LONGEST = 600
"""Characters that are looked at, and remembered: twice what is shown."""
_STEP = re.compile(r"(phase|impact|severity): (\w+) → (\w+)")
_MOVED = re.compile(r"(self-service )?window moved from (.+) to (.+)")
_COUNT = re.compile(r"resources: (\d+) → (\d+)")
_NOW = re.compile(r"resources now: ((?:\d+ \w+(?:, )?)+)")
_START = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b.*")


def told(changes: tuple[str, ...], times: Times) -> list[str]:
    """One line each, at most eight."""
    return [line(translated(change[:_LONGEST], times), 300) for change in changes[:8]]


@lru_cache(maxsize=1000)  # of one revision many are told the same
def translated(change: str, times: Times) -> str:
    """One line of the comparison; as it is when it is no such line."""
    words = times.words
    step = _STEP.fullmatch(change)
    if step:
        name, before, after = step.groups()
        return f"{words['change'][name]}: {_word(name, before, words)} → {_word(name, after, words)}"
    moved = _MOVED.fullmatch(change)
    if moved:
        name = "own_time" if moved[1] else "window"
        return f"{words['change'][name]}: {_times(moved[2], times)} → {_times(moved[3], times)}"
    count = _COUNT.fullmatch(change)
    if count:
        return f"{words['change']['resources']}: {count[1]} → {count[2]}"
    now = _NOW.fullmatch(change)
    if now:
        return f"{words['change']['resources']}: {_spread(now[1], words)}"
    return words["change"]["text"] if change == "Azure has written something new" else capital(change)


def _word(name: str, value: str, words: Words) -> str:
    if name == "impact":
        return words["impact"].get(value) or words["impact_row"].get(value, value)
    return words[name].get(value, value)


def _spread(text: str, words: Words) -> str:
    pairs = (part.split(" ", 1) for part in text.split(", "))
    return ", ".join(f"{count} {words['row'].get(phase) or words['phase'].get(phase, phase)}" for count, phase in pairs)


def _times(text: str, times: Times) -> str:
    """The start is enough: the whole window stands above."""
    start = _START.fullmatch(text)
    if not start:
        return times.words["time"]["unknown"] if text in ("unknown", "none") else text
    return times.brief(datetime.fromisoformat(start[1]).replace(tzinfo=UTC))
