"""Rows as entities of Azure Table storage, in JSON: a body is cut into properties `b0`, `b1` and so on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from notbefore.errors import Newer
from notbefore.ports import Put, Row, Write
from notbefore.schema import READABLE_VERSION, STORED_VERSION

CHUNK = 16_000
"""Characters of one property. Azure takes 32 K in UTF-16, where a character is one unit or two."""

VERSION = "v"
"""The property with the form of the row; one that has none is of the first."""

ACCEPT = "application/json;odata=minimalmetadata"
"""The least that still tells the etag of each row of a query."""

READING = {"Accept": ACCEPT, "DataServiceVersion": "3.0"}
WRITING = {**READING, "Content-Type": "application/json", "Prefer": "return-no-content"}

_encode = msgspec.json.Encoder().encode
_METHOD = {Put.INSERT: "POST", Put.REPLACE: "PUT", Put.UPSERT: "PUT", Put.DELETE: "DELETE"}


def literal(text: str) -> str:
    """A string of a filter or address; a quote in it is doubled."""
    return "'" + text.replace("'", "''") + "'"


def path(table: str, partition: str, key: str) -> str:
    """Where the row is, percent-encoded."""
    keys = f"PartitionKey={quote(literal(partition), safe='')},RowKey={quote(literal(key), safe='')}"
    return f"/{table}({keys})"


def call(table: str, partition: str, write: Write) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path, headers and body of one write."""
    where = f"/{table}" if write.put is Put.INSERT else path(table, partition, write.key)
    headers = READING if write.put is Put.DELETE else WRITING
    if write.put is Put.REPLACE or write.put is Put.DELETE:
        headers = {**headers, "If-Match": write.etag or "*"}
    return _METHOD[write.put], where, headers, b"" if write.put is Put.DELETE else entity(partition, write)


def entity(partition: str, write: Write) -> bytes:
    """The row as JSON."""
    text = write.body.decode()
    properties = {"PartitionKey": partition, "RowKey": write.key, "b0": text[:CHUNK]}
    if STORED_VERSION > 1:
        properties[VERSION] = str(STORED_VERSION)
    for number in range(1, -(-len(text) // CHUNK)):
        properties[f"b{number}"] = text[number * CHUNK : (number + 1) * CHUNK]
    encoded = _encode(properties)
    if encoded.isascii():
        return encoded
    # In pure ASCII: Azurite decodes each network packet by itself and breaks a character that two of them share.
    return json.dumps(properties).encode()


def row(found: Mapping[str, str]) -> Row:
    """The row of an entity that was read. Raises: Newer."""
    version = int(found.get(VERSION, "1"))
    if version > READABLE_VERSION:
        raise Newer(version)
    chunks = [found.get("b0", "")]
    while (chunk := found.get(f"b{len(chunks)}")) is not None:
        chunks.append(chunk)
    return Row(found["RowKey"], "".join(chunks).encode(), found["odata.etag"])
