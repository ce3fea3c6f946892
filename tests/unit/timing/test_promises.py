"""Escalation and overdue: what was to happen and did not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from almanac import audience, hours, story, utc

from notbefore.config.model import Escalation
from notbefore.schema import Impact, Kind, Phase, Severity, Source, Window
from notbefore.timing import escalation, overdue

NOW = utc("2026-11-24T12:00")
RULE = Escalation(after=timedelta(minutes=30), to="duty-manager", min_severity=Severity.ERROR)
PAYMENTS = audience(escalate=RULE)
REBOOT = {"kind": Kind.HOST_MAINTENANCE, "impact": Impact.REBOOT, "sources": (Source.SCHEDULED_EVENTS,)}


def test_nobody_acknowledged() -> None:
    """An error is escalated half an hour after it was told."""
    due = escalation(PAYMENTS, story(NOW, severity=Severity.ERROR), NOW)
    assert due is not None
    assert due.at == NOW + timedelta(minutes=30)
    assert due.reason == "nobody in payments acknowledged within 30 minutes"


@pytest.mark.parametrize(
    "more",
    [
        {"severity": Severity.WARNING},
        {"severity": Severity.ERROR, "over": True},
        {"severity": Severity.ERROR, "acknowledged_at": NOW, "acknowledged_by": "ann"},
    ],
)
def test_what_stops_an_escalation(more: dict[str, object]) -> None:
    """A lower severity, the end of the story, a person who acknowledged."""
    assert escalation(PAYMENTS, story(NOW, None, **more), NOW) is None


def test_without_a_rule_nothing_escalates() -> None:
    """An audience without `escalate` has nobody to go to."""
    assert escalation(audience(), story(NOW, severity=Severity.CRITICAL), NOW) is None


OPENS = NOW + hours(10)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"phase": Phase.STARTED, "window": Window(NOW, OPENS)}, OPENS + hours(1)),
        ({"phase": Phase.STARTED, "window": Window(NOW), "duration_seconds": 3600}, NOW + hours(2)),
        ({"phase": Phase.STARTED, "duration_seconds": 9}, NOW + hours(1) + timedelta(seconds=9)),
        ({"phase": Phase.STARTED}, NOW + hours(25)),
        ({"phase": Phase.SCHEDULED, "window": Window(OPENS)}, OPENS + hours(1)),
        ({"phase": Phase.SCHEDULED, "window": Window(OPENS), "duration_seconds": 600}, OPENS + hours(1) + hours(1 / 6)),
        ({"phase": Phase.ANNOUNCED, "window": Window(OPENS, OPENS + hours(48))}, OPENS + hours(49)),
        (
            {"phase": Phase.ANNOUNCED, "window": Window(OPENS), "sources": (Source.SERVICE_HEALTH,)},
            OPENS + hours(25),
        ),
    ],
)
def test_a_promise_has_a_time_after_which_it_is_broken(more: dict[str, object], expected: object) -> None:
    """An hour after a known end, after a known length, or after the start where it is to begin at once."""
    due = overdue(story(NOW, None, **(REBOOT | more)))
    assert due is not None
    assert due.at == expected


def test_a_start_that_was_late_ends_late() -> None:
    """The length counts from when it was seen to start, not from when it was allowed to."""
    late = story(NOW, NOW - hours(5), **(REBOOT | {"phase": Phase.STARTED, "duration_seconds": 3600}))
    due = overdue(late)
    assert due is not None
    assert due.at == NOW + hours(2)
    assert due.reason == "started, and should have ended by 2026-11-24 13:00 UTC"


@pytest.mark.parametrize(
    "more",
    [
        {"phase": Phase.COMPLETED, "over": True, "window": Window(NOW, OPENS)},
        {"phase": Phase.SCHEDULED},
        {"phase": Phase.STARTED, "kind": Kind.SERVICE_ISSUE, "window": Window(NOW, OPENS)},
        {"phase": Phase.STARTED, "kind": Kind.RESOURCE_HEALTH},
        {"phase": Phase.STARTED, "impact": Impact.TERMINATE, "window": Window(NOW, OPENS)},
    ],
)
def test_where_nothing_was_promised_nothing_is_overdue(more: dict[str, object]) -> None:
    """What is over, has no window, is no maintenance, or ends a machine that could tell."""
    assert overdue(story(NOW, None, **(REBOOT | more))) is None
