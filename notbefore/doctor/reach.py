"""Whether an address can be reached, without sending anything: name, address guard, connection, certificate."""

from __future__ import annotations

import asyncio
import ssl

from notbefore.errors import Permanent, Transient
from notbefore.outbound.addresses import Networks, denied, judged, restricted

PATIENCE = 10.0


async def reach(url: str, allowed: Networks) -> None:
    """Connects as a message would, says nothing, and leaves.

    Raises: Permanent when the address guard refuses, Transient when nobody is there.
    """
    target = judged(url, allowed)
    host, port = target.raw_host or "", target.port or 443
    only = restricted(target)
    try:
        async with asyncio.timeout(PATIENCE):
            address = await _address(host, port, allowed, only=only)
            await _connect(address, port, host if target.scheme == "https" else None)
    except ssl.SSLCertVerificationError as problem:
        raise Permanent(f"its certificate is not good: {problem.verify_message}") from problem
    except OSError as problem:  # TimeoutError is one, too
        raise Transient(f"nobody is there: {type(problem).__name__}") from problem


async def _address(host: str, port: int, allowed: Networks, *, only: bool) -> str:
    """The first address of the name, all of them judged. Raises: Permanent, OSError."""
    found = [str(place[0]) for *_, place in await asyncio.get_running_loop().getaddrinfo(host, port)]
    for address in found:
        problem = denied(address, allowed, only_allowed=only)
        if problem:
            raise Permanent(f"the name leads to an address that {problem}")
    return found[0]


async def _connect(address: str, port: int, name: str | None) -> None:
    """`name`: whose certificate is wanted; None: none."""
    secure = ssl.create_default_context() if name else None
    _, writer = await asyncio.open_connection(address, port, ssl=secure, server_hostname=name)
    writer.close()
