"""`notbefore restore`: the stores from the archive of signals. Nothing is sent."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta

from notbefore.commands.audit import past
from notbefore.commands.store import in_store
from notbefore.pipeline.dependencies import Dependencies

_BACK = timedelta(days=180)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--since TIME`."""
    parser.add_argument("--since", metavar="TIME", type=past, help="a time, or a span back; 180d is the default")


def run(options: argparse.Namespace) -> int:
    """Plays the archive into empty stores while no host runs. Raises: Refused, ConfigError, StorageUnavailable."""

    async def work(outside: Dependencies) -> int:
        from notbefore.pipeline.archive import archived
        from notbefore.pipeline.restore import restore

        until = outside.clock()
        since = options.since or until - _BACK
        done = await restore(outside, archived(outside.archive, since, until), _progress)
        print(f"{done.signals} signals played, {done.deliveries} deliveries restored, nothing was sent")
        return 0

    return in_store(work)


def _progress(played: int, at: datetime) -> None:
    print(f"{played} signals played, up to {at:%Y-%m-%d %H:%M} UTC", file=sys.stderr)
