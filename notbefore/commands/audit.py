"""`notbefore audit`: every decision, delivery and order that fits, one JSON line each, for whoever asks later."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from notbefore.commands.normalize import moment
from notbefore.commands.store import in_store
from notbefore.pipeline.dependencies import Dependencies

_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--story`, `--audience`, `--address`, `--since`, `--until`."""
    parser.add_argument("--story", metavar="ID", default="", help="only what is about this story")
    parser.add_argument("--audience", metavar="NAME", default="", help="only what this audience was told, or was not")
    parser.add_argument("--address", metavar="TEXT", default="", help="only what went to this address or number")
    parser.add_argument("--since", metavar="TIME", type=past, help="a time, or a span back from now such as 90d")
    parser.add_argument("--until", metavar="TIME", type=past, help="the same; what is later is left out")


def run(options: argparse.Namespace) -> int:
    """Prints the lines as they are read; nothing is gathered. Raises: ConfigError, StorageUnavailable."""

    async def work(outside: Dependencies) -> int:
        return await export(outside, options)

    return in_store(work)


async def export(outside: Dependencies, options: argparse.Namespace) -> int:
    """Writes the lines to standard output; what a URL may hold of a secret stays out."""
    from notbefore.board.brief import shown_target
    from notbefore.pipeline.audit import Asked, entries

    asked = Asked(
        story=options.story,
        audience=options.audience,
        address=options.address,
        since=options.since,
        until=options.until,
    )
    async for entry in entries(outside, asked):
        line = msgspec.json.encode(replace(entry, address=shown_target(entry.address)))
        sys.stdout.write(line.decode() + "\n")
    return 0


def past(text: str) -> datetime:
    """A time, or how long ago."""
    span = _SPAN.fullmatch(text)
    return datetime.now(UTC) - int(span[1]) * _UNITS[span[2]] if span else moment(text)
