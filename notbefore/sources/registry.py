"""Which source reads which form: a plain dict, one line a form. A form belongs to one source only."""

from __future__ import annotations

from collections.abc import Callable

from notbefore.envelopes import Form, Record
from notbefore.schema import Reading
from notbefore.sources import (
    activity_log,
    compute,
    compute_patching,
    compute_upgrades,
    maintenance_configuration,
    maintenance_updates,
    resource_health,
    scheduled_events,
    service_health,
    update_management,
)

Parse = Callable[[Record], Reading]
"""Reads one record: pure, no clock, no I/O. Raises: MalformedSignal with the path of what is missing.

No event is `Reading(ignored="why")`, never an empty reading without a reason.
"""

SOURCES: dict[Form, Parse] = {
    Form.SERVICE_HEALTH_ENTRY: service_health.parse_entry,
    Form.SERVICE_HEALTH_EVENT: service_health.parse_event,
    Form.IMPACTED_RESOURCE: service_health.parse_impacted,
    Form.RESOURCE_HEALTH_ENTRY: resource_health.parse_entry,
    Form.AVAILABILITY: resource_health.parse_availability,
    Form.ANNOTATION: resource_health.parse_annotation,
    Form.OPERATION_ENTRY: activity_log.parse,
    Form.SCHEDULED_DOCUMENT: scheduled_events.parse_document,
    Form.SCHEDULED_AGENT: scheduled_events.parse_agent,
    Form.SCHEDULED_EVENT: scheduled_events.parse_event,
    Form.SCHEDULED_RESOURCE: scheduled_events.parse_resource,
    Form.SCHEDULED_ROW: scheduled_events.parse_row,
    Form.MAINTENANCE_RUN_EVENT: maintenance_configuration.parse_run_event,
    Form.MAINTENANCE_UPDATE: maintenance_updates.parse_update,
    Form.APPLY_UPDATE: maintenance_updates.parse_apply_update,
    Form.INSTANCE_VIEW: compute.parse_instance_view,
    Form.UPGRADE: compute_upgrades.parse_upgrade,
    Form.PATCH_RUN: compute_patching.parse_patch_run,
    Form.UPDATE_RUN_ROW: update_management.parse,
}
