"""Every role that a call of the code needs is given, each for a reason that is written down, and none beyond."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from bicep import Resource, parsed, resources

from local.cache import ROOT


class Need(NamedTuple):
    """A role that the app's identity has: its name, where the code makes the call, and the words it does it with."""

    role: str
    scope: str
    file: str
    words: str


NEEDS = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": Need(
        "Storage Blob Data Owner", "account", "notbefore/adapters/azure_blobs.py", "Service.BLOBS"
    ),
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": Need(
        "Storage Queue Data Contributor", "account", "notbefore/adapters/azure_queues.py", "Service.QUEUES"
    ),
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": Need(
        "Storage Table Data Contributor", "account", "notbefore/adapters/azure_tables.py", "Service.TABLES"
    ),
    "4633458b-17de-408a-b874-0445c86b69e6": Need(
        "Key Vault Secrets User", "vault", "notbefore/settings/given.py", "@Microsoft.KeyVault("
    ),
    "3913510d-42f4-4e42-8a64-420c390055eb": Need(
        "Monitoring Metrics Publisher", "insights", "host.json", "applicationInsights"
    ),
    "73c42c96-874c-492b-b04d-ab87d138a893": Need(
        "Log Analytics Reader", "workspace", "notbefore/adapters/log_analytics.py", "query_workspace"
    ),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": Need(
        "Reader", "subscription", "notbefore/adapters/resource_graph.py", "Microsoft.ResourceGraph"
    ),
    "09976791-48a7-449e-bb21-39d1a415f350": Need(
        "Communication and Email Service Owner", "service", "notbefore/channels/acs.py", "Service"
    ),
}
OTHERS = {
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": ("Storage Queue Data Message Sender", "queue"),
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": ("Storage Blob Data Contributor", "deadLetters"),
    "d5a91429-5739-47e2-a06b-3470a27159e7": ("EventGrid Data Sender", "topic"),
}
"""What Event Grid and the agents in machines may do; the code is not the caller."""

ASSIGNMENTS = tuple(resources("Microsoft.Authorization/roleAssignments"))


def role_of(assignment: Resource) -> str:
    """The role's id, from the variable that is named in the assignment."""
    name = assignment.body["properties"]["roleDefinitionId"]["function"]["parameters"]["resource_name_1"]
    return str(parsed(assignment.file)["variables"][str(name)]["value"])


@pytest.mark.parametrize("need", NEEDS.values(), ids=lambda need: need.role)
def test_the_code_really_makes_the_call(need: Need) -> None:
    """Where no call is made any longer, the role goes."""
    assert need.words in (ROOT / need.file).read_text(encoding="utf-8")


def test_the_app_has_the_roles_that_its_calls_need_and_no_others() -> None:
    """Each role once, at the smallest scope that does."""
    ours = [one for one in ASSIGNMENTS if one.file.parent.name == "modules"]
    found = {(role_of(one), str(one.body.get("scope", "subscription"))) for one in ours}
    wanted = {(role, need.scope) for role, need in NEEDS.items()} | {(role, one[1]) for role, one in OTHERS.items()}
    assert found == wanted
    assert len(ours) == len(wanted)


def test_under_a_management_group_three_assignments_are_made() -> None:
    """The policies' own role, their right to let agents in, and the app's right to ask."""
    theirs = {one.name: one for one in ASSIGNMENTS if one.file.parent.name == "management-group"}
    assert set(theirs) == {"acts", "gives", "polls"}
    assert role_of(theirs["polls"]) == next(role for role, need in NEEDS.items() if need.role == "Reader")
    assert role_of(theirs["gives"]) == "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
    assert theirs["acts"].body["properties"]["roleDefinitionId"]["operator"]["operands"]["operand_2"]


@pytest.mark.parametrize("one", ASSIGNMENTS, ids=lambda one: f"{one.file.stem}-{one.name}")
def test_an_assignment_says_why_and_can_be_made_again(one: Resource) -> None:
    """A comment above it, a description in Azure, and a name made of scope, principal and role: the same every time."""
    lines = one.file.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"resource {one.name} "))
    assert lines[at - 1].startswith("// ")
    assert one.body["properties"]["description"].endswith(".")
    assert one.body["properties"]["principalType"] == "ServicePrincipal"
    assert one.body["name"]["function"]["type"] == "guid"
    assert len(one.body["name"]["function"]["parameters"]) == 3
