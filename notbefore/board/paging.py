"""Pages of a list, and the bookmark from which the next one goes on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """Some of a list. `next` goes into `?after=`; None: that was all. `complete` says that nothing was left unread."""

    items: tuple[T, ...]
    next: str | None = None
    complete: bool = True


def bookmark(place: Sequence[object]) -> str:
    """A place in a list, as text fit for an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(place))).decode().rstrip("=")


def read_bookmark(text: str) -> list[Any] | None:
    """The place that a bookmark names; None when there is none, or none that can be read."""
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=list[Any])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
