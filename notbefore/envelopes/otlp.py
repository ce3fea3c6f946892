"""OpenTelemetry log records back to the records Azure wrote. A collector renames fields; these are its names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notbefore.reading import Fields, unwrapped

_TOP = {
    "azure.category": "category",
    "azure.operation.name": "operationName",
    "azure.result.type": "resultType",
    "result.type": "resultType",
    "azure.result.description": "resultDescription",
    "azure.result.signature": "resultSignature",
    "azure.correlation_id": "correlationId",
    "azure.operation.id": "operationId",
    "azure.resource.id": "resourceId",
    "cloud.resource_id": "resourceId",
    "azure.identity.caller": "caller",
}
_CALLERS = ("user.email", "azure.identity.application.id")
"""The `upn` and `appid` claims of who asked."""
_PROPERTIES = {
    "communicationbody": "communication",
    "impactstart": "impactStartTime",
    "impactmitigation": "impactMitigationTime",
    "impactservices": "impactedServices",
    "healthstatuscurrent": "currentHealthStatus",
    "healthstatusprevious": "previousHealthStatus",
    "currentstatus": "currentHealthStatus",
    "previousstatus": "previousHealthStatus",
    "previousstate": "previousHealthStatus",
    "statusmessagetext": "statusMessage",
}
"""What is not Azure's own name once dots and underscores are left out (`tracking.id`, `tracking_id`)."""
_STATE = {"azure.servicehealth.": "stage", "azure.resourcehealth.": "currentHealthStatus"}
_PREFIXES = (*_STATE, "azure.service_health.", "azure.resource_health.", "azure.administrative.")


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
    attributes = {key.lower(): value for key, value in (shared | flat(record.get("attributes"))).items()}
    for name, value in attributes.items():
        if name in _TOP:
            told.setdefault(_TOP[name], value)
        if prefix := next((prefix for prefix in _PREFIXES if name.startswith(prefix)), None):
            properties[_own_name(prefix, name.removeprefix(prefix))] = _unscored(value)
    told.setdefault("level", record.get("severityText"))
    told.setdefault("time", moment(record.get("timeUnixNano", "observedTimeUnixNano")))
    if caller := next(filter(None, map(attributes.get, _CALLERS)), None):
        told.setdefault("caller", caller)
    if properties:
        told.setdefault("properties", properties)
    if isinstance(body, str):
        told["message"] = body
    return told


def _own_name(prefix: str, said: str) -> str:
    """Azure's own name of a property, in any case."""
    if said == "state":
        return _STATE.get(prefix, said)
    name = said.replace(".", "").replace("_", "")
    return _PROPERTIES.get(name, name)


def _unscored(value: object) -> object:
    """The value with keys that a collector wrote as `region_name` as Azure's own, in any case."""
    if isinstance(value, list):
        return [_unscored(element) for element in value]
    if isinstance(value, dict):
        return {key.replace("_", ""): _unscored(inner) for key, inner in value.items()}
    return value


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
