"""`notbefore drill`: Azure's own test signals through the public door, and who got word of them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from notbefore.errors import NotBeforeError
from notbefore.settings import variable

if TYPE_CHECKING:
    from notbefore.drill.waiting import Drilled, Line

KEY, TOKEN, URL = "NOTBEFORE_DRILL_KEY", "NOTBEFORE_DRILL_TOKEN", "NOTBEFORE_URL"
_PATIENCE = 120.0
_NOT_TOLD = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and for how long to wait."""
    parser.add_argument("--url", metavar="URL", help=f"of the app; the setting {URL} if not given")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=_PATIENCE, help="to wait; 120 by default")
    parser.add_argument(
        "--subscription", metavar="ID", type=UUID, help="route it as this subscription's; none by default"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object in the end")
    parser.epilog = f"The key (a host key of the app) is read from {KEY}, an Entra token from {TOKEN}."


def run(options: argparse.Namespace) -> int:
    """Prints what is sent as it is sent, and a table. 1 when anybody was not told in time, or nobody was to be told.

    Raises: NotBeforeError when the door does not take a signal.
    """
    url = options.url or variable(URL)
    if not url:
        raise NotBeforeError(f"say where the app is: --url, or the setting {URL}")
    done = asyncio.run(_drill(url, options))
    if options.json:
        import msgspec

        print(msgspec.json.encode(done).decode())
    else:
        _table(done)
    return 0 if done.good else _NOT_TOLD


async def _drill(url: str, options: argparse.Namespace) -> Drilled:
    from notbefore.drill.door import Door
    from notbefore.drill.signals import azures_tests
    from notbefore.drill.waiting import time_is_up, wait
    from notbefore.schema import DRILL_SUBSCRIPTION

    until = time_is_up(_now, options.timeout)
    subscription = str(options.subscription or DRILL_SUBSCRIPTION)
    async with Door(url, key=variable(KEY), token=variable(TOKEN)) as door:
        sent: dict[str, str] = {}
        for signal in azures_tests(_now(), uuid4(), subscription):
            taken = await door.post(signal)
            sent[taken] = signal.name
            _say(f"{signal.name}: taken in as signal {taken}")
        _say(f"waiting for receipts, {options.timeout:g} s at most")
        return await wait(door, sent, until, _now, lambda line: _say(_words(line)))


def _table(done: Drilled) -> None:
    columns = ("signal", "audience", "channel", "target", "what", "why")
    rows = [
        columns,
        *((line.signal, line.audience, line.channel, line.target, line.what, line.why) for line in done.lines),
    ]
    widths = [max(len(row[number]) for row in rows) for number in range(len(columns) - 1)]
    for row in rows if done.lines else ():
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[-1]]).rstrip())
    for problem in done.problems:
        print(f"problem: {problem}")
    count = sum(line.what == "sent" for line in done.lines)
    print(f"the drill {'went well' if done.good else 'did not go well'}: {count} of {len(done.lines)} messages sent")


def _words(line: Line) -> str:
    return f"{line.signal}: {line.channel} to {line.audience} {line.what}" + (f" ({line.why})" if line.why else "")


def _say(text: str) -> None:
    print(f"{_now():%H:%M:%S}  {text}", file=sys.stderr, flush=True)


def _now() -> datetime:
    return datetime.now(UTC)
