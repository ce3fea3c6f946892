"""The imagined company of the documentation: its file is right, and its tests hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from notbefore.commands.check import check
from notbefore.config.loading import load
from notbefore.config.report import Unset

ROUTES = Path(__file__).parents[3] / "docs" / "example-company" / "routes.yaml"


def test_every_test_in_the_file_holds() -> None:
    """No mistake, no warning but secrets that are not set here, and seventeen tests that hold."""
    checked = check(ROUTES, datetime(2026, 11, 24, tzinfo=UTC))
    assert checked.mistakes == ()
    assert [one for one in checked.warnings if not isinstance(one, Unset)] == []
    assert [test for test in checked.tests if test.failures] == []
    assert len(checked.tests) == 17


def test_it_is_as_large_as_the_page_says() -> None:
    """40 subscriptions, 12 audiences, 6 zones."""
    config = load(ROUTES)
    zones = {audience.time_zone for audience in config.audiences.values()}
    assert (len(config.subscriptions), len(config.audiences), len(zones)) == (40, 12, 6)
