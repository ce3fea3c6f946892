"""`notbefore normalize FILE…`: payloads as Azure sends them, printed as events; no network, no storage."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from notbefore.errors import NotBeforeError
from notbefore.normalization import Normalized, normalize
from notbefore.reading import UnreadableTime, parse_time

STANDARD_INPUT = "-"
UNREAD = 1
MALFORMED = 2


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE… and `--received TIME`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a raw payload in any envelope; - is standard input")
    parser.add_argument("--received", metavar="TIME", type=moment, help="the time of arrival; now when it is not given")


def run(options: argparse.Namespace) -> int:
    """Prints one line an event. 2 when any payload, or an element of one, is malformed, else 1 when a file is unread.

    A file that cannot be read is named, and the others are read all the same.
    """
    received = options.received or datetime.now(UTC)
    return max([_print(file, received) for file in options.files])


def _print(file: str, received: datetime) -> int:
    try:
        payload = read_payload(file)
    except NotBeforeError as problem:
        sys.stderr.write(f"notbefore normalize: {problem}\n")
        return UNREAD
    normalized = normalize(payload, received)
    sys.stdout.write("".join(f"{line}\n" for line in lines(file, normalized)))
    return MALFORMED if normalized.malformed else 0


def lines(file: str, normalized: Normalized) -> list[str]:
    """What is printed for one payload: its events and what is malformed, as they stand in it, or why there are none."""
    told: list[dict[str, object]] = [{"file": file} | msgspec.to_builtins(event) for event in normalized.events]
    if normalized.ignored:
        told.append({"file": file, "ignored": normalized.ignored})
    for number, (at, broken) in enumerate(zip(normalized.before, normalized.malformed, strict=True)):
        told.insert(at + number, {"file": file, "malformed": {"path": broken.path, "problem": broken.problem}})
    return [msgspec.json.encode(line).decode() for line in told]


def read_payload(file: str) -> bytes:
    """The file's bytes; `-` is standard input. Raises: NotBeforeError when it cannot be read."""
    try:
        return sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
    except OSError as problem:
        raise NotBeforeError(f"{file}: {problem.strerror or problem}") from problem


def moment(text: str) -> datetime:
    """A time given as an argument, in any form that Azure has sent; no zone is UTC."""
    try:
        at = parse_time(text)
    except UnreadableTime as problem:
        raise argparse.ArgumentTypeError(str(problem)) from problem
    if at is None:
        raise argparse.ArgumentTypeError("a time is needed")
    return at
