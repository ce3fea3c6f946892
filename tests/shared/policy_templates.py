"""The templates that the policies for many subscriptions deploy, as Azure gets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bicep import INFRA, parsed, variable
from bicep_values import value

HERE = INFRA / "management-group"
SUBSCRIPTION = "/subscriptions/11111111-1111-4111-8111-111111111111"
TOPIC = f"{SUBSCRIPTION}/resourceGroups/notbefore/providers/Microsoft.EventGrid/topics/t"
GIVEN = {
    "signalsUrl": "https://x.example.com/signals",
    "entraClientId": "client",
    "entraObjectId": "object",
    "location": "westeurope",
    "workspaceId": "/subscriptions/s/workspaces/w",
    "agentFiles": "https://store.example.com/agent",
    "topicId": TOPIC,
    "topicEndpoint": "https://t.example.com/api/events",
    "roleId": "role",
    "topicRoleId": "topic role",
    "parameters": {},
}


def template(file: str, module: str = "") -> dict[str, Any]:
    """The embedded template of a policy."""
    path = HERE / file
    if module:
        given = parsed(path)["modules"][module]["config"]["params"]["template"]
        found: dict[str, Any] = value(path, given, GIVEN)
    else:
        found = value(path, variable(path, "template"), GIVEN)
    return found


TEMPLATES = {
    "alerts": template("alerts.bicep"),
    "activity log": template("activity-log.bicep", "policy"),
    "agents": template("agents.bicep"),
}


def inner(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A template and those of the deployments in it."""
    yield found
    for one in found["resources"]:
        if one["type"] == "Microsoft.Resources/deployments":
            yield from inner(one["properties"]["template"])
