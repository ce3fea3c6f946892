"""What changed between two routing files, in words: for the log line of a reload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from notbefore.config.model import Audience, Inhibition, Mute, Route, RoutingConfig


def differences(old: RoutingConfig, new: RoutingConfig) -> tuple[str, ...]:
    """One line a change; empty when both decide alike. No addresses and no secrets in it."""
    return (
        *_compared("subscription", old.subscriptions, new.subscriptions),
        *_compared("audience", _audiences(old), _audiences(new)),
        *_compared("owner's tag", _owners(old), _owners(new)),
        *_compared("route", _paths(old.routes), _paths(new.routes)),
        *_compared("mute", _by_name(old.mutes), _by_name(new.mutes)),
        *_compared("inhibition", _by_name(old.inhibit), _by_name(new.inhibit)),
        *_order(old, new),
    )


def _compared(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    yield from (f"{what} `{name}` is new" for name in new if name not in old)
    yield from (f"{what} `{name}` is gone" for name in old if name not in new)
    yield from (f"{what} `{name}` changed" for name in new if name in old and new[name] != old[name])


def _order(old: RoutingConfig, new: RoutingConfig) -> Iterator[str]:
    before, after = list(_paths(old.routes)), list(_paths(new.routes))
    if before != after and sorted(before) == sorted(after):
        yield "the order of the routes changed"


def _audiences(config: RoutingConfig) -> dict[str, Audience]:
    return {
        name: replace(audience, line=0, channels=tuple(replace(channel, line=0) for channel in audience.channels))
        for name, audience in config.audiences.items()
    }


def _paths(routes: Iterable[Route], above: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for route in routes:
        path = f"{above} > {route.name}" if above else route.name
        found[path] = replace(route, line=0, routes=())
        found.update(_paths(route.routes, path))
    return found


def _by_name(rules: Iterable[Mute] | Iterable[Inhibition]) -> dict[str, object]:
    return {rule.name: replace(rule, line=0) for rule in rules}


def _owners(config: RoutingConfig) -> dict[str, object]:
    return {config.owners.tag: replace(config.owners, line=0)} if config.owners else {}
