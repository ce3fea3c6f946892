"""The channels of an audience: `- email: {to: […]}`, one a list item, each kind with keys of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from notbefore.config.model import ChannelConfig, ChannelKind, Limit
from notbefore.config.report import Report, nearest, shown
from notbefore.config.scalars import Choice, Duration, Flag, Number, Schema, Text, type_of, wrong_type
from notbefore.config.shapes import Key, ListOf, Record, entries
from notbefore.config.targets import APPLICATION, CHAT, MAIL, PHONE, SECRET, SIGNING_SECRET, URL, WORD
from notbefore.config.ticket_keys import Fields, States, check_ticket
from notbefore.schema import Severity

if TYPE_CHECKING:
    from yaml import Node


class ItsmSystem(StrEnum):
    """Where tickets live."""

    SERVICENOW = "servicenow"
    JIRA = "jira"
    PAGERDUTY = "pagerduty"


LIMIT = Record(
    "limit",
    Limit,
    {
        "messages": Key(Number(1, 10_000), required=True, about="so many"),
        "per": Key(Duration(), required=True, about="in any span this long; what is over it goes later"),
    },
)
_EVERY = {
    "min_severity": Key(Choice(Severity), about="below it, this channel is not used"),
    "failover": Key(Flag(), about="used only for what another channel of the audience could not tell"),
    "limit": Key(LIMIT, about="so many messages in a span of time; what is over it goes later"),
}
"""What each channel may say, whatever its kind."""


def _record(kind: ChannelKind, aim: str, keys: dict[str, Key], also: _Also | None = None) -> Record[ChannelConfig]:
    return Record(f"channel_{kind}", _maker(kind, aim), {**keys, **_EVERY}, lined=True, also=also)


def _maker(kind: ChannelKind, aim: str) -> Callable[..., ChannelConfig]:
    """From the keys of one kind to the model: what lies under `aim` are the targets, the rest are options."""

    def make(**values: Any) -> ChannelConfig:  # noqa: ANN401 - keys differ by kind
        own = {name: values.pop(name) for name in ("line", *_EVERY) if name in values}
        aimed = values.pop(aim, ()) if aim else _AIMS[kind](values)
        targets = (aimed,) if isinstance(aimed, str) else tuple(aimed)
        if "secret" in values:
            values.setdefault("secrets", (values["secret"],))
        options = {name: _written(value) for name, value in values.items()}
        return ChannelConfig(kind=kind, targets=targets, options=options, **own)

    return make


def _written(value: Any) -> str:  # noqa: ANN401 - keys differ by kind
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, str) else " ".join(value)


def _ticketed(values: dict[str, Any]) -> str:
    return f"{values.get('system', '')}:{values.get('table') or values.get('project') or ''}"


def _posted(values: dict[str, Any]) -> str:
    room = values.pop("slack", None)
    return f"slack:{room}" if room else values.pop("url", "")


_AIMS: dict[str, Callable[[dict[str, Any]], str]] = {"itsm": _ticketed, "chat": _posted}

_Also = Callable[[ChannelConfig, "Node", Report], None]


def _signed(channel: ChannelConfig, node: Node, report: Report) -> None:
    """A webhook is signed: exactly one of `secret` and `secrets`."""
    written = {key.value for key, _ in node.value if isinstance(key.value, str)} & {"secret", "secrets"}
    if not written:
        report.at(node, "a webhook without a secret", 'messages are signed: secret: "${env:HOOK_SECRET}"')
    elif len(written) > 1:
        report.at_line(channel.line, "`secret` and `secrets`", "one of them; several are for a change of secret")


def _chatted(channel: ChannelConfig, node: Node, report: Report) -> None:
    """A chat has one address: a url, or a Slack channel and the bot that may write there."""
    written = {key.value for key, _ in node.value if isinstance(key.value, str)}
    if "slack" in written and "url" in written:
        report.at_line(channel.line, "`slack` and `url`", "one of them")
    elif "slack" in written and "token" not in written:
        report.at(node, "`token` is missing", 'of the bot that may write there: token: "${env:SLACK_TOKEN}"')
    elif not {"slack", "url"} & written:
        report.at(node, "`url` is missing", "of a Teams workflow, a Slack app, or in Apprise's form: a secret")


_SENDER = "who it comes from; by default the installation's own"
CHANNELS: dict[str, Record[ChannelConfig]] = {
    "email": _record(
        "email",
        "to",
        {
            "to": Key(ListOf(MAIL, alone=True), required=True, stand_in=(), about="a message each"),
            "reply_to": Key(MAIL, about="where answers go"),
            "from": Key(MAIL, about=_SENDER),
        },
    ),
    "sms": _record(
        "sms",
        "to",
        {
            "to": Key(ListOf(PHONE, alone=True), required=True, stand_in=(), about="a message each"),
            "from": Key(WORD, about=_SENDER),
        },
    ),
    "webhook": _record(
        "webhook",
        "url",
        {
            "url": Key(URL, required=True, stand_in="", about="https, where stories are posted"),
            "secret": Key(SIGNING_SECRET, about="signs each message (Standard Webhooks)"),
            "secrets": Key(ListOf(SIGNING_SECRET), about="several, while one replaces the other"),
            "entra_audience": Key(APPLICATION, about="the receiver's application in Entra: it gets a token as well"),
        },
        _signed,
    ),
    "eventgrid": _record(
        "eventgrid",
        "topic",
        {
            "topic": Key(URL, required=True, stand_in="", about="the endpoint of the topic"),
            "key": Key(SECRET, about="its access key; without one, the managed identity"),
        },
    ),
    "itsm": _record(
        "itsm",
        "",
        {
            "system": Key(Choice(ItsmSystem), required=True, stand_in="", about="servicenow, jira or pagerduty"),
            "table": Key(Text(longest=80), about="ServiceNow: incident, change_request"),
            "project": Key(Text(longest=80), about="Jira: the key of the project"),
            "issue_type": Key(Text(longest=80), about="Jira: Task by default"),
            "assignment_group": Key(Text(longest=100), about="ServiceNow: whose ticket it is"),
            "url": Key(URL, about="the instance; by default NOTBEFORE_SERVICENOW or NOTBEFORE_JIRA"),
            "user": Key(WORD, about="by default the one of that setting"),
            "password": Key(SECRET, about="of the user"),
            "token": Key(SECRET, about="instead of a password"),
            "fields": Key(Fields(), about="fields of the ticket, by the API's own names; each text is a template"),
            "states": Key(States(), about="phase of the story: state (ServiceNow), status or transition (Jira)"),
            "routing_key": Key(SECRET, about="PagerDuty: of the service's Events API v2 integration"),
        },
        check_ticket,
    ),
    "runbook": _record(
        "runbook",
        "url",
        {
            "url": Key(URL, required=True, stand_in="", about="the webhook of the runbook: a secret"),
            "done_within": Key(Duration(), about="when it is overdue unless it has called back that it is done"),
        },
    ),
    "chat": _record(
        "chat",
        "",
        {
            "url": Key(CHAT, about="of a Teams workflow, a Slack app, or in Apprise's form: a secret"),
            "slack": Key(Text(longest=40), about="instead of a url: the id of a Slack channel, such as C0123ABCD"),
            "token": Key(SECRET, about="with `slack`: of the bot, xoxb-…"),
        },
        _chatted,
    ),
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One list item: the kind, and its keys below it."""

    def read(self, node: Node, report: Report) -> ChannelConfig | None:
        """The channel."""
        if type_of(node) != "map":
            wrong_type(node, report, "a channel such as `email: {to: [team@example.com]}`")
            return None
        kinds = list(entries(node, report))
        for word, key_node, _ in kinds:
            if word not in CHANNELS:
                report.at(key_node, f"`{shown(word)}` is no channel", nearest(word, CHANNELS))
        if len(kinds) != 1:
            report.at(node, f"{len(kinds)} channels in one list item", "begin each with a dash of its own")
            return None
        word, _, value = kinds[0]
        return CHANNELS[word].read(value, report) if word in CHANNELS else None

    def schema(self, defs: Schema) -> Schema:
        """An object with exactly one of the kinds."""
        kinds = {word: record.schema(defs) for word, record in CHANNELS.items()}
        return {"type": "object", "additionalProperties": False, "properties": kinds, "minProperties": 1} | {
            "maxProperties": 1
        }
