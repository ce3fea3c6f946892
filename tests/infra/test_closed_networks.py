"""With private networking nothing that keeps or knows anything is open to the internet, and what must come in does."""

from __future__ import annotations

from bicep import INFRA, parsed, resources, variable
from bicep_values import value

MODULES = INFRA / "modules"


def test_the_store_and_the_vault_let_nobody_in_but_through_their_endpoints() -> None:
    """The firewall denies; Event Grid passes as a trusted service, which wants the topic's own identity."""
    (store,) = [one for one in resources("Microsoft.Storage/storageAccounts") if not one.existing]
    (vault,) = [one for one in resources("Microsoft.KeyVault/vaults") if not one.existing]
    for one in (store, vault):
        rules = one.body["properties"]["networkAcls"]
        for closed, action in ((True, "Deny"), (False, "Allow")):
            assert value(one.file, rules, {"closed": closed}) == {"bypass": "AzureServices", "defaultAction": action}
    for topic in (*resources("Microsoft.EventGrid/topics"), *resources("Microsoft.EventGrid/systemTopics")):
        assert topic.existing or topic.body["identity"]["type"] == "SystemAssigned"


def test_every_service_that_the_app_speaks_to_has_an_endpoint_under_its_public_name() -> None:
    """Blobs, queues, tables and the vault."""
    file = MODULES / "private-endpoints.bicep"
    services = {one["name"]: one["zone"] for one in variable(file, "services")}
    assert set(services) == {"blob", "queue", "table", "vault"}
    for name in ("blob", "queue", "table"):
        assert services[name] == f"privatelink.{name}.${{environment().suffixes.storage}}"
    assert services["vault"] == "privatelink.vaultcore.azure.net"


def test_closed_doors_let_in_azure_monitor_event_grid_the_probe_and_named_people() -> None:
    """By service tags, each with a priority of its own; open doors have no rules."""
    file = MODULES / "access.bicep"
    tree = parsed(file)["outputs"]["rules"]["value"]
    rules = value(file, tree, {"closed": True, "boardNetworks": ["203.0.113.0/24"], "index": 0})
    assert [one["ipAddress"] for one in rules] == [
        "ActionGroup",
        "AzureEventGrid",
        "ApplicationInsightsAvailability",
        "203.0.113.0/24",
    ]
    assert {one["action"] for one in rules} == {"Allow"}
    assert value(file, tree, {"closed": False, "boardNetworks": []}) == []


def test_there_is_no_password_to_publish_with_and_no_plain_http() -> None:
    """TLS 1.2 for the app, its publishing and the store; keys and passwords are off."""
    (app,) = [one for one in resources("Microsoft.Web/sites") if not one.existing]
    site = app.body["properties"]["siteConfig"]
    assert (site["minTlsVersion"], site["scmMinTlsVersion"], site["ftpsState"]) == ("1.2", "1.2", "Disabled")
    assert app.body["properties"]["httpsOnly"] is True
    published = list(resources("Microsoft.Web/sites/basicPublishingCredentialsPolicies"))
    assert [one.body["properties"]["allow"] for one in published] == [False, False]
    (store,) = [one for one in resources("Microsoft.Storage/storageAccounts") if not one.existing]
    assert store.body["properties"]["allowSharedKeyAccess"] is False
    assert store.body["properties"]["minimumTlsVersion"] == "TLS1_2"
    for kind, key in (
        ("Microsoft.EventGrid/topics", "disableLocalAuth"),
        ("Microsoft.Insights/components", "DisableLocalAuth"),
    ):
        assert [one.body["properties"][key] for one in resources(kind) if not one.existing] == [True]
