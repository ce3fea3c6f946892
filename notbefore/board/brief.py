"""Stories and deliveries as lists show them: the few fields that are read out of the stored rows."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from notbefore.schema import (
    DeliveryState,
    FieldWarning,
    Impact,
    Kind,
    Phase,
    Resource,
    SelfServiceWindow,
    Severity,
    Source,
    Window,
)

_FAR = 32503680000.0
"""The year 3000, for what has no time: it sorts last."""


class Touched(Struct, frozen=True):
    """One of a story's resources, by name."""

    resource: Resource


class Hearer(Struct, frozen=True):
    """When an audience was last told."""

    last_at: datetime
    revision: int
    digested: bool = False


class StoryBrief(Struct, frozen=True, kw_only=True):
    """The head of a story, without what only its own page shows."""

    id: str
    subscription_id: str
    revision: int
    kind: Kind = Kind.UNKNOWN
    phase: Phase = Phase.UNKNOWN
    impact: Impact = Impact.UNKNOWN
    severity: Severity = Severity.INFORMATIONAL
    highest_severity: Severity = Severity.INFORMATIONAL
    sources: tuple[Source, ...] = ()
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    window: Window = Window()
    self_service_window: SelfServiceWindow | None = None
    title: str = ""
    test: bool = False
    resources_total: int = 0
    resources: tuple[Touched, ...] = ()
    keys: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    warnings: tuple[FieldWarning, ...] = ()
    opened_at: datetime
    updated_at: datetime
    occurred_at: datetime
    over: bool = False
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    heard: dict[str, Hearer] = msgspec.field(default_factory=dict)
    merged_into: str | None = None
    moved_to: str | None = None

    @property
    def urgency(self) -> tuple[int, int, float, str]:
        """Open before over, the most severe first, then what comes first; of what is over the newest first."""
        opens = self.window.not_before
        when = -self.updated_at.timestamp() if self.over else opens.timestamp() if opens else _FAR
        return (int(self.over), 0 if self.over else -self.severity.rank, when, self.id)

    @property
    def has_unknown(self) -> bool:
        """Azure said something that we do not know or could not read, or nothing where we expected a word."""
        unknown = self.kind is Kind.UNKNOWN or self.phase is Phase.UNKNOWN or self.impact is Impact.UNKNOWN
        return unknown or bool(self.warnings)


class About(Struct, frozen=True):
    """The story of a delivery, as far as a list names it."""

    id: str
    subscription_id: str
    title: str = ""
    kind: Kind = Kind.UNKNOWN
    resources: tuple[Touched, ...] = ()

    @property
    def name(self) -> str:
        """Its title, else its first resource, else its kind."""
        first = next((one.resource.name or one.resource.key for one in self.resources), "")
        return self.title or first or str(self.kind).replace("_", " ")


class DeliveryBrief(Struct, frozen=True, kw_only=True):
    """One line of the ledger. `target` is as the routing file writes it; see `shown_target`."""

    id: str
    partition: str
    story_id: str
    revision: int
    audience: str
    channel: str
    target: str
    occasion: str
    route: str
    reason: str
    severity: Severity
    changes: tuple[str, ...] = ()
    story: About
    folded_total: int = 0
    created_at: datetime
    due_at: datetime
    give_up_at: datetime
    state: DeliveryState
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str | None = None
    receipt: dict[str, str] = msgspec.field(default_factory=dict)


_SECRET = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[^/]{16,}|[A-Za-z0-9_]{24,}")
"""A part of a path that is no word: Slack's addresses end in one, and whoever has it may post."""


def shown_target(target: str) -> str:
    """A target fit to be shown: of a URL no credentials, no query and no part that may be a secret."""
    if "://" not in target:
        return target
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        place = f"{host}:{parts.port}" if parts.port else host
    except ValueError:
        return "an address that cannot be read"
    path = "/".join(part[:4] + "…" if _SECRET.fullmatch(part) else part for part in parts.path.split("/"))
    return urlunsplit((parts.scheme, place, path, "", ""))
