"""Timer triggers: six-field NCRONTAB in UTC, a run that was missed comes once, late, and says so."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.host.functions import LocalFunction
from local.host.invocation import Invoker
from local.host.running import Stop, finish
from local.host.settings import resolved

log = logging.getLogger("host.timer")

_MONITORED = timedelta(minutes=1)
"""Shorter schedules are not remembered over a restart, as in Azure."""


class Schedule:
    """When a timer is due. Raises: ValueError when the text is no schedule of six fields."""

    def __init__(self, text: str) -> None:
        from croniter import croniter

        if len(text.split()) != 6 or not croniter.is_valid(text, second_at_beginning=True):  # noqa: PLR2004 - NCRONTAB
            raise ValueError(f"no NCRONTAB schedule of six fields: {text!r}")
        self._text = text

    def after(self, moment: datetime) -> datetime:
        """The first due time after `moment`, UTC."""
        from croniter import croniter

        due: datetime = croniter(self._text, moment, second_at_beginning=True).get_next(datetime)
        return due

    @property
    def monitored(self) -> bool:
        """Whether a missed run is made up for after a restart."""
        once = self.after(datetime(2000, 1, 1, tzinfo=UTC))
        return self.after(once) - once >= _MONITORED


class DueTimes:
    """The next due time of each timer, kept in a file over restarts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._times: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._times = {}

    def get(self, name: str) -> datetime | None:
        """When the timer was to run next, or None when nothing is known of it."""
        text = self._times.get(name)
        return None if text is None else datetime.fromisoformat(text)

    def set(self, name: str, due: datetime) -> None:
        """Remembers it, on disk."""
        self._times[name] = due.isoformat()
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._times, indent=1))
        fresh.replace(self._path)


class TimerLoop:
    """One timer trigger. It never runs beside itself."""

    def __init__(self, function: LocalFunction, invoker: Invoker, due_times: DueTimes) -> None:
        self._function = function
        self._invoker = invoker
        self._due_times = due_times
        self._schedule = Schedule(resolved(str(function.trigger["schedule"])))

    async def run(self, stop: Stop) -> None:
        """Calls the function at its times until it is asked to stop."""
        remembered = self._due_times.get(self._function.name) if self._schedule.monitored else None
        due = remembered or self._schedule.after(_now())
        if due <= _now() or self._function.trigger.get("runOnStartup"):
            due = await self._fire(stop, past_due=due <= _now())
        while not stop:
            self._remember(due)
            await stop.sleep((due - _now()).total_seconds())
            if not stop and due <= _now():
                due = await self._fire(stop, past_due=_now() - due > timedelta(seconds=1))

    async def _fire(self, stop: Stop, *, past_due: bool) -> datetime:
        """Calls once and answers when it is due next; a run that took longer than the pause is followed at once."""
        from azure.functions.timer import TimerRequest

        started = _now()
        call = self._invoker.call(self._function, TimerRequest(past_due=past_due), "late" if past_due else "")
        running = asyncio.create_task(call)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        await finish([running])
        return self._schedule.after(started)

    def _remember(self, due: datetime) -> None:
        if self._schedule.monitored:
            self._due_times.set(self._function.name, due)


def _now() -> datetime:
    return datetime.now(UTC)
