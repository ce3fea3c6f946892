"""The storage account: is each store there, may we read and write it, and does its clock agree with ours.

What is written is taken away at once: a row and a blob named `doctor`; a queue message that nobody sees, because it
is hidden for a minute, which is as long as it lives.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from notbefore.adapters import names
from notbefore.adapters.azure_account import Account, open_account
from notbefore.adapters.azure_request import Request, Service
from notbefore.adapters.azure_tables import AzureRows
from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.errors import StorageError
from notbefore.ports import Clock, Put, Write
from notbefore.settings import StorageSettings

SKEW = timedelta(seconds=60)
"""A key's signature is refused from 15 minutes on, a token from 5; a minute says that no time service runs."""

_WHO = "doctor"
_MISSING = frozenset({404})
_HIDDEN = {"messagettl": "60", "visibilitytimeout": "59"}
_RECEIPT = re.compile(rb"<MessageId>([^<]+)</MessageId>.*<PopReceipt>([^<]+)</PopReceipt>", re.DOTALL)
_XML = {"Content-Type": "application/xml"}
_ROLES = {
    "table": "Storage Table Data Contributor",
    "queue": "Storage Queue Data Contributor (or Message Processor and Message Sender)",
    "container": "Storage Blob Data Contributor",
}


async def storage(settings: StorageSettings, clock: Clock) -> AsyncIterator[Finding]:
    """A finding for each store, and one for the clock. Raises: ConfigError."""
    account = open_account(settings, pauses=())
    looks = [_looked("table", name, _table(account, name)) for name in names.TABLES]
    looks += [_looked("queue", name, _queue(account, name)) for name in names.QUEUES]
    looks += [_looked("container", name, _container(account, name)) for name in names.CONTAINERS]
    try:
        for finding in await asyncio.gather(*looks, _clock(account, clock)):
            yield finding
    finally:
        await account.close()


async def _looked(kind: str, name: str, work: Awaitable[None]) -> Finding:
    title = f"storage, {kind} {name}"
    try:
        await work
    except StorageError as problem:
        return wrong(title, str(problem), _advice(kind, str(problem)))
    return good(title, "is there, can be read and written")


def _advice(kind: str, problem: str) -> str:
    if "NotFound" in problem:
        return "it is not there: deploy the infrastructure again; on a laptop dev.py makes it"
    if "403" in problem or "401" in problem:
        return f"the identity needs {_ROLES[kind]} on the storage account; a new role takes minutes to be heeded"
    if "no token" in problem:
        return "sign in (az login), or give the app its identity: AzureWebJobsStorage__clientId"
    return "is the account's name right, and does its network let us in?"


async def _table(account: Account, name: str) -> None:
    """In `control` a row is written; elsewhere one that is not there is deleted: boards and restores see nothing."""
    rows = AzureRows(account, name)
    async for _ in rows.scan(_WHO, "", "~"):
        pass
    if name == names.CONTROL:
        await rows.commit(_WHO, [Write(Put.UPSERT, _WHO, b"{}")])
    await rows.commit(_WHO, [Write(Put.DELETE, _WHO)])


async def _queue(account: Account, name: str) -> None:
    where = f"/{name}/messages"
    await account.send(Request(Service.QUEUES, "GET", where, {"peekonly": "true"}), frozenset())
    text = b"<QueueMessage><MessageText>ZG9jdG9y</MessageText></QueueMessage>"
    put = await account.send(Request(Service.QUEUES, "POST", where, _HIDDEN, _XML, text), frozenset())
    if receipt := _RECEIPT.search(put.body):
        message, pop = (part.decode() for part in receipt.groups())
        where = f"{where}/{quote(message)}"
        await account.send(Request(Service.QUEUES, "DELETE", where, {"popreceipt": pop}), _MISSING)


async def _container(account: Account, name: str) -> None:
    listing = {"restype": "container", "comp": "list", "maxresults": "1"}
    await account.send(Request(Service.BLOBS, "GET", f"/{name}", listing), frozenset())
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"}
    await account.send(Request(Service.BLOBS, "PUT", f"/{name}/{_WHO}", headers=headers), frozenset())
    await account.send(Request(Service.BLOBS, "DELETE", f"/{name}/{_WHO}"), _MISSING)


async def _clock(account: Account, clock: Clock) -> Finding:
    """Storage says its time with every answer, whatever it answers."""
    title = "clock"
    request = Request(Service.QUEUES, "GET", f"/{names.SIGNAL_QUEUE}", {"comp": "metadata"})
    try:
        answer = await account.send(request, frozenset())
    except StorageError as problem:
        return not_checked(title, f"storage does not tell its time: {problem}")
    told = answer.headers.get("date")
    return skew(parsedate_to_datetime(told), clock()) if told else not_checked(title, "storage told no time")


def skew(theirs: datetime, ours: datetime) -> Finding:
    """Ours beside theirs, which is told in whole seconds."""
    apart = abs(ours - theirs)
    said = f"{apart.total_seconds():.0f} s from storage's"
    if apart <= SKEW:
        return good("clock", said)
    return wrong("clock", said, "switch on the time service of this machine: times decide who is told when")
