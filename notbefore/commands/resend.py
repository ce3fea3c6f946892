"""`notbefore resend`: dead deliveries are sent again under their own ids."""

from __future__ import annotations

import argparse

from notbefore.commands.store import in_store, whoever
from notbefore.errors import NotBeforeError
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.resend import Wish, dead_deliveries, resend

_LEFT = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which of the dead deliveries; several words mean all of them."""
    parser.add_argument("--delivery", metavar="ID", default="", help="this one")
    parser.add_argument("--story", metavar="ID", default="", help="those about this story")
    parser.add_argument("--audience", metavar="NAME", default="", help="those of this audience")
    parser.add_argument("--channel", metavar="WORD", default="", help="those of this channel, such as webhook")
    parser.add_argument("--all", action="store_true", help="every dead delivery")
    parser.add_argument("--dry-run", action="store_true", help="only say which these are")


def run(options: argparse.Namespace) -> int:
    """Prints a line for each. 1 when one of them was left as it is, or none was found.

    Raises: NotBeforeError when nothing was asked for, ConfigError, StorageUnavailable.
    """
    wish = Wish(delivery=options.delivery, story=options.story, audience=options.audience, channel=options.channel)
    if wish == Wish() and not options.all:
        raise NotBeforeError("say which: --delivery, --story, --audience or --channel; or --all")

    async def work(outside: Dependencies) -> int:
        return await (_list(outside, wish) if options.dry_run else _resend(outside, wish))

    return in_store(work)


async def _list(outside: Dependencies, wish: Wish) -> int:
    found = 0
    async for dead in dead_deliveries(outside, wish):
        one = dead.delivery
        print(f"{one.id}: {one.audience} by {one.channel}, revision {one.revision} of {one.story.id}: {one.last_error}")
        found += 1
    print(f"{found} dead deliveries fit")
    return 0


async def _resend(outside: Dependencies, wish: Wish) -> int:
    done = await resend(outside, wish, by=whoever())
    for one in done:
        said = f"left as it is: {one.refused}" if one.refused else "on its way"
        print(f"{one.delivery}: {one.audience} by {one.channel}, revision {one.revision}: {said}")
    if not done:
        print("no dead delivery fits")
    return _LEFT if not done or any(one.refused for one in done) else 0
