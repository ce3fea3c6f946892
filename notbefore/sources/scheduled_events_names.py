"""Who passes a scheduled event on, and which resources it hits: names in a document are seldom ARM ids.

IMDS names instances (`web-01`, `fleet_4`, in 2017 `_web-01`); the reporter knows only its own id. Azure docs:
Scheduled Events for Linux VMs; Scheduled Events through Event Grid.
"""

from __future__ import annotations

from msgspec import Struct

from notbefore.envelopes import Context
from notbefore.reading import Fields, region_name, resource_at, subscription_of
from notbefore.schema import Resource
from notbefore.sources.observe import distinct

_REGIONS = ("region", "targetRegion", "NodeRegion", "location")


class Reporter(Struct, frozen=True):
    """The VM that passes a document on, or the row it was written in; whatever is not known is empty."""

    resource: Resource | None = None
    names: frozenset[str] = frozenset()
    subscription_id: str | None = None
    regions: tuple[str, ...] = ()


NOBODY = Reporter()


def reporter_of(
    resource_id: str | None, own_name: str | None, subscription: str | None, region: str | None
) -> Reporter:
    """A reporter by what is known of it: its ARM id, its name in IMDS, its subscription, its region."""
    resource = resource_at(resource_id)
    names = {name.lower() for name in (own_name, _name_of(resource)) if name}
    regions = (region_name(region),) if region else ()
    known = subscription_of(resource_id) or subscription_of(subscription)
    return Reporter(resource, frozenset(names), known, regions)


def _name_of(resource: Resource | None) -> str | None:
    """A VM's own name; instance 4 of the set fleet is called `fleet_4`."""
    if resource is None or not resource.id or not resource.name:
        return None
    parts = resource.id.split("/")
    if "virtualmachinescalesets" in parts[:-1] and parts[-2] == "virtualmachines":
        return f"{parts[-3]}_{parts[-1]}"
    return resource.name


def reporter_beside(fields: Fields, context: Context) -> Reporter:
    """The reporter as a forwarder writes it beside the event, else the target of the alert that passed it on."""
    compute = fields.inner("compute")
    said = fields.text("_ResourceId", "resourceId", "vmResourceId") or compute.text("resourceId")
    subscription = fields.text("subscriptionId", "_SubscriptionId") or compute.text("subscriptionId")
    region = fields.text(*_REGIONS) or compute.text("location")
    machine = next((given for given in (said, context.topic, context.subject) if _is_machine(given)), None)
    if machine is None and subscription_of(subscription) is None:
        machine = next((target for target in context.targets if subscription_of(target)), None)
    return reporter_of(machine, compute.text("name"), subscription, region)


def _is_machine(resource_id: str | None) -> bool:
    """A relay's topic or a workspace is no machine, and its subscription says nothing of the machine's."""
    resource = resource_at(resource_id)
    return resource is not None and (resource.type or "").endswith(("/virtualmachines", "/machines"))


def names_in(body: Fields) -> list[str]:
    """`Resources` (a list, one text, or a list in a text), else `ResourceName`, without the underscore of 2017.

    `Resource` is how the first Event Grid samples called the one machine; in a log row it is the collector.
    """
    names = body.texts("Resources") or body.texts("ResourceName")
    if not names and not body.has("TimeGenerated"):
        names = body.texts("Resource")
    return [name.removeprefix("_") or name for name in names]


def affected(names: list[str], kind: str | None, reporter: Reporter) -> tuple[Resource, ...]:
    """The resources of a document: ids where they are given or are the reporter's own, names for all others."""
    return distinct(_resource(name, kind, reporter) for name in names)


def _resource(name: str, kind: str | None, reporter: Reporter) -> Resource:
    if name.startswith("/") and (given := resource_at(name)):
        return given
    if reporter.resource is not None and name.lower() in reporter.names:
        return Resource(reporter.resource.id, name, reporter.resource.type)
    return Resource(None, name, kind)


def pushed(names: list[str], kind: str | None, owner: Resource) -> tuple[Resource, ...]:
    """The resources of an event that Azure pushes for `owner`: it, under its name in IMDS, and each further name.

    For a scale set the instances are known by name only.
    """
    own = _name_of(owner) or ""
    others = [name for name in names if name.lower() != own.lower()]
    called = own if len(others) == len(names) else next(name for name in names if name.lower() == own.lower())
    itself = Resource(owner.id, called or owner.name, owner.type)
    return distinct([itself, *[Resource(None, name, kind) for name in others]])
