"""Tickets in bad weather: refused, throttled, silent and half-heard calls, and a sender that dies three times."""

import asyncio
import itertools
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from local.receivers.receivers import start
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience
from notbefore.errors import Transient
from notbefore.outbound import Answer
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
STAGES = ("reboot-in-an-hour", "moved", "started", "over")
CRASHES = 3


class Weather(LocalOutbound):
    """One call in five goes wrong: it never arrives, is refused for now, or arrives and nobody hears the answer."""

    def __init__(self, base: str, seed: int) -> None:
        super().__init__(base, "itsm", keep_path=True)
        self._chance = random.Random(seed)  # noqa: S311 - weather keeps no secret
        self.faults = 0

    async def request(self, *asked: Any, **more: Any) -> Answer:  # noqa: ANN401 - as it is asked
        """The answer, or the weather."""
        if self._chance.random() >= 0.2:
            return await super().request(*asked, **more)
        self.faults += 1
        kind = self._chance.choice(("lost", "throttled", "failing", "unheard"))
        if kind == "unheard":
            await super().request(*asked, **more)
        if kind in ("lost", "unheard"):
            raise Transient("no answer")
        return Answer(429 if kind == "throttled" else 503, {}, b"")


def messages(story: str, target: str) -> list[Message]:
    """The life of one story, four updates."""
    made = []
    for number, example in enumerate(STAGES):
        delivery = examples()[example]
        told = replace(delivery.story, id=story, revision=number + 1, over=example == "over")
        one = replace(
            delivery, id=f"{story}-{number}", story_id=story, channel="itsm", target=target, story=told, folded=()
        )
        made.append(render(one, Audience(name="x", channels=()), RenderContext(clock=lambda: AT)))
    return made


async def told(way_out: Weather, life: list[Message], dies: set[int]) -> None:
    """Each update until it is confirmed, in order, as a lane is; a sender that dies forgets what it was told."""
    for number, message in enumerate(life):
        for attempt in itertools.count(1):
            try:
                sent = replace(message, attempt=attempt)
                await Tickets(way_out, default="https://tickets.example.com").send(sent)
            except Transient:
                continue
            if number in dies:
                dies.discard(number)
                continue
            break


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_one_ticket_a_story_whatever_the_weather(tmp_path: Path, target: str, *, all_seeds: bool) -> None:
    """One ticket a story, closed at its end, each note there once: with a fault in five calls and three crashes."""
    stories = 2_500 if all_seeds else 15
    receivers = await start(tmp_path, lambda _arrival: None)
    way_out = Weather(receivers.url, seed=7)
    crashing = {f"story-{number}" for number in range(CRASHES)}
    try:
        for first in range(0, stories, 4):
            names = [f"story-{number}" for number in range(first, min(first + 4, stories))]
            lives = [told(way_out, messages(one, target), {1} if one in crashing else set()) for one in names]
            await asyncio.gather(*lives)
    finally:
        await way_out.close()
        await receivers.close()
    kept = [json.loads(path.read_text()) for path in sorted((tmp_path / "itsm").glob("*.json"))]
    assert way_out.faults > stories
    assert len(kept) == stories
    for ticket in kept:
        assert (ended if target.startswith("servicenow") else done)(ticket["record"])
        assert notes(ticket) == len(STAGES) - 1


def ended(record: dict[str, Any]) -> bool:
    """ServiceNow's word for it."""
    return bool(record["state"] == "6")


def done(record: dict[str, Any]) -> bool:
    """Jira's word for it."""
    return bool(record["fields"]["status"]["name"] == "Done")


def notes(ticket: dict[str, Any]) -> int:
    """How often a note was added after the ticket was made."""
    return sum("work_notes" in one["sent"] or one["sent"].get("body") is not None for one in ticket["history"])
