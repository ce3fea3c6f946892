"""`notbefore what-if --routes NEW`: the past through the present routing file and through a changed one."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from notbefore.commands.audit import past
from notbefore.commands.normalize import read_payload
from notbefore.commands.routes import DEFAULT
from notbefore.commands.store import in_store
from notbefore.config.model import RoutingConfig
from notbefore.errors import NotBeforeError
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.past.what_if import Difference, Different, WhatIf
from notbefore.ports import Signal

LINGER = timedelta(days=2)
"""How long after the last file of a folder time goes on: for what was to be told later."""

_STAMP = re.compile(r"(\d{8}T\d{6})")


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--routes NEW`, `--since`, `--signals DIR`, `--present FILE`, `--json`."""
    parser.add_argument("--routes", metavar="NEW", type=Path, required=True, help="the changed routing file")
    parser.add_argument("--since", metavar="TIME", type=past, help="a time, or a span back such as 30d, the default")
    parser.add_argument("--signals", metavar="DIR", type=Path, help="play these files instead of the running store")
    parser.add_argument(
        "--present", metavar="FILE", type=Path, help=f"what NEW is compared with; {DEFAULT}, or the store's own"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object an audience and difference")


def run(options: argparse.Namespace) -> int:
    """Prints the differences; progress goes to standard error. Raises: ConfigError, StorageUnavailable."""
    from notbefore.config.loading import load

    changed = load(options.routes)
    if options.signals is not None:
        return asyncio.run(_of_folder(options, load(options.present or DEFAULT), changed))

    async def work(outside: Dependencies) -> int:
        present = load(options.present) if options.present else outside.rules().config
        return await _of_store(outside, options, present, changed)

    return in_store(work)


async def _of_store(
    outside: Dependencies, options: argparse.Namespace, present: RoutingConfig, changed: RoutingConfig
) -> int:
    from notbefore.pipeline.orders import silences
    from notbefore.pipeline.past.archive import archived

    until = outside.clock()
    since = options.since or until - timedelta(days=30)
    game = _game(present, changed, since)
    await game.heed(await silences(outside))
    await _play(game, archived(outside.archive, since, until))
    await game.end(until)
    _say(game, present, as_json=options.json)
    return 0


async def _of_folder(options: argparse.Namespace, present: RoutingConfig, changed: RoutingConfig) -> int:
    found = files(options.signals, options.since)
    if not found:
        raise NotBeforeError(f"{options.signals} holds no files" + (" of that time" if options.since else ""))
    game = _game(present, changed, found[0].at)
    await _play(game, _read(found))
    await game.end(found[-1].at + LINGER)
    _say(game, present, as_json=options.json)
    return 0


def _game(present: RoutingConfig, changed: RoutingConfig, since: datetime) -> WhatIf:
    from notbefore.rules import compile_rules

    return WhatIf(compile_rules(present), compile_rules(changed), since)


async def _play(game: WhatIf, signals: AsyncIterator[Signal]) -> None:
    """A line a day on standard error."""
    day, played = None, 0
    async for signal in signals:
        if day not in (None, signal.received_at.date()):
            print(f"{day}: {played} signals played", file=sys.stderr)
        day = signal.received_at.date()
        await game.take(signal)
        played += 1
    print(f"{day or 'nothing came in'}: {played} signals played", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file, and when it is taken to have come in."""

    path: Path
    at: datetime


def files(folder: Path, since: datetime | None) -> list[Arrived]:
    """Every file of a folder in order of arrival. Raises: NotBeforeError."""
    try:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
    except OSError as problem:
        raise NotBeforeError(f"{folder}: {problem.strerror or problem}") from problem
    found = [Arrived(path, _arrival(path)) for path in paths]
    return sorted((one for one in found if since is None or one.at >= since), key=lambda one: one.at)


def _arrival(path: Path) -> datetime:
    """By the name (`20261121T010000…`), else by the newest of its events, else by the age of the file."""
    from notbefore.normalization import normalize

    stamped = _STAMP.match(path.name)
    if stamped:
        return datetime.strptime(stamped[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return max((event.occurred_at for event in normalize(read_payload(str(path)), written).events), default=written)


async def _read(found: list[Arrived]) -> AsyncIterator[Signal]:
    for one in found:
        body = read_payload(str(one.path))
        yield Signal(id=one.path.name, received_at=one.at, origin="file", body=body)


def _say(game: WhatIf, config: RoutingConfig, *, as_json: bool) -> None:
    print(f"{game.stories} stories were told in one house or the other", file=sys.stderr)
    for audience, known in sorted(game.differences.items()):
        for difference, different in known.items():
            if as_json:
                line = {"audience": audience, "difference": difference, **msgspec.to_builtins(different)}
                sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
            else:
                _in_words(audience, difference, different, config)
    if not game.differences and not as_json:
        print("nobody would have been told anything else")


def _in_words(audience: str, difference: Difference, different: Different, config: RoutingConfig) -> None:
    stories = "1 story" if different.count == 1 else f"{different.count} stories"
    print(
        f"{audience}: {difference} on {stories}"
        if difference != Difference.OTHERWISE
        else f"{audience}: {stories} {difference}"
    )
    for one in different.examples:
        where = config.subscription_name(one.subscription)
        print(f"  {one.title or one.story} ({where}, story {one.story})")
        print(f"    now:  {_times(one.now)}")
        print(f"    then: {_times(one.then)}")
    if different.count > len(different.examples):
        print(f"  and {different.count - len(different.examples)} more")


def _times(told: tuple[object, ...]) -> str:
    from notbefore.pipeline.past.what_if import Told

    times = [f"{one.at:%Y-%m-%d %H:%M}" for one in told if isinstance(one, Told)]
    shown = ", ".join(times[:5]) + (f" and {len(times) - 5} more" if len(times) > 5 else "")  # noqa: PLR2004 # a line
    return f"{shown} UTC" if times else "not told"
