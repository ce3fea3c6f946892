"""`notbefore check`: every mistake of the routing file with its line, what is probably not meant, and its own tests."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from notbefore.commands.normalize import moment
from notbefore.commands.routes import add_routes, routes_path
from notbefore.config.advice import warnings
from notbefore.config.example_model import Expectation, RouteTest
from notbefore.config.loading import load
from notbefore.config.model import RoutingConfig
from notbefore.config.report import Unset
from notbefore.errors import ConfigError, Mistake
from notbefore.glob import Patterns
from notbefore.schema import Decision, Verdict
from notbefore.settings import variable


class TestResult(msgspec.Struct, frozen=True):
    """One test of the file. `failures` say what was expected and what came; empty: it holds."""

    name: str
    line: int
    failures: tuple[str, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """All that is known of a routing file."""

    mistakes: tuple[Mistake, ...] = ()
    warnings: tuple[Mistake, ...] = ()
    tests: tuple[TestResult, ...] = ()

    @property
    def right(self) -> bool:
        """No mistake, and every test holds."""
        return not self.mistakes and not any(test.failures for test in self.tests)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--routes FILE`, `--at TIME`, `--json`, `--live`."""
    add_routes(parser)
    parser.add_argument("--at", metavar="TIME", type=moment, help="when mutes are judged; now when it is not given")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--live", action="store_true", help="ask the ticket systems, too, what they will refuse")


def run(options: argparse.Namespace) -> int:
    """Prints what was found. 1 when there is a mistake or a test fails; warnings change nothing."""
    routes = routes_path(options)
    checked = check(routes, options.at or datetime.now(UTC))
    if options.live and not checked.mistakes:
        checked = msgspec.structs.replace(checked, mistakes=asyncio.run(_live(load(routes))))
    said = msgspec.json.encode({"ok": checked.right} | msgspec.to_builtins(checked)).decode()
    lines = [said] if options.json else in_words(checked, str(routes))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if checked.right else 1


def check(routes: Path, at: datetime) -> Checked:
    """The file's mistakes; its warnings and tests too when it has none.

    A variable that is not set here is a warning, because secrets live where the file is run, not where it is
    written. A start without it is refused.
    """
    found: tuple[Mistake, ...] = ()
    try:
        load(routes, variable)
    except ConfigError as error:
        found = error.mistakes
    unset = tuple(mistake for mistake in found if isinstance(mistake, Unset))
    mistakes = tuple(mistake for mistake in found if not isinstance(mistake, Unset))
    if mistakes:
        return Checked(mistakes, unset)
    from notbefore.rendering.checks import template_mistakes
    from notbefore.rendering.mapped import mapping_mistakes

    config = load(routes)
    mistakes = (*mapping_mistakes(config), *template_mistakes())
    if mistakes:
        return Checked(mistakes, unset)
    return Checked((), _in_order((*unset, *warnings(config, at))), asyncio.run(_tested(config)))


def _in_order(found: tuple[Mistake, ...]) -> tuple[Mistake, ...]:
    return tuple(sorted(found, key=lambda one: one.line))


async def _live(config: RoutingConfig) -> tuple[Mistake, ...]:
    from notbefore.commands.live import live

    own = {system: variable(f"NOTBEFORE_{system.upper()}") for system in ("servicenow", "jira")}
    return await live(config, _Environment(), own)


class _Environment:
    """Where `check` finds secrets: the variables that are set where it runs."""

    def get(self, name: str) -> str | None:
        """The value; None when it is not set."""
        return variable(name)


def in_words(checked: Checked, file: str) -> Iterator[str]:
    """What a person reads: mistakes, warnings, tests, and a last line that sums up."""
    yield from map(str, checked.mistakes)
    yield from (_marked(warning) for warning in checked.warnings)
    for test in checked.tests:
        yield f"{'fails' if test.failures else 'holds'}: {test.name}"
        yield from (f"    {file}:{test.line}: {failure}" for failure in test.failures)
    failing = sum(bool(test.failures) for test in checked.tests)
    counts = f"{_counted(checked.mistakes, 'mistake')}, {_counted(checked.warnings, 'warning')}"
    yield f"{file}: {counts}, {len(checked.tests) - failing} of {len(checked.tests)} tests hold"


def _counted(found: tuple[Mistake, ...], what: str) -> str:
    return f"{len(found)} {what}" + ("" if len(found) == 1 else "s")


def _marked(warning: Mistake) -> str:
    return str(replace(warning, problem=f"warning: {warning.problem}"))


async def _tested(config: RoutingConfig) -> tuple[TestResult, ...]:
    return tuple([await _test(config, test) for test in config.tests])


async def _test(config: RoutingConfig, test: RouteTest) -> TestResult:
    """One test on a house of its own, in memory, its clock at the test's time."""
    from notbefore.examples import event_of
    from notbefore.pipeline.past.play import Player
    from notbefore.rules import compile_rules

    player = Player(compile_rules(config), test.at)
    event, facts = event_of(test.event, test.name, test.at)
    decisions = await player.everybody(await player.event(event, facts))
    failures = [failure for name, wanted in test.expect.items() for failure in _compare(name, wanted, decisions)]
    return TestResult(test.name, test.line, tuple(failures))


def _compare(audience: str, wanted: Expectation, decisions: list[Decision]) -> Iterator[str]:
    """What differs between the expectation and the first decision about this audience."""
    came = next((decision for decision in decisions if decision.audience.casefold() == audience.casefold()), None)
    if came is None:
        if wanted.decision is not Verdict.NOT_ROUTED:
            yield f"{audience}: {wanted.decision} expected, nobody was told, on purpose"
        return
    because = f" ({came.reason})" if came.reason else ""
    if came.decision is not wanted.decision:
        yield f"{audience}: {wanted.decision} expected, {came.decision} came{because}"
        return
    if wanted.until is not None and came.due != wanted.until:
        yield f"{audience}: until {_said(wanted.until)} expected, {_said(came.due)} came{because}"
    if wanted.reason is not None and not Patterns([wanted.reason]).fit(came.reason):
        yield f"{audience}: reason `{wanted.reason}` expected, `{came.reason}` came"
    if wanted.channels is not None and set(wanted.channels) != set(came.channels):
        yield f"{audience}: {', '.join(wanted.channels)} expected, {', '.join(came.channels) or 'no channel'} came"
    if wanted.route is not None and not Patterns([wanted.route]).fit(came.route or ""):
        yield f"{audience}: route `{wanted.route}` expected, `{came.route or 'none'}` came"


def _said(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else "no time"
