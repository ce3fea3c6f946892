"""What we write to Azure Storage is what Azure's own libraries and the Functions trigger read, and the other way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import BlobClient
from azure.storage.queue import TextBase64DecodePolicy
from azure.storage.queue.aio import QueueClient

from notbefore.adapters import names
from notbefore.adapters.azure_storage import AzureStorage
from notbefore.errors import ConfigError, Conflict, StorageError, StorageUnavailable
from notbefore.ports import Put, Signal, Write
from notbefore.settings import StorageSettings, load_settings

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture
async def ours(storage: str) -> AsyncIterator[AzureStorage]:
    """Our own way to the store."""
    opened = AzureStorage(StorageSettings(connection_string=storage))
    yield opened
    await opened.close()


async def test_the_library_reads_our_rows_and_we_read_its(storage: str, ours: AzureStorage) -> None:
    """Bodies are plain string properties, and etags mean the same on both sides."""
    name = "interop" + uuid4().hex
    await ours.make(tables=(name,))
    rows = ours.rows(name)
    etag = (await rows.commit("p'q", [Write(Put.INSERT, "k|1", b'"\xc3\xbc"')]))["k|1"]
    async with TableClient.from_connection_string(storage, name) as theirs:
        entity = await theirs.get_entity("p'q", "k|1")
        assert entity["b0"] == '"ü"'
        assert entity.metadata["etag"] == etag
        entity["b0"] = "2"
        await theirs.update_entity(entity, UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(Conflict):
        await rows.commit("p'q", [Write(Put.REPLACE, "k|1", b"3", etag)])
    assert (await rows.get("p'q", ["k|1"]))["k|1"].body == b"2"


async def test_a_message_is_base64_and_never_expires(storage: str, ours: AzureStorage) -> None:
    """As the Functions trigger wants it: the library decodes it, 48 KiB fit, and its end is in the year 9999."""
    name = "interop" + uuid4().hex
    await ours.make(queues=(name,))
    bodies = ['{"text":"<é&>"}'.encode(), b"x" * 48 * 1024]
    for body in bodies:
        await ours.queue(name).put(body)
    async with QueueClient.from_connection_string(
        storage, name, message_decode_policy=TextBase64DecodePolicy()
    ) as theirs:
        messages = [message async for message in theirs.receive_messages()]
    assert [message.content.encode() for message in messages] == bodies
    assert {message.expires_on.year for message in messages if message.expires_on} == {9999}


async def test_a_delayed_message_is_not_seen_before(storage: str, ours: AzureStorage) -> None:
    """A delay of a minute or of seven days is kept; more is refused, as is a larger body."""
    name = "interop" + uuid4().hex
    await ours.make(queues=(name,))
    queue = ours.queue(name)
    await queue.put(b"week", timedelta(days=7))
    await queue.put(b"minute", timedelta(minutes=1))
    async with QueueClient.from_connection_string(storage, name) as theirs:
        assert [message async for message in theirs.receive_messages()] == []
        properties = await theirs.get_queue_properties()
        assert properties.approximate_message_count == 2
    with pytest.raises(ValueError, match="7 days"):
        await queue.put(b"1", timedelta(days=7, seconds=1))
    with pytest.raises(ValueError, match="limit"):
        await queue.put(b"x" * (48 * 1024 + 1))


async def test_a_signal_is_a_blob_named_by_its_hour(storage: str, ours: AzureStorage) -> None:
    """The library finds the raw bytes and when they came; two MiB are kept whole."""
    name = "interop" + uuid4().hex
    await ours.make(containers=(name,))
    body = b"\x00\xff" * 1024 * 1024
    await ours.signals(name).put(Signal(id="20261124T150000-a", received_at=AT, origin="poll", body=body))
    async with BlobClient.from_connection_string(storage, name, "2026/11/24/15/20261124T150000-a") as theirs:
        assert await (await theirs.download_blob()).readall() == body
        metadata = (await theirs.get_blob_properties()).metadata
    assert metadata == {"received_at": "2026-11-24T15:00:00+00:00", "origin": "poll"}


async def test_an_id_without_its_hour_is_not_archived(ours: AzureStorage) -> None:
    """Nothing could find it again."""
    with pytest.raises(ValueError, match="no id of a signal"):
        await ours.signals("signals").put(Signal(id="../x", received_at=AT, origin="http", body=b""))


async def test_stores_are_made_once_and_as_often_as_asked(ours: AzureStorage) -> None:
    """Making what is there is no error, and then everything works."""
    await ours.ensure()
    await ours.ensure()
    for table in names.TABLES:
        assert await ours.rows(table).get("p", ["k"]) == {}


async def test_a_store_that_is_not_there_is_unavailable_and_not_empty(ours: AzureStorage) -> None:
    """A missing table, queue or container never looks like a missing row, message or blob."""
    absent = "absent" + uuid4().hex
    for call in (
        lambda: ours.rows(absent).get("p", ["k"]),
        lambda: ours.rows(absent).commit("p", [Write(Put.DELETE, "k")]),
        lambda: ours.rows(absent).commit("p", [Write(Put.DELETE, "k"), Write(Put.UPSERT, "l")]),
        lambda: ours.queue(absent).put(b"1"),
        lambda: ours.signals(absent).get("20261124T15-1"),
    ):
        with pytest.raises(StorageUnavailable, match="NotFound"):
            await call()


async def test_a_wrong_key_is_unavailable_and_is_not_told(storage: str) -> None:
    """The error names what is refused; neither it nor any repr shows the key."""
    key = "d3JvbmcgYnV0IGJhc2U2NA=="
    parts = dict(part.split("=", 1) for part in storage.strip(";").split(";"))
    text = ";".join(f"{name}={value}" for name, value in (parts | {"AccountKey": key}).items())
    settings = load_settings({"AzureWebJobsStorage": text}).storage
    opened = AzureStorage(settings)
    with pytest.raises(StorageUnavailable, match="403") as told:
        await opened.rows("stories").get("p", ["k"])
    await opened.close()
    assert key not in f"{told.value!r} {settings!r} {opened!r} {vars(opened)!r}"


async def test_a_call_that_is_wrong_in_itself_is_not_repeated_for_ever(ours: AzureStorage) -> None:
    """What storage calls a bad request is a StorageError and not 'unavailable': trying again would not help."""
    with pytest.raises(StorageError) as told:
        await ours.make(tables=("no",))
    assert not isinstance(told.value, StorageUnavailable)


def test_a_connection_string_without_a_key_is_refused() -> None:
    """With a sentence that says what to do; also when the key is no base64."""
    with pytest.raises(ConfigError, match="AccountName and AccountKey"):
        AzureStorage(StorageSettings(connection_string="BlobEndpoint=https://x;SharedAccessSignature=sv=1"))
    with pytest.raises(ConfigError, match="base64") as told:
        AzureStorage(StorageSettings(connection_string="AccountName=a;AccountKey=not base64!"))
    assert "not base64!" not in str(told.value)
