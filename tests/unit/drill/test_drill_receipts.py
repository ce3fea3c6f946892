"""What became of a drill: told to whoever sent it, and nothing about anything else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import azure.functions as func
import board_site
import memory_house
import msgspec
import pytest
from asking import knock
from memory_house import START, a_config, an_audience

from functions.house import House
from notbefore.board import Board
from notbefore.board.receipts import shortened
from notbefore.config.model import QuietHours
from notbefore.drill.signals import azures_tests
from notbefore.entra import Entra, Trust
from notbefore.errors import Permanent, Transient
from notbefore.schema import DRILL_SUBSCRIPTION


def a_body(number: int = 0) -> bytes:
    """One of a drill's signals: 0 has a window, which is open; 2 has none."""
    return msgspec.json.encode(azures_tests(START, uuid4(), DRILL_SUBSCRIPTION)[number].body)


def doors(there: memory_house.House, entra: Entra | None = None) -> House:
    """The doors of that house."""
    return House(there.outside, board_site.settings(), Board(there.outside), entra)


async def became(inside: House, signal: str) -> tuple[int, Any]:
    """Status and JSON of `GET /signals?id=`."""
    asked = func.HttpRequest("GET", "http://127.0.0.1/signals", params={"id": signal}, body=b"")
    status, said, _ = await knock(asked, inside)
    return status, said


async def test_a_drill_is_told_with_every_receipt() -> None:
    """One line for each target, and no whole address."""
    there = memory_house.House()
    there.webhook.fails = [Permanent("the receiver answered 410")]
    status, said = await became(doors(there), await there.takes(a_body()))
    assert (status, said["read"], said["drill"], said["problem"]) == (200, True, True, None)
    lines = {one["channel"]: one for one in said["deliveries"]}
    assert {name: one["state"] for name, one in lines.items()} == {"email": "sent", "webhook": "dead"}
    assert lines["webhook"]["last_error"] == "the receiver answered 410"
    assert lines["email"]["target"] == "o…@example.com"
    assert "ops@example.com" not in json.dumps(said)


async def test_real_news_is_not_told() -> None:
    """A key to the door for signals is no key to the board."""
    there = memory_house.House()
    alert = json.loads(a_body())
    alert["data"]["alertContext"]["properties"] |= {"IsSynthetic": "False", "trackingId": "REAL-1", "stage": "Active"}
    status, said = await became(doors(there), await there.takes(json.dumps(alert).encode()))
    assert (status, said["drill"], said["deliveries"], said["not_yet"]) == (200, False, [], [])
    assert len(there.mail.got) == 1


async def test_what_waits_is_said_with_the_reason_and_the_time() -> None:
    """Quiet hours hold a drill without a window; when they end it is told."""
    quiet = an_audience(quiet_hours=(QuietHours(start=11 * 60, end=13 * 60),))
    there = memory_house.House(a_config(quiet))
    signal = await there.takes(a_body(2))
    _, said = await became(doors(there), signal)
    (held,) = said["not_yet"]
    assert (held["audience"], held["decision"], held["due"]) == ("ops", "deferred", "2026-11-24T13:00:00Z")
    await there.waits(timedelta(hours=2))
    _, said = await became(doors(there), signal)
    assert [one["state"] for one in said["deliveries"]] == ["sent", "sent"]
    assert said["not_yet"] == []


async def test_a_signal_that_nobody_has_processed_is_not_read_yet() -> None:
    """Neither is one that never was; no id is a way into the store."""
    there = memory_house.House()
    inside = doors(there)
    for name in ("20261124T120000000000-0123456789ab", "20261124T12/../x", "x", "%00" * 30):
        assert await became(inside, name) == (200, {**_NOTHING, "signal": name})
    assert (await became(inside, ""))[0] == 404


_NOTHING: dict[str, Any] = {"read": False, "drill": False, "problem": None, "deliveries": [], "not_yet": []}


@pytest.mark.parametrize(("body", "problem"), [(b"{", "cannot be read"), (b"{}", "recognised")])
async def test_a_signal_without_a_story_says_why(body: bytes, problem: str) -> None:
    """A drill that is not understood has not gone well."""
    there = memory_house.House()
    _, said = await became(doors(there), await there.takes(body))
    assert problem in said["problem"]


async def test_who_may_not_knock_is_told_nothing() -> None:
    """With Entra set, the token is asked for as for a signal."""

    async def away(_: str) -> bytes:
        raise Transient("away")

    there = memory_house.House()
    entra = Entra(Trust(tenant="t", audiences=("a",)), away, there.now)
    assert (await became(doors(there, entra), await there.takes(a_body())))[0] == 401


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("ann@example.com", "a…@example.com"),
        ("https://hooks.example.com/a/b?sig=c", "https://hooks.example.com/…"),
        ("https://u:p@hooks.example.com:8443/x", "https://hooks.example.com/…"),
        ("+31201234567", "+31…67"),
        ("${env:HOOK_URL}", "${env:HOOK_URL}"),
        ("servicenow:incident", "servicenow:incident"),
    ],
)
def test_a_target_is_shown_only_as_far_as_its_owner_knows_it(target: str, shown: str) -> None:
    """No address, no path, no query, no number."""
    assert shortened(target) == shown
