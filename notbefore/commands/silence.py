"""`notbefore silence`: a person's order to be told nothing of certain stories for a while."""

from __future__ import annotations

import argparse
import sys

from notbefore.commands.store import in_store, whoever
from notbefore.errors import NotBeforeError
from notbefore.muting import Silence
from notbefore.pipeline.dependencies import Dependencies

SHOWN = 20
"""Stories that a preview names."""

_NOT_SAVED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """A new silence, the list of them, or the end of one."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="silences on record")
    what.add_argument("--lift", metavar="ID", help="end this one now; what it held is decided again")
    what.add_argument(
        "--match", metavar="KEY=VALUE", nargs="+", help="as in a route: kind=resource_health region=… tag=team=web-*"
    )
    parser.add_argument("--for", dest="length", metavar="SPAN", help="how long, such as 4h or 2d")
    parser.add_argument("--until", metavar="TIME", help="or until when, with its zone")
    parser.add_argument("--reason", metavar="TEXT", help="why, for those who ask later")
    parser.add_argument("--author", metavar="NAME", help="who orders it; whoever runs the command")
    parser.add_argument("--yes", action="store_true", help="save it without asking")


def run(options: argparse.Namespace) -> int:
    """Shows what it would have held, asks, and saves. 1 when the answer is no.

    Raises: Refused with what is wrong, ConfigError, StorageUnavailable.
    """

    async def work(outside: Dependencies) -> int:
        if options.list:
            return await listed(outside)
        if options.lift:
            return await lifted(outside, options.lift, options.author or whoever())
        return await ordered(outside, options)

    return in_store(work)


async def listed(outside: Dependencies) -> int:
    """A line for each silence, those that end last first."""
    from notbefore.board.silences import words
    from notbefore.pipeline.orders import silences

    now = outside.clock()
    for one in await silences(outside):
        state = "holds" if one.holds_at(now) else "lifted" if one.lifted_at else "over"
        print(f"{one.id}  {state} until {one.ends_at:%Y-%m-%d %H:%M} UTC: {words(one)}, by {one.author}: {one.reason}")
    return 0


async def lifted(outside: Dependencies, silence_id: str, by: str) -> int:
    """Ends one. Raises: Refused when there is none."""
    from notbefore.pipeline.orders import lift

    ended = await lift(outside, silence_id, by)
    print(f"lifted by {ended.lifted_by}; what it held is decided again within minutes")
    return 0


async def ordered(outside: Dependencies, options: argparse.Namespace) -> int:
    """Preview, question, order."""
    from notbefore.pipeline.orders import silence
    from notbefore.pipeline.wishes import read_silence

    written: dict[str, object] = {"match": pairs(options.match), "reason": options.reason}
    written |= {"for": options.length} if options.length else {"ends_at": options.until}
    order = read_silence(written, options.author or whoever(), outside.clock())
    await _preview(outside, order)
    if not options.yes and not _agreed():
        print("not saved")
        return _NOT_SAVED
    await silence(outside, order)
    print(f"saved: {order.id}, until {order.ends_at:%Y-%m-%d %H:%M} UTC")
    return 0


def pairs(words: list[str]) -> dict[str, object]:
    """`key=value` as a match has it; the same key again, or a comma, means any of them. Raises: NotBeforeError."""
    found: dict[str, list[str]] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key or not value:
            raise NotBeforeError(f"--match {word}: key=value is wanted, such as kind=resource_health")
        found.setdefault(key, []).extend(one for one in value.split(",") if one)
    return {key: several[0] if len(several) == 1 else several for key, several in found.items()}


async def _preview(outside: Dependencies, order: Silence) -> None:
    from notbefore.board import Board
    from notbefore.board.silences import advice, preview, words

    seen = await preview(Board(outside), order)
    print(f"{words(order)}: until {order.ends_at:%Y-%m-%d %H:%M} UTC, by {order.author}: {order.reason}")
    shown = f"{len(seen.items)}" if len(seen.items) < SHOWN else f"{SHOWN} or more"
    looked_at = f"{seen.looked_at}" if seen.complete else f"{seen.looked_at} of more were looked at"
    print(f"stories of the last seven days: {looked_at}; it would have held {shown}, told of {seen.told} of them")
    for said in advice(order):
        print(f"is that meant? {said}")
    for one in seen.items:
        print(f"  {one.title} ({one.subscription}, {one.phase})")


def _agreed() -> bool:
    print("save it? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
