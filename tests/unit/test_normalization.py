"""One payload to what it says: batches, broken elements, and ids that are the same for the same statement."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notbefore.normalization import NOTHING_IN_IT, Normalized, normalize

EXAMPLES = Path(__file__).parent / "sources" / "examples"
ARRIVAL = datetime(2026, 5, 4, 10, 0, 30, tzinfo=UTC)


def example(name: str) -> Any:  # noqa: ANN401 - any JSON value
    """One of our payloads."""
    return json.loads((EXAMPLES / f"{name}.json").read_bytes())


def read(value: object, arrival: datetime = ARRIVAL) -> Normalized:
    """A payload as it is read."""
    return normalize(value if isinstance(value, bytes) else json.dumps(value).encode(), arrival)


PLANNED, BROKEN = example("service_health/stage-planned"), example("service_health/no-tracking-id")


def test_one_broken_element_spoils_only_itself() -> None:
    """The others print their events, in order; the broken one is named by its path."""
    found = read([PLANNED, BROKEN, None, PLANNED])
    assert len(found.events) == 2
    assert [broken.path for broken in found.malformed] == ["$[1].data.alertContext.properties.trackingId"]
    assert found.ignored is None


def test_no_text_carries_a_nul() -> None:
    """Title and text reach databases and people; the rest of the words stays as it was."""
    payload = example("service_health/stage-planned")
    said = payload["data"]["alertContext"]["properties"]
    for name in [
        name for name in said if "title" in name.lower() or name in {"communication", "defaultLanguageContent"}
    ]:
        said[name] = "Reboot\0 of ten\0"
    (event,) = read(payload).events
    assert (event.title, event.text) == ("Reboot of ten", "Reboot of ten")


def test_a_broken_line_spoils_only_itself() -> None:
    """JSON Lines with CRLF, a blank line and one cut off."""
    line = json.dumps(PLANNED).encode()
    found = read(line + b"\r\n\r\n" + line[:200] + b"\r\n" + line + b"\r\n")
    assert len(found.events) == 2
    assert [broken.path for broken in found.malformed] == ["$[1]"]


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"!!!", b'{"records":[', b"Jul 22 20:25:54 host sshd[1]: session opened", b"\x00\x01\x02"]
)
def test_what_is_neither_json_nor_a_log_line_is_malformed(body: bytes) -> None:
    """At the root, once."""
    assert [broken.path for broken in read(body).malformed] == ["$"]


@pytest.mark.parametrize("value", [{"value": []}, {"records": []}, [], {"tables": [{"columns": [], "rows": []}]}])
def test_an_empty_form_is_ignored(value: object) -> None:
    """A known form with nothing in it."""
    assert read(value).ignored == NOTHING_IN_IT


@pytest.mark.parametrize("value", [None, 3, "words", {}, {"a": 1}, True, [None], [[[]]]])
def test_what_is_not_about_maintenance_is_ignored_with_a_reason(value: object) -> None:
    """Whatever it is, there is one reason."""
    found = read(value)
    assert found.ignored
    assert not found.events
    assert not found.malformed


@pytest.mark.parametrize(("value", "path"), [({"records": {}}, "$.records"), ({"tables": 3}, "$.tables")])
def test_the_wrong_container_is_malformed(value: object, path: str) -> None:
    """A list was promised."""
    assert [broken.path for broken in read(value).malformed] == [path]


def test_deep_nesting_is_malformed() -> None:
    """Nothing is read of what would exhaust the stack, whichever wall it meets first."""
    for depth in (300, 900, 5_000, 200_000):
        found = read(b"[" * depth + b"]" * depth)
        assert found.ignored or [broken.path.rstrip("[0]") for broken in found.malformed] == ["$"]


@pytest.mark.parametrize("around", [(b"[", b"]"), (b'{"data":', b"}"), (b'{"records":[', b"]}")])
@pytest.mark.parametrize("depth", [100, 450, 900])
def test_an_element_nested_too_deeply_spoils_only_itself(depth: int, around: tuple[bytes, bytes]) -> None:
    """Of a batch and of lines: what stands before and after it is read, and it is named or passed over."""
    good, deep = (
        json.dumps(PLANNED).encode(),
        around[0] * (depth // len(around[1])) + around[1] * (depth // len(around[1])),
    )
    batch, lines = (
        read(b"[" + b",".join([good, deep.replace(b":}", b":1}"), good]) + b"]"),
        read(good + b"\n" + deep + b"\n" + good),
    )
    assert len(batch.events) == len(lines.events) == 2
    assert all(broken.path.startswith("$[1]") for broken in (*batch.malformed, *lines.malformed))


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(json.dumps(PLANNED)).encode(),
        b"\xef\xbb\xbf" + json.dumps(PLANNED).encode(),
        json.dumps(PLANNED).encode("utf-16"),
        json.dumps([json.dumps(PLANNED)]).encode(),
        json.dumps({"WebhookName": "w", "RequestBody": json.dumps(PLANNED), "RequestHeader": {}}).encode(),
        json.dumps({"headers": {}, "body": PLANNED}).encode(),
    ],
)
def test_an_envelope_changes_neither_event_nor_id(body: bytes) -> None:
    """The same alert in a string, with a byte order mark, in UTF-16, or in a wrapper is the same statement."""
    assert read(body).events[0].id == read(PLANNED).events[0].id


@pytest.mark.parametrize("name", ["legacy", "export", "azureactivity-row", "forwarded-numbers-as-strings"])
def test_one_statement_has_one_id_however_it_came(name: str) -> None:
    """Alert, export and log row of one Service Health communication are one statement."""
    assert read(example(f"service_health/{name}")).events[0].id == read(PLANNED).events[0].id


def test_the_arrival_is_not_part_of_the_id() -> None:
    """The same payload a day later has the same ids."""
    for path in sorted(EXAMPLES.glob("*/*.json")):
        body = path.read_bytes()
        later = [event.id for event in read(body, ARRIVAL + timedelta(days=1)).events]
        assert [event.id for event in read(body).events] == later, path.name


@pytest.mark.parametrize("name", ["stage-in-progress", "stage-complete", "stage-rescheduled", "words-denied"])
def test_two_statements_have_two_ids(name: str) -> None:
    """Another stage or another communication of the same event is another statement."""
    changed = example(f"service_health/{name}")
    changed["data"]["alertContext"]["properties"]["communicationId"] = f"other than {name}"
    assert read(changed).events[0].id != read(PLANNED).events[0].id


def test_without_a_time_of_its_own_the_envelope_tells_two_statements_apart() -> None:
    """A machine that goes down twice has gone down twice, even if only Event Grid says when."""
    down = example("resource_health/changed-to-unavailable")
    del down[0]["data"]["resourceInfo"]["properties"]["occurredTime"]
    again = json.loads(json.dumps(down))
    again[0]["eventTime"] = "2026-05-11T10:00:02Z"
    assert read(down).events[0].id == read(down).events[0].id != read(again).events[0].id


@pytest.mark.parametrize(
    "wrapped",
    [
        {"WebhookData": {"WebhookName": "w", "RequestBody": json.dumps(PLANNED)}},
        {"Body": json.dumps(PLANNED), "EnqueuedTimeUtc": "2026-05-04T10:00:10Z", "SystemProperties": {}},
        {"@timestamp": "2026-05-04T10:00:10Z", "message": json.dumps(PLANNED)},
        {"event": {"original": json.dumps(PLANNED)}, "tags": ["forwarded"]},
        {"payload": [PLANNED]},
        {"payload": {"severity": "info", "custom_details": PLANNED}, "event_action": "trigger"},
    ],
)
def test_what_a_forwarder_carries_is_read_as_if_it_had_come_alone(wrapped: object) -> None:
    """The same events, whatever nobody recognises lies around them."""
    assert read(wrapped).events == read(PLANNED).events


def test_a_number_that_no_machine_counts_to_spoils_nothing() -> None:
    """Five thousand digits beside a maintenance."""
    body = json.dumps(PLANNED | {"more": "#"}).replace('"#"', "9" * 5000).encode()
    assert len(read(body).events) == 1


def test_a_graph_row_of_annotations_may_name_the_state_too() -> None:
    """It stays an annotation."""
    row = example("resource_health/annotation-graph-row")
    for one in row["data"]:
        one["properties"]["availabilityState"] = "Available"
    assert [event.phase for event in read(row).events] == [
        event.phase for event in read(example("resource_health/annotation-graph-row")).events
    ]


@pytest.mark.parametrize(
    "title", ["Complete your migration by March", "Work that is not yet completed", "To be completed in May"]
)
def test_a_title_that_speaks_of_an_end_to_come_contradicts_nothing(title: str) -> None:
    """Only a title that says it is over, while the stage does not, is noted."""
    told = json.loads(json.dumps(PLANNED))
    told["data"]["alertContext"]["properties"]["title"] = title
    assert read(told).events[0].warnings == ()


def test_an_export_without_a_tracking_id_names_where_it_should_have_been() -> None:
    """Among the event's properties, empty as they may be."""
    export = example("service_health/export")
    export["records"][0]["properties"]["eventProperties"] = {}
    missing = "$.records[0].properties.eventProperties.trackingId"
    assert [broken.path for broken in read(export).malformed] == [missing]


@pytest.mark.parametrize("held", [[], "words", 5])
def test_properties_that_are_no_object_are_named_themselves(held: object) -> None:
    """Not the field that cannot be in them."""
    told = json.loads(json.dumps(PLANNED))
    told["data"]["alertContext"]["properties"] = held
    assert [broken.path for broken in read(told).malformed] == ["$.data.alertContext.properties"]


@pytest.mark.parametrize("none", ["00000000-0000-0000-0000-000000000000", "0"])
def test_the_nil_guid_and_zero_are_no_keys(none: str) -> None:
    """Or all that has no maintenance would be one; an event that nothing identifies is malformed."""
    told = json.loads(json.dumps(PLANNED))
    told["data"]["alertContext"]["properties"]["maintenanceId"] = none
    assert "maintenance_id" not in read(told).events[0].keys
    told["data"]["alertContext"]["properties"]["trackingId"] = none
    assert [broken.path for broken in read(told).malformed] == ["$.data.alertContext.properties.trackingId"]
