"""What the code reads, names and calls is deployed; what is deployed is read, named and called."""

from __future__ import annotations

import re

import bicep
from bicep import INFRA, parsed, resources, texts, variable

from local.cache import ROOT
from local.host.functions import load
from notbefore.adapters import names
from notbefore.envelopes.known import TYPES

MODULES = INFRA / "modules"
SETTINGS = MODULES / "app-settings.bicep"

LOCAL_ONLY = {"NOTBEFORE_LOCAL", "NOTBEFORE_LOCAL_RECEIVERS"}
"""Settings of a laptop; the first stops the start in Azure."""

LEFT_TO_THE_OPERATOR = {
    "NOTBEFORE_ROUTES": "the file travels with the app",
    "NOTBEFORE_SMTP": "a secret: secretSettings names it",
    "NOTBEFORE_ALLOW_NETWORKS": "the standard holds: no private network may be posted to",
    "NOTBEFORE_SERVICENOW": "the address of a system of theirs",
    "NOTBEFORE_JIRA": "the address of a system of theirs",
    "NOTBEFORE_LOGS": "the public cloud's address is the standard",
    "NOTBEFORE_POLL_LOGS_MINUTES": "the standard holds",
    "NOTBEFORE_POLL_GRAPH_MINUTES": "the standard holds",
    "NOTBEFORE_POLL_MACHINES_MINUTES": "the standard holds",
}
"""Settings that are set by `moreSettings` or `secretSettings` if at all."""

THE_PLATFORM_READS = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    "AzureWebJobsStorage__credential",
}

FORBIDDEN_ON_FLEX = {
    "AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_WORKER_RUNTIME_VERSION",
    "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_CONTENTSHARE", "WEBSITE_MOUNT_ENABLED", "SCM_DO_BUILD_DURING_DEPLOYMENT", "ENABLE_ORYX_BUILD",
    "WEBSITE_TIME_ZONE", "TZ", "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
    "WEBSITES_CONTAINER_START_TIME_LIMIT",
}  # fmt: skip


def test_every_setting_that_the_code_reads_is_set_and_every_one_set_is_read() -> None:
    """Beside those of the platform, the deployment sets what `settings/environment.py` looks up, and nothing else."""
    set_here = bicep.keys(variable(SETTINGS, "host")) | bicep.keys(variable(SETTINGS, "ours"))
    (settings,) = [one for one in resources("Microsoft.Web/sites/config") if one.name == "settings"]
    set_here |= {
        key for part in bicep.walk(settings.body) if isinstance(part, dict) for key in part if "NOTBEFORE_" in key
    }
    set_here |= {"NOTBEFORE_SIGNING_KEY"} & set(texts(variable(SETTINGS, "secrets")))
    code = (ROOT / "notbefore" / "settings" / "environment.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    read = set(re.findall(r"NOTBEFORE_[A-Z_]+", page)) | {
        f"AzureWebJobsStorage__{one}ServiceUri" for one in ("blob", "queue", "table") if f"{one}" in code
    }
    read |= {"AzureWebJobsStorage__clientId"} if "__clientId" in code else set()
    assert read - set_here == LOCAL_ONLY | set(LEFT_TO_THE_OPERATOR) - set_here
    assert set_here - read == THE_PLATFORM_READS
    assert set_here & FORBIDDEN_ON_FLEX == set()
    assert not set(LEFT_TO_THE_OPERATOR) & set_here


def test_tables_queues_and_containers_are_those_that_the_code_names() -> None:
    """All tables; the queues with their poison; the containers, with those of the package and of Event Grid."""
    contents = MODULES / "store-contents.bicep"
    assert set(variable(contents, "tables")) == set(names.TABLES)
    poison = {f"{one}-poison" for one in names.QUEUES}
    assert set(variable(contents, "queues")) == set(names.QUEUES) | poison
    platform = {"app-package", "dead-letters"}
    assert set(variable(contents, "containers")) == set(names.CONTAINERS) | platform
    (app,) = [one for one in resources("Microsoft.Web/sites") if not one.existing]
    assert app.body["properties"]["functionAppConfig"]["deployment"]["storage"]["value"] == "${blobs}app-package"


