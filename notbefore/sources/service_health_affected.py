"""What a Service Health event affects: services, regions, subscriptions, a resource. In Azure's three spellings."""

from __future__ import annotations

import re
from itertools import chain

from notbefore.reading import Fields, Remembered, plain_text, region_name, resource_at, subscription_of, text_of
from notbefore.schema import Resource

_TRACKING_IN_ID = re.compile(r"/events/([^/]+)", re.IGNORECASE)
_SERVICES = ("impactedServices", "impact")
_IMPACTED_REGIONS = ("ImpactedRegions", "regions")
_REGION = ("RegionName", "impactedRegion", "name")


def impacted_services(said: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of services as sent, and regions as ARM names; an unreadable list is noted."""
    listed = said.get(*_SERVICES)
    if listed is None:
        return (), ()
    affected = _AFFECTED[listed] if isinstance(listed, str) else _affected(listed)
    if affected is None:
        said.note("a list of services that cannot be read", *_SERVICES)
        return (), ()
    return affected


def _affected(listed: object) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Services and regions; None for what is no list of them."""
    holder = Fields({"listed": listed})
    impacted = holder.inners("listed")
    if not impacted and holder.items("listed"):
        return None
    services = (one.text("ServiceName", "impactedService", "name") for one in impacted)
    named = chain.from_iterable(_named_regions(one) for one in impacted)
    return tuple(dict.fromkeys(filter(None, services))), tuple(dict.fromkeys(named))


_AFFECTED = Remembered(_affected, longest=8192, most=256)


def _named_regions(service: Fields) -> list[str]:
    listed = service.items(*_IMPACTED_REGIONS)
    texts = (Fields(region).text(*_REGION) if isinstance(region, dict) else text_of(region) for region in listed)
    return [region_name(text) for text in texts if text]


def regions_in(text: str | None) -> tuple[str, ...]:
    """One region, or several in one text."""
    return tuple(dict.fromkeys(name for part in re.split(r"[,;]", text or "") if (name := region_name(part))))


def subscriptions_of(said: Fields, top: Fields) -> list[str | None]:
    """Those that the event lists, each once; else the record's own; else one unknown."""
    listed = (
        subscription_of(text)
        for service in said.inners("impact")
        for region in service.inners(*_IMPACTED_REGIONS)
        for text in region.texts("impactedSubscriptions")
    )
    known: list[str | None] = [*dict.fromkeys(filter(None, listed))]
    if known:
        return known
    own = (top.text("subscriptionId"), said.text("subscriptionId"), top.text("id"))
    return [next((found for text in own if (found := subscription_of(text))), None)]


def tracking_in(top: Fields) -> str | None:
    """The tracking id is a part of the id, and the name of an event."""
    if found := _TRACKING_IN_ID.search(top.text("id") or ""):
        return found[1]
    return top.text("name") if "impactedresources" not in top.word("type") else None


def told_of_impact(said: Fields) -> str:
    """What the row tells in `info`: a text, or pairs of key and value, one a line."""
    pairs = [(pair.text("key"), pair.text("value")) for pair in said.inners("info")]
    return "\n".join(f"{key}: {value}" for key, value in pairs if key and value) or plain_text(said.text("info"))


def impacted_resource(said: Fields) -> Resource | None:
    """The resource of an impacted-resource row, by its id or by name only; None when it names none."""
    if resource := resource_at(said.text("targetResourceId", "resourceId")):
        return resource
    name = said.text("resourceName")
    return Resource(None, name, (said.text("targetResourceType") or "").lower() or None) if name else None
