"""What NotBefore speaks of: event, story, delivery, message. Touches nothing else of the house.

All of it are frozen trees that hold nothing of what holds them, so the garbage collector need not look (`gc=False`).
"""

from notbefore.schema.delivery import (
    Attachment,
    Decision,
    Delivery,
    DeliveryState,
    Message,
    Receipt,
    Verdict,
    delivery_id,
)
from notbefore.schema.event import (
    EventError,
    FieldWarning,
    MaintenanceEvent,
    Resource,
    SelfServiceWindow,
    Window,
    require_utc,
)
from notbefore.schema.identity import Namespace
from notbefore.schema.observation import Presence, Reading, ResourceFacts
from notbefore.schema.reporting import Names, Reporting
from notbefore.schema.story import Heard, Place, Places, ResourceState, Share, Story, Told
from notbefore.schema.words import (
    DRILL_SUBSCRIPTION,
    IMPACT_RANK,
    OVER,
    PROGRESS,
    READABLE_VERSION,
    REBOOT_CLASS,
    SCHEMA_VERSION,
    STORED_VERSION,
    UNKNOWN_SUBSCRIPTION,
    Impact,
    InitiatedBy,
    Kind,
    Phase,
    Severity,
    Source,
)

__all__ = [
    "DRILL_SUBSCRIPTION",
    "IMPACT_RANK",
    "OVER",
    "PROGRESS",
    "READABLE_VERSION",
    "REBOOT_CLASS",
    "SCHEMA_VERSION",
    "STORED_VERSION",
    "UNKNOWN_SUBSCRIPTION",
    "Attachment",
    "Decision",
    "Delivery",
    "DeliveryState",
    "EventError",
    "FieldWarning",
    "Heard",
    "Impact",
    "InitiatedBy",
    "Kind",
    "MaintenanceEvent",
    "Message",
    "Names",
    "Namespace",
    "Phase",
    "Place",
    "Places",
    "Presence",
    "Reading",
    "Receipt",
    "Reporting",
    "Resource",
    "ResourceFacts",
    "ResourceState",
    "SelfServiceWindow",
    "Severity",
    "Share",
    "Source",
    "Story",
    "Told",
    "Verdict",
    "Window",
    "delivery_id",
    "require_utc",
]
