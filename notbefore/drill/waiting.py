"""Waiting for receipts: asked for again and again, until nothing moves any more or the time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from notbefore.board.receipts import NotYet, Receipts, Told
from notbefore.drill.door import Door
from notbefore.errors import NotBeforeError, Transient
from notbefore.schema import DeliveryState

EACH = 1.0
"""Seconds between two looks."""

_OVER = frozenset({DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.REPLACED, DeliveryState.RESTORED})


class Line(Struct, frozen=True, kw_only=True):
    """One line of the table: a target, or an audience that is told later. `what` is sent, failed or waiting."""

    signal: str
    audience: str
    channel: str
    target: str
    what: str
    why: str = ""


class Drilled(Struct, frozen=True, kw_only=True):
    """How the drill went. `good`: each signal told somebody, and every one who was to be told has been."""

    good: bool
    lines: tuple[Line, ...]
    problems: tuple[str, ...]


async def wait(
    door: Door, sent: Mapping[str, str], until: datetime, clock: Callable[[], datetime], say: Callable[[Line], None]
) -> Drilled:
    """`sent` is signal id → what it is called. Each line is said once when it is settled.

    Raises: NotBeforeError when the door does not say.
    """
    said: set[Line] = set()
    while True:
        found = {name: await _asked(door, signal) for signal, name in sent.items()}
        lines = [line for name, one in found.items() if one for line in lines_of(name, one)]
        for line in lines:
            if line.what != "waiting" and line not in said:
                said.add(line)
                say(line)
        if clock() >= until or _settled(found, until):
            return drilled(found, lines)
        await asyncio.sleep(EACH)


async def _asked(door: Door, signal: str) -> Receipts | None:
    """None: the door has no time just now, and is asked again."""
    try:
        return await door.receipts(signal)
    except Transient:
        return None


def _settled(found: Mapping[str, Receipts | None], until: datetime) -> bool:
    """Nothing more will come in time: all is over, or due later than we wait."""
    return all(
        one is not None
        and one.read
        and all(told.state in _OVER or told.due_at > until for told in one.deliveries)
        and all(held.due is None or held.due > until for held in one.not_yet)
        for one in found.values()
    )


def drilled(found: Mapping[str, Receipts | None], lines: list[Line]) -> Drilled:
    """The verdict: silence is a failure."""
    problems = [f"{name}: {problem}" for name, one in found.items() if (problem := _problem(one))]
    good = not problems and all(line.what == "sent" for line in lines)
    return Drilled(good=good, lines=tuple(lines), problems=tuple(problems))


def _problem(one: Receipts | None) -> str | None:
    if one is None:
        return "the door did not say what became of it"
    if not one.read:
        return "it was taken in, but nobody has processed it: does the function `process` run?"
    if one.problem:
        return one.problem
    if not one.deliveries and not one.not_yet:
        return "nobody was to be told: no route leads to an audience (match: {test: true} is a drill's)"
    return None


def lines_of(name: str, one: Receipts) -> list[Line]:
    """The receipts of one signal as lines."""
    told = [_told(name, delivery) for delivery in one.deliveries]
    return told + [_held(name, held) for held in one.not_yet]


def _told(name: str, one: Told) -> Line:
    what = {DeliveryState.SENT: "sent", DeliveryState.DEAD: "failed"}.get(one.state, "waiting")
    if one.state in {DeliveryState.REPLACED, DeliveryState.RESTORED}:
        what = "failed"
    why = one.last_error or "" if what != "sent" else ""
    if what == "waiting" and not why:
        why = f"due {one.due_at:%Y-%m-%d %H:%M:%S} UTC"
    return Line(signal=name, audience=one.audience, channel=one.channel, target=one.target, what=what, why=why)


def _held(name: str, one: NotYet) -> Line:
    due = f", due {one.due:%Y-%m-%d %H:%M} UTC" if one.due else ""
    return Line(
        signal=name,
        audience=one.audience,
        channel=", ".join(one.channels),
        target="—",
        what="waiting",
        why=f"{one.decision}: {one.reason}{due}",
    )


def time_is_up(clock: Callable[[], datetime], seconds: float) -> datetime:
    """When waiting ends. Raises: NotBeforeError for a time that is none."""
    if not 0 < seconds <= timedelta(days=1).total_seconds():
        raise NotBeforeError("--timeout: seconds, more than 0 and a day at most")
    return clock() + timedelta(seconds=seconds)
