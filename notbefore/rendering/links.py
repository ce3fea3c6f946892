"""Which links a message may show: https, and only to hosts that are known."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from notbefore.schema import Story

AZURE_HOSTS = ("azure.com", "microsoft.com")
_LONGEST = 1000


def safe(url: str | None, hosts: tuple[str, ...] = AZURE_HOSTS) -> str | None:
    """The link when it may be shown: https, no credentials, no odd port or character, a known host or under one."""
    if not url or len(url) > _LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(" \"<>\\'`"):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    known = any(host == allowed or host.endswith("." + allowed) for allowed in hosts)
    return url if parts.scheme == "https" and known and port is None and "@" not in parts.netloc else None


def azure(story: Story, hosts: tuple[str, ...] = AZURE_HOSTS) -> str | None:
    """Where Azure shows it: the story's own link if it may be shown, else its first resource in the portal."""
    own = safe(story.url, hosts)
    if own:
        return own
    known = next((state.resource.id for state in story.resources if state.resource.id), None)
    return f"https://portal.azure.com/#@/resource{quote(known)}" if known else None


def story_page(public_url: str | None, story_id: str) -> str | None:
    """The story on the board, when the board has a public address."""
    return f"{public_url.rstrip('/')}/stories/{quote(story_id, safe='')}" if public_url else None
