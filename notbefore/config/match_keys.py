"""The keys of a `match`, and of what carries one: routes, mutes, inhibitions."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar, get_args

from notbefore.config.globs import Fitting, Glob
from notbefore.config.model import Inhibition, Matcher, Mute, Route, SameKey
from notbefore.config.names import AudienceName, SubscriptionPattern
from notbefore.config.report import Report
from notbefore.config.scalars import Choice, Duration, Flag, Moment, Text
from notbefore.config.shapes import Flat, Key, Later, ListOf, MapOf, Record
from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source

if TYPE_CHECKING:
    from yaml import Node

E = TypeVar("E", bound=StrEnum)
_GLOBS = ListOf(Glob(), alone=True)
_FREE_GLOBS = ListOf(Glob(free=True), alone=True)

Same = StrEnum("CommonKey", {word.upper(): word for word in get_args(SameKey)})  # type: ignore[misc]  # names from SameKey


def _words(words: type[E]) -> Flat[E]:
    return Flat(ListOf(Fitting(words), alone=True))


def _possible(matcher: Matcher, node: Node, report: Report) -> None:
    """A match that fits everything or nothing is not what was meant."""
    if not node.value:
        report.at(node, "an empty match", "leave `match` out where everything fits")
    low, high = matcher.min_severity, matcher.max_severity
    if low is not None and high is not None and low.rank > high.rank:
        report.at(node, f"nothing is both at least {low} and at most {high}", "exchange them")
    under, over = matcher.notice_under, matcher.notice_over
    if under is not None and over is not None and under <= over:
        report.at(node, "no notice is both under the one and over the other", "notice_over is the shorter one")
    if matcher.has_owner is not None and not report.owned:
        report.at(
            node, "`has_owner` without `owners`", "say which tag names the owner: owners: {tag: team, fallback: …}"
        )


MATCH = Record(
    "match",
    Matcher,
    {
        "subscription": Key(ListOf(SubscriptionPattern(), alone=True), about="name or GUID"),
        "region": Key(_GLOBS, about="`West Europe` or `westeurope`"),
        "service": Key(_FREE_GLOBS, about="as Azure names it"),
        "source": Key(_words(Source), about="any of the story's"),
        "kind": Key(_words(Kind), about="any of the story's"),
        "phase": Key(_words(Phase)),
        "impact": Key(_words(Impact)),
        "initiated_by": Key(_words(InitiatedBy)),
        "resource": Key(_GLOBS, about="the resource's id"),
        "resource_group": Key(_GLOBS),
        "resource_type": Key(_GLOBS, about="such as microsoft.compute/virtualmachines"),
        "tag": Key(MapOf(_FREE_GLOBS), about="name of a tag: its value"),
        "has_owner": Key(Flag(), about="the owner's tag is there"),
        "test": Key(Flag(), about="drills and Azure's own tests"),
        "min_severity": Key(Choice(Severity), about="at least this severe"),
        "max_severity": Key(Choice(Severity), about="at most this severe"),
        "notice_under": Key(Duration(), about="less notice than this"),
        "notice_over": Key(Duration(), about="this much notice or more"),
    },
    also=_possible,
)


def _route(route: Route, node: Node, report: Report) -> None:
    if " > " in route.name:
        report.at(node, "a name with ` > ` in it", "that is how paths of routes are written")
    if (
        route.to is None
        and not route.routes
        and "to" not in {key.value for key, _ in node.value if isinstance(key.value, str)}
    ):
        report.at(node, f"`to` is missing in `{route.name}`", "an audience, or [] when nobody shall hear")
    unlike(route.routes, report)


def unlike(routes: tuple[Route, ...], report: Report) -> None:
    """Names stand in reasons: two routes side by side need two names."""
    first: dict[str, int] = {}
    for route in routes:
        line = first.setdefault(route.name, route.line)
        if line != route.line:
            report.at_line(route.line, f"a second route called `{route.name}`", f"the first is in line {line}")


ROUTE: Record[Route] = Record(
    "route",
    Route,
    {
        "name": Key(Text(longest=200), required=True, stand_in="?", about="it stands in every reason"),
        "match": Key(MATCH, about="several keys mean all of them, a list means any of it"),
        "match_not": Key(MATCH, about="what fits this is left to the next route"),
        "to": Key(
            ListOf(AudienceName(owner=True), alone=True, empty=True), about="audiences, `owner`, or [] for nobody"
        ),
        "continue": Key(Flag(), "go_on", about="the routes after this one are tried too"),
        "routes": Key(Later(lambda: ROUTES), about="they refine this one"),
    },
    lined=True,
    also=_route,
)
ROUTES: ListOf[Route] = ListOf(ROUTE, once=False)

MUTE = Record(
    "mute",
    Mute,
    {
        "name": Key(Text(longest=200), required=True, stand_in="?", about="it stands in every reason"),
        "match": Key(MATCH, required=True, stand_in=Matcher(), about="what is held"),
        "match_not": Key(MATCH, about="what is told all the same"),
        "until": Key(Moment(), required=True, about="a mute without an end is an error: until: 2026-12-01T00:00:00Z"),
        "reason": Key(Text(), required=True, stand_in="?", about="why, for those who ask later"),
    },
    lined=True,
)

INHIBITION = Record(
    "inhibition",
    Inhibition,
    {
        "name": Key(Text(longest=200), required=True, stand_in="?", about="it stands in every reason"),
        "when": Key(MATCH, required=True, stand_in=Matcher(), about="while such a story is open"),
        "hold": Key(MATCH, required=True, stand_in=Matcher(), about="such stories are held"),
        "same": Key(ListOf(Choice(Same), alone=True), required=True, stand_in=(), about="what both have in common"),
    },
    lined=True,
)
