"""What is not wrong but probably not meant. Advice never stops a start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import urlsplit

from notbefore.config.coverage import Coverage, asked
from notbefore.config.globs import regular
from notbefore.config.model import OWNER, PEOPLE, Matcher, Route, RoutingConfig
from notbefore.errors import Mistake

_LOOKED_BACK = 64
"""How many earlier routes a route is compared with: enough for people's files, bounded for generated ones."""
_GROUP = "group: {by: [subscription, kind, impact], wait: 30s}"


def warnings(config: RoutingConfig, at: datetime) -> tuple[Mistake, ...]:
    """Everything worth a look, in the order of the file; `at` says which mutes are over."""
    found = [
        *_expired(config, at),
        *_unreachable(config, config.routes),
        *_unused(config),
        *_unheard(config),
        *_stormy(config),
        *_private_only(config),
        *_regular(config),
    ]
    return tuple(sorted(found, key=lambda warning: warning.line))


def _expired(config: RoutingConfig, at: datetime) -> Iterator[Mistake]:
    for mute in config.mutes:
        if mute.until <= at:
            over = mute.until.strftime("%Y-%m-%dT%H:%M:%SZ")
            yield Mistake(config.file, mute.line, f"the mute `{mute.name}` is over since {over}", "remove it")


def _unreachable(config: RoutingConfig, routes: tuple[Route, ...]) -> Iterator[Mistake]:
    """Routes that an earlier one makes impossible: it takes at least the same and lets nothing go on."""
    coverage = Coverage(config.subscriptions)
    earlier: list[tuple[Route, tuple[str, ...]]] = []
    for route in routes:
        near = (one for one, keys in earlier[-_LOOKED_BACK:] if coverage.covers(one.match, route.match, keys))
        taker = next((one for one in near if one.match_not in (None, route.match_not)), None)
        if taker is not None:
            why = f"`{taker.name}` in line {taker.line} takes everything that would come here"
            yield Mistake(config.file, route.line, f"the route `{route.name}` is never reached: {why}")
        if route.to is not None and not route.go_on:
            earlier.append((route, asked(route.match)))
        yield from _unreachable(config, route.routes)


def _unused(config: RoutingConfig) -> Iterator[Mistake]:
    named = {name for route in _all(config.routes) for name in route.to or ()}
    if OWNER in named:
        return
    named |= {audience.escalate.to for audience in config.audiences.values() if audience.escalate}
    for audience in config.audiences.values():
        if audience.name not in named:
            problem = f"nothing is routed to the audience `{audience.name}`"
            yield Mistake(config.file, audience.line, problem, "name it in a route, or remove it")


def _unheard(config: RoutingConfig) -> Iterator[Mistake]:
    for name, known in config.subscriptions.items():
        silent = _silent_route(config, Matcher(subscription=(known,)))
        if silent is not None:
            problem = f"nobody hears of the subscription `{name}`: `{silent.name}` tells nobody"
            yield Mistake(config.file, silent.line, problem, "is that meant?")


def _silent_route(config: RoutingConfig, subscription: Matcher) -> Route | None:
    """The route that ends everything of a subscription in silence; None when somebody may hear."""
    coverage = Coverage(config.subscriptions)
    for route in config.routes:
        if not _may_take(route, subscription, coverage):
            continue
        if _told(route):
            return None
        takes_all = route.match_not is None and coverage.covers(route.match, subscription)
        if takes_all and route.to is not None and not route.go_on:
            return route
    return None


def _may_take(route: Route, subscription: Matcher, coverage: Coverage) -> bool:
    """Real news of the subscription may fit; drills do not count as hearing of it."""
    match = route.match or Matcher()
    wanted = Matcher(subscription=match.subscription)
    return match.test is not True and coverage.covers(wanted, subscription)


def _told(route: Route) -> bool:
    return bool(route.to) or any(map(_told, route.routes))


def _stormy(config: RoutingConfig) -> Iterator[Mistake]:
    for audience in config.audiences.values():
        kinds = dict.fromkeys(channel.kind for channel in audience.channels if channel.kind in PEOPLE)
        if kinds and not audience.grouped:
            problem = f"`{audience.name}` gets every story by itself by {', '.join(kinds)}, also in a storm"
            yield Mistake(config.file, audience.line, problem, _GROUP)


def _private_only(config: RoutingConfig) -> Iterator[Mistake]:
    """Whether the name is of such a network is known when it is sent; that it has to be is known now."""
    for audience in config.audiences.values():
        for channel in audience.channels:
            if any(map(_needs_opening, (*channel.targets, channel.options.get("url", "")))):
                problem = f"`http` or a port of its own in a url of `{audience.name}`: refused at a public address"
                yield Mistake(config.file, channel.line, problem, "NOTBEFORE_ALLOW_NETWORKS opens a private network")


def _regular(config: RoutingConfig) -> Iterator[Mistake]:
    for line, matcher in _matchers(config):
        for problem in regular(matcher):
            yield Mistake(config.file, line, problem)


def _matchers(config: RoutingConfig) -> Iterator[tuple[int, Matcher | None]]:
    for route in _all(config.routes):
        yield from ((route.line, route.match), (route.line, route.match_not))
    for mute in config.mutes:
        yield from ((mute.line, mute.match), (mute.line, mute.match_not))
    for inhibition in config.inhibit:
        yield from ((inhibition.line, inhibition.when), (inhibition.line, inhibition.hold))


def _all(routes: Iterable[Route]) -> Iterator[Route]:
    for route in routes:
        yield route
        yield from _all(route.routes)


def _needs_opening(written: str) -> bool:
    if not written.startswith(("http://", "https://")) or "${" in written:
        return False
    parts = urlsplit(written)
    return parts.scheme == "http" or parts.port not in (None, 443)
