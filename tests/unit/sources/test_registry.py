"""Each record belongs to one source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from notbefore.envelopes import Form, Record, opened
from notbefore.envelopes.activity import is_entry
from notbefore.envelopes.forms import TABLE, keys_of, seen_of
from notbefore.envelopes.seen import Seen
from notbefore.errors import MalformedSignal
from notbefore.sources.registry import SOURCES

ROOT = Path(__file__).resolve().parents[3]
HOMES = (Path(__file__).parent / "examples", ROOT.parent / "shared" / "corpus")
ARRIVAL = datetime(2026, 5, 4, tzinfo=UTC)
NOT_PAYLOADS = {"README.md", "labels.jsonl"}


def records() -> Iterator[tuple[str, Record]]:
    """Every record of our examples, and of the corpus when it is here."""
    for path in (path for home in HOMES for path in sorted(home.rglob("*")) if path.is_file()):
        if path.name not in NOT_PAYLOADS and ".expected." not in path.name:
            try:
                yield from (
                    (path.name, found) for found in opened(path.read_bytes(), ARRIVAL) if isinstance(found, Record)
                )
            except MalformedSignal:
                continue


def test_every_form_has_its_source() -> None:
    """No form is recognised and then read by nobody."""
    assert set(SOURCES) == set(Form)


def test_two_sources_never_claim_the_same_record() -> None:
    """Of all rows of the table that fit a record, each form that is named belongs to the same source."""
    for name, record in records():
        seen = seen_of(record.fields, record.context)
        claims = {SOURCES[form].__module__ for form in {*fitting(seen), record.form}}
        assert len(claims) == 1, (name, record.path, fitting(seen), record.form)


def test_an_activity_record_is_nothing_else() -> None:
    """What is an activity-log record fits no other form."""
    for name, record in records():
        seen = seen_of(record.fields, record.context)
        if is_entry(record.fields, record.context):
            assert not fitting(seen), (name, record.path, fitting(seen))


def fitting(seen: Seen) -> list[Form]:
    """Every form of the table that fits."""
    keys = keys_of(seen)
    rows = ((meaning, fits) for meaning, needed, fits in TABLE if not needed.isdisjoint(keys))
    return [meaning for meaning, fits in rows if isinstance(meaning, Form) and fits(seen)]
