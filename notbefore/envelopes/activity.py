"""An activity-log record in all its spellings: alert, REST, export, AzureActivity row, OTLP, ResourceAction.

`Entry` gives the same names to all of them; three sources read it.
"""

from __future__ import annotations

from datetime import datetime

from notbefore.envelopes.record import Context, Form, Record
from notbefore.reading import Fields, resource_at, subscription_of, word_of
from notbefore.schema import Resource

_OPERATION = ("OperationNameValue", "operationName")
_CATEGORY = ("CategoryValue", "category", "eventCategory")
"""AzureActivity's own columns first: what stands in its old ones may be a name for people."""
_TIMES = (
    "occurredTime", "occuredTime", "eventTimestamp", "time", "eventTime", "TimeGenerated", "lastUpdateTime",
)  # fmt: skip  # the order in which they are asked
_RESOURCE = ("resourceId", "_ResourceId", "resourceUri")

CATEGORY_FORMS: dict[str, Form | None] = {
    "servicehealth": Form.SERVICE_HEALTH_ENTRY,
    "resourcehealth": Form.RESOURCE_HEALTH_ENTRY,
    "policy": None,
    "autoscale": None,
    "alert": None,
    "security": None,
    "recommendation": None,
}
"""Category → form; None is ignored; any other (Administrative, Write, Action, Delete) is an operation."""

_CATEGORIES = frozenset({*CATEGORY_FORMS, "administrative"})

_TELLTALE = frozenset(
    {
        "operationname", "operationnamevalue", "category", "categoryvalue", "eventcategory", "eventsource",
        "properties", "properties_d", "trackingid",
    }
)  # fmt: skip  # without any of these keys, in lower case, an object is no record

_SERVICES = {
    "activitylog-policy": "policy",
    "activitylog-autoscale": "autoscale",
    "activitylog-security": "security",
    "activitylog-administrative": "administrative",
    "servicehealth": "servicehealth",
    "resourcehealth": "resourcehealth",
}
"""An alert's monitoringService, blanks removed → category."""

_OPERATIONS = (
    ("microsoft.servicehealth/", "servicehealth"),
    ("microsoft.resourcehealth/healthevent/", "resourcehealth"),
)


def is_entry(fields: Fields, context: Context) -> bool:
    """Whether this is an activity-log record at all; a count of records by category is none."""
    if context.event_type and (context.event_type == Context.ACTIVITY_LOG or _service_of(context)):
        return True
    if _TELLTALE.isdisjoint(fields.spelt):
        return False
    if fields.get(*_OPERATION) is not None:
        return True
    if fields.word(*_CATEGORY, "eventSource") in _CATEGORIES:
        return fields.get("properties", "Properties_d", "eventTimestamp", "correlationId", "eventDataId") is not None
    return properties_of(fields).has("trackingId", "incidentType")


def category_of(fields: Fields, context: Context) -> str:
    """The category as a word; from the operation's name or the alert's service where nothing says it.

    In an export `category` may be `Write`, `Action` or `Administrative` whatever it is: its properties know better
    (Azure docs: Azure Activity Log event schema, from storage account and event hubs).
    """
    said = fields.word(*_CATEGORY)
    if said not in CATEGORY_FORMS:
        inside, source = outer_properties(fields).word("eventCategory"), fields.word("eventSource")
        known = inside if inside in CATEGORY_FORMS else source
        said = known if known in CATEGORY_FORMS else said or inside or source
    if said in CATEGORY_FORMS:
        return said
    operation = fields.word(*_OPERATION)
    for beginning, category in _OPERATIONS:
        if operation.startswith(beginning):
            return category
    if said and not said.isdigit():
        return said
    if service := _service_of(context):
        return service
    return "servicehealth" if properties_of(fields).has("trackingId") else "administrative"


def _service_of(context: Context) -> str | None:
    return _SERVICES.get(word_of(context.event_type))


def outer_properties(fields: Fields) -> Fields:
    """The properties as they stand: in AzureActivity the dynamic column, for the old one may be a leftover."""
    return fields.inner("Properties_d", "properties")


def properties_of(fields: Fields) -> Fields:
    """The innermost properties: an export and PowerShell keep them one level deeper, a query may have none."""
    properties = outer_properties(fields)
    for deeper in ("eventProperties", "Content"):
        if properties.has(deeper) and ((inner := properties.inner(deeper)) or properties.get(deeper) == {}):
            return inner
    return properties if properties or not fields.has("trackingId") else fields


class Entry:
    """One activity-log record, by the same names whatever its spelling."""

    __slots__ = ("context", "fields", "outer", "properties")

    def __init__(self, record: Record) -> None:
        self.fields = record.fields
        self.context = record.context
        self.outer = outer_properties(record.fields)
        self.properties = properties_of(record.fields)

    @property
    def operation(self) -> str:
        """The operation's name in lower case, `microsoft.compute/virtualmachines/restart/action`."""
        return self.fields.word(*_OPERATION)

    @property
    def status(self) -> str:
        """The status as a word: `status`, the table's columns, the export's `resultType`."""
        return self.fields.word("ActivityStatusValue", "status", "ActivityStatus", "resultType").rstrip(".")

    @property
    def time(self) -> datetime | None:
        """The statement's own time."""
        return self.fields.time(*_TIMES)

    @property
    def correlation_id(self) -> str | None:
        """Shared by all records of one operation."""
        return self.fields.text("correlationId") or self.properties.text("correlationId")

    @property
    def operation_id(self) -> str | None:
        """The operation's own id."""
        return self.fields.text("operationId") or self.outer.text("operationId")

    @property
    def resource_path(self) -> str:
        """Where the resource is, or should have been."""
        if said := next((key for name in _RESOURCE if (key := self.fields.key(name))), None):
            return f"{self.fields.path}.{said}"
        by_grid = self.context.event_type.lower().startswith("microsoft.resources.")
        return f"{self.fields.path}.{'resourceUri' if by_grid else 'resourceId'}"

    def resources(self) -> list[Resource]:
        """What the record is about: its resource, else what the alert fired for, else Event Grid's subject."""
        named = (resource for text in self.resource_ids() if (resource := resource_at(text)))
        return [*{resource.key: resource for resource in named}.values()]

    def resource_ids(self) -> tuple[str, ...]:
        """The ids of `resources`, as sent."""
        for text in (self.fields.text(*_RESOURCE), self.properties.text("resourceId")):
            if text and resource_at(text):
                return (text,)
        return self.context.targets or (self.context.subject,)

    def subscription_id(self, resources: tuple[Resource, ...] = ()) -> str | None:
        """Of the resource, else of the record, else of the alert's target."""
        for resource in resources:
            if found := subscription_of(resource.id):
                return found
        for name in ("subscriptionId", "_SubscriptionId", *_RESOURCE):
            if (text := self.fields.text(name)) and (found := subscription_of(text)):
                return found
        for text in (self.properties.text("subscriptionId"), self.fields.text("id"), *self.context.targets):
            if text and (found := subscription_of(text)):
                return found
        return None

    @property
    def caller(self) -> str | None:
        """Who asked for it: `caller`, else the `upn` claim, else `appid`."""
        if caller := self.fields.text("caller"):
            return caller
        claims = self.fields.inner("claims", "Claims_d") or self.fields.inner("identity").inner("claims")
        claims = claims.inner("Content") or claims
        upn = next((key for key in claims.raw if key.lower().rsplit("/", 1)[-1] == "upn"), "upn")
        return claims.text(upn, "appid")
