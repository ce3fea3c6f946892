"""Checks that need the whole file: the catch-all, circles of escalation, names that are used twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from notbefore.config.example_model import RouteTest
from notbefore.config.match_keys import unlike
from notbefore.config.model import Inhibition, Mute, Route, RoutingConfig
from notbefore.config.report import Report
from notbefore.config.scalars import type_of

if TYPE_CHECKING:
    from yaml import Node

_CATCH_ALL = "end with a route without match and continue, to a real audience: nobody unheard"


def check_whole(config: RoutingConfig, node: Node, report: Report) -> None:
    """Everything about the file as a whole that can be wrong."""
    _audiences(node, report)
    _catch_all(config.routes, report)
    unlike(config.routes, report)
    _circles(config, report)
    for several in (config.mutes, config.inhibit, config.tests):
        _named_once(several, report)
    _one_name_each(config, node, report)


def _audiences(node: Node, report: Report) -> None:
    for key, value in node.value:
        if key.value == "audiences" and type_of(value) == "map" and not value.value:
            report.at(value, "no audience at all", "somebody must hear")


def _catch_all(routes: tuple[Route, ...], report: Report) -> None:
    """The last top-level route takes everything, and no route without a match sends everything to nobody."""
    for route in routes:
        if not _narrowed(route) and route.to == () and not route.routes:
            report.at_line(
                route.line, f"`{route.name}` takes everything and tells nobody", "give it a match, or a `to`"
            )
    if not routes:  # missing, empty or all wrong, and noted as such
        return
    last = routes[-1]
    if _narrowed(last) or last.go_on or last.routes:
        what = "a match" if _narrowed(last) else "`continue`" if last.go_on else "routes below it"
        report.at_line(last.line, f"the catch-all is missing: the last route, `{last.name}`, has {what}", _CATCH_ALL)


def _narrowed(route: Route) -> bool:
    return route.match is not None or route.match_not is not None


def _circles(config: RoutingConfig, report: Report) -> None:
    """An escalation that comes back to where it began would call people in a circle for ever."""
    noted: set[str] = set()
    for name in config.audiences:
        path = [name]
        while (audience := config.audiences.get(path[-1])) and audience.escalate and path[-1] not in noted:
            following = audience.escalate.to
            if following in path:
                circle = [*path[path.index(following) :], following]
                line = config.audiences[following].line
                report.at_line(line, f"a circle of escalations: {' > '.join(circle)}", "let one of them end it")
                noted.update(circle)
                break
            path.append(following)


def _named_once(several: Iterable[Mute] | Iterable[Inhibition] | Iterable[RouteTest], report: Report) -> None:
    first: dict[str, int] = {}
    for one in several:
        line = first.setdefault(one.name, one.line)
        if line != one.line:
            report.at_line(one.line, f"a second one called `{one.name}`", f"the first is in line {line}")


def _one_name_each(config: RoutingConfig, node: Node, report: Report) -> None:
    """A subscription has one name: it stands in every message."""
    first: dict[str, str] = {}
    for name, known in config.subscriptions.items():
        if first.setdefault(known, name) != name:
            subscriptions = next(value for key, value in node.value if key.value == "subscriptions")
            at = next(key for key, _ in subscriptions.value if key.value == name)
            report.at(at, f"`{name}` and `{first[known]}` are the same subscription", "one name each")
