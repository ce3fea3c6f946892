"""Addresses that a routing file took out, and what a process knows of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from notbefore.config.model import Audience


class Departed(Struct, frozen=True, kw_only=True):
    """The addresses of one audience that a routing file took out at a time."""

    audience: Audience
    at: datetime


@dataclass(slots=True)
class Left:
    """Who has left, as this process last read it."""

    read_at: datetime | None = None
    rows: tuple[Departed, ...] = ()
