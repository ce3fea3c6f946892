"""What a ticket says, whatever system keeps it: made of a rendered message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from notbefore.schema import Message

STAGE = "stage"
"""In a receipt: where the story stood when the ticket's state was last brought in step with it."""


class Move(Struct, frozen=True):
    """Where the ticket is to go: a state, a status or a transition, and what goes with it. `to` empty: nowhere."""

    to: str
    fields: dict[str, Any] = {}


class Ticket(Struct, frozen=True, kw_only=True):
    """One ticket's news. `place` is a table or a project; `fields` are the operator's own, filled.

    `stage` is the story's phase, an end when it is over. `move` is what the operator wrote for it; None: nothing
    was written, and the system's own end applies.
    """

    story: str
    delivery: str
    place: str
    title: str
    text: str
    severity: str
    stage: str
    over: bool
    occasion: str
    start: str | None = None
    end: str | None = None
    fields: Mapping[str, Any]
    move: Move | None = None
    options: Mapping[str, str]
    before: Mapping[str, str]

    def moves(self) -> bool:
        """The story has gone on since the ticket was last brought in step: what a person set in between stays."""
        return self.before.get(STAGE) != self.stage


def ticket(message: Message) -> Ticket:
    """The ticket of a rendered message; `target` is `system:place`."""
    shown: dict[str, Any] = msgspec.json.decode(message.body)
    return Ticket(
        story=shown["story"],
        delivery=message.delivery_id,
        place=message.target.partition(":")[2],
        title=message.subject,
        text=message.text,
        severity=shown["level"],
        stage=shown["stage"],
        over=shown["over"],
        occasion=shown["occasion"],
        start=shown["window"]["not_before"],
        end=shown["window"]["not_after"],
        fields=shown.get("fields", {}),
        move=msgspec.convert(shown["move"], Move) if shown.get("move") else None,
        options=message.options,
        before=message.before,
    )
