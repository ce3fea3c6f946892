"""How well the machines of a subscription report: who is heard, who is blind, who rebooted without a notice."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Names(Struct, frozen=True, gc=False):
    """How many there are, and the names of the first ten."""

    total: int = 0
    names: tuple[str, ...] = ()


class Reporting(Struct, frozen=True, gc=False, kw_only=True):
    """One subscription, as it was at a time (UTC)."""

    subscription_id: str
    at: datetime
    agents: int = 0
    """Agents that are heard."""
    machines: int | None = None
    """Machines that run. None: nobody can say, because Resource Graph was not asked or did not answer in full."""
    through: int = 0
    """Machines without an agent whose notices a neighbour of the same set and zone passes on."""
    blind: Names = Names()
    """Machines that run and are not heard. Where `machines` is None only those that were heard once."""
    old: Names = Names()
    """Machines whose agent is older than the one that this version ships."""
    missed: Names = Names()
    """Machines that rebooted within a week without anybody having been told."""

    @property
    def is_good(self) -> bool:
        """Nothing is known to be wrong. That is not all when `machines` is None."""
        return not (self.blind.total or self.old.total or self.missed.total)
