"""A past to play: the story of a first run, as signals in order of arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from memory_house import START
from played import signals_of

from local.scenario import acts
from notbefore import rowkeys
from notbefore.ports import Signal


def the_past(start: datetime = START, apart: timedelta = timedelta(minutes=5)) -> list[Signal]:
    """Announced, put off, begun and over: an act every few minutes, each with a few signals."""
    now = [start]
    found: list[Signal] = []
    for number, act in enumerate(acts(lambda: now[0]), 1):
        for body in signals_of(act, number):
            name = f"{rowkeys.stamp(now[0])}-{len(found):04}"
            found.append(Signal(id=name, received_at=now[0], origin="test", body=msgspec.json.encode(body)))
            now[0] += timedelta(seconds=1)
        now[0] += apart
    return found
