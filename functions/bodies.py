"""The body of a signal, whatever its sender packed it in: the platform hands it on as it came over the wire."""

from __future__ import annotations

import zlib

import azure.functions as func

from notbefore.errors import Refused

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes, unpacked. A full batch of Event Grid is a little over 1 MiB."""

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_EITHER_HEADER = zlib.MAX_WBITS | 32


def body_of(req: func.HttpRequest) -> bytes:
    """The body, unpacked where it is what its header says; else as it came, for the quarantine: content is not refused.

    Raises: Refused (413) over 2 MiB, packed or unpacked; no more than that is ever unpacked.
    """
    body = req.get_body()
    _small_enough(body, str(len(body)))
    if req.headers.get("content-encoding", "").strip().lower() not in _PACKED:
        return body
    unpacking = zlib.decompressobj(_EITHER_HEADER)
    try:
        whole = unpacking.decompress(body, BODY_LIMIT + 1)
    except zlib.error:
        return body
    _small_enough(whole, f"more than {BODY_LIMIT} when it is unpacked")
    return whole if unpacking.eof and not unpacking.unused_data else body


def _small_enough(body: bytes, has: str) -> None:
    if len(body) > BODY_LIMIT:
        raise Refused(413, f"a signal may have {BODY_LIMIT} bytes, this one has {has}")
