"""The activity-log alert rules let everything through that a source reads, and no subscription comes near its limit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from bicep import INFRA, parsed, resources

from notbefore.sources import activity_log, resource_health, service_health

RULES: list[dict[str, Any]] = json.loads((INFRA / "alert-rules.json").read_text(encoding="utf-8"))
LIMIT = 100
"""Active activity-log alert rules of a subscription; it cannot be raised (Azure docs: Azure Monitor limits)."""

_VM, _SET, _INSTANCE = "virtualMachines", "virtualMachineScaleSets", "virtualMachineScaleSets/virtualMachines"
EVERYWHERE = (_VM, _SET, _INSTANCE)
OFFERED = {
    "performmaintenance/action": EVERYWHERE,
    "osrollingupgrade/action": (_SET,),
    "rollingupgrades/action": (_SET,),
    "extensionrollingupgrade/action": (_SET,),
    "installpatches/action": (_VM,),
    "redeploy/action": EVERYWHERE,
    "restart/action": EVERYWHERE,
    "reimage/action": EVERYWHERE,
    "reimageall/action": (_SET, _INSTANCE),
    "deallocate/action": EVERYWHERE,
    "poweroff/action": EVERYWHERE,
    "manualupgrade/action": (_SET,),
}
"""Which types have an operation (Azure resource provider operations, Microsoft.Compute). Classic ones are retired."""

OPERATIONS = [f"Microsoft.Compute/{kind}/{action}" for action, kinds in OFFERED.items() for kind in kinds]


def fires(record: Mapping[str, str]) -> list[str]:
    """The rules that a record of the activity log fires, by the semantics of `allOf` and `anyOf`."""
    return [rule["name"] for rule in RULES if all(_holds(one, record) for one in rule["condition"])]


def _holds(condition: Mapping[str, Any], record: Mapping[str, str]) -> bool:
    if "anyOf" in condition:
        return any(_holds(one, record) for one in condition["anyOf"])
    return record.get(condition["field"], "").lower() == str(condition["equals"]).lower()


def test_the_operations_are_those_of_the_source() -> None:
    """A new operation in the code is looked up here, then given a rule."""
    assert set(OFFERED) == set(activity_log.OPERATIONS)


@pytest.mark.parametrize("operation", [*OPERATIONS, "Microsoft.Maintenance/applyUpdates/write"])
def test_every_operation_that_the_source_reads_fires_one_rule(operation: str) -> None:
    """Exactly one: two would bring the same record twice."""
    assert len(fires({"category": "Administrative", "operationName": operation})) == 1


def test_operations_that_no_source_reads_fire_nothing() -> None:
    """The rules are no copy of the activity log."""
    listened = {one["equals"] for rule in RULES for cond in rule["condition"] for one in cond.get("anyOf", [cond])} - {
        "Administrative",
        "ServiceHealth",
        "ResourceHealth",
    }
    assert {one.lower() for one in listened} == {one.lower() for one in OPERATIONS} | {
        "microsoft.maintenance/applyupdates/write"
    }
    assert fires({"category": "Administrative", "operationName": "Microsoft.Compute/virtualMachines/write"}) == []


@pytest.mark.parametrize("incident", sorted(service_health.KINDS))
@pytest.mark.parametrize("region", ["West Europe", "Global"])
def test_every_incident_type_fires_in_every_region(incident: str, region: str) -> None:
    """Maintenance, issues, advisories, security and whatever comes next, Global included."""
    record = {"category": "ServiceHealth", "properties.incidentType": incident, "properties.region": region}
    assert fires(record) == ["service-health"]


@pytest.mark.parametrize("status", sorted(resource_health.STATUSES))
def test_resource_health_fires_at_its_beginning_and_at_its_end(status: str) -> None:
    """The source keeps a story open until Available, so the end must come, too."""
    assert fires({"category": "ResourceHealth", "status": status}) == ["resource-health"]


def test_a_subscription_has_far_fewer_rules_than_azure_allows() -> None:
    """All that this deployment adds to one subscription, counted."""
    modules = list(resources("Microsoft.Insights/activityLogAlerts"))
    assert {one.file.name for one in modules} == {"alert-rules.bicep"}
    assert len(RULES) * len(modules) <= LIMIT // 10
    assert len({rule["name"] for rule in RULES}) == len(RULES)


def test_the_rules_and_their_group_are_global() -> None:
    """A regional action group never gets Service Health alerts (Azure docs: Service Health alerts)."""
    for kind in ("Microsoft.Insights/activityLogAlerts", "Microsoft.Insights/actionGroups"):
        for one in resources(kind):
            assert one.body["location"] == "Global"


def test_the_action_group_asks_for_a_token_and_writes_to_the_owners_beside_us() -> None:
    """Secure webhook with the common schema; Azure's own mail to who owns the subscription."""
    (group,) = [one for one in resources("Microsoft.Insights/actionGroups") if one.file.name == "action-group.bicep"]
    (webhook,) = group.body["properties"]["webhookReceivers"]
    assert (webhook["useAadAuth"], webhook["useCommonAlertSchema"]) == (True, True)
    (owners,) = group.body["properties"]["armRoleReceivers"]
    assert owners["useCommonAlertSchema"] is True
    assert parsed(group.file)["variables"]["owner"]["value"] == "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
