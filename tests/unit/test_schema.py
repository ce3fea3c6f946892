"""Schema v1: what is published, and what cannot be made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID, uuid5

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_house import an_event

from notbefore.schema import MaintenanceEvent, Namespace, Resource, SelfServiceWindow, Window, delivery_id
from notbefore.schema.published import event_schema

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "maintenance-event.schema.json"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_published_schema_is_that_of_the_code(rewrite_golden: bool) -> None:  # noqa: FBT001 # a fixture
    """docs/ holds what the types say; `--rewrite-golden` writes it."""
    text = json.dumps(event_schema(), indent=2) + "\n"
    if rewrite_golden:
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text


def test_an_event_as_printed_is_valid_and_comes_back_as_it_was() -> None:
    """What we print fits the schema, with every field, and reads as the same event."""
    event = an_event(
        resources=(Resource(id="/a", name="a", type="b/c"),), self_service_window=SelfServiceWindow(NOON, None)
    )
    printed = msgspec.json.encode(event)
    jsonschema.validate(json.loads(printed), event_schema())
    assert msgspec.json.decode(printed, type=MaintenanceEvent) == event


def test_an_event_with_a_missing_field_or_an_unknown_word_is_not_valid() -> None:
    """The schema says no to what we would never print."""
    printed = json.loads(msgspec.json.encode(an_event()))
    for broken in ({k: v for k, v in printed.items() if k != "phase"}, printed | {"phase": "soon"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, event_schema())


@pytest.mark.parametrize("at", [NOON.replace(tzinfo=None), NOON.astimezone(timezone(timedelta(hours=2)))])
def test_a_time_that_is_not_utc_is_refused_where_it_is_made(at: datetime) -> None:
    """Naive and shifted times are bugs, and do not get in."""
    for make in (lambda: an_event(occurred_at=at), lambda: Window(at), lambda: SelfServiceWindow(at)):
        with pytest.raises(ValueError, match="aware UTC"):
            make()


def test_a_window_cannot_end_before_it_starts() -> None:
    """Such a window is resolved by the source, with a warning; it cannot be made."""
    with pytest.raises(ValueError, match="before it starts"):
        Window(NOON, NOON - timedelta(seconds=1))


def test_a_delivery_id_is_the_same_for_the_same_and_another_for_anything_else() -> None:
    """Two reminders differ, two webhooks differ, a retry does not."""
    one = ("story", 1, "ops", "webhook", "https://a.example.com", "news")
    others = [
        ("story", 2, *one[2:]),
        ("other", *one[1:]),
        (*one[:5], "reminder:24h"),
        (*one[:4], "https://b.example.com", "news"),
    ]
    assert delivery_id(*one) == delivery_id(*one)
    assert len({delivery_id(*one), *(delivery_id(*other) for other in others)}) == 5


@given(st.uuids(), st.text())
def test_an_id_is_the_uuid_of_its_name(namespace: UUID, name: str) -> None:
    """Whoever makes the id by the standard (RFC 9562, version 5) makes the same one."""
    assert Namespace(str(namespace)).id_of(name) == str(uuid5(namespace, name))
