"""Whatever comes in, `normalize` answers with events, a reason, or what is malformed; it never raises.

The mutator is seeded: every way in which JSON from somewhere else can be unlike what was promised, repeatable.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from notbefore.normalization import normalize

ROOT = Path(__file__).resolve().parents[2]
ARRIVAL = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOME, ALL = 4_000, 50_000
HOMES = (ROOT / "tests" / "unit" / "sources" / "examples", ROOT.parent / "shared" / "corpus")
NOT_PAYLOADS = {"README.md", "labels.jsonl"}

STRANGE: tuple[Any, ...] = (
    None, "", " ", "null", 0, -1, 1, 3.5, 10**30, -(10**18), True, False, [], {}, [[]], [None], {"": ""}, [{}],
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999-14:00", "2026-02-30T00:00:00Z", "/Date(99999999999999999)/",
    "639194904000000000", "Mon, 99 Foo 2026 99:99:99 GMT", '{"a":', '[{"ServiceName":7}]', '"[1]"', "{}", "[]",
    "/subscriptions/", "/subscriptions//resourceGroups//providers//", "/providers/microsoft.maintenance/",
    "<p><b>&lt;i&gt;", "\ud83d\ude00", "\u0000", "a" * 5000, {"value": None}, {"value": {"value": []}},
    {"stringValue": 1}, "True", "Canceled",
)  # fmt: skip  # what people have seen instead of a value

Mutation = Callable[[random.Random, Any], Any]


def mutated(body: bytes, others: list[bytes], seed: int) -> bytes:
    """One payload made of another: the same seed gives the same bytes."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    if dice.random() < 0.25:
        return _of_bytes(dice, body)
    try:
        value = json.loads(body)
    except ValueError:
        return _of_bytes(dice, body)
    for _ in range(dice.randint(1, 4)):
        value = dice.choice(_ON_VALUES)(dice, value)
        if dice.random() < 0.1:
            value = _planted(dice, value, others)
    return _encoded(dice, value)


def _encoded(dice: random.Random, value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    text = json.dumps(value, indent=dice.choice((None, None, 2)))
    style = dice.random()
    if style < 0.05:
        return text.encode("utf-16")
    if style < 0.1:
        return b"\xef\xbb\xbf" + text.encode()
    if style < 0.15:
        return json.dumps(text).encode()
    if style < 0.2:
        return ("\r\n".join([text.replace("\n", " ")] * dice.randint(2, 3))).encode()
    return text.encode()


def _of_bytes(dice: random.Random, body: bytes) -> bytes:
    at = dice.randrange(len(body) + 1)
    kind = dice.randrange(6)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
    if kind == 2:
        return body[:at] + body[at + dice.randrange(20) :]
    if kind == 3:
        return (
            body[:at]
            + dice.choice((b"NaN", b"1e999", b"\\ud800", b"\xff", b"[" * 2000, b'{"a":' * 900, b"9" * 5000))
            + body[at:]
        )
    if kind == 4:
        return body + b"\n" + body
    return body.replace(b'"', b"'") if dice.random() < 0.3 else body[at:] + body[:at]


def _places(value: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 - any JSON value
    """Every container with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for key in keys:
            found.append((here, key))
            waiting.append(here[key])
    return found


def _replaced(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    places = _places(value)
    if not places:
        return dice.choice(STRANGE)
    here, key = dice.choice(places)
    here[key] = json.loads(json.dumps(dice.choice(STRANGE)))
    return value


def _removed(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if places := _places(value):
        here, key = dice.choice(places)
        del here[key]
    return value


def _respelt(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if places := [(here, key) for here, key in _places(value) if isinstance(here, dict)]:
        here, key = dice.choice(places)
        here[dice.choice((key.upper(), key.lower(), key.title(), f"{key} ", key[:-1]))] = here.pop(key)
    return value


def _stringified(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if places := _places(value):
        here, key = dice.choice(places)
        here[key] = json.dumps(here[key])
    return value


def _wrapped(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return dice.choice(
        ([value], {"value": [value]}, {"records": [value, value]}, {"body": value}, {"data": [value]}, [value, None, 3],
         {"RequestBody": json.dumps(value)}, {"eventType": "x", "data": value}, {"value": value}, {"tables": value})
    )  # fmt: skip  # envelopes in a row


def _swapped(dice: random.Random, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    places = _places(value)
    if len(places) > 1:
        (here, key), (there, other) = dice.sample(places, 2)
        here[key] = json.loads(json.dumps(there[other]))
    return value


def _planted(dice: random.Random, value: Any, others: list[bytes]) -> Any:  # noqa: ANN401 - any JSON value
    try:
        other = json.loads(dice.choice(others))
    except ValueError:
        return value
    if places := _places(value):
        here, key = dice.choice(places)
        here[key] = other
    return value


_ON_VALUES: tuple[Mutation, ...] = (_replaced, _replaced, _removed, _respelt, _stringified, _wrapped, _swapped)


def test_no_payload_raises(all_seeds: bool) -> None:  # noqa: FBT001 - a fixture
    """Each mutated payload gives events that can be printed, one reason, or malformed signals, and nothing else."""
    files = [path for home in HOMES for path in sorted(home.rglob("*")) if path.is_file()]
    bodies = [path.read_bytes() for path in files if path.name not in NOT_PAYLOADS and ".expected." not in path.name]
    counts = {"events": 0, "ignored": 0, "malformed": 0}
    for seed in range(ALL if all_seeds else SOME):
        body = mutated(bodies[seed % len(bodies)], bodies, seed)
        answer = normalize(body, ARRIVAL)
        assert bool(answer.ignored) != bool(answer.events or answer.malformed), seed
        msgspec.json.encode(answer.events)
        assert all(event.id and event.occurred_at for event in answer.events), seed
        assert all(broken.path.startswith("$") and broken.problem for broken in answer.malformed), seed
        counts["events"] += bool(answer.events)
        counts["ignored"] += bool(answer.ignored)
        counts["malformed"] += bool(answer.malformed)
    assert min(counts.values()) > 0, counts
