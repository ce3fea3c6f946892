"""What became of a drill: for whoever sent its signal, so that the whole way is proved without a sign-in.

Only test stories are told of, and of a target only enough to know it again: who may knock may not read the board.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from notbefore.board.board import Board
from notbefore.board.ledger import DeliveryItem
from notbefore.board.story_page import StoryView, story_page
from notbefore.pipeline.process import Outcome
from notbefore.schema import Decision, DeliveryState, Verdict

_SIGNAL = re.compile(r"\d{8}T\d{2}[\w-]{1,60}", re.ASCII)
_HELD = frozenset({Verdict.SILENCED, Verdict.MUTED, Verdict.INHIBITED})
_LATER = frozenset({Verdict.DEFERRED, Verdict.GROUPED, Verdict.DIGESTED})


class Told(Struct, frozen=True, kw_only=True):
    """One delivery: to whom, and how far it has come."""

    story: str
    audience: str
    channel: str
    target: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    last_error: str | None


class NotYet(Struct, frozen=True, kw_only=True):
    """An audience that a route gives and that is told later, or is not told while something holds."""

    story: str
    audience: str
    decision: Verdict
    reason: str
    due: datetime | None
    channels: tuple[str, ...]


class Receipts(Struct, frozen=True, kw_only=True):
    """`read`: the signal has been processed. `drill`: everything it led to is a drill; nothing else is told."""

    signal: str
    read: bool = False
    drill: bool = False
    problem: str | None = None
    """Why it led to no story."""
    deliveries: tuple[Told, ...] = ()
    not_yet: tuple[NotYet, ...] = ()


async def receipts(board: Board, signal: str) -> Receipts:
    """Of the signal with this id, as far as it is known now. Raises: StorageUnavailable."""
    outcome = await _outcome(board, signal)
    if outcome is None:
        return Receipts(signal=signal)
    if not outcome.stories:
        problem = outcome.ignored or ("it cannot be read" if outcome.malformed else "it led to no story")
        return Receipts(signal=signal, read=True, problem=problem)
    board.forget()
    views = [await story_page(board, story) for story in outcome.stories]
    if not all(view is not None and view.story.test for view in views):
        return Receipts(signal=signal, read=True, problem="it is no drill: the board shows what became of it")
    known = [view for view in views if view is not None]
    return Receipts(
        signal=signal,
        read=True,
        drill=True,
        deliveries=tuple(_told(one, view.story.id) for view in known for one in view.deliveries.items),
        not_yet=tuple(one for view in known for one in _not_yet(view)),
    )


async def _outcome(board: Board, signal: str) -> Outcome | None:
    if not _SIGNAL.fullmatch(signal):
        return None
    row = (await board.outside.signals.get(signal[:11], [signal])).get(signal)
    return msgspec.json.decode(row.body, type=Outcome) if row else None


def _told(one: DeliveryItem, story: str) -> Told:
    return Told(
        story=story,
        audience=one.audience,
        channel=one.channel,
        target=shortened(one.target),
        state=one.state,
        attempts=one.attempts,
        due_at=one.due_at,
        sent_at=one.sent_at,
        last_error=one.last_error,
    )


def _not_yet(view: StoryView) -> list[NotYet]:
    """By the newest decision of each audience that has no delivery."""
    newest: dict[str, Decision] = {one.audience: one for one in view.decisions.items}
    told = {one.audience for one in view.deliveries.items}
    return [
        NotYet(
            story=view.story.id,
            audience=one.audience,
            decision=one.decision,
            reason=one.reason,
            due=one.due,
            channels=one.channels,
        )
        for one in newest.values()
        if one.audience not in told and one.decision in _HELD | _LATER
    ]


def shortened(target: str) -> str:
    """A target as far as its owner knows it again: `o…@example.com`, `https://hooks.example.com/…`, `+31…67`."""
    if "${env:" in target:
        return target
    if "://" in target:
        return f"{urlsplit(target).scheme}://{urlsplit(target).hostname}/…"
    name, at, domain = target.rpartition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{target[:3]}…{target[-2:]}" if target.startswith("+") else target
