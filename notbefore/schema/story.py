"""A story: all events about one maintenance in one subscription.

The head is small whatever happens: its resources are rows beside it, counted here, and its cost to update
does not grow with its history.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore.schema.event import EventError, FieldWarning, Resource, SelfServiceWindow, Window
from notbefore.schema.words import OVER, Impact, InitiatedBy, Kind, Phase, Severity, Source


class Place(Struct, frozen=True, gc=False):
    """Where a resource runs, as far as that is known. A zone is named with its region, `westeurope 1`."""

    region: str | None = None
    zone: str | None = None
    update_domain: str | None = None


class Places(Struct, frozen=True, gc=False):
    """How many resources run where; those of which it is not known are in none of them."""

    regions: dict[str, int] = msgspec.field(default_factory=dict)
    zones: dict[str, int] = msgspec.field(default_factory=dict)
    update_domains: dict[str, int] = msgspec.field(default_factory=dict)


class ResourceState(Struct, frozen=True, gc=False, kw_only=True):
    """Where one resource of a story stands. `occurred_at` is that of the newest news that moved it."""

    resource: Resource
    phase: Phase
    impact: Impact
    severity: Severity
    window: Window = Window()
    occurred_at: datetime
    place: Place = Place()
    audiences: tuple[str, ...] = ()
    """Whom the routes named for it when it was last looked at."""

    @property
    def over(self) -> bool:
        """Nothing more is expected of this resource."""
        return self.phase in OVER


class Share(Struct, frozen=True, gc=False):
    """What of a story is one audience's: how many resources, and the digests of some of them."""

    count: int
    some: tuple[str, ...] = ()


class Told(Struct, frozen=True, gc=False, kw_only=True):
    """The material part of a story as an audience knows it: news is what differs from this."""

    phase: Phase
    impact: Impact
    severity: Severity
    window: Window
    self_service_window: SelfServiceWindow | None
    resources: int
    spread: str = ""
    """How many resources are in which phase, as text."""
    text: str
    """Hash of the communication, normalised."""


class Heard(Struct, frozen=True, gc=False, kw_only=True):
    """What one audience has been told of a story, one by one or in a digest."""

    revision: int
    told: Told
    first_at: datetime
    last_at: datetime
    route: str
    digested: bool = False
    """Told in digests only: an end goes the way its beginning went."""
    resources: int = 0
    """How many of the story's resources are this audience's."""
    change_at: datetime | None = None
    """When a change of resources or text alone was last told; the next one waits an interval."""
    escalated: bool = False
    """Told because nobody of another audience acknowledged."""
    parted: bool = False
    """Addresses that the routing file no longer has were told the end."""
    waits_in: str = ""
    """The group or digest in which it was folded last: it may be waiting there still."""
    lanes: dict[str, str] = msgspec.field(default_factory=dict)
    """`channel:target` → id of the newest delivery there; the next one there comes after it."""
    threads: dict[str, str] = msgspec.field(default_factory=dict)
    """`channel:target` → id of the first delivery there: the root of the thread."""


class Story(Struct, frozen=True, gc=False, kw_only=True):
    """The head of a story. `revision` counts material changes; 1 is the opening."""

    id: str
    subscription_id: str
    revision: int = 1
    kind: Kind = Kind.UNKNOWN
    kinds: tuple[Kind, ...] = ()
    sources: tuple[Source, ...] = ()
    phase: Phase = Phase.UNKNOWN
    impact: Impact = Impact.UNKNOWN
    severity: Severity = Severity.INFORMATIONAL
    highest_severity: Severity = Severity.INFORMATIONAL
    initiated_by: InitiatedBy = InitiatedBy.UNKNOWN
    azure_level: str | None = None
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    window: Window = Window()
    self_service_window: SelfServiceWindow | None = None
    duration_seconds: int | None = None
    keys: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    title: str = ""
    text: str = ""
    url: str | None = None
    error: EventError | None = None
    warnings: tuple[FieldWarning, ...] = ()
    test: bool = False
    resources_total: int = 0
    resources_by_phase: dict[Phase, int] = msgspec.field(default_factory=dict)
    places: Places = Places()
    shares: dict[str, Share] = msgspec.field(default_factory=dict)
    """By audience: the head shows twenty resources, and an audience may own none of them."""
    open_by_severity: dict[Severity, int] = msgspec.field(default_factory=dict)
    resources: tuple[ResourceState, ...] = ()
    """The most urgent, twenty at most; all of them are rows beside the head."""
    opened_at: datetime
    updated_at: datetime
    occurred_at: datetime
    """When the newest news was observed."""
    noticed_at: datetime | None = None
    """When the window was first (or newly) known: notice is counted from here."""
    over: bool = False
    """Nothing more is expected: Service Health said so, or no resource is open."""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    heard: dict[str, Heard] = msgspec.field(default_factory=dict)
    joined: tuple[str, ...] = ()
    """How events without a common key came here, in words."""
    merged_into: str | None = None
    moved_to: str | None = None
    """The subscription in whose partition it lives now; it was opened when that was unknown."""
    state: dict[str, str] = msgspec.field(default_factory=dict)
    """What `story.advance` keeps for itself: who last moved which field, hashes of texts already seen."""

    @property
    def ended(self) -> bool:
        """It came to its end, as people want to hear it. What failed did not: that is news, and somebody has to act."""
        return self.over and self.phase is not Phase.FAILED
