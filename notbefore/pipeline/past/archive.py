"""The archive from one time to another, in order of arrival; a few signals at a time are in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from notbefore import rowkeys
from notbefore.ports import Signal, SignalArchive

_HOUR = timedelta(hours=1)
_HOURS_AT_ONCE = 12
_SIGNALS_AT_ONCE = 8


async def archived(archive: SignalArchive, since: datetime, until: datetime) -> AsyncIterator[Signal]:
    """Every signal that arrived in [since, until). Raises: StorageUnavailable."""
    first, stop = rowkeys.stamp(since), rowkeys.stamp(until)
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour < until:
        hours = [hour + number * _HOUR for number in range(_HOURS_AT_ONCE)]
        for ids in await asyncio.gather(*(_ids(archive, one) for one in hours)):
            wanted = [one for one in ids if first <= one < stop]
            for start in range(0, len(wanted), _SIGNALS_AT_ONCE):
                part = wanted[start : start + _SIGNALS_AT_ONCE]
                for signal in await asyncio.gather(*map(archive.get, part)):
                    if signal is not None:
                        yield signal
        hour += _HOURS_AT_ONCE * _HOUR


async def _ids(archive: SignalArchive, hour: datetime) -> list[str]:
    return [one async for one in archive.ids(rowkeys.hour(hour))]
