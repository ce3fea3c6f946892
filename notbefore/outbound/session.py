"""What touches aiohttp, imported at the first send: the session, its judging resolver, one exchange."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from notbefore.errors import Permanent, Transient
from notbefore.outbound.answers import Answer

ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read; what comes after is not waited for."""


_KEEP = 4.0
"""Seconds a connection is kept unused: less than most servers keep theirs."""


class _Judging(AbstractResolver):
    """Resolves a name, and refuses it when any of its addresses is refused."""

    def __init__(self, resolve: Callable[[str, int], Awaitable[list[str]]], judge: Callable[[str], str | None]) -> None:
        self._resolve = resolve
        self._judge = judge

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Only judged addresses; aiohttp connects to exactly these. Raises: Permanent, OSError."""
        addresses = await self._resolve(host, port)
        for address in addresses:
            problem = self._judge(address)
            if problem:
                raise Permanent(f"the name leads to an address that {problem}")
        fitting = [_result(host, address, port) for address in addresses]
        return [result for result in fitting if family in (socket.AF_UNSPEC, result["family"])]

    async def close(self) -> None:
        """Nothing is held."""


def open_session(
    resolve: Callable[[str, int], Awaitable[list[str]]],
    judge: Callable[[str], str | None],
    limit: float,
    trust: ssl.SSLContext | None,
) -> aiohttp.ClientSession:
    """A session that keeps connections, and no cookies, no DNS answers, no proxy of the environment."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=_Judging(resolve, judge), use_dns_cache=False, limit=0, keepalive_timeout=_KEEP, ssl=trust or True
        ),
        timeout=aiohttp.ClientTimeout(total=limit),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "NotBefore", "Accept-Encoding": "identity"},
    )


async def exchange(
    session: aiohttp.ClientSession, method: str, target: URL, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """One request, one answer. Raises: Transient, Permanent."""
    await asyncio.sleep(0)  # a good-bye that has arrived is noticed before its connection is used again
    try:
        async with session.request(method, target, data=body, headers=headers, allow_redirects=False) as response:
            return await _read(response)
    except TimeoutError as problem:
        raise Transient("the receiver did not answer in time") from problem
    except aiohttp.InvalidURL as problem:
        raise Permanent("the address is no URL") from problem
    except (aiohttp.ClientError, OSError) as problem:
        raise Transient(f"the receiver could not be reached: {type(problem).__name__}") from problem


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    while len(body) < ANSWER_LIMIT and (part := await response.content.read(ANSWER_LIMIT - len(body))):
        body += part
    if len(body) >= ANSWER_LIMIT:
        response.close()
    return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, bytes(body))


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": family,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST,
    }
