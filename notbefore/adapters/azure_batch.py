"""One entity-group transaction as text: a multipart message of HTTP requests, and the answer taken apart.

Source: Azure docs, "Performing entity group transactions". The answer holds one part for each write, in order; when
the transaction failed it holds one part, for the write that stopped it, and nothing was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import uuid4

from notbefore.adapters.azure_entities import call
from notbefore.adapters.azure_request import Answer
from notbefore.ports import Write

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_ETAG = re.compile(rb"\r\netag: *([^\r\n]+)", re.IGNORECASE)


def compose(address: str, table: str, partition: str, writes: Sequence[Write]) -> tuple[str, bytes]:
    """The Content-Type and the body; `address` is that of the account's tables."""
    batch, changes = f"batch_{uuid4()}", f"changeset_{uuid4()}"
    parts = [f"--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n".encode()]
    opening = f"--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    for write in writes:
        method, path, headers, body = call(table, partition, write)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        parts += (f"{opening}{method} {address}{path} HTTP/1.1\r\n{lines}\r\n".encode(), body, b"\r\n")
    parts.append(f"--{changes}--\r\n--{batch}--\r\n".encode())
    return f"multipart/mixed; boundary={batch}", b"".join(parts)


def inner(answer: Answer) -> Answer:
    """The answer that counts: that of the write that failed, or the whole when all succeeded."""
    for status in map(int, _STATUS.findall(answer.body)):
        if status >= 300:  # noqa: PLR2004  # success is below 300
            return Answer(status, answer.headers, answer.body)
    return answer


def etags(answer: Answer) -> list[str | None]:
    """The new etag of each write, in order; None for a delete."""
    _, *parts = _STATUS.split(answer.body)
    return [found[1].decode().strip() if (found := _ETAG.search(part)) else None for part in parts[1::2]]
