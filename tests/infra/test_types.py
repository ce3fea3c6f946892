"""Every resource has the properties that Azure's types know, those that they want, and only words that they take.

It wants a clone of github.com/Azure/bicep-types-az, which is too large to be a dependency: NOTBEFORE_BICEP_TYPES is its
folder. Without it the test is skipped and says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bicep import INFRA, Resource, resources
from bicep_types import known, problems
from policy_templates import TEMPLATES, inner

CLONE = os.environ.get("NOTBEFORE_BICEP_TYPES")
pytestmark = pytest.mark.skipif(CLONE is None, reason="no clone of Azure/bicep-types-az in NOTBEFORE_BICEP_TYPES")
NOT_PUBLISHED_YET = {"$.properties.functionAppConfig.siteUpdateStrategy: there is no such property"}
"""A preview (Azure docs: Site update strategies in Flex Consumption)."""
DEPLOYED = [one for one in resources() if not one.existing]
OF_THE_TEMPLATE = {"type", "apiVersion", "dependsOn", "scope", "subscriptionId", "resourceGroup"}
EMBEDDED = [one for found in TEMPLATES.values() for each in inner(found) for one in each["resources"]]


@pytest.mark.parametrize("one", DEPLOYED, ids=lambda one: f"{one.file.relative_to(INFRA).as_posix()}-{one.name}")
def test_a_resource_is_as_azure_knows_it(one: Resource) -> None:
    """Of the API version that it names."""
    wanted = known(Path(CLONE or ""), one.type, one.version)
    assert wanted is not None, f"{one.type}@{one.version} is not among the types"
    assert set(problems(one.body, wanted)) - NOT_PUBLISHED_YET == set()


@pytest.mark.parametrize("one", EMBEDDED, ids=lambda one: one["type"])
def test_a_resource_that_a_policy_deploys_is_as_azure_knows_it(one: Mapping[str, Any]) -> None:
    """The same, of the templates in the policies."""
    wanted = known(Path(CLONE or ""), one["type"], one["apiVersion"])
    assert wanted is not None, one["type"]
    body = {key: each for key, each in one.items() if key not in OF_THE_TEMPLATE}
    assert list(problems(body, wanted)) == []
