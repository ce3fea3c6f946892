"""Every error of the house. Who may want to catch it is said by each class.

NotBeforeError
├── MalformedSignal          what came in cannot be read; kept in quarantine, never a 4xx
├── ConfigError              routes.yaml, templates or settings are wrong; every mistake at once
├── Refused                  a caller at a door may not do this (401, 403, 413)
├── StorageError
│   ├── Conflict             a row changed since it was read: read again and decide again
│   ├── Newer                a newer release wrote it: it is left, or put back, for an instance that reads it
│   └── StorageUnavailable   storage does not answer: 503 at the door, retry elsewhere
└── DeliveryError
    ├── Transient            worth another try, by the schedule or by Retry-After
    │   ├── Busy             nothing was sent: it waits in the queue, and no attempt is counted
    │   └── Accepted         the receiver has it and works on it: it is asked later, nothing is sent again
    └── Permanent            no further try will help; dead, visible, to be resent by a person
        └── Gone             410: the endpoint wants nothing any more, this message or another
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class NotBeforeError(Exception):
    """Anything that NotBefore says on purpose."""


class MalformedSignal(NotBeforeError):
    """A recognised payload without what identifies it, or no payload at all.

    `path` is a JSON path such as `$.data.alertContext.properties.trackingId`, `$` for the whole.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a file the operator wrote. `line` counts from 1; 0 when no line is to blame."""

    file: str
    line: int
    problem: str
    advice: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.problem}" + (f" ({self.advice})" if self.advice else "")


class ConfigError(NotBeforeError):
    """All mistakes of one load, in the order of the file."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class Refused(NotBeforeError):
    """A door does not open. `status` is the HTTP answer; the text is for the caller."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class StorageError(NotBeforeError):
    """Storage did not do as asked."""


class Conflict(StorageError):
    """Somebody else wrote first. Nothing of the transaction was written."""


class Newer(StorageError):
    """A row or a message in a form that only a newer release reads; `version` is its number."""

    def __init__(self, version: int) -> None:
        super().__init__(f"written in form {version}, by a newer release than this")
        self.version = version


class StorageUnavailable(StorageError):
    """Storage does not answer, or answers with throttling, after the client's own short retries."""


class DeliveryError(NotBeforeError):
    """A message did not arrive. The text is short and holds no address and no secret.

    `known`: what was learnt all the same, such as the number of a ticket; the ledger keeps it as a receipt.
    """

    def __init__(self, problem: str, *, known: Mapping[str, str] | None = None) -> None:
        super().__init__(problem)
        self.known = dict(known or {})


class Transient(DeliveryError):
    """Try again later. `retry_after` is the receiver's own wish in seconds, when it has said one.

    `alone`: only this message is concerned, as by a recipient whose mailbox is full; the endpoint is well.
    """

    def __init__(
        self,
        problem: str,
        retry_after: float | None = None,
        *,
        alone: bool = False,
        known: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem, known=known)
        self.retry_after = retry_after
        self.alone = alone


class Busy(Transient):
    """The endpoint has as many messages as it may have at once. Nothing was sent."""


class Accepted(Transient):
    """The receiver has the message and does not say yet what became of it: it is asked later, nothing is sent again.

    The endpoint is well. `known` names what to ask for.
    """

    def __init__(self, problem: str, known: Mapping[str, str]) -> None:
        super().__init__(problem, alone=True, known=known)


class Permanent(DeliveryError):
    """Do not try again by yourself."""


class Gone(Permanent):
    """The endpoint says that it is no more (410)."""