def test_every_queue_that_a_function_reads_exists() -> None:
    """Each queue trigger of the app finds its queue, and each queue has a function that reads it."""
    found = {one.trigger["queueName"] for one in load(ROOT / "function_app.py") if one.kind == "queuetrigger"}
    assert found == set(variable(MODULES / "store-contents.bicep", "queues"))


def test_event_grid_puts_every_event_on_the_queue_that_is_read() -> None:
    """No source goes to our own door, each has a dead-letter container, retries for a day, and loses nothing by age."""
    subscriptions = [one for one in resources() if one.type.endswith("/eventSubscriptions")]
    assert len(subscriptions) == 2
    for one in subscriptions:
        properties = one.body["properties"]
        destination = properties["deliveryWithResourceIdentity"]["destination"]
        assert destination["endpointType"] == "StorageQueue"
        assert destination["properties"]["queueName"] == names.EVENT_GRID_QUEUE
        forever = {"operator": {"type": "minus", "operands": {"integer_value": 1}}}
        assert destination["properties"]["queueMessageTimeToLiveInSeconds"] == forever
        dead = properties["deadLetterWithResourceIdentity"]["deadLetterDestination"]["properties"]
        assert dead["blobContainerName"] == "dead-letters"
        assert properties["retryPolicy"] == {"eventTimeToLiveInMinutes": 1440, "maxDeliveryAttempts": 30}


def test_every_event_type_that_a_source_reads_is_subscribed_to() -> None:
    """But those of Resource Manager: the same operations come by the alert rules. And reports of deliveries."""
    asked = {one.lower() for file in bicep.files() for one in texts(parsed(file)) if one.startswith("Microsoft.")}
    by_alert = {one for one in TYPES if one.startswith("microsoft.resources.")}
    by_agents = {"notbefore.vm.scheduled-events"}
    never_sent = {"microsoft.maintenance/scheduledevents/write"}
    assert TYPES - by_alert - by_agents - never_sent <= asked
    assert {f"microsoft.communication.{kind}deliveryreportreceived" for kind in ("email", "sms")} <= asked


def test_functions_that_are_always_ready_exist() -> None:
    """Scale is by the names of functions."""
    known = {function.name for function in load(ROOT / "function_app.py")}
    ready = {one.removeprefix("function:") for one in variable(MODULES / "app.bicep", "readyQueues")}
    assert ready <= known


def test_alerts_on_ourselves_look_for_words_that_the_code_logs() -> None:
    """Each text in a query begins or is part of a line that the code logs as a warning or an error."""
    code = "\n".join(
        file.read_text(encoding="utf-8") for room in ("notbefore", "functions") for file in (ROOT / room).rglob("*.py")
    )
    logged = re.findall(r"log\.(?:warning|error)\(\s*\"([^\"]+)\"", code)
    for watch in variable(MODULES / "self-alerts.bicep", "watches"):
        words = re.findall(r"\"([^\"]+)\"", watch["query"])
        plain = [word.replace("([0-9]+)", "%d") for word in words]
        assert any(all(word in line for word in plain) for line in logged), watch["name"]


def test_api_versions_were_all_looked_up() -> None:
    """The list of facts has every version that is used, and none that is not."""
    lines = (ROOT / "tests" / "infra" / "api-versions.txt").read_text(encoding="utf-8").splitlines()
    known = [line for line in lines if line and not line.startswith("#")]
    assert len(known) == len(set(known))
    embedded = {
        f"{one['type']}@{one['apiVersion']}"
        for file in bicep.files()
        for one in bicep.walk(parsed(file).get("variables", {}) | parsed(file).get("modules", {}))
        if isinstance(one, dict) and "apiVersion" in one
    }
    assert {f"{one.type}@{one.version}" for one in resources()} | embedded == set(known)
