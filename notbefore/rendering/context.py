"""What rendering knows besides the delivery and its audience; handed in by `bootstrap`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from notbefore.errors import Permanent
from notbefore.ports import Clock, Secrets
from notbefore.rendering.links import AZURE_HOSTS

_SECRET = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


def _as_it_is(subscription_id: str) -> str:
    return subscription_id


@dataclass(frozen=True, slots=True)
class RenderContext:
    """`public_url` is the board's address, None when it has none; `link_hosts` are those a link may lead to."""

    clock: Clock
    secrets: Secrets | None = None
    public_url: str | None = None
    subscription_name: Callable[[str], str] = _as_it_is
    link_hosts: tuple[str, ...] = AZURE_HOSTS
    mail_from: str = "notbefore@localhost"
    """Whose meeting request a calendar entry is, unless a channel has a sender of its own."""
    signing_key: str | None = field(default=None, repr=False)
    """Signs the links by which a reader says "I have it"; without it messages have none."""
    local: bool = False
    """A local run: a secret that is not set stays as it is written, since the address is not used."""

    def resolved(self, text: str) -> str:
        """The text with each `${env:NAME}` in its place. Raises: Permanent when one is not set."""
        return _SECRET.sub(self._secret, text) if "${env:" in text else text

    def settled(self, options: dict[str, str]) -> dict[str, str]:
        """A channel's options, resolved; a local run goes without those whose secret is not set."""
        found = {name: self.resolved(value) for name, value in options.items()}
        return {name: value for name, value in found.items() if "${env:" not in value}

    def _secret(self, match: re.Match[str]) -> str:
        value = self.secrets.get(match[1]) if self.secrets else None
        if not value and not self.local:
            raise Permanent(f"the setting {match[1]} is empty or not set")
        return value or match[0]
