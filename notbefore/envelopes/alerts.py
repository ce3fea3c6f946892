"""Alerts of Azure Monitor: common schema, legacy activity-log schema, log alerts with their rows or dimensions."""

from __future__ import annotations

from notbefore.envelopes.record import Context, Inside, Opened
from notbefore.errors import MalformedSignal
from notbefore.reading import Fields, unwrapped

_COMMON = "azuremonitorcommonalertschema"
_LEGACY = "microsoft.insights/activitylogs"
_LEGACY_LOG = "microsoft.insights/logalert"


def is_alert(fields: Fields) -> bool:
    """The common alert schema, with or without its schemaId."""
    if fields.word("schemaId") == _COMMON or fields.has("alertContext"):
        return True
    return fields.has("data") and fields.inner("data").has("alertContext")


def open_alert(fields: Fields, context: Context) -> list[Opened]:
    """The alert context, with when it fired and for what. Severity and condition of an alert say nothing."""
    holder = fields if fields.has("alertContext") else fields.inner("data")
    if not holder:
        return [MalformedSignal(fields.at("data"), "an alert without its data")]
    essentials = holder.inner("essentials")
    said = unwrapped(holder.get("alertContext"))
    if said is not None and not isinstance(said, dict):
        return [MalformedSignal(holder.at("alertContext"), f"an object was expected, not a {type(said).__name__}")]
    inner = context.within(
        time=essentials.time("firedDateTime"),
        event_type=essentials.text("monitoringService"),
        targets=tuple(essentials.texts("alertTargetIDs")),
    )
    return [Inside(said or {}, holder.under("alertContext"), inner)]


def is_legacy(fields: Fields) -> bool:
    """The legacy schema: `data.context.activityLog`, also without the outer levels."""
    return fields.word("schemaId") == _LEGACY or _activity_log(fields) is not None


def _activity_log(fields: Fields) -> Fields | None:
    for holder in (fields, fields.inner("data")):
        if holder.has("activityLog"):
            return holder
        if holder.has("context") and (context := holder.inner("context")).has("activityLog"):
            return context
    return None


def open_legacy(fields: Fields, context: Context) -> list[Opened]:
    """The activity-log record of a legacy alert."""
    holder = _activity_log(fields)
    if holder is None:
        where = fields.inner("data").inner("context").at("activityLog")
        return [MalformedSignal(where, "an alert without its record")]
    said = unwrapped(holder.get("activityLog"))
    if not isinstance(said, dict):
        return [MalformedSignal(holder.at("activityLog"), "an object was expected")]
    inner = context.within(event_type=Context.ACTIVITY_LOG, time=holder.time("timestamp"))
    return [Inside(said, holder.under("activityLog"), inner)]


def has_search_rows(fields: Fields) -> bool:
    """A log alert: the rows that were found, or the dimensions it was split by."""
    fields = _log_alert(fields)
    if fields.has("SearchResults") or fields.has("SearchResult"):
        return True
    return fields.has("condition") and any(
        criterion.has("dimensions", "searchQuery") for criterion in fields.inner("condition").inners("allOf")
    )


def _log_alert(fields: Fields) -> Fields:
    """The legacy schema of log alerts keeps under `data` what an alert context has at its top."""
    return fields.inner("data") if fields.word("schemaId") == _LEGACY_LOG else fields


def open_search(fields: Fields, context: Context) -> list[Opened]:
    """The rows; without rows, the dimensions of each criterion as one row."""
    fields = _log_alert(fields)
    subscription = fields.text("SubscriptionId")
    if subscription and not context.targets:
        context = context.within(targets=(f"/subscriptions/{subscription}",))
    found: list[Opened] = []
    for criterion in fields.inner("condition").inners("allOf"):
        row = {name: pair.get("value") for pair in criterion.inners("dimensions") if (name := pair.text("name"))}
        found.append(Inside(row, criterion.under("dimensions"), context))
    results = fields.inner("SearchResults", "SearchResult")
    if results.has("tables"):
        found.append(Inside(results.raw, results.place, context))
    return found
