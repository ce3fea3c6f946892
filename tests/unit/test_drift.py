"""What Azure says that we do not know yet keeps its event and is noted on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notbefore.normalization import normalize
from notbefore.schema import Kind, MaintenanceEvent, Phase

EXAMPLES = Path(__file__).parent / "sources" / "examples"
ARRIVAL = datetime(2026, 5, 4, 10, 0, 30, tzinfo=UTC)
PLANNED = json.loads((EXAMPLES / "service_health" / "stage-planned.json").read_bytes())
CHANGED = json.loads((EXAMPLES / "resource_health" / "changed-to-unavailable.json").read_bytes())
RUN = json.loads((EXAMPLES / "maintenance_configuration" / "run-pre.json").read_bytes())[0]
RUN["data"]["resourceSubscriptionIds"] = ["4f3c2b1a-0000-4000-8000-000000000001"]


def read(value: object) -> MaintenanceEvent:
    """The one event of a payload."""
    (event,) = normalize(json.dumps(value).encode(), ARRIVAL).events
    return event


def changed(value: object, *path: str | int, to: object) -> Any:  # noqa: ANN401 - any JSON value
    """A copy with one value changed."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = to
    return copy


CONTEXT = ("data", "alertContext")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ((*CONTEXT, "properties", "stage"), "Deferred"),
        ((*CONTEXT, "properties", "incidentType"), "Rehearsal"),
        ((*CONTEXT, "properties", "slaCredit"), "5 %"),
        ((*CONTEXT, "level"), "Fatal"),
    ],
)
def test_an_unknown_word_or_field_of_an_alert_is_noted_where_it_stands(path: tuple[str, ...], word: str) -> None:
    """The event is there, with one warning."""
    event = read(changed(PLANNED, *path, to=word))
    assert [warning.path for warning in event.warnings] == ["$." + ".".join(path)]
    assert event.keys["tracking_id"] == read(PLANNED).keys["tracking_id"]


def single(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The event of a batch of one."""
    return value[0] if isinstance(value, list) else value


def test_an_unknown_event_type_and_api_version_are_noted_on_the_event() -> None:
    """Of a family that speaks of health: what it says is read all the same."""
    new = changed(single(CHANGED), "eventType", to="Microsoft.ResourceNotifications.HealthResources.Foretold")
    new = changed(new, "data", "apiVersion", to="2031-01-01")
    event = read(new)
    assert [warning.path for warning in event.warnings] == ["$.eventType", "$.data.apiVersion"]
    assert (event.kind, event.phase) == (Kind.RESOURCE_HEALTH, Phase.STARTED)


def test_an_unknown_event_of_a_run_has_an_unknown_phase() -> None:
    """Never read as before or after."""
    event = read(changed(RUN, "eventType", to="Microsoft.Maintenance.PausedMaintenanceEvent"))
    assert (event.kind, event.phase) == (Kind.MAINTENANCE_RUN, Phase.UNKNOWN)
    assert [warning.path for warning in event.warnings] == ["$.eventType"]


def test_what_cannot_be_read_of_our_families_goes_to_quarantine() -> None:
    """`not recognised` is what the pipeline keeps for a person to see."""
    new = {
        "id": "1",
        "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.Foretold",
        "eventTime": "2026-05-04T10:00:00Z",
        "data": {"resourceInfo": {"properties": {"omen": "red sky"}}},
    }
    assert (normalize(json.dumps(new).encode(), ARRIVAL).ignored or "").startswith("not recognised")


def test_an_unreadable_time_of_an_envelope_is_noted_on_the_event() -> None:
    """What lies around a record is read by us too."""
    event = read(changed(PLANNED, "data", "essentials", "firedDateTime", to="yesterday"))
    assert [warning.path for warning in event.warnings] == ["$.data.essentials.firedDateTime"]


def test_a_known_payload_has_nothing_new() -> None:
    """No example of ours that is documented carries a warning about a field, a type or a version."""
    for value in (PLANNED, CHANGED, RUN):
        assert read(value).warnings == ()
