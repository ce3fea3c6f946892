"""Which links a message may show: https, and only to hosts that are known."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from notbefore import signed
from notbefore.schema import Delivery, Story

AZURE_HOSTS = ("azure.com", "microsoft.com")
_LONGEST = 1000
_KEPT = 1000
"""Pages remembered: a message leads to one more than once, and many messages do."""
_SHAPE = re.compile(r"https://([A-Za-z0-9.-]+)(?:[/?#][!#-&(-;=?-\[\]-_a-z{|}~]*)?")
"""Plain characters only: no quote, backquote, backslash, angle bracket or blank."""


def safe(url: str | None, hosts: tuple[str, ...] = AZURE_HOSTS) -> str | None:
    """The link when it may be shown: https, no credentials, no port or odd character, a known host or under one."""
    return _checked(url, hosts) if url and len(url) <= _LONGEST else None


@lru_cache(maxsize=_KEPT)
def _checked(url: str, hosts: tuple[str, ...]) -> str | None:
    shape = _SHAPE.fullmatch(url)
    host = shape[1].lower() if shape else ""
    return url if any(host == allowed or host.endswith("." + allowed) for allowed in hosts) else None


def azure(story: Story, hosts: tuple[str, ...] = AZURE_HOSTS) -> str | None:
    """Where Azure shows it: the story's own link if it may be shown, else its first resource in the portal."""
    own = safe(story.url, hosts)
    if own:
        return own
    known = next((state.resource.id for state in story.resources if state.resource.id), None)
    return f"https://portal.azure.com/#@/resource{quote(known)}" if known else None


@lru_cache(maxsize=_KEPT)
def story_page(public_url: str | None, story_id: str) -> str | None:
    """The story on the board, when the board has a public address."""
    return f"{public_url.rstrip('/')}/stories/{quote(story_id, safe='')}" if public_url else None


@lru_cache(maxsize=_KEPT)
def audience_page(public_url: str | None, audience: str) -> str | None:
    """What an audience hears, and how that is changed, on the board."""
    return f"{public_url.rstrip('/')}/audiences/{quote(audience, safe='')}" if public_url else None


def coverage_page(public_url: str | None) -> str | None:
    """Who is heard and which machines are blind, on the board."""
    return f"{public_url.rstrip('/')}/coverage" if public_url else None


def acknowledge_page(public_url: str | None, key: str | None, delivery: Delivery) -> str | None:
    """The page with the button, for this audience and for two weeks; none when there is nothing left to take on."""
    story = delivery.story
    alone = not (delivery.folded or delivery.reporting)
    if not public_url or not key or story.ended or story.acknowledged_at is not None or not alone:
        return None
    until = delivery.created_at + signed.LASTS
    token = signed.sign(signed.Pass(signed.ACKNOWLEDGE, delivery.story_id, delivery.audience, until), key)
    return f"{story_page(public_url, delivery.story_id)}/acknowledge?token={token}"
