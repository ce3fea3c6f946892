"""The guard for a library that opens its own connections: each is judged at the moment it is made, as ours are.

Python tells an audit hook of every connect, with the address and not the name, before it happens (docs.python.org,
*Audit events table*: `socket.connect`, `socket.sendto`). The hook cannot be taken out again, so it is put in when it
is first needed, and judges only what runs inside `watched`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from notbefore.outbound.addresses import HTTPS, Networks, denied

_EVENTS = frozenset({"socket.connect", "socket.sendto"})
_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


class Watch:
    """What was refused in it, in words; None while nothing was."""

    def __init__(self, allowed: Networks) -> None:
        self._allowed = allowed
        self.refused: str | None = None

    def judge(self, address: object) -> None:
        """Raises: PermissionError for an address that nobody may connect to, or no address of the internet at all."""
        if not isinstance(address, tuple):
            self.refused = "the service is on this machine"
        else:
            host, port = str(address[0]), address[1]
            problem = denied(host, self._allowed, only_allowed=port != HTTPS)
            self.refused = f"the service is at an address that {problem}" if problem else None
        if self.refused:
            raise PermissionError(self.refused)


@contextmanager
def watched(allowed: Networks) -> Iterator[Watch]:
    """Whatever connects inside, in this thread, is judged."""
    _install()
    watch = Watch(allowed)
    token = _watch.set(watch)
    try:
        yield watch
    finally:
        _watch.reset(token)


@lru_cache(maxsize=1)
def _install() -> None:
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event in _EVENTS and (watch := _watch.get()) is not None:
        watch.judge(arguments[1])
