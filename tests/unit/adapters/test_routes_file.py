"""The routing file as a running process sees it: read when it is needed, all or nothing, the last good one kept."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notbefore.adapters.routes_file import LOOK, RoutesFile
from notbefore.errors import ConfigError

GOOD = """\
version: 1
audiences:
  ops:
    channels:
      - email: {to: [ops@example.com]}
routes:
  - name: everything
    to: [ops]
"""


class Time:
    """A clock that is pushed forward."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self) -> datetime:
        """The time it was pushed to."""
        return self.at


def written(path: Path, text: str, at: int) -> None:
    """The file with another time of change."""
    path.write_text(text)
    os.utime(path, (at, at))


def test_a_file_is_first_read_when_it_is_asked_for(tmp_path: Path) -> None:
    """Without a file nothing fails until somebody decides; and then the same object serves once the file is there."""
    path = tmp_path / "routes.yaml"
    routes = RoutesFile(path, lambda _: None, Time().now)
    with pytest.raises(ConfigError):
        routes.rules()
    written(path, GOOD, 1)
    assert set(routes.rules().config.audiences) == {"ops"}


def test_mistakes_leave_the_last_good_file_in_force(tmp_path: Path) -> None:
    """What is wrong is said and not obeyed; what is mended is."""
    path, clock = tmp_path / "routes.yaml", Time()
    written(path, GOOD, 1)
    routes = RoutesFile(path, lambda _: None, clock.now)
    first = routes.rules()
    written(path, GOOD + "nonsense: 1\n", 2)
    assert routes.rules() is first
    clock.at += LOOK
    assert routes.rules() is first
    assert routes.problem
    written(path, GOOD.replace("ops", "web"), 3)
    clock.at += LOOK + timedelta(seconds=1)
    assert set(routes.rules().config.audiences) == {"web"}
    assert routes.problem is None
