"""P1: processor time of an event, from bytes to a rendered message on memory stores, beside Alertmanager's of an alert.

    python bench/events.py

Both get one event a request and tell one webhook. Alertmanager (Debian: prometheus-alertmanager) gets its alerts
over HTTP and posts to a receiver that is not counted; without it the bench says so and measures the rest.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder: a bench may be named as a module is

from bench import alertmanager  # noqa: E402 - found only with the root on the path
from notbefore.config.model import Audience, ChannelConfig, Route, RoutingConfig  # noqa: E402
from notbefore.pipeline.past.play import Player  # noqa: E402
from notbefore.rendering import RenderContext, render  # noqa: E402
from notbefore.rules import compile_rules  # noqa: E402

EVENTS = 1000
REPETITIONS = 5
BAR = 1.3
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def main() -> int:
    """Prints the table; 1 when the ratio is over the bar."""
    ours, theirs = [], []
    for repetition in range(REPETITIONS):
        ours.append(asyncio.run(our_seconds(repetition)) / EVENTS * 1e6)
        if (its := asyncio.run(alertmanager_seconds(repetition))) is not None:
            theirs.append(its / EVENTS * 1e6)
    print(f"NotBefore     {median(ours):7.0f} µs an event ({min(ours):.0f}–{max(ours):.0f})")
    if not theirs:
        print(f"{alertmanager.PROGRAM} is not installed: no ratio")
        return 0
    ratio = median(mine / its for mine, its in zip(ours, theirs, strict=True))
    print(f"Alertmanager  {median(theirs):7.0f} µs an alert ({min(theirs):.0f}–{max(theirs):.0f})")
    print(f"ratio         {ratio:7.2f} (bar {BAR})")
    return int(ratio > BAR)


def an_alert(repetition: int, number: int) -> bytes:
    """A planned maintenance as an action group posts it."""
    properties = {
        "title": "Virtual machine maintenance",
        "service": "Virtual Machines",
        "region": "West Europe",
        "communication": "<p>Some of your virtual machines <strong>will be rebooted</strong>.</p>",
        "incidentType": "Maintenance",
        "stage": "Planned",
        "trackingId": f"B{repetition}-{number}",
        "impactStartTime": (AT + timedelta(days=5)).isoformat(),
        "impactedServices": '[{"ImpactedRegions":[{"RegionName":"West Europe"}],"ServiceName":"Virtual Machines"}]',
    }
    context = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": AT.isoformat(),
        "status": "Active",
        "subscriptionId": "11111111-1111-4111-8111-111111111111",
        "properties": properties,
    }
    essentials = {"monitoringService": "ServiceHealth", "firedDateTime": AT.isoformat()}
    return json.dumps(
        {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}
    ).encode()


async def our_seconds(repetition: int) -> float:
    """Processor seconds for all events: normalised, told, written to memory, rendered."""
    channel = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/",))
    audience = Audience(name="ops", channels=(channel,))
    config = RoutingConfig(
        version_id="bench", audiences={"ops": audience}, routes=(Route(name="everything", to=("ops",)),)
    )
    player = Player(compile_rules(config), AT)
    context = RenderContext(clock=lambda: AT)
    bodies = [an_alert(repetition, number) for number in range(EVENTS)]
    await player.signal(an_alert(repetition, EVENTS))
    gc.freeze()  # as `bootstrap` does when the house stands
    begun = time.process_time()
    for body in bodies:
        processed = await player.signal(body)
        for delivery in processed.deliveries:
            render(delivery, audience, context)
    return time.process_time() - begun


async def alertmanager_seconds(repetition: int) -> float | None:
    """Processor seconds that Alertmanager itself takes for as many alerts, one a request; None without it."""
    async with alertmanager.running() as peer:
        if peer is None:
            return None
        before = peer.processor_seconds()
        for number in range(EVENTS):
            await peer.post(f"a{repetition}-{number}")
        await peer.until_told(EVENTS)
        return peer.processor_seconds() - before


if __name__ == "__main__":
    raise SystemExit(main())
