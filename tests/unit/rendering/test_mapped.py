"""A ticket's own fields: templates of the house, tried when the file is loaded, filled for each message."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from notbefore.config.loading import parse
from notbefore.errors import ConfigError
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.rules import compile_rules
from notbefore.schema import Message

FILE = """
version: 1
audiences:
  ops:
    channels:
      - itsm: {{system: jira, project: OPS, url: "https://x.example.com", fields: {fields}, states: {states}}}
routes: [{{name: all, to: [ops]}}]
"""


def file(fields: str, states: str = "{}") -> bytes:
    """A routing file with these fields."""
    return FILE.format(fields=fields, states=states).encode()


def filled(fields: str, states: str = "{}", example: str = "reboot-in-an-hour") -> dict[str, object]:
    """What the channel gets."""
    config = parse(file(fields, states), "routes.yaml")
    delivery = replace(examples()[example], channel="itsm", target="jira:OPS")
    context = RenderContext(clock=lambda: datetime(2026, 11, 21, tzinfo=UTC))
    message: Message = render(delivery, config.audiences["ops"], context)
    body = json.loads(message.body)
    return {name: body.get(name) for name in ("fields", "move")}


def test_fields_are_filled_and_keep_their_kind() -> None:
    """Texts are templates, in lists and mappings too; numbers and flags stay what they are; nothing is escaped."""
    fields = """{priority: {name: "{{ 'Highest' if level == 'critical' else 'Low' }}"}, customfield_1: 3, u: true,
                 labels: ["{{ kind }}", fixed], customfield_2: "{{ '<b>' + phase + '&' }}"}"""
    assert filled(fields)["fields"] == {
        "priority": {"name": "Highest"},
        "customfield_1": 3,
        "u": True,
        "labels": ["host_maintenance", "fixed"],
        "customfield_2": "<b>scheduled&",
    }


def test_the_move_of_the_phase_comes_along() -> None:
    """Only the one that the story is in; `leave` says to leave it."""
    states = "{scheduled: {to: In Progress, fields: {comment: '{{ phase }}'}}, completed: leave}"
    assert filled("{}", states)["move"] == {"to": "In Progress", "fields": {"comment": "scheduled"}}
    assert filled("{}", states, "over")["move"] == {"to": "", "fields": {}}
    assert filled("{}", states, "canceled")["move"] is None


@pytest.mark.parametrize(
    "wrong",
    ['{x: "{{ titel }}"}', '{x: "{{ title"}', "{x: \"{{ 'x' * 1000000000 }}\"}", '{x: {y: ["{% for %}"]}}',
     '{x: "{{ story.__class__ }}"}'],
)  # fmt: skip  # a table reads best in rows
def test_a_template_that_cannot_be_filled_is_a_mistake_of_the_file(wrong: str) -> None:
    """Found when the file is loaded, with the line of the channel and the name of the field."""
    with pytest.raises(ConfigError) as mistakes:
        compile_rules(parse(file(wrong), "routes.yaml"))
    (mistake, *_) = mistakes.value.mistakes
    assert (mistake.file, mistake.line) == ("routes.yaml", 6)
    assert "`x`" in mistake.problem


def test_a_story_that_breaks_a_template_loses_one_field() -> None:
    """What holds for every example may fail for a story: the ticket is made without that field."""
    config = parse(file('{x: "{{ resource_ids[0] }}", y: "{{ level }}"}'), "routes.yaml")
    delivery = replace(examples()["reboot-in-an-hour"], channel="itsm", target="jira:OPS", resources=())
    context = RenderContext(clock=lambda: datetime(2026, 11, 21, tzinfo=UTC))
    body = json.loads(render(delivery, config.audiences["ops"], context).body)
    assert body["fields"] == {"y": "critical"}
