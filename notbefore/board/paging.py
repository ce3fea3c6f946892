"""Pages of a list, and the bookmark from which the next one goes on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from notbefore.errors import Refused

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """Some of a list. `next` goes into `?after=`; None: that was all. `complete` says that nothing was left unread."""

    items: tuple[T, ...]
    next: str | None = None
    complete: bool = True


def bookmark(place: Sequence[object]) -> str:
    """A place in a list, as text fit for an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(place))).decode().rstrip("=")


def read_bookmark(text: str, place: type[T]) -> T | None:
    """The place that a bookmark of such a list names; None when there is none.

    Raises: Refused (400) for one of another list or of nonsense: a script that got the first page again would go on
    asking for ever.
    """
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=place)
    except (binascii.Error, ValueError, msgspec.DecodeError) as problem:
        raise Refused(400, "`after` is no bookmark of this list: take `next` of the page before, as it is") from problem
