"""When a drill has gone well: everybody who was to be told has been, and somebody was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from memory_house import START
from msgspec.structs import replace

from notbefore.board.receipts import NotYet, Receipts, Told
from notbefore.drill.door import refused
from notbefore.drill.waiting import drilled, lines_of, time_is_up
from notbefore.errors import NotBeforeError
from notbefore.outbound import Answer
from notbefore.schema import DeliveryState, Verdict

TOLD = Told(
    story="s", audience="ops", channel="email", target="o…@example.com", state=DeliveryState.SENT,
    attempts=1, due_at=START, sent_at=START, last_error=None,
)  # fmt: skip
HELD = NotYet(story="s", audience="ops", decision=Verdict.DEFERRED, reason="quiet", due=START, channels=("sms",))
GOOD = Receipts(signal="i", read=True, drill=True, deliveries=(TOLD,))


@pytest.mark.parametrize(
    ("receipts", "good"),
    [
        (GOOD, True),
        (None, False),
        (replace(GOOD, read=False), False),
        (replace(GOOD, deliveries=()), False),
        (replace(GOOD, problem="not understood"), False),
        (replace(GOOD, not_yet=(HELD,)), False),
        (replace(GOOD, deliveries=(TOLD, replace(TOLD, state=DeliveryState.DEAD))), False),
        (replace(GOOD, deliveries=(replace(TOLD, state=DeliveryState.PENDING),)), False),
        (replace(GOOD, deliveries=(replace(TOLD, state=DeliveryState.RESTORED),)), False),
    ],
)
def test_only_a_receipt_of_everybody_is_good(receipts: Receipts | None, good: bool) -> None:  # noqa: FBT001 # a parameter
    """Silence, waiting and failure are not."""
    done = drilled({"Service Health": receipts}, lines_of("Service Health", receipts) if receipts else [])
    assert done.good is good
    assert good or done.problems or any(line.what != "sent" for line in done.lines)


def test_a_line_says_what_and_why() -> None:
    """What failed with the receiver's words, what waits with its time."""
    failed = replace(TOLD, state=DeliveryState.DEAD, last_error="the receiver answered 410")
    (line,) = lines_of("n", replace(GOOD, deliveries=(failed,)))
    assert (line.what, line.why) == ("failed", "the receiver answered 410")
    (line,) = lines_of("n", replace(GOOD, deliveries=(), not_yet=(HELD,)))
    assert (line.what, line.why) == ("waiting", "deferred: quiet, due 2026-11-24 12:00 UTC")


@pytest.mark.parametrize(("status", "words"), [(401, "NOTBEFORE_DRILL_KEY"), (404, "address"), (418, "never gives")])
def test_a_refusal_says_what_to_do(status: int, words: str) -> None:
    """And never repeats the body."""
    assert words in str(refused(Answer(status, {}, b"secret")))


def test_the_time_to_wait_is_a_time() -> None:
    """More than nothing, a day at most."""
    assert time_is_up(lambda: START, 5) == START + timedelta(seconds=5)
    for wrong in (0, -1, float("nan"), float("inf"), 1e6):
        with pytest.raises(NotBeforeError, match="--timeout"):
            time_is_up(lambda: START, wrong)
