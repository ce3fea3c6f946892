"""The one HTTP client. aiohttp is imported at the first send, and its sessions are kept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from notbefore.outbound.addresses import Networks, denied, judged, restricted
from notbefore.outbound.answers import Answer
from notbefore.outbound.turns import Turns

if TYPE_CHECKING:
    from ssl import SSLContext

    from aiohttp import ClientSession
    from yarl import URL

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → addresses. Raises: OSError when the name cannot be resolved."""

TIME_LIMIT = 10.0
"""Seconds for a whole send: name, connection, request, answer."""


class Outbound:
    """Sends a request to a judged address, once. Close it when the house closes.

    A name is resolved here and its addresses are judged; the connection is made to those addresses and no
    others, so a name that answers differently a second time gains nothing. Redirects are not followed.
    `trust` is whom to believe about a server's certificate; None: whom this machine believes.
    """

    def __init__(
        self,
        allowed: Networks = (),
        *,
        resolve: Resolve | None = None,
        limit: float = TIME_LIMIT,
        trust: SSLContext | None = None,
    ) -> None:
        self._trust = trust
        self._allowed = allowed
        self._resolve = resolve or _resolve
        self._limit = limit
        self._sessions: dict[bool, ClientSession] = {}
        """Two at most: what is open to the operator's own networks alone shares no connection with the rest."""
        self._turns: dict[tuple[str, str, int], Turns] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Posts once; `request` says what holds."""
        return await self.request("POST", url, body, headers)

    async def request(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Whatever the receiver answers, in 10 s at most, of it 64 KB.

        Raises: Permanent when the address is refused; Transient when nothing (whole) came back; Busy.
        """
        target = judged(url, self._allowed)
        async with self._turns_at(target).one():
            return await self._exchange(method, target, body, headers)

    async def close(self) -> None:
        """Closes the connections that are kept."""
        sessions, self._sessions = tuple(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    def _turns_at(self, target: URL) -> Turns:
        endpoint = (target.scheme, target.raw_host or "", target.port or 0)
        turns = self._turns.get(endpoint)
        if turns is None:
            turns = self._turns[endpoint] = Turns()
        return turns

    async def _exchange(self, method: str, target: URL, body: bytes, headers: Mapping[str, str]) -> Answer:
        from notbefore.outbound.session import exchange, open_session

        only_allowed = restricted(target)
        session = self._sessions.get(only_allowed)
        if session is None:
            judge = partial(denied, allowed=self._allowed, only_allowed=only_allowed)
            session = self._sessions[only_allowed] = open_session(self._resolve, judge, self._limit, self._trust)
        return await exchange(session, method, target, body, headers)


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
