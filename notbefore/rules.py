"""A routing file, compiled once: its tree, its mutes and inhibitions, and what they have to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notbefore.config.model import OWNER, Matcher, Route, RoutingConfig
from notbefore.errors import ConfigError
from notbefore.muting import Holds
from notbefore.rendering.mapped import mapping_mistakes
from notbefore.routing import Router


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions are made by. `needs_facts`: something asks for tags or places, so facts must be read."""

    config: RoutingConfig
    router: Router
    holds: Holds
    needs_facts: bool


def compile_rules(config: RoutingConfig) -> Rules:
    """The routing file, ready to decide by. Raises: ConfigError for a ticket's template that cannot be filled."""
    mistakes = mapping_mistakes(config)
    if mistakes:
        raise ConfigError(mistakes)
    matchers = [
        *_matchers(config.routes),
        *(matcher for mute in config.mutes for matcher in (mute.match, mute.match_not)),
    ]
    matchers += [matcher for one in config.inhibit for matcher in (one.when, one.hold)]
    asks = any(matcher and (matcher.tag or matcher.has_owner is not None) for matcher in matchers)
    owned = any(OWNER in (route.to or ()) for route in _flat(config.routes))
    placed = any("region" in one.same for one in config.inhibit)
    return Rules(config, Router(config), Holds(config), asks or owned or placed)


def _flat(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _flat(route.routes)


def _matchers(routes: Iterable[Route]) -> Iterator[Matcher | None]:
    for route in _flat(routes):
        yield route.match
        yield route.match_not
