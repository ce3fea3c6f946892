"""The routing file as it is now: read again when it has changed, all or nothing; the last good one is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from notbefore.errors import ConfigError
from notbefore.ports import Clock

if TYPE_CHECKING:
    from notbefore.rules import Rules

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=2)
"""How often the file's time of change is looked at."""


class RoutesFile:
    """Call `rules()` for each decision. It is read when it is first asked for: a signal is taken in without it."""

    def __init__(self, path: Path, lookup: Callable[[str], str | None] | None, clock: Clock) -> None:
        self._path = path
        self._lookup = lookup
        self._clock = clock
        self._stamp: tuple[int, int] | None = None
        self._rules: Rules | None = None
        self._looked_at: datetime | None = None
        self.problem: str | None = None
        """What is wrong with the file as it lies there; None while it is the one in use."""

    def rules(self) -> Rules:
        """The rules in force. Raises: ConfigError while there has never been a good reading."""
        now = self._clock()
        if self._rules is None or self._looked_at is None:
            self._rules = self._first()
            self._looked_at = now
        elif now - self._looked_at >= LOOK or now < self._looked_at:
            self._looked_at = now
            self._look(self._rules)
        return self._rules

    def _first(self) -> Rules:
        from notbefore.config.loading import load
        from notbefore.rules import compile_rules

        self._stamp = self._changed_at()
        return compile_rules(load(self._path, self._lookup))

    def _look(self, known: Rules) -> None:
        from notbefore.config.differences import differences
        from notbefore.config.loading import load
        from notbefore.rules import compile_rules

        stamp = self._changed_at()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            config = load(self._path, self._lookup)
            rules = compile_rules(config)
        except ConfigError as error:
            self.problem = str(error)
            log.error("the routing file has mistakes, the last good one stays in force:\n%s", error)  # noqa: TRY400 # the mistakes say it all
            return
        self.problem = None
        if config.version_id != known.config.version_id:
            changes = "; ".join(differences(known.config, config)) or "it decides as before"
            self._rules = rules
            log.warning("the routing file has changed: version %s is in force: %s", config.version_id, changes)

    def _changed_at(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size
