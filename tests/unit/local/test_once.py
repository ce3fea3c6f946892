"""When `--once` may say that all is delivered."""

from datetime import UTC, datetime, timedelta

from local.play import owed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_message_that_failed_is_owed_until_it_arrives() -> None:
    """Its next try may be hours away: the run is no success before. A reminder of tomorrow is none of its business."""
    waiting = [
        {"id": name, "attempts": attempts, "due_at": (NOW + timedelta(minutes=due)).isoformat()}
        for name, attempts, due in (("now", 0, 0), ("tomorrow", 0, 1440), ("failed", 4, 60))
    ]
    assert [one["id"] for one in owed(waiting, NOW)] == ["now", "failed"]
