"""When `--once` may say that all is delivered, and what it says when it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.waiting import later, owed, soon, untold

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_message_that_failed_is_owed_until_it_arrives() -> None:
    """Its next try may be hours away: the run is no success before. A reminder of tomorrow is none of its business."""
    waiting = [
        {"id": name, "attempts": attempts, "due_at": (NOW + timedelta(minutes=due)).isoformat()}
        for name, attempts, due in (("now", 0, 0), ("tomorrow", 0, 1440), ("failed", 4, 60))
    ]
    assert [one["id"] for one in owed(waiting, NOW)] == ["now", "failed"]


def a_decision(word: str, minutes: float = 0, **changes: object) -> dict[str, Any]:
    """A line of the audit: what was decided now for `ops`, due so many minutes from now."""
    due = {"due": (NOW + timedelta(minutes=minutes)).isoformat()} if minutes else {}
    line = {"at": NOW.isoformat(), "audience": "ops", "story": "s1", "occasion": "news", "reason": "because"}
    return line | {"decision": word} | due | changes


@pytest.mark.parametrize("word", ["deferred", "grouped", "digested"])
def test_who_is_told_only_later_is_named_with_time_and_reason(word: str) -> None:
    """Quiet hours, a group or a digest held it back: the route is not to blame, and the run is no success."""
    said = later([a_decision("sent", audience="others"), a_decision(word, 600)], NOW)
    assert said == f"not all is delivered: ops is told at 2026-11-24 22:00:00 UTC ({word}: because)"


def test_what_comes_within_a_minute_is_waited_for() -> None:
    """A group of half a minute goes out before the run ends; what was due long ago is in the ledger."""
    decisions = [a_decision("grouped", at, audience=name) for name, at in (("a", 0.5), ("b", 600), ("c", -5))]
    assert [one["audience"] for one in soon(decisions, NOW)] == ["a"]
    assert "b is told" in later(decisions, NOW)
    assert "a is told" not in later(decisions, NOW)


def test_only_the_decision_that_stands_counts() -> None:
    """What was told at once after all waits no longer; a repeat leaves what waits as it is; a reminder is no news."""
    first = a_decision("deferred", 600, at=(NOW - timedelta(minutes=1)).isoformat())
    assert later([a_decision("sent"), first], NOW) == ""
    assert "ops is told" in later([first, a_decision("duplicate")], NOW)
    assert later([a_decision("deferred", 600, occasion="reminder:24h")], NOW) == ""


def test_many_are_named_in_short() -> None:
    """Each audience once, by its first time, five of them."""
    decisions = [a_decision("digested", 600 + at, audience=f"a{at}", story=story) for at in range(9) for story in "xy"]
    said = later(decisions, NOW)
    assert said.count("is told at") == 5
    assert said.endswith("; and 4 more")


def test_a_run_that_told_nobody_says_why() -> None:
    """A mute is named as a mute; only when nothing was decided is the route asked for."""
    assert untold([a_decision("muted")]) == "nothing was sent to anybody: ops was not told (muted: because)"
    assert untold([]) == "nothing was sent to anybody: does a route hear of the story?"
