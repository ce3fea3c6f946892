"""Which form a single record has: one table, by structure. No two sources ever claim the same record.

The order of rows matters only between what is read and what is ignored; tests prove that rows of two sources
never fit one record.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from notbefore.envelopes.activity import CATEGORY_FORMS, category_of, is_entry
from notbefore.envelopes.custom_tables import without_suffixes
from notbefore.envelopes.known import is_ours
from notbefore.envelopes.record import Context, Form, Passed, Record
from notbefore.envelopes.scheduled_forms import (
    MESSAGES,
    is_agent,
    is_document,
    is_scheduled_event,
    is_scheduled_resource,
    is_scheduled_row,
)
from notbefore.envelopes.seen import ANNOTATED, CHANGED, EMITTED, RUN_EVENTS, TYPE, Seen
from notbefore.reading import Fields, resource_at

NOT_RECOGNISED = "not recognised"
_CHAT = frozenset({"text", "title", "subtitle", "summary", "themecolor", "username", "mrkdwn", "type", "markdown"})
"""An object with `text` and nothing but these is a chat message."""


def recognised(fields: Fields, context: Context) -> Record | Passed:
    """The record with its form, or why it is passed over."""
    if is_entry(fields, context):
        return _activity(fields, context)
    seen = seen_of(fields, context)
    for meaning, fits in _candidates(keys_of(seen)):
        if fits(seen):
            return Record(meaning, fields, context) if isinstance(meaning, Form) else Passed(fields.path, meaning)
    if (sent := without_suffixes(fields)) is not None:
        return recognised(sent, context)
    return Passed(fields.path, _not_recognised(context))


def keys_of(seen: Seen) -> frozenset[str]:
    """The keys at the top and in the properties that a row of the table asks for, and what is said around them."""
    return seen.top.spelling.derived(_asked) | seen.inner.spelling.derived(_asked) | {*seen.said_around()}


def _asked(keys: frozenset[str]) -> frozenset[str]:
    return keys & _ASKED


@lru_cache(maxsize=512)
def _candidates(keys: frozenset[str]) -> tuple[tuple[Form | str, Callable[[Seen], bool]], ...]:
    """Rows of the table that a record with these keys may fit. The same few come again and again."""
    return tuple([(meaning, fits) for meaning, needed, fits in TABLE if not needed.isdisjoint(keys)])


def seen_of(fields: Fields, context: Context) -> Seen:
    """The record as the rows of the table look at it."""
    event = context.event_type.lower().rpartition(".")[2]
    return Seen(fields, fields.inner("properties"), _type_of(fields), context, event)


def _activity(fields: Fields, context: Context) -> Record | Passed:
    category = category_of(fields, context)
    form = CATEGORY_FORMS.get(category, Form.OPERATION_ENTRY)
    if form is None:
        return Passed(fields.path, f"an activity-log record of category {category}, not maintenance")
    sent = fields.time("submissionTimestamp", "EventSubmissionTimestamp")
    return Record(form, fields, context.within(time=sent))


def _not_recognised(context: Context) -> str:
    if is_ours(context.event_type):
        return f"{NOT_RECOGNISED}: an event of type {context.event_type[:120]}"
    about = context.event_type or context.table
    return f"not about maintenance: {about}" if about else NOT_RECOGNISED


def _type_of(fields: Fields) -> str:
    """The ARM type: as said, else from the id; "" when there is neither."""
    said = fields.word("type")
    if "/" in said:
        return said.removeprefix("/providers/").strip("/")
    resource = resource_at(fields.text("id"))
    return resource.type or "" if resource else ""


def _is_chat(seen: Seen) -> bool:
    """Slack and Teams: words for people, even when they hold every field."""
    top = seen.top
    if top.word("@type") == "messagecard" or top.has("blocks") or top.has("icon_emoji"):
        return True
    if top.has("text") and _CHAT.issuperset(top.spelt):
        return True
    if top.has("attachments") and (top.has("text") or top.word("type") == "message"):
        return True
    return top.has("channel") and (top.has("text") or (top.has("message") and not top.has("EventID")))


def _is_error_answer(seen: Seen) -> bool:
    return seen.top.has("error") and seen.top.raw.keys() <= {"error", "newest-versions"}


def _is_impacted(seen: Seen) -> bool:
    if seen.type:
        return seen.type.endswith("/impactedresources")
    if seen.any("availabilityState", "annotationName"):
        return False
    return seen.any("targetResourceId", "resourceName") and seen.any(
        "trackingId", "maintenanceStartTime", "targetRegion"
    )


def _is_health_event(seen: Seen) -> bool:
    if seen.type.endswith("microsoft.resourcehealth/events"):
        return True
    if seen.any("targetResourceId", "resourceName"):
        return False
    return seen.any("eventType") and seen.any("trackingId", "impactStartTime") and seen.any("status", "impact", "title")


def _is_update(seen: Seen) -> bool:
    if seen.type.startswith("microsoft.maintenance/"):
        return seen.type == "microsoft.maintenance/updates"
    scoped = seen.any("maintenanceScope", "impactDurationInSec") and seen.any("impactType", "notBefore")
    return scoped and not seen.any("maintenanceWindow")


def _is_schedule(seen: Seen) -> bool:
    if not seen.type:
        return seen.any("maintenanceWindow") and seen.any("maintenanceScope", "visibility")
    return "microsoft.maintenance/" in seen.type and not seen.type.endswith(
        ("/applyupdates", "/updates", "/scheduledevents")
    )


def _is_availability(seen: Seen) -> bool:
    if seen.type.endswith("/resourceannotations") or seen.event == ANNOTATED:
        return False
    return "/availabilitystatu" in seen.type or seen.any("availabilityState") or seen.event == CHANGED


def _is_new_health(seen: Seen) -> bool:
    """A health event of a type that Azure added: something is said of a resource's health."""
    family = "microsoft.resourcenotifications.healthresources."
    return seen.context.event_type.lower().startswith(family) and seen.any("targetResourceId")


