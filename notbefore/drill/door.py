"""The public door as a drill knocks at it: signals in, receipts out, both with the same key or token."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import msgspec

from notbefore.board.receipts import Receipts
from notbefore.drill.signals import Posted
from notbefore.errors import NotBeforeError
from notbefore.outbound import Answer, Outbound, networks

_ANYWHERE = networks(["0.0.0.0/0", "::/0"])
"""The operator names the address: it may well be in a private network, or this machine."""

_ACCEPTED, _OK = 202, 200
_WHY = {
    401: "no good key or token: NOTBEFORE_DRILL_KEY holds a host key of the app, NOTBEFORE_DRILL_TOKEN an Entra token",
    403: "the way in is closed to this machine: it may let in action groups and Event Grid only",
    404: "no door for signals there: is this the address of the app?",
    503: "storage does not answer there, or a setting is wrong: GET /health says more",
}


class Door:
    """`POST /signals` and `GET /signals?id=` of one app. Close it in the end."""

    def __init__(self, url: str, *, key: str | None = None, token: str | None = None) -> None:
        self._url = url.rstrip("/") + "/signals"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._headers |= {"x-functions-key": key} if key else {}
        self._headers |= {"Authorization": f"Bearer {token}"} if token else {}
        self._outbound = Outbound(_ANYWHERE)

    async def __aenter__(self) -> Self:
        """Nothing is sent yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        await self._outbound.close()

    async def post(self, signal: Posted) -> str:
        """The id that the signal got. Raises: Transient, Permanent, NotBeforeError when it is not taken."""
        answer = await self._outbound.post(self._url, msgspec.json.encode(signal.body), self._headers)
        if answer.status != _ACCEPTED:
            raise refused(answer)
        return _read(answer, _Taken).signal

    async def receipts(self, signal: str) -> Receipts:
        """What became of it until now. Raises: Transient, Permanent, NotBeforeError when the door does not say."""
        answer = await self._outbound.request("GET", f"{self._url}?id={quote(signal)}", b"", self._headers)
        if answer.status != _OK:
            raise refused(answer)
        return _read(answer, Receipts)


class _Taken(msgspec.Struct, frozen=True):
    signal: str


T = TypeVar("T")


def _read(answer: Answer, kind: type[T]) -> T:
    """Raises: NotBeforeError when somebody else answers there."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as problem:
        raise NotBeforeError("something else answers there: is this the address of the app?") from problem


def refused(answer: Answer) -> NotBeforeError:
    """What the status means here, and what to do."""
    why = _WHY.get(answer.status, "an answer that the door for signals never gives")
    return NotBeforeError(f"the door answered {answer.status}: {why}")
