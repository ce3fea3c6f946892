"""Every signal as it came, in blobs named by their hour: `YYYY/MM/DD/HH/ID`."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from notbefore.adapters.azure_account import Account
from notbefore.adapters.azure_request import Request, Service
from notbefore.ports import Signal

_ID = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)[\w-]*", re.ASCII)
_NAME = re.compile(rb"<Name>[^<]*/([^</]+)</Name>")
_MARKER = re.compile(rb"<NextMarker>([^<]+)</NextMarker>")
_MISSING = frozenset({404})


class AzureSignals:
    """The archive, in one container."""

    def __init__(self, account: Account, container: str) -> None:
        self._account = account
        self._container = container

    async def put(self, signal: Signal) -> None:
        """Keeps the signal. Raises: StorageUnavailable, ValueError for an id that does not begin with its hour."""
        folder = _folder(signal.id)
        if folder is None:
            raise ValueError(f"no id of a signal: {signal.id[:80]!r}")
        headers = {
            "x-ms-blob-type": "BlockBlob",
            "x-ms-meta-received_at": signal.received_at.astimezone(UTC).isoformat(),
            "x-ms-meta-origin": quote(signal.origin),
            "Content-Type": "application/octet-stream",
        }
        path = f"/{self._container}/{folder}{signal.id}"
        await self._account.send(Request(Service.BLOBS, "PUT", path, headers=headers, body=signal.body), frozenset())

    async def get(self, signal_id: str) -> Signal | None:
        """The signal, or None. Raises: StorageUnavailable."""
        folder = _folder(signal_id)
        if folder is None:
            return None
        request = Request(Service.BLOBS, "GET", f"/{self._container}/{folder}{signal_id}")
        answer = await self._account.send(request, _MISSING)
        if answer.status in _MISSING:
            return None
        return Signal(
            id=signal_id,
            received_at=datetime.fromisoformat(answer.headers["x-ms-meta-received_at"]),
            origin=unquote(answer.headers["x-ms-meta-origin"]),
            body=answer.body,
        )

    async def ids(self, since: str) -> AsyncIterator[str]:
        """Ids that begin with an hour or more, in order. Raises: StorageUnavailable, ValueError for less."""
        folder = _folder(since)
        if folder is None:
            raise ValueError(f"no hour: {since[:80]!r}")
        query = {"restype": "container", "comp": "list", "prefix": folder + since}
        while True:
            answer = await self._account.send(Request(Service.BLOBS, "GET", f"/{self._container}", query), frozenset())
            for name in _NAME.findall(answer.body):
                yield name.decode()
            marker = _MARKER.search(answer.body)
            if marker is None:
                return
            query = {**query, "marker": html.unescape(marker[1].decode())}


def _folder(signal_id: str) -> str | None:
    """Where signals of this hour lie; None when the text does not begin with an hour."""
    found = _ID.fullmatch(signal_id)
    return "/".join(found.groups()) + "/" if found else None