def _is_annotation(seen: Seen) -> bool:
    return seen.type.endswith("/resourceannotations") or seen.any("annotationName") or seen.event == ANNOTATED


def _view_of(seen: Seen) -> Fields:
    for holder in (seen.top, seen.inner):
        if view := holder.inner("instanceView"):
            return view
    return seen.top


def _is_instance_view(seen: Seen) -> bool:
    if seen.top.has("isCustomerInitiatedMaintenanceAllowed"):
        return True
    return bool(_view_of(seen).inner("maintenanceRedeployStatus"))


def _is_upgrade(seen: Seen) -> bool:
    return bool(seen.top.inner("runningStatus") or seen.inner.inner("runningStatus"))


def _is_patch_run(seen: Seen) -> bool:
    if seen.type:
        return seen.type.endswith("/patchinstallationresults")
    return seen.any("installationActivityId") or seen.all("installedPatchCount", "rebootStatus")


def _is_update_run(seen: Seen) -> bool:
    return "updaterunprogress" in (seen.context.table.lower(), seen.top.word("Type", "TableName")) or seen.top.has(
        "UpdateRunName"
    )


def _always(_: Seen) -> bool:
    """Its keys say it all."""
    return True


def _has(*names: str) -> Callable[[Seen], bool]:
    return lambda seen: seen.any(*names)


Row = tuple[Form | str, frozenset[str], Callable[[Seen], bool]]


def _row(meaning: Form | str, keys: str, fits: Callable[[Seen], bool]) -> Row:
    return meaning, frozenset(keys.lower().split()), fits


TABLE: tuple[Row, ...] = (
    _row("a message written for a chat", "@type blocks icon_emoji attachments channel text", _is_chat),
    _row("an error answer, no maintenance observed", "error", _is_error_answer),
    _row("emerging issues name no subscription", "/emergingissues", _always),
    _row("one patch of a run, not the run", "/softwarepatches", _always),
    _row("a patch assessment, not maintenance", "assessmentActivityId", _has("assessmentActivityId")),
    _row("a patch assessment, not maintenance", "/patchassessmentresults", _always),
    _row("a schedule, not an observation", f"maintenanceWindow {TYPE}", _is_schedule),
    _row(Form.SERVICE_HEALTH_EVENT, "eventType /events", _is_health_event),
    _row(Form.IMPACTED_RESOURCE, "targetResourceId resourceName /impactedresources", _is_impacted),
    _row(Form.AVAILABILITY, f"availabilityState {CHANGED} {TYPE}", _is_availability),
    _row(Form.ANNOTATION, f"annotationName {ANNOTATED} /resourceannotations", _is_annotation),
    _row(Form.AVAILABILITY, "targetResourceId", _is_new_health),
    _row(Form.SCHEDULED_AGENT, "ours document", is_agent),
    _row("a report of ours that is no event: a heartbeat, a boot, a runbook's step", "ours", _always),
    _row(Form.SCHEDULED_DOCUMENT, "Events DocumentIncarnation", is_document),
    _row(Form.SCHEDULED_EVENT, "Event EventId EventStatus", is_scheduled_event),
    _row(Form.SCHEDULED_RESOURCE, f"EventStatus {EMITTED} /scheduledevents", is_scheduled_resource),
    _row(Form.SCHEDULED_ROW, " ".join(("EventLog EventStatus SeverityLevel table", *MESSAGES)), is_scheduled_row),
    _row(Form.MAINTENANCE_RUN_EVENT, " ".join((*RUN_EVENTS, "maintenanceConfigurationId")), Seen.is_run_event),
    _row(Form.MAINTENANCE_UPDATE, f"maintenanceScope impactDurationInSec {TYPE}", _is_update),
    _row(Form.APPLY_UPDATE, "/applyupdates", _always),
    _row(
        Form.INSTANCE_VIEW,
        "instanceView maintenanceRedeployStatus isCustomerInitiatedMaintenanceAllowed",
        _is_instance_view,
    ),
    _row(Form.UPGRADE, "runningStatus", _is_upgrade),
    _row(Form.PATCH_RUN, "installationActivityId installedPatchCount /patchinstallationresults", _is_patch_run),
    _row(Form.UPDATE_RUN_ROW, "UpdateRunName Type TableName table", _is_update_run),
    _row("a machine without maintenance state", "instanceView vmAgent", _has("instanceView", "vmAgent")),
)
"""Meaning (a form, or why it is ignored), the keys without one of which the row cannot fit, and the test."""
_ASKED = frozenset().union(*(needed for _, needed, _ in TABLE))
