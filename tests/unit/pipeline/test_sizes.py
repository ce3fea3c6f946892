"""R8: large signals are read whole, whether they fit into a queue message or not."""

from __future__ import annotations

import msgspec
import pytest
from memory_house import House
from past_signals import the_past

SHOP = "33333333-3333-4333-8333-333333333333"
KIB = 1024


def padded(size: int) -> bytes:
    """A Service Health alert of exactly so many bytes: a long text."""
    alert = msgspec.json.decode(the_past()[0].body)
    properties = alert["data"]["alertContext"]["properties"]
    properties["communication"] = "<p>END</p>"
    missing = size - len(msgspec.json.encode(alert))
    properties["communication"] = f"<p>{'x' * missing}END</p>"
    return msgspec.json.encode(alert)


@pytest.mark.parametrize(
    "size", [64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 1024 * KIB, 2048 * KIB - 1, 2048 * KIB], ids=str
)
async def test_a_large_signal_is_told_whole(size: int) -> None:
    """One story, one mail; the archive has every byte, the story as much of the text as a row holds."""
    house = House()
    body = padded(size)
    assert len(body) == size
    name = await house.takes(body)
    kept = await house.outside.archive.get(name)
    assert kept is not None
    assert kept.body == body
    (story,) = await house.stories(SHOP)
    assert len(house.mail.got) == 1
    assert story.text.startswith("x")


async def test_an_array_of_alerts_is_as_many_stories(all_seeds: bool) -> None:  # noqa: FBT001 - a fixture
    """None is left out, and each is told; five thousand in the long run."""
    house, total = House(), 5_000 if all_seeds else 1_000
    alert = msgspec.json.decode(the_past()[0].body)
    alerts = []
    for number in range(total):
        properties = alert["data"]["alertContext"]["properties"]
        properties["trackingId"] = f"T{number:04}-000"
        alert["data"]["essentials"]["originAlertId"] = f"alert-{number}"
        for key in ("eventDataId", "correlationId", "operationId"):
            alert["data"]["alertContext"][key] = f"{key}-{number}"
        properties["maintenanceId"] = f"maintenance-{number}"
        properties["communicationId"] = f"communication-{number}"
        alerts.append(msgspec.json.encode(alert))
    await house.takes(b"[" + b",".join(alerts) + b"]")
    assert len(await house.stories(SHOP)) == total
    assert len(house.mail.got) == total
