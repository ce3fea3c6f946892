"""A stand-in for an Automation runbook: takes the start as its webhook does, and calls back that it is done."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

_TRIES, _PAUSE = 30, 1.0


class Automation:
    """Jobs that touch nothing. `signals` is the door they report to; None: they say nothing."""

    def __init__(self, signals: str | None) -> None:
        self._signals = signals
        self._jobs: set[asyncio.Task[None]] = set()

    def start(self, body: str) -> web.Response:
        """202 with the id of a new job, as there."""
        job = str(uuid.uuid4())
        if self._signals:
            task = asyncio.create_task(self._runs(job, _event(body)))
            self._jobs.add(task)
            task.add_done_callback(self._jobs.discard)
        return web.json_response({"JobIds": [job]}, status=202)

    async def close(self) -> None:
        """Jobs end with the run."""
        for task in self._jobs:
            task.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _runs(self, job: str, event: dict[str, Any]) -> None:
        story = event.get("data", {}).get("story", {})
        names = [str(one.get("name")) for one in story.get("resources", [])[:5]]
        text = f"would take {', '.join(names) or 'nothing'} out of the load balancer; a stand-in touches nothing"
        for state, said in (("started", ""), ("done", text)):
            await self._says(_progress(job, event, story, state, said))

    async def _says(self, report: dict[str, Any]) -> None:
        """Until it is taken: the host may be starting again."""
        async with aiohttp.ClientSession() as session:
            for _ in range(_TRIES):
                await asyncio.sleep(_PAUSE)
                try:
                    async with session.post(str(self._signals), json=report) as answer:
                        if answer.status == web.HTTPAccepted.status_code:
                            return
                except aiohttp.ClientError:
                    continue


def _event(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _progress(job: str, event: dict[str, Any], story: dict[str, Any], state: str, text: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{job}-{state}",
        "source": "runbook",
        "type": "notbefore.runbook.progress",
        "time": datetime.now(UTC).isoformat(),
        "data": {
            "runbook": "drain",
            "step": "job",
            "state": state,
            "text": text,
            "story": event.get("subject", ""),
            "delivery": event.get("id", ""),
            "subscriptionId": story.get("subscription_id"),
        },
    }
