"""How a ticket is filled and moved: `fields` and `states` of an itsm channel.

Every text in them is a template of the house; config cannot fill one, so they are tried where the rules are compiled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notbefore.config.model import ChannelConfig
from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Schema, text_of, type_of, wrong_type
from notbefore.config.shapes import entries
from notbefore.schema import Phase

if TYPE_CHECKING:
    from yaml import Node

LEAVE = "leave"
"""In `states`: the ticket stays as it is."""
_DEEPEST = 5
_LONGEST = 4000
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}")
_OURS = {
    "servicenow": frozenset({"correlation_id", "correlation_display", "work_notes", "sys_id", "state"}),
    "jira": frozenset({"project", "issuetype", "status"}),
    "pagerduty": frozenset[str](),
}
"""Fields by which we find a ticket again, or that have a key of their own."""


@dataclass(frozen=True, slots=True)
class Value:
    """A text, number, flag, list or mapping, as the ticket system's API takes it; texts are templates."""

    depth: int = 0

    def read(self, node: Node, report: Report) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The value, as JSON would have it."""
        kind, inner = type_of(node), Value(self.depth + 1)
        if self.depth > _DEEPEST:
            report.at(node, "is nested too deeply")
            return None
        if kind == "map":
            found = {word: inner.read(value, report) for word, _, value in entries(node, report)}
            return {word: value for word, value in found.items() if value is not None}
        if kind == "seq":
            return [value for value in (inner.read(one, report) for one in node.value) if value is not None]
        if kind == "bool":
            return node.value.lower() in ("true", "yes", "on")
        if kind == "int" and re.fullmatch(r"-?\d{1,15}", node.value):
            return int(node.value)
        return _template(node, report)

    def schema(self, _defs: Schema) -> Schema:
        """Anything but nothing."""
        return {"type": ["string", "number", "boolean", "array", "object"]}


@dataclass(frozen=True, slots=True)
class Fields:
    """Name of a field → its value."""

    def read(self, node: Node, report: Report) -> dict[str, Any] | None:
        """The fields that are right."""
        if type_of(node) != "map":
            wrong_type(node, report, "a mapping from fields to what stands in them")
            return None
        found = {}
        for word, key_node, value_node in entries(node, report):
            if not _FIELD.fullmatch(word):
                report.at(key_node, f"`{shown(word)}` is no field", "the name that the API has for it")
            value = Value().read(value_node, report)
            if value is not None:
                found[word] = value
        return found

    def schema(self, defs: Schema) -> Schema:
        """An object with any names."""
        return {"type": "object", "additionalProperties": Value().schema(defs)}


@dataclass(frozen=True, slots=True)
class States:
    """Phase → the state, status or transition; with `fields` where the workflow wants some."""

    def read(self, node: Node, report: Report) -> dict[str, Any] | None:
        """Phase → `{to, fields}`; an empty `to` leaves the ticket as it is."""
        if type_of(node) != "map":
            wrong_type(node, report, "a mapping from phases to states")
            return None
        found = {}
        for word, key_node, value_node in entries(node, report):
            if word not in tuple(Phase):
                report.at(key_node, f"`{shown(word)}` is no phase", nearest(word, tuple(Phase)))
                continue
            move = _move(value_node, report)
            if move is not None:
                found[word] = move
        return found

    def schema(self, defs: Schema) -> Schema:
        """An object by phase."""
        move = {"type": "object", "additionalProperties": False, "required": ["to"]} | {
            "properties": {"to": {"type": ["string", "integer"]}, "fields": Fields().schema(defs)}
        }
        state = {"anyOf": [{"type": ["string", "integer"]}, move], "description": f"a state, or `{LEAVE}`"}
        return {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(map(str, Phase), state)}


def _move(node: Node, report: Report) -> dict[str, Any] | None:
    if type_of(node) != "map":
        to = _state(node, report)
        return None if to is None else {"to": "" if to == LEAVE else to}
    parts = {word: (key, value) for word, key, value in entries(node, report)}
    for word, (key, _) in parts.items():
        if word not in ("to", "fields"):
            report.at(key, f"unknown key `{shown(word)}`", "known: to, fields")
    if "to" not in parts:
        report.at(node, "`to` is missing", "the state, status or transition")
        return None
    to = _state(parts["to"][1], report)
    fields = Fields().read(parts["fields"][1], report) if "fields" in parts else {}
    return None if to is None else {"to": to, "fields": fields or {}}


def _state(node: Node, report: Report) -> str | None:
    """ServiceNow's states are numbers, which need no quotes here."""
    return str(node.value) if type_of(node) == "int" else text_of(node, report, "a state, status or transition")


def _template(node: Node, report: Report) -> str | None:
    text = text_of(node, report, "a text, number, flag, list or mapping")
    if text is not None and len(text) > _LONGEST:
        report.at(node, f"{len(text)} characters are too many", f"{_LONGEST} at most")
    if text is not None and "${" in text:
        report.at(node, "nothing is interpolated here", "${env:NAME} is for addresses and secrets of channels")
        return None
    return text


def check_ticket(channel: ChannelConfig, node: Node, report: Report) -> None:
    """A ticket needs a place: ServiceNow a table, Jira a project; what is ours is not mapped."""
    system = channel.options.get("system", "")
    parts = {key.value: value for key, value in node.value if isinstance(key.value, str)}
    place = {"servicenow": "table", "jira": "project"}.get(system)
    if system == "pagerduty" and "routing_key" not in channel.options:
        report.at(node, "`routing_key` is missing", "of the service's Events API v2 integration")
    if place and place not in parts:
        report.at(node, f"`{place}` is missing", f"where {system} keeps the tickets")
    if system == "pagerduty" and "states" in parts:
        report.at(
            parts["states"], "PagerDuty's alerts have no states to map", "they are resolved when the story is over"
        )
    if "fields" in parts and type_of(parts["fields"]) == "map":
        for word, key, _ in entries(parts["fields"], Report(report.file)):
            if word in _OURS.get(system, ()):
                report.at(key, f"`{word}` cannot be mapped", "it ties the ticket to its story, or has a key of its own")
