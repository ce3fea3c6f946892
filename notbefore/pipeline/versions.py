"""Two releases side by side: what a newer one wrote is left to it, and never ends as poison.

While an update rolls, old and new instances take from the same queues and tables. Fields that are only added are
passed over by who does not know them. A new form has a number; an instance that does not read it puts the message
back for a minute, and another takes it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from datetime import timedelta

import msgspec
from msgspec import Struct

from notbefore.errors import Newer
from notbefore.ports import Queue
from notbefore.schema import READABLE_VERSION

log = logging.getLogger(__name__)

WAIT = timedelta(minutes=1)
"""A rolling update ends the old instances within minutes."""


class _Versioned(Struct, frozen=True):
    version: int = 1


def check_version(message: bytes) -> None:
    """Looks at the number alone, since the rest may read otherwise. Raises: Newer."""
    version = msgspec.json.decode(message, type=_Versioned).version
    if version > READABLE_VERSION:
        raise Newer(version)


async def or_newer(queue: Queue, message: bytes, work: Awaitable[None]) -> None:
    """Does the work; what it meets of a newer release lets the message wait for one. Raises: as the work does."""
    try:
        await work
    except Newer as newer:
        log.warning("a message waits for a newer instance: %s", newer)
        await queue.put(message, WAIT)
