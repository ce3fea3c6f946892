"""The doctor and a real store: all there, one missing, a key that is refused; and it leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notbefore.adapters.azure_storage import AzureStorage
from notbefore.doctor.finding import Finding, State
from notbefore.doctor.storage import storage as looked_at
from notbefore.settings import StorageSettings


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


async def found(connection: str) -> dict[str, Finding]:
    """Findings by name."""
    return {one.name: one async for one in looked_at(StorageSettings(connection_string=connection), now)}


@pytest.fixture
async def furnished(storage: str) -> str:
    """A store in which everything is there."""
    there = AzureStorage(StorageSettings(connection_string=storage))
    await there.ensure()
    await there.close()
    return storage


async def test_a_furnished_store_is_good_and_nothing_is_left(furnished: str) -> None:
    """Every store and the clock; no partition, blob or message of the doctor's stays."""
    seen = await found(furnished)
    assert {one.state for one in seen.values()} == {State.GOOD}
    assert {"storage, table stories", "storage, queue deliveries", "storage, container signals", "clock"} <= set(seen)
    there = AzureStorage(StorageSettings(connection_string=furnished))
    for name in ("stories", "control"):
        assert "doctor" not in [partition async for partition in there.rows(name).partitions()]
    await there.close()


async def test_a_key_that_is_refused_names_the_role(furnished: str) -> None:
    """403: the store is there, and we may not."""
    key = next(part for part in furnished.split(";") if part.startswith("AccountKey="))
    seen = await found(furnished.replace(key, "AccountKey=bm90IHRoZSBrZXk="))
    assert {one.state for one in seen.values()} == {State.WRONG, State.NOT_CHECKED}
    assert "Storage Table Data Contributor" in seen["storage, table stories"].advice
    assert "bm90IHRoZSBrZXk=" not in repr(seen)
