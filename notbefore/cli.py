"""The command line: a table of names and modules; a module is imported only when its command is chosen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from notbefore.errors import NotBeforeError

COMMANDS = {
    "normalize": "payloads as maintenance events, one JSON line each",
    "explain": "who would be told of these payloads, when, on what and why",
    "check": "every mistake of the routing file with its line, and the tests written in it",
    "preview": "what people and machines would read, from the examples or a delivery of your own",
    "what-if": "who would have been told more, less, earlier or later by a changed routing file",
    "silence": "be told nothing of certain stories for a while; shows first what that would have held",
    "resend": "dead deliveries again, under their own ids",
    "restore": "the stores from the archive of signals; nothing is sent",
    "audit": "every decision, delivery and order, by story, audience, address and time, as JSON Lines",
    "calendar": "the address under which a calendar program subscribes to an audience's maintenances",
    "send": "one example, as a drill, to an audience over its real channels",
    "drill": "Azure's own test signals through the public door, and a receipt of each channel that they reach",
    "doctor": "settings, storage, rights, channels, handshakes, clock: what is wrong and what to do",
}
"""Command → what it does. `notbefore.commands.NAME` has `arguments(parser)` and `run(options) -> int`."""


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status: 1 for what NotBefore itself refuses, 2 for wrong usage."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        return _usage(name)
    module = import_module(f"notbefore.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(prog=f"notbefore {name}", description=COMMANDS[name])
    module.arguments(parser)
    try:
        return int(module.run(parser.parse_args(arguments[1:])))
    except NotBeforeError as problem:
        print(f"notbefore {name}: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _usage(name: str) -> int:
    asked = name in ("", "-h", "--help", "help")
    stream = sys.stdout if asked and name else sys.stderr
    if not asked:
        print(f"notbefore: no command {name!r}", file=stream)
    print("usage: notbefore COMMAND [arguments]; notbefore COMMAND --help says more\n", file=stream)
    for command, meaning in COMMANDS.items():
        print(f"  {command:<12}{meaning}", file=stream)
    return 0 if asked and name else 2
