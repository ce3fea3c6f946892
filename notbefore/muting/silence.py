"""A silence: a person's order to be told nothing of certain stories for a while."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from notbefore.config.model import Matcher
from notbefore.schema import require_utc


class Silence(Struct, frozen=True, kw_only=True):
    """Holds what matches in [starts_at, ends_at), or until it was lifted. The matcher is that of the routing file.

    Stored as JSON by the board; times are UTC. Raises: ValueError for one that has no end or says no reason.
    """

    id: str
    author: str
    match: Matcher
    match_not: Matcher | None = None
    starts_at: datetime
    ends_at: datetime
    reason: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    def __post_init__(self) -> None:
        require_utc("starts_at", self.starts_at)
        require_utc("ends_at", self.ends_at)
        require_utc("lifted_at", self.lifted_at)
        if self.ends_at <= self.starts_at:
            raise ValueError("a silence must end after it starts")
        if not self.reason.strip():
            raise ValueError("a silence needs a reason")

    @property
    def needs_facts(self) -> bool:
        """It asks for tags, so facts about resources must be read."""
        matchers = (self.match, self.match_not)
        return any(one and (one.tag or one.has_owner is not None) for one in matchers)

    def holds_at(self, now: datetime) -> bool:
        """It has begun, is not over and was not lifted."""
        lifted = self.lifted_at is not None and self.lifted_at <= now
        return self.starts_at <= now < self.ends_at and not lifted
