"""What one release has stored the next one reads, and what a newer one has stored is left to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from recording import Recorded, goes_on, recorded

from notbefore.adapters.azure_entities import VERSION, row
from notbefore.adapters.memory import MemoryQueue
from notbefore.errors import Newer
from notbefore.pipeline.deliver import deliver
from notbefore.pipeline.process import process
from notbefore.pipeline.versions import WAIT, or_newer
from notbefore.schema import READABLE_VERSION, STORED_VERSION

GOLDEN = Path(__file__).parent / "stored-0.1.json"
"""As release 0.1 left it; made anew until that is out. A later release keeps it, adds its own, and changes neither."""


def the_past() -> Recorded:
    """What was recorded."""
    return msgspec.json.decode(GOLDEN.read_bytes(), type=Recorded)


async def test_what_an_earlier_release_stored_is_carried_on(*, rewrite_golden: bool) -> None:
    """Its waiting messages, due rows and stories lead to what its own code would have told, and nothing waits."""
    if rewrite_golden:
        fresh = await recorded()
        whole = msgspec.structs.replace(fresh, told=await goes_on(fresh))
        GOLDEN.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n")
    past = the_past()
    assert {key.split("|")[0] for _, key, _ in past.rows["stories"]} >= set("skerdhptio")
    assert past.signals
    assert past.deliveries
    assert await goes_on(past) == past.told
    assert {line.split()[0] for line in past.told} == {"told-at-once", "at-night", "folded", "digest"}


async def test_fields_of_a_newer_release_are_passed_over() -> None:
    """In every row and every message: what is only added disturbs nobody while both releases run."""
    past = the_past()
    rows = {name: [(a, b, _added(body)) for a, b, body in some] for name, some in past.rows.items()}
    newer = msgspec.structs.replace(past, rows=rows, signals=_added(past.signals), deliveries=_added(past.deliveries))
    assert await goes_on(newer) == past.told


def _added(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """An object with a field more; a list of such."""
    if isinstance(value, list):
        return [_added(one) for one in value]
    return value | {"of_a_newer_release": {"x": [1, None]}} if isinstance(value, dict) else value


@pytest.mark.parametrize("work", [process, deliver])
async def test_a_message_of_a_newer_form_waits_for_an_instance_that_reads_it(work: Any) -> None:  # noqa: ANN401 - either
    """It is put back as it is, for a minute, and no attempt of the queue is used up; nothing else is touched."""
    from recording import a_house

    house = a_house()
    message = msgspec.json.encode({"version": READABLE_VERSION + 1, "shape": "nobody here knows it"})
    queue = MemoryQueue(house.now)
    await or_newer(queue, message, work(house.outside, message))
    assert queue.due(house.at) == []
    assert queue.due(house.at + WAIT) == [message]
    assert [partition async for partition in house.outside.stories.partitions()] == []


async def test_other_faults_are_the_queues() -> None:
    """What cannot be read at all is no newer release: it fails, and ends in quarantine."""
    from recording import a_house

    house = a_house()
    with pytest.raises(msgspec.DecodeError):
        await or_newer(house.signals, b"no JSON", process(house.outside, b"no JSON"))
    assert len(house.signals) == 0


def test_a_row_of_a_newer_form_is_not_read() -> None:
    """A row without a number is of the first form."""
    entity = {"RowKey": "k", "b0": "{}", "odata.etag": "e"}
    assert row(entity).body == b"{}"
    assert row({**entity, VERSION: str(READABLE_VERSION)}).body == b"{}"
    with pytest.raises(Newer):
        row({**entity, VERSION: str(READABLE_VERSION + 1)})


def test_what_is_written_can_be_read() -> None:
    """Reading comes first, writing a release later."""
    assert 1 <= STORED_VERSION <= READABLE_VERSION <= STORED_VERSION + 1
