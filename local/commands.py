"""What `dev.py` can do, once it runs in its environment."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from local.cache import ROOT

_DEFAULT_PORT = 8700
_PORTS = range(65536)


def main(arguments: list[str]) -> int:
    """Does what was asked; the exit status."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if name == "notbefore":
        return notbefore(rest)
    if name == "test":
        from local.checks import groups, run_all

        return run_all(groups(rest))
    options = _parser().parse_args(arguments)
    if options.command == "package":
        from local.package import package

        return package(options.out)
    from local.run import run

    return run(options)


def notbefore(arguments: list[str]) -> int:
    """The tool, where the user stands: paths they name are theirs."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "notbefore", *arguments]
    if os.name == "posix":
        os.execve(sys.executable, command, os.environ | {"PYTHONPATH": path})  # noqa: S606 - no shell is wanted
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, check=False).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py", description="NotBefore on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="the whole product on this machine, and a short story played to it")
    run.add_argument("--once", action="store_true", help="leave when all is delivered; exit 0 only if it was")
    run.add_argument("--empty", action="store_true", help="play nothing")
    run.add_argument("--port", type=_port, metavar="N", help=f"of the board and the doors; {_DEFAULT_PORT} by default")
    run.add_argument("--routes", type=Path, default=ROOT / "config" / "routes.yaml", metavar="FILE")
    run.add_argument("--state", type=Path, default=ROOT / ".local", metavar="DIR", help="kept between runs")
    run.add_argument("--real", action="store_true", help="send to the addresses of the routing file themselves")
    package = commands.add_parser("package", help="the zip that Flex Consumption runs; nothing is built there")
    package.add_argument("--out", type=Path, default=ROOT / ".local" / "notbefore.zip", metavar="FILE")
    commands.add_parser("test", help="format, lint, types, layers and every test; arguments go to pytest")
    commands.add_parser("notbefore", help="the tool, in the environment of this checkout")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 (a free one) to {_PORTS[-1]}, not {text!r}")
    return int(text)
