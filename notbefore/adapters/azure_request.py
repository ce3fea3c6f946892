"""What is asked of a storage service and what it answers, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote

TOKEN_VERSION = "2020-12-06"  # noqa: S105  # a version of the interface, no secret
"""Version of the REST interface: the first in which tables take tokens; blobs and queues know it too."""


class Service(Enum):
    """The three services of an account that we use."""

    BLOBS = "blobs"
    QUEUES = "queues"
    TABLES = "tables"


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `path` is percent-encoded and begins below the account, `query` is not encoded yet."""

    service: Service
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query as they stand on the wire."""
        if not self.query:
            return self.path
        return (
            self.path + "?" + "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in self.query.items())
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end. Names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def code(self) -> str:
        """The service's own word for what is wrong, as `TableNotFound`; empty when it gives none."""
        named = self.headers.get("x-ms-error-code", "")
        return named or next((code for code in _TOLD_IN_BODY if code.encode() in self.body), "")


_TOLD_IN_BODY = ("TableNotFound", "ResourceNotFound", "EntityAlreadyExists", "UpdateConditionNotSatisfied")
