"""A bad network before the store: some calls are refused, some never answered, some done without the answer arriving.

Which call meets which fault is drawn from a seed, in the order of arrival.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

REFUSALS = (500, 503, 429)
FAULTS = ("refused", "reset", "silent", "late", "unheard", "cut")
"""Refused with a status; reset or left silent; done late, when nobody waits; done, and the answer lost or cut."""

ENDPOINTS = ("BlobEndpoint", "QueueEndpoint", "TableEndpoint")
_KEPT = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class StorageProxy:
    """Listens once for each service. `share` of the calls meets a fault; `late_after` is in seconds."""

    def __init__(
        self, connection_string: str, seed: int, *, share: float, late_after: float, faults: tuple[str, ...] = FAULTS
    ) -> None:
        self._parts = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
        self._random = random.Random(seed)  # noqa: S311 # repeatable on purpose
        self._late_after = late_after
        self._faults = faults
        self.share = share
        self.met: Counter[str] = Counter()
        self._behind: dict[str, str] = {}
        self.leads_to(connection_string)

    def leads_to(self, connection_string: str) -> None:
        """From now on this store is behind, as after a restart on other ports."""
        parts = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
        self._behind = {name: "http://" + urlsplit(parts[name]).netloc for name in ENDPOINTS}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The connection string that leads through the proxy."""
        parts, runners = dict(self._parts), []
        async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Content-Type"]) as self._session:
            for name in ENDPOINTS:
                runner = web.ServerRunner(web.Server(self._door(name)), shutdown_timeout=0.1)
                await runner.setup()
                site = web.TCPSite(runner, "127.0.0.1", 0)
                await site.start()
                runners.append(runner)
                parts[name] = f"http://127.0.0.1:{runner.addresses[0][1]}{urlsplit(parts[name]).path}"
            yield ";".join(f"{name}={value}" for name, value in parts.items())
            for runner in runners:
                await runner.cleanup()

    def _door(self, name: str) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        async def meet(request: web.BaseRequest) -> web.StreamResponse:
            body = await request.read()
            fault = self._random.choice(self._faults) if self._random.random() < self.share else "none"
            self.met[fault] += 1
            if fault == "refused":
                return web.Response(status=self._random.choice(REFUSALS))
            if fault in {"silent", "late"}:
                await asyncio.sleep(self._late_after)
            if fault in {"reset", "silent"}:
                return _gone(request)
            return await self._passed(name, request, body, fault)

        return meet

    async def _passed(self, name: str, request: web.BaseRequest, body: bytes, fault: str) -> web.StreamResponse:
        headers = {key: value for key, value in request.headers.items() if key.lower() not in _KEPT}
        url = URL(self._behind[name] + request.raw_path, encoded=True)
        try:
            async with self._session.request(
                request.method, url, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except aiohttp.ClientError:
            return _gone(request)
        if fault in {"late", "unheard"}:
            return _gone(request)
        kept = {key: value for key, value in answer.headers.items() if key.lower() not in _KEPT}
        if fault == "cut":
            return await _cut(request, answer.status, kept, content)
        return web.Response(status=answer.status, headers=kept, body=content)


def _gone(request: web.BaseRequest) -> web.StreamResponse:
    """The connection is reset, without a word."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut(request: web.BaseRequest, status: int, headers: dict[str, str], content: bytes) -> web.StreamResponse:
    """Half of the answer, then nothing."""
    answer = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(len(content) + 10)})
    await answer.prepare(request)
    await answer.write(content[: len(content) // 2])
    return _gone(request)
