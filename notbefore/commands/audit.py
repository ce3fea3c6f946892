"""`notbefore audit`: every decision, delivery and order that fits, one JSON line each, for whoever asks later."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

import msgspec

from notbefore.commands.store import in_store
from notbefore.errors import Refused
from notbefore.pipeline.dependencies import Dependencies


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
    from notbefore.board.audit_page import shown
    from notbefore.pipeline.audit import Asked, entries

    asked = Asked(
        story=options.story,
        audience=options.audience,
        address=options.address,
        since=options.since,
        until=options.until,
    )
    async for entry in entries(outside, asked):
        sys.stdout.write(msgspec.json.encode(shown(entry)).decode() + "\n")
    return 0


def past(text: str) -> datetime:
    """A time, or how long ago."""
    from notbefore.board.audit_page import when

    try:
        return when(text, datetime.now(UTC))
    except Refused as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem
