"""The door for signals: handshakes, sizes, and what an outage looks like from outside."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import azure.functions as func
import pytest
from asking import a_house, knock, signal
from memory_house import START

from functions.bodies import BODY_LIMIT
from functions.house import House
from functions.ingest import rebuilt, receive
from notbefore.errors import StorageUnavailable
from notbefore.ports import Signal


async def test_a_signal_is_accepted_whatever_it_says() -> None:
    """No content is ever refused: it is archived, queued and answered with 202 and its id."""
    there, inside = a_house()
    for body in (b"", b"no JSON", b"[]", b"\xff\xfe", b'{"a": 1}'):
        status, said, _ = await knock(signal(body), inside)
        kept = await there.outside.archive.get(said["signal"])
        assert (status, kept and kept.body) == (202, body)
    assert len(there.signals) == 5


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 202), (BODY_LIMIT + 1, 413)])
async def test_bytes_are_counted(size: int, status: int) -> None:
    """Two MiB are taken in whole, one byte more is refused, and the caller is told the limit."""
    _, inside = a_house()
    found, said, _ = await knock(signal(b"x" * size), inside)
    assert found == status
    assert status == 202 or str(BODY_LIMIT) in said["error"]


async def test_a_packed_body_is_a_signal_too() -> None:
    """Whoever forwards a signal may pack it: it is archived unpacked; what is not what its header says, as it came."""
    there, inside = a_house()
    packed = gzip.compress(b'{"a": 1}')
    for encoding, body, expected in (
        ("gzip", packed, b'{"a": 1}'),
        (" GZIP ", packed, b'{"a": 1}'),
        ("deflate", zlib.compress(b'{"a": 1}'), b'{"a": 1}'),
        ("gzip", b'{"a": 1}', b'{"a": 1}'),
        ("gzip", packed[:-3], packed[:-3]),
        ("gzip", packed + packed, packed + packed),
        ("br", packed, packed),
        ("", packed, packed),
    ):
        status, said, _ = await knock(signal(body, content_encoding=encoding), inside)
        kept = await there.outside.archive.get(said["signal"])
        assert (status, kept and kept.body) == (202, expected)


@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 202), (BODY_LIMIT + 1, 413), (50 * BODY_LIMIT, 413)])
async def test_bytes_are_counted_unpacked(size: int, status: int) -> None:
    """A small body that unpacks to more than two MiB is refused like a large one."""
    _, inside = a_house()
    found, said, _ = await knock(signal(gzip.compress(b"x" * size), content_encoding="gzip"), inside)
    assert found == status
    assert status == 202 or str(BODY_LIMIT) in said["error"]


async def test_event_grid_gets_its_code_back() -> None:
    """The handshake of the Event Grid schema is answered with 200 and the code; 202 would not be accepted."""
    there, inside = a_house()
    event = {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "C-1"}}
    body = json.dumps([event])
    status, said, _ = await knock(signal(body.encode(), aeg_event_type="SubscriptionValidation"), inside)
    assert (status, said) == (200, {"validationResponse": "C-1"})
    assert len(there.signals) == 0


async def test_a_handshake_that_cannot_be_read_is_a_signal() -> None:
    """It is kept for a person to see instead of being refused."""
    _, inside = a_house()
    for body in (b"[]", b"{}", b'[{"data": null}]', b"no"):
        status, _, _ = await knock(signal(body, aeg_event_type="SubscriptionValidation"), inside)
        assert status == 202


async def test_cloud_events_may_ask_first() -> None:
    """OPTIONS is answered with the origin and the rate that were asked for."""
    _, inside = a_house()
    asked = {"webhook-request-origin": "eventgrid.azure.net", "webhook-request-rate": "120"}
    request = func.HttpRequest(method="OPTIONS", url="http://x/signals", headers=asked, body=b"")
    said = await receive(request, inside)
    assert said.status_code == 200
    assert said.headers["WebHook-Allowed-Origin"] == "eventgrid.azure.net"
    assert said.headers["WebHook-Allowed-Rate"] == "120"


class Broken:
    """An archive that is away."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def put(self, signal: Signal) -> None:
        """Fails."""
        del signal
        raise self.error


@pytest.mark.parametrize("error", [StorageUnavailable("throttled"), RuntimeError("a bug of ours"), OSError("reset")])
async def test_no_failure_becomes_a_500(error: Exception) -> None:
    """A 500 would lose the alert for good; a 503 with Retry-After is tried again, and says nothing of the inside."""
    _, inside = a_house()
    outside = type(inside.outside)(**{**_fields(inside.outside), "archive": Broken(error)})
    status, said, headers = await knock(signal(b"{}"), House(outside, inside.settings, inside.board))
    assert status == 503
    assert headers["Retry-After"].isdigit()
    assert str(error) not in json.dumps(said)


def _fields(outside: Any) -> dict[str, Any]:  # noqa: ANN401 # any dataclass
    return {name: getattr(outside, name) for name in outside.__dataclass_fields__}


def test_the_event_grid_trigger_gives_the_event_back_whole() -> None:
    """What the platform's library took apart is put together in the Event Grid schema, topic and all."""
    event = func.EventGridEvent(
        id="1",
        data={"a": 1},
        topic="/subscriptions/x",
        subject="s",
        event_type="T",
        event_time=START,
        data_version="2",
    )
    assert rebuilt(event) == {
        "id": "1", "topic": "/subscriptions/x", "subject": "s", "eventType": "T", "eventTime": START,
        "data": {"a": 1}, "dataVersion": "2",
    }  # fmt: skip
