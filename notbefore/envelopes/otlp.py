"""OpenTelemetry log records back to the records Azure wrote. A collector renames fields; these are its names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notbefore.reading import Fields, unwrapped

_TOP = {
    "azure.category": "category",
    "azure.operation.name": "operationName",
    "azure.result.type": "resultType",
    "azure.result.description": "resultDescription",
    "azure.result.signature": "resultSignature",
    "azure.correlation_id": "correlationId",
    "azure.operation.id": "operationId",
    "azure.resource.id": "resourceId",
    "cloud.resource_id": "resourceId",
    "azure.identity.caller": "caller",
}
_PROPERTIES = {
    "communication.body": "communication",
    "communication.id": "communicationId",
    "incident.type": "incidentType",
    "tracking.id": "trackingId",
    "maintenance.id": "maintenanceId",
    "impact.start": "impactStartTime",
    "impact.mitigation": "impactMitigationTime",
    "impact.services": "impactedServices",
    "impact.type": "impactType",
    "impact.category": "impactCategory",
    "default_language.title": "defaultLanguageTitle",
    "default_language.content": "defaultLanguageContent",
    "state": "stage",
    "is_synthetic": "IsSynthetic",
    "health.status.current": "currentHealthStatus",
    "health.status.previous": "previousHealthStatus",
    "current_health_status": "currentHealthStatus",
    "previous_health_status": "previousHealthStatus",
    "current.health.status": "currentHealthStatus",
    "previous.health.status": "previousHealthStatus",
}
_PREFIXES = ("azure.servicehealth.", "azure.resourcehealth.")


def flat(pairs: object) -> dict[str, object]:
    """OTLP's list of `{key, value: {…Value}}` as a dict."""
    if not isinstance(pairs, list):
        return {}
    entries = [Fields(pair) for pair in pairs if isinstance(pair, dict)]
    return {key: bare(entry.get("value")) for entry in entries if (key := entry.text("key"))}


def bare(value: object) -> object:
    """A typed OTLP value without its type; anything else as it is."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    (kind, inner), *_ = value.items()
    if kind == "kvlistValue":
        return flat(Fields(inner).get("values")) if isinstance(inner, dict) else {}
    if kind == "arrayValue":
        return [bare(element) for element in Fields(inner).items("values")] if isinstance(inner, dict) else []
    return inner if kind.endswith("Value") else value


def plain(record: Fields, shared: dict[str, object]) -> dict[str, object]:
    """One log record with Azure's own field names; a body that is a record itself comes through as it is."""
    body = unwrapped(bare(record.get("body")))
    told: dict[str, object] = dict(body) if isinstance(body, dict) else {}
    properties: dict[str, object] = {}
    for key, value in (shared | flat(record.get("attributes"))).items():
        name = key.lower()
        if name in _TOP:
            told.setdefault(_TOP[name], value)
        for prefix in _PREFIXES:
            if name.startswith(prefix):
                bare_name = name.removeprefix(prefix)
                properties[_PROPERTIES.get(bare_name, bare_name)] = value
    told.setdefault("level", record.get("severityText"))
    told.setdefault("time", moment(record.get("timeUnixNano", "observedTimeUnixNano")))
    if properties:
        told.setdefault("properties", properties)
    if isinstance(body, str):
        told["message"] = body
    return told


def moment(nanoseconds: object) -> str | None:
    """Nanoseconds since 1970 as an ISO text; None when they are none."""
    try:
        count = int(str(nanoseconds))
        return (
            (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=count // 1000)).isoformat()
            if count > 0
            else None
        )
    except (ValueError, OverflowError):
        return None
