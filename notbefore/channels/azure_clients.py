"""Azure's own client libraries over our one way out: its guard, its limits and its turns hold for them too.

They retry nothing and follow nothing: the queue retries. azure-core is imported at the first message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from notbefore.errors import DeliveryError, Permanent, Transient
from notbefore.outbound import Answer, Outbound, accepted

if TYPE_CHECKING:
    from datetime import datetime

    from aiohttp import ClientSession
    from azure.core.credentials import AccessToken
    from azure.core.exceptions import AzureError

Tokens = Callable[[str], Awaitable[str]]
"""Scope → bearer token of the managed identity. Raises: Transient."""

QUIET = logging.getLogger("notbefore.channels.azure_clients.requests")
"""Where the clients would log each request with its address; only what they warn of is passed on."""

_LASTS = 60
"""Seconds for which a client may take a token for fresh: who holds it knows better, and is asked each time."""


def settings(outbound: Outbound) -> dict[str, Any]:
    """For every client: our way out, one request, a redirect is an answer, no line of log a request.

    Whatever the way out raises passes through the client as it is.
    """
    from azure.core.pipeline.transport import AioHttpTransport

    QUIET.setLevel(logging.WARNING)
    way_out = AioHttpTransport(session=cast("ClientSession", _Session(outbound)), session_owner=False)
    return {"transport": way_out, "retry_total": 0, "permit_redirects": False, "logger": QUIET}


class Identity:
    """The managed identity, as the clients want it."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def get_token(self, *scopes: str, **_wishes: object) -> AccessToken:
        """A token for the first of the scopes. Raises: Transient."""
        from azure.core.credentials import AccessToken

        return AccessToken(await self._tokens(scopes[0]), int(time.time()) + _LASTS)

    async def close(self) -> None:
        """Nothing is held here."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_problem: object) -> None:
        """Nothing is held here."""


def meaning(problem: AzureError, now: datetime) -> DeliveryError:
    """What a client's error means for the delivery; of what the service wrote nothing is repeated."""
    from azure.core.exceptions import HttpResponseError

    response = problem.response if isinstance(problem, HttpResponseError) else None
    if response is None:
        return Permanent(f"the client library refused: {type(problem).__name__}")
    try:
        accepted(Answer(response.status_code or 0, lowered(response), b""), now)
    except DeliveryError as said:
        return said
    return Transient("the service gave an answer that cannot be read")


def lowered(response: object) -> dict[str, str]:
    """The headers of a client's answer, whichever of its two kinds it is, by lower-case names."""
    headers: Mapping[str, str] = getattr(response, "headers", {})
    return {name.lower(): value for name, value in headers.items()}


class _Session:
    """What the transport takes for a session of aiohttp. Time limits, redirects and proxies are the way out's own."""

    auto_decompress = False

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def __aenter__(self) -> Self:
        return self

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        data: str | bytes | None = None,
        **_settings: object,
    ) -> _Answered:
        """Raises: Transient, Permanent, Busy."""
        body = data.encode() if isinstance(data, str) else data or b""
        return _Answered(await self._outbound.request(method, url, body, headers))


class _Answered:
    """What the transport takes for a response of aiohttp: whole already, and JSON or empty.

    Anything else, as the page of a proxy on the way, makes the clients fail with errors that are not theirs.
    """

    reason = ""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = {**answer.headers, "content-type": "application/json; charset=utf-8"}
        self.headers.pop("content-encoding", None)
        self._rest = answer.body if _is_json(answer.body) else b""

    @property
    def content(self) -> _Answered:
        """Itself: it is read as a stream by some, at once by others."""
        return self

    async def read(self, size: int = -1) -> bytes:
        """The next bytes; empty at the end."""
        end = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:end], self._rest[end:]
        return part

    def close(self) -> None:
        """Nothing is open."""


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
