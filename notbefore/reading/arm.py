"""ARM resource ids and region names, whatever their case."""

from __future__ import annotations

import re

from notbefore.reading.remembered import Remembered
from notbefore.schema import Resource

# Our rows are kept by it: what storage takes for no key, or for another partition's, is no subscription.
_IN_AN_ID = re.compile(r"/subscriptions/([^/\\?#|\s\x00-\x1f\x7f-\x9f]{1,100})(?![^/?#\s])", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
NIL_GUID = "00000000-0000-0000-0000-000000000000"


def is_guid(text: str) -> bool:
    """A GUID in its plain form, in any case."""
    return _GUID.fullmatch(text) is not None


def subscription_of(text: str | None) -> str | None:
    """The lower-case subscription id within a resource id, or the text itself when it is a GUID; else None."""
    return _SUBSCRIPTIONS[text] if text else None


def _subscription(text: str) -> str | None:
    if found := _IN_AN_ID.search(text):
        return found[1].lower()
    text = text.strip()
    return text.lower() if is_guid(text) else None


def region_name(text: str) -> str:
    """An ARM region name: `West Europe` → `westeurope`, `Global` → `global`."""
    return "".join(text.split()).lower()


def resource_at(text: str | None) -> Resource | None:
    """The resource an ARM id names: id and type lower case, the name as sent. None for a subscription or less."""
    return _RESOURCES[text] if text else None


def _resource(text: str) -> Resource | None:
    parts = text.strip().strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        return _provided(parts, lowered)
    if len(parts) == 4 and lowered[2] == "resourcegroups":  # noqa: PLR2004 - /subscriptions/S/resourceGroups/G
        return Resource("/" + "/".join(lowered), parts[3], "microsoft.resources/resourcegroups")
    return None


def _provided(parts: list[str], lowered: list[str]) -> Resource | None:
    last = len(lowered) - 1 - lowered[::-1].index("providers")
    rest = lowered[last + 1 :]
    if len(rest) < 3 or not all(lowered):  # noqa: PLR2004 - namespace, type, name
        return None
    kind = "/".join((rest[0], *rest[1::2]))
    return Resource("/" + "/".join(lowered), parts[-1], kind)


_SUBSCRIPTIONS = Remembered(_subscription, longest=512)
_RESOURCES = Remembered(_resource, longest=512)


def before_provider(text: str, namespace: str) -> str:
    """The part of an id before `/providers/{namespace}/`, as sent; the whole id when it is not in it.

    The namespace is given in lower case.
    """
    at = text.lower().rfind(f"/providers/{namespace}/")
    return text[:at] if at >= 0 else text
