"""What one signal says besides its events: facts about resources, and who was present when."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from notbefore.schema.event import FieldWarning, MaintenanceEvent, require_utc


class ResourceFacts(Struct, frozen=True, gc=False, kw_only=True):
    """What routing and people want to know of a resource. `id` is the lower-case ARM id; absent is unknown."""

    id: str
    name: str | None = None
    type: str | None = None
    location: str | None = None
    zone: str | None = None
    resource_group: str | None = None
    scale_set: str | None = None
    availability_set: str | None = None
    fault_domain: str | None = None
    update_domain: str | None = None
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    inherited: dict[str, str] = msgspec.field(default_factory=dict)
    """Tags of its resource group and subscription, the group's first: where an owner is looked up as well."""
    seen_at: datetime

    def __post_init__(self) -> None:
        require_utc("seen_at", self.seen_at)


class Presence(Struct, frozen=True, gc=False, kw_only=True):
    """One IMDS document as a list of what is there now; from it, absence is judged.

    `reporter` is the reporting VM's lower-case ARM id. Without a boot id or an incarnation nothing can be
    judged gone, and no presence is made.
    """

    reporter: str
    subscription_id: str
    boot_id: str
    incarnation: int
    event_ids: tuple[str, ...]
    at: datetime

    def __post_init__(self) -> None:
        require_utc("at", self.at)


class Reading(Struct, frozen=True, gc=False):
    """What one source made of one record."""

    events: tuple[MaintenanceEvent, ...] = ()
    facts: tuple[ResourceFacts, ...] = ()
    presence: tuple[Presence, ...] = ()
    ignored: str | None = None
    """Why there is no event, when there is none."""
    malformed: tuple[FieldWarning, ...] = ()
    """Elements of a list that lack what identifies them; they spoil only themselves."""
