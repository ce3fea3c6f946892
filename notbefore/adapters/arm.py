"""Azure Resource Manager over REST: a token, a few short retries, pages. What Resource Graph and machines share.

The generated clients were left out: the two calls that are made here need neither their models nor the 100 MB of
azure-mgmt-compute, and a `Retry-After` of minutes must not keep a timer waiting (the timer is the retry).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from notbefore.errors import Permanent, Transient

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

Tokens = Callable[[str], Awaitable[str]]
"""Scope → bearer token. Raises: Transient."""

PAUSES = (1.0, 4.0)
"""Seconds before the second try and the last, when Azure does not say."""

PATIENCE = 20.0
"""Seconds that Azure may ask us to wait within a call; a longer wish is handed up as `Transient`."""

CALL_SECONDS = 60.0

_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_MISSING = 404


class Arm:
    """Calls Resource Manager. `tokens` is asked at each call and keeps what it has."""

    def __init__(self, address: str, tokens: Tokens, pauses: tuple[float, ...] = PAUSES) -> None:
        self._address = address.rstrip("/")
        self._tokens = tokens
        self._pauses = pauses
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, target: str, body: object = None) -> dict[str, Any] | None:
        """The answer's JSON; None for 404. `target` is a path, or a `nextLink` of Azure's.

        Raises: Transient with Azure's wish, Permanent when it refuses.
        """
        url = self._url(target)
        for pause in (*self._pauses, None):
            problem, wish = "", None
            try:
                status, headers, answer = await self._once(method, url, body)
            except OSError as failure:  # TimeoutError is one, too
                problem = f"Azure does not answer: {type(failure).__name__}"
            else:
                if status not in _AGAIN:
                    return _read(status, answer)
                problem, wish = f"Azure answers {status}", wish_in(headers)
            wait = wish if wish is not None else pause
            if pause is None or wait is None or wait > PATIENCE:
                raise Transient(problem, wish)
            await asyncio.sleep(wait)
        raise AssertionError("the last pause is None")

    def _url(self, target: str) -> str:
        """A link leads to the same host or nowhere: the token goes with it. Raises: Permanent."""
        if target.startswith("/"):
            return self._address + target
        if urlsplit(target)[:2] != urlsplit(self._address)[:2]:
            raise Permanent("a next page on another host")
        return target

    async def _once(self, method: str, url: str, body: object) -> tuple[int, Mapping[str, str], bytes]:
        import aiohttp
        from yarl import URL

        token = await self._tokens(f"{self._address}/.default")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if body is None else msgspec.json.encode(body)
        call = self._open().request(
            method, URL(url, encoded=True), data=content, headers=headers, allow_redirects=False
        )
        try:
            async with call as response:
                return response.status, response.headers, await response.read()
        except aiohttp.ClientError as failure:
            raise ConnectionError(type(failure).__name__) from failure

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            import aiohttp

            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "NotBefore"},
            )
        return self._session

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


def wish_in(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: `Retry-After` in seconds, else when the quota of Resource Graph comes back (hh:mm:ss)."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    parts = headers.get("x-ms-user-quota-resets-after", "").split(":")
    if len(parts) == 3 and all(part.replace(".", "", 1).isdecimal() for part in parts):  # noqa: PLR2004 # hh:mm:ss
        hours, minutes, seconds = map(float, parts)
        return hours * 3600 + minutes * 60 + seconds
    return None


def _read(status: int, answer: bytes) -> dict[str, Any] | None:
    if status == _MISSING:
        return None
    if status >= 300:  # noqa: PLR2004 # success is below 300
        raise Permanent(f"Azure answers {status} {_code_in(answer)}".strip())
    try:
        return msgspec.json.decode(answer, type=dict[str, Any])
    except msgspec.DecodeError as problem:
        raise Transient("an answer of Azure that is no JSON object") from problem


def _code_in(answer: bytes) -> str:
    """The word for what is wrong, never the sentence: that may hold names."""
    try:
        said = msgspec.json.decode(answer, type=dict[str, dict[str, Any]])
    except msgspec.DecodeError:
        return ""
    return str(said.get("error", {}).get("code", ""))[:80]
