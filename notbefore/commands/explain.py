"""`notbefore explain FILE…`: who would be told, when, on what and why. The pipeline itself, in memory."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime

import msgspec

from notbefore.commands.normalize import MALFORMED, moment, read_payload
from notbefore.commands.routes import add_routes, load_routes
from notbefore.errors import MalformedSignal
from notbefore.schema import Decision


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE…, `--at TIME`, `--routes FILE`, `--json`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a raw payload in any envelope; - is standard input")
    parser.add_argument("--at", metavar="TIME", type=moment, help="when each file arrives; now when it is not given")
    parser.add_argument("--json", action="store_true", help="one JSON object a decision")
    add_routes(parser)


def run(options: argparse.Namespace) -> int:
    """Plays the files in order, each as if it arrived at TIME. 2 when one of them is malformed."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from notbefore.normalization import normalize
    from notbefore.pipeline.past.play import Player
    from notbefore.rules import compile_rules

    at = options.at or datetime.now(UTC)
    player = Player(compile_rules(load_routes(options)), at)
    say = _say_json if options.json else _say
    status = 0
    for file in options.files:
        body = read_payload(file)
        read = normalize(body, at)
        processed = await player.signal(body)
        decisions = await player.everybody(processed.decisions) + await player.nobody(processed)
        say(file, read.ignored, read.malformed, decisions)
        status = MALFORMED if read.malformed else status
    return status


def _say_json(
    file: str, ignored: str | None, malformed: tuple[MalformedSignal, ...], decisions: list[Decision]
) -> None:
    lines: list[dict[str, object]] = [msgspec.to_builtins(decision) | {"file": file} for decision in decisions]
    if ignored:
        lines.append({"file": file, "ignored": ignored})
    lines += [{"file": file, "malformed": {"path": one.path, "problem": one.problem}} for one in malformed]
    sys.stdout.write("".join(msgspec.json.encode(line).decode() + "\n" for line in lines))


def _say(file: str, ignored: str | None, malformed: tuple[MalformedSignal, ...], decisions: list[Decision]) -> None:
    print(file)
    if ignored:
        print(f"  ignored: {ignored}")
    for one in malformed:
        print(f"  malformed at {one.path}: {one.problem}")
    story = None
    for decision in decisions:
        if decision.story != story:
            story = decision.story
            print(f"  story {story}, revision {decision.revision}, {decision.severity} today")
        due = f" until {decision.due:%Y-%m-%d %H:%M:%S} UTC" if decision.due else ""
        on = f" on {', '.join(decision.channels)}" if decision.channels else ""
        by = f" (route {decision.route})" if decision.route else ""
        print(f"    {decision.audience}: {decision.decision}{due}{on}{by}")
        print(f"      {decision.reason}")
