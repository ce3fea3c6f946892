"""`notbefore doctor`: what is wrong, and what to do. From here, or of the app itself when its address is given."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notbefore.commands.drill import KEY, TOKEN
from notbefore.commands.routes import add_routes, routes_path
from notbefore.settings import variable

if TYPE_CHECKING:
    from notbefore.doctor.finding import Finding

_WRONG = 1
_SIGNS = {"good": "good       ", "wrong": "WRONG      ", "not checked": "not checked"}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is looked at."""
    parser.add_argument("--url", metavar="URL", help="ask the app there: its settings, its identity, its way out")
    parser.add_argument("--parameters", metavar="FILE", type=Path, help="only a file of parameters, before deploying")
    add_routes(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.epilog = f"The key (a host key of the app) is read from {KEY}, an Entra token from {TOKEN}."


def run(options: argparse.Namespace) -> int:
    """Prints a line for each finding as it is found. 1 when anything is wrong."""
    findings = _before_deploying(options) if options.parameters else asyncio.run(_gathered(options))
    wrong = [one for one in findings if one.state == "wrong"]
    if options.json:
        import msgspec

        print(msgspec.json.encode({"ok": not wrong, "findings": findings}).decode())
    else:
        unseen = sum(one.state == "not checked" for one in findings)
        print(f"{len(findings) - len(wrong) - unseen} good, {len(wrong)} wrong, {unseen} not checked")
    return _WRONG if wrong else 0


def _before_deploying(options: argparse.Namespace) -> list[Finding]:
    """The parameters, and the routing file that is deployed with them, its tests included."""
    from notbefore.doctor.azd import azd_values
    from notbefore.doctor.parameters import parameters

    routes = routes_path(options)
    kept = azd_values(options.parameters.resolve().parent, variable("AZURE_ENV_NAME"))
    found = [*parameters(options.parameters, routes, lambda name: variable(name) or kept.get(name)), *_routing(routes)]
    for finding in found if not options.json else ():
        sys.stdout.write(in_words(finding))
    return found


def _routing(routes: Path) -> list[Finding]:
    from notbefore.commands.check import check
    from notbefore.doctor.finding import good, wrong

    checked = check(routes, datetime.now(UTC))
    failing = [
        (f"{routes}:{one.line}: the test `{one.name}` fails", one.failures[0]) for one in checked.tests if one.failures
    ]
    found = [wrong("routing file", str(one), one.advice or "python -m notbefore check") for one in checked.mistakes]
    found += [wrong("routing file", said, why) for said, why in failing]
    return found or [good("routing file", f"{routes}: no mistake, {len(checked.tests)} tests hold")]


async def _gathered(options: argparse.Namespace) -> list[Finding]:
    found = []
    async for finding in _findings(options):
        found.append(finding)
        if not options.json:
            sys.stdout.write(in_words(finding))
            sys.stdout.flush()
    return found


async def _findings(options: argparse.Namespace) -> AsyncIterator[Finding]:
    url = options.url or variable("NOTBEFORE_URL")
    async for finding in _from_there(options.url) if options.url else _from_here():
        yield finding
    if url:
        from notbefore.doctor.doors import doors

        local = urlsplit(url).hostname in _LOOPBACK
        async for finding in doors(url.rstrip("/"), _key(), local=local):
            yield finding


async def _from_here() -> AsyncIterator[Finding]:
    from notbefore.doctor.examination import examine

    async for finding in examine(None, lambda: datetime.now(UTC)):
        yield finding


async def _from_there(url: str) -> AsyncIterator[Finding]:
    from notbefore.doctor.doors import asked

    for finding in await asked(url.rstrip("/"), _key()):
        yield finding


def _key() -> dict[str, str]:
    key, token = variable(KEY), variable(TOKEN)
    return ({"x-functions-key": key} if key else {}) | ({"Authorization": f"Bearer {token}"} if token else {})


def in_words(finding: Finding) -> str:
    """A line, and beneath it what to do."""
    line = f"{_SIGNS[finding.state]}  {finding.name}" + (f": {finding.detail}" if finding.detail else "")
    return f"{line}\n" + (f"             → {finding.advice}\n" if finding.advice else "")
