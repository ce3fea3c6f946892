"""`notbefore restore`: the stores from the archive of signals. Nothing is sent."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notbefore.commands.audit import past
from notbefore.commands.store import in_house

if TYPE_CHECKING:
    from notbefore.bootstrap import Wired

_BACK = timedelta(days=180)


def arguments(parser: argparse.ArgumentParser) -> None:
    """From when on, and whether Azure is asked."""
    parser.add_argument("--since", metavar="TIME", type=past, help="a time, or a span back; 180d is the default")
    parser.add_argument("--no-facts", action="store_true", help="do not ask Azure for tags and places of resources")


def run(options: argparse.Namespace) -> int:
    """Plays the archive into empty stores while no host runs.

    Raises: Refused, ConfigError, StorageUnavailable; Transient, Permanent when Azure does not answer.
    """

    async def work(house: Wired) -> int:
        from notbefore.pipeline.past.archive import archived
        from notbefore.pipeline.past.restore import NOBODY, restore

        outside = house.outside
        until = outside.clock()
        signals = archived(outside.archive, options.since or until - _BACK, until)
        done = await restore(outside, signals, _progress, NOBODY if options.no_facts else house.asking)
        print(f"{done.signals} signals played, {done.deliveries} deliveries restored, nothing was sent")
        if house.asking.graph is not None:
            print(f"{done.facts} facts about resources learnt from Azure")
        return 0

    return in_house(work)


def _progress(played: int, at: datetime) -> None:
    print(f"{played} signals played, up to {at:%Y-%m-%d %H:%M} UTC", file=sys.stderr)
