"""Who is asked, and how often: what `bootstrap` builds from the settings, and a test from fakes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from notbefore.ports import Graph, Logs, Machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Everything may be None: what is not configured is not asked."""

    graph: Graph | None = None
    machines: Machines | None = None
    logs: Logs | None = None
    logs_every: timedelta = timedelta(minutes=1)
    graph_every: timedelta = timedelta(minutes=5)
    machines_every: timedelta = timedelta(minutes=15)
