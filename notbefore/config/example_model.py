"""The tests that a routing file holds: an event, a time, and what each audience is to get."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source, Verdict


class ExampleEvent(Struct, frozen=True, kw_only=True):
    """The event of a test in the file. `severity` None: by our own rules from the rest.

    The window begins `notice` after the test's `at`; no notice, no window.
    """

    kind: Kind
    phase: Phase = Phase.ANNOUNCED
    impact: Impact = Impact.UNKNOWN
    source: Source | None = None
    severity: Severity | None = None
    initiated_by: InitiatedBy | None = None
    subscription: str | None = None
    """A lower-case GUID."""
    region: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    resource_type: str | None = None
    tag: dict[str, str] = msgspec.field(default_factory=dict)
    notice: timedelta | None = None
    duration: timedelta | None = None
    test: bool = False
    title: str = ""


class Expectation(Struct, frozen=True, kw_only=True):
    """What a test wants of one audience; what is None is not asked. `reason` is a glob."""

    decision: Verdict
    until: datetime | None = None
    reason: str | None = None
    channels: tuple[str, ...] | None = None
    route: str | None = None


class RouteTest(Struct, frozen=True, kw_only=True):
    """One test written in the file: the event arrives at `at` (UTC), and each named audience is told so."""

    name: str
    at: datetime
    event: ExampleEvent
    expect: dict[str, Expectation]
    line: int = 0
