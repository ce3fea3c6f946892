"""The tests that a routing file carries: an event, a time, and what each audience is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, get_args

from notbefore.config.example_model import ExampleEvent, Expectation, RouteTest
from notbefore.config.model import ChannelKind
from notbefore.config.names import Subscription
from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Choice, Duration, Flag, Moment, Schema, Text, type_of
from notbefore.config.shapes import Key, ListOf, MapOf, Record
from notbefore.schema import Impact, InitiatedBy, Kind, Phase, Severity, Source, Verdict

if TYPE_CHECKING:
    from yaml import Node

_TEXTS = ListOf(Text(), alone=True)
Sent = StrEnum("Channel", {word.upper(): word for word in get_args(ChannelKind)})  # type: ignore[misc]  # names from ChannelKind

EVENT = Record(
    "event",
    ExampleEvent,
    {
        "kind": Key(Choice(Kind), required=True, stand_in=Kind.UNKNOWN, about="what is going on"),
        "phase": Key(Choice(Phase), about="announced without it"),
        "impact": Key(Choice(Impact), about="unknown without it"),
        "source": Key(Choice(Source), about="by the kind without it"),
        "severity": Key(Choice(Severity), about="by our own rules without it"),
        "initiated_by": Key(Choice(InitiatedBy), about="platform without it"),
        "subscription": Key(Subscription(), about="name or GUID"),
        "region": Key(_TEXTS),
        "service": Key(_TEXTS),
        "resource": Key(_TEXTS, about="id or name"),
        "resource_type": Key(Text()),
        "tag": Key(MapOf(Text()), about="tags of its resources; without a resource, one is made up to carry them"),
        "notice": Key(Duration(zero=True), about="from now to the beginning of the window"),
        "duration": Key(Duration(), about="expected length of the impact"),
        "test": Key(Flag(), about="a drill"),
        "title": Key(Text()),
    },
)
EXPECTATION = Record(
    "expectation",
    Expectation,
    {
        "decision": Key(Choice(Verdict), required=True, about="sent, deferred, muted and so on"),
        "until": Key(Moment(), about="when it is due"),
        "reason": Key(Text(), about="a glob"),
        "channels": Key(ListOf(Choice(Sent), alone=True), about="all of them, in any order"),
        "route": Key(Text(), about="a glob over the path of the route"),
    },
)


@dataclass(frozen=True, slots=True)
class Expected:
    """A decision alone, or a decision with what is known about it."""

    def read(self, node: Node, report: Report) -> Expectation | None:
        """What is expected."""
        if type_of(node) == "map":
            return EXPECTATION.read(node, report)
        decision = Choice(Verdict).read(node, report)
        return None if decision is None else Expectation(decision=decision)

    def schema(self, defs: Schema) -> Schema:
        """Either form."""
        return {"anyOf": [Choice(Verdict).schema(defs), EXPECTATION.schema(defs)]}


def _declared(name: str, node: Node, report: Report) -> bool:
    by_address = report.owned and "@" in name
    if name not in report.audiences and not by_address:
        report.at(node, f"no audience `{shown(name)}`", nearest(name, report.audiences))
        return False
    return True


def _expects(test: RouteTest, node: Node, report: Report) -> None:
    if any(key.value == "expect" and value.value == [] for key, value in node.value):
        report.at_line(test.line, "a test that expects nothing", "expect: {an-audience: sent}")


TEST = Record(
    "test",
    RouteTest,
    {
        "name": Key(Text(longest=200), required=True, stand_in="?", about="what holds, in a sentence"),
        "at": Key(Moment(), required=True, about="when the event arrives: at: 2026-11-21T02:00:00+01:00"),
        "event": Key(EVENT, required=True, about="what happens"),
        "expect": Key(MapOf(Expected(), _declared), required=True, about="what each audience is told"),
    },
    lined=True,
    also=_expects,
)
