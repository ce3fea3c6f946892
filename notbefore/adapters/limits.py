"""What Azure Storage refuses, refused here first, so that memory and Azure say the same and say it clearly.

Each breach is a mistake of the caller and raises ValueError; none is retried. Numbers: Azure docs, "Scalability
and performance targets for Table storage", "Understanding the Table service data model", "Put Message".
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta

from notbefore.ports import REPLACE, TRANSACTION_LIMIT, Write

KEY_LIMIT = 1024 // 2
"""Characters of a key: 1 KiB of UTF-16."""

BODY_LIMIT = 1024 * 1024 - 4096
"""Bytes of a row's text in UTF-16; what is left of an entity's 1 MiB holds its keys and property names."""

TRANSACTION_BYTES = 4 * 1024 * 1024 - TRANSACTION_LIMIT * 1024
"""Bytes of text in one transaction; what is left of its 4 MiB is the envelope, under 1 KiB a row."""

MESSAGE_LIMIT = 48 * 1024
"""Bytes of a queue message before base64, which makes 64 KiB of them."""

DELAY_LIMIT = timedelta(days=7)

_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")


def check_key(key: str) -> str:
    """The key as it is. Raises: ValueError."""
    if len(key) > KEY_LIMIT or _FORBIDDEN.search(key):
        raise ValueError(f"no key of a row: {key[:80]!r} (at most {KEY_LIMIT} characters, none of / \\ # ? or control)")
    return key


def check_keys(keys: Sequence[str]) -> None:
    """The same of many at once. Raises: ValueError."""
    text = "|".join(keys)
    plain = text.isprintable() and "/" not in text and "\\" not in text and "#" not in text and "?" not in text
    if not plain or len(max(keys, key=len)) > KEY_LIMIT:  # what is not plain may be allowed all the same
        for key in keys:
            check_key(key)


def check_writes(partition: str, writes: Sequence[Write]) -> None:
    """Whether this can be one transaction at all. Raises: ValueError."""
    keys, sizes = [], []
    for write in writes:
        if write.put is REPLACE and write.etag is None:
            raise ValueError("a REPLACE needs the etag that was read")
        keys.append(write.key)
        sizes.append(len(write.body))
    check_keys([partition, *keys])
    if len(writes) > TRANSACTION_LIMIT:
        raise ValueError(f"{len(writes)} rows in one transaction; {TRANSACTION_LIMIT} is the limit")
    if len(set(keys)) < len(keys):
        raise ValueError("a row twice in one transaction")
    _check_sizes(writes, sizes)


def _check_sizes(writes: Sequence[Write], sizes: Sequence[int]) -> None:
    # UTF-16 takes two bytes for what is one byte or two or three in UTF-8, and four for what is four. In a request
    # a body is a JSON string in ASCII: at most six times as long, so that only a large transaction need be measured.
    for write in writes if 2 * max(sizes, default=0) > BODY_LIMIT else ():
        if _wide(write.body) > BODY_LIMIT:
            raise ValueError(f"row {write.key!r} is too large: {len(write.body)} bytes")
    if 6 * sum(sizes) > TRANSACTION_BYTES < sum(_sent(write.body) for write in writes):
        raise ValueError("the transaction is larger than 4 MiB")


def _wide(body: bytes) -> int:
    return len(body.decode().encode("utf-16-le"))


def _sent(body: bytes) -> int:
    return len(json.dumps(body.decode()))


def check_message(body: bytes, delay: timedelta) -> None:
    """Whether this can be a queue message. Raises: ValueError."""
    if len(body) > MESSAGE_LIMIT:
        raise ValueError(f"a queue message of {len(body)} bytes; {MESSAGE_LIMIT} is the limit")
    if not timedelta() <= delay <= DELAY_LIMIT:
        raise ValueError(f"a delay of {delay}; between none and 7 days is possible")
