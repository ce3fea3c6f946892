"""How the board says addresses, spans and occasions."""

from __future__ import annotations

from datetime import timedelta

from memory_house import START

from notbefore.board.brief import shown_target
from notbefore.board.pages import away, length, occasion


def test_secrets_in_addresses_are_not_shown() -> None:
    """Of a URL the host and path remain; a mail address is shown as it is."""
    assert shown_target("https://user:pw@hooks.example.com:8443/a?sig=secret#x") == "https://hooks.example.com:8443/a"
    slack = "https://hooks.slack.com/services/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"
    assert shown_target(slack) == "https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/Xk29…"
    assert shown_target("ops@example.com") == "ops@example.com"
    assert shown_target("${env:TEAMS_URL}") == "${env:TEAMS_URL}"
    assert "secret" not in shown_target("https://[broken?secret")


def test_spans_are_said_in_two_units_at_most() -> None:
    """A person reads them at a glance."""
    said = [
        away(START + timedelta(**span), START)
        for span in ({"seconds": 20}, {"minutes": 12}, {"hours": -4, "minutes": -10})
    ]
    assert said == ["now", "in 12 min", "4 h 10 min ago"]
    assert [length(timedelta(days=3, hours=4)), length(timedelta(hours=2)), length(timedelta(seconds=9))] == [
        "3 d 4 h", "2 h", "9 s",
    ]  # fmt: skip
    assert occasion("reminder:24h") == "reminder, 24h before"
    assert occasion("digest:2026-11-24T08:00:00Z") == "digest"
