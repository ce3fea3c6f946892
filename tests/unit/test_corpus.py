"""Every payload of the corpus is read as its label says; prints source by field: right, wrong, missing."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from notbefore.normalization import Normalized, normalize
from notbefore.reading import parse_time

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FOLDERS = sorted(path.parent for path in CORPUS.glob("*/labels.jsonl"))
ARRIVAL = datetime(2026, 11, 24, 12, tzinfo=UTC)

DISPUTED = {
    ("038-impacted-resource-maintenance.json", "window"): "an impacted-resource row has no window",
    ("043-arg-impacted-resources.json", "window"): "an impacted-resource row has no window",
    ("012-syslog-scheduled-event.json", "resource_names"): "the reporter's own name has its id",
    ("006-eventhub-resourcehealth.json", "regions"): "a record's location is where it was kept",
}
"""(file, field) → why the label is not followed: the page that judges labels says otherwise."""


class Label(NamedTuple):
    """One payload and what it should read as."""

    path: Path
    said: dict[str, Any]


class Score(NamedTuple):
    """One field of one event of one payload."""

    source: str
    field: str
    verdict: str
    story: str


def labels() -> Iterator[Label]:
    """All labels of all folders, in order."""
    for folder in FOLDERS:
        for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
            said = json.loads(line)
            yield Label(folder / said["file"], said)


def scores(label: Label) -> Iterator[Score]:
    """What is right and wrong about one payload."""
    arrival = parse_time(label.said.get("received")) or ARRIVAL
    normalized = normalize(label.path.read_bytes(), arrival)
    doubt = set(label.said.get("doubt", ()))
    expected = label.said.get("expect")
    if expected is None:
        yield from _without_events(label, normalized, doubt)
    else:
        yield from _events(label, expected, normalized, doubt)


def _without_events(label: Label, normalized: Normalized, doubt: set[str]) -> Iterator[Score]:
    name = label.path.name
    if "malformed" in label.said:
        paths = [broken.path for broken in normalized.malformed]
        right = paths == [label.said["malformed"]["path"]] and not normalized.events
        yield Score("malformed", "path", _word(right=right), f"{name}: {paths} {normalized.ignored}")
    elif "ignored" not in doubt:
        right = bool(normalized.ignored) and not normalized.events
        found = [(event.source.value, event.kind.value) for event in normalized.events] or normalized.malformed
        yield Score("ignored", "reason", _word(right=right), f"{name}: {found}")


def _events(label: Label, expected: list[dict[str, Any]], normalized: Normalized, doubt: set[str]) -> Iterator[Score]:
    name = label.path.name
    events = [msgspec.to_builtins(event) for event in normalized.events]
    if "count" not in doubt:
        broken = normalized.malformed and "also_malformed" not in doubt
        right = len(events) == len(expected) and not broken
        story = f"{name}: {len(events)} events, {normalized.ignored} {normalized.malformed}"
        yield Score(expected[0]["source"], "count", _word(right=right), story)
    for index, event in enumerate(expected):
        found = events[index] if index < len(events) else None
        for field, value in _flat(event):
            if doubt & {field, field.split(".")[0]} or (name, field.split(".")[0]) in DISPUTED:
                continue
            verdict = "missing" if found is None else _word(right=_same(field, value, found))
            yield Score(event["source"], field.split(".")[0], verdict, f"{name}[{index}]: {field} is not {value!r}")


def _word(*, right: bool) -> str:
    return "right" if right else "wrong"


def _flat(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, value in event.items():
        if field in ("window", "keys", "self_service_window", "error") and isinstance(value, dict):
            yield from ((f"{field}.{name}", inner) for name, inner in value.items())
        else:
            yield field, value


def _same(field: str, value: Any, found: dict[str, Any]) -> bool:  # noqa: ANN401 - a label may hold anything
    """Lists are sets, keys are compared without case, times to the microsecond."""
    actual = _actual(field, found)
    if field.startswith("keys."):
        return str(value).lower() == str(actual).lower()
    if isinstance(value, list):
        return sorted(value) == sorted(actual)
    if field == "occurred_at" or "window." in field:
        return parse_time(value) == parse_time(actual)
    return bool(value == actual)


def _actual(field: str, found: dict[str, Any]) -> Any:  # noqa: ANN401 - as above
    if field == "resource_ids":
        return [one["id"] for one in found["resources"] if one["id"]]
    if field == "resource_names":
        return [one["name"] for one in found["resources"] if not one["id"]]
    if field == "error_code":
        return (found["error"] or {}).get("code")
    outer, _, inner = field.partition(".")
    return (found[outer] or {}).get(inner) if inner else found[outer]


@pytest.mark.skipif(not FOLDERS, reason="the corpus is not part of the repository and is not here")
def test_the_corpus_is_read_as_labelled(capsys: pytest.CaptureFixture[str]) -> None:
    """Each field that a label gives is right, but for those that are disputed with a reason."""
    found = [score for label in labels() for score in scores(label)]
    table = Counter((score.source, score.field, score.verdict) for score in found)
    with capsys.disabled():
        sys.stdout.write(f"\n{'source':<28}{'field':<22}{'right':>7}{'wrong':>7}{'missing':>9}\n")
        for source, field in sorted({(score.source, score.field) for score in found}):
            counts = [table[source, field, verdict] for verdict in ("right", "wrong", "missing")]
            sys.stdout.write(f"{source:<28}{field:<22}{counts[0]:>7}{counts[1]:>7}{counts[2]:>9}\n")
    wrong = [f"{score.source}: {score.story}" for score in found if score.verdict != "right"]
    assert not wrong, "\n".join(wrong)
