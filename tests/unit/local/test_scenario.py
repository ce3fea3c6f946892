"""The story of a first run is made of signals that the house reads as the story it is told to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from played import signals_of

from local.scenario import MACHINES, SUBSCRIPTION, Act, acts
from notbefore.normalization import Normalized, normalize
from notbefore.schema import Impact, Kind, MaintenanceEvent, Phase, Source

START = datetime(2026, 11, 24, 14, 50, tzinfo=UTC)


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by a second at each look."""
    now = [START]

    def clock() -> datetime:
        now[0] += timedelta(seconds=1)
        return now[0]

    return clock


def read(act: Act) -> list[Normalized]:
    """What the house reads in an act's signals."""
    return [normalize(json.dumps(signal).encode(), START) for signal in signals_of(act, 1)]


def opens(event: MaintenanceEvent) -> datetime:
    """When the event's window opens; it has one."""
    assert event.window.not_before is not None
    return event.window.not_before


def test_every_signal_is_read_without_a_doubt() -> None:
    """No signal is malformed, and no event comes with a warning."""
    for act in acts(ticking()):
        for reading in read(act):
            assert not reading.malformed
            assert not [warning for event in reading.events for warning in event.warnings]


def test_the_acts_are_announcement_times_delay_beginning_and_end() -> None:
    """Service Health and the machines say in each act what its title says."""
    announced, told, delayed, begun, back, over = (
        [event for reading in read(act) for event in reading.events] for act in acts(ticking())
    )
    assert [(event.source, event.phase) for event in announced[:1]] == [(Source.SERVICE_HEALTH, Phase.ANNOUNCED)]
    assert announced[0].kind is Kind.PLANNED_MAINTENANCE
    assert announced[0].impact is Impact.REBOOT
    assert {resource.name for event in announced[1:] for resource in event.resources} == set(MACHINES)
    assert [(event.phase, event.impact) for event in told] == [(Phase.SCHEDULED, Impact.REBOOT)] * 2
    assert delayed[0].phase is Phase.RESCHEDULED
    assert opens(delayed[0]) == opens(announced[0]) + timedelta(hours=2)
    assert [event.phase for event in begun] == [Phase.STARTED] * 2
    assert back == []
    assert [event.phase for event in over] == [Phase.COMPLETED]
    assert {event.subscription_id for event in [*announced, *told, *delayed, *begun, *over]} == {SUBSCRIPTION}


def test_the_machines_are_rebooted_inside_the_window() -> None:
    """The machines are told the opening of the window that Service Health announced, so that it is one story."""
    announced, told, *_ = ([event for reading in read(act) for event in reading.events] for act in acts(ticking()))
    opening = opens(announced[0])
    assert [opens(event) for event in told] == [opening, opening]


def test_a_second_playing_is_another_maintenance() -> None:
    """No key of one playing is used by the next."""
    one, two = ({key for act in acts(ticking()) for key in _keys(act)} for _ in range(2))
    assert one
    assert not one & two


def _keys(act: Act) -> set[str]:
    return {value for reading in read(act) for event in reading.events for value in event.keys.values()}
