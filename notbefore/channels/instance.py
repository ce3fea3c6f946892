"""One instance of a ticket system: JSON calls, signed in, and what its answers mean.

A call that only asks may fail and be made again. A call that writes and is not answered may still have its effect,
minutes later where the instance is slow: the next attempt waits until asking tells.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from notbefore.errors import Busy, Permanent, Transient
from notbefore.outbound import Answer, Outbound, accepted
from notbefore.schema import Message

UNSURE = timedelta(seconds=90)
"""After a write that nobody answered: a transaction is given a minute there, a search some seconds more to know."""
UNSURE_UNTIL = "unsure_until"

_MISSING, _CONFLICT, _BROKEN = 404, 409, 500
_WORDS = 200
_SOON = 2.0
_PRIVATE = re.compile(r"[\w.+-]+@[\w.-]+|https?://\S+|\+?\d[\d ()-]{7,}\d|\S{48,}")
"""Addresses, numbers and tokens, which an instance may quote and a ledger does not keep."""


class Instance:
    """JSON calls to one instance, signed in by user and password or by a token."""

    def __init__(self, outbound: Outbound, message: Message, default: str | None) -> None:
        base, options = message.options.get("url"), message.options
        if not base and default:
            base, options = _spelt(default, options)
        if not base:
            raise Permanent(
                "the ticket system has no `url` in the routing file, and the installation no setting for it"
            )
        self._outbound = outbound
        self._message = message
        self.base = base.rstrip("/")
        self.host = urlsplit(base).hostname or ""
        self.writing = False
        """A change is under way, and nobody has said yet whether it was made."""
        self._wrote = False
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"} | _who(options)

    async def read(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What is there; None when nothing is, or it is hidden from us (404). Raises: Transient, Permanent."""
        answer = await self.ask("GET", path)
        return None if answer.status == _MISSING else self._meant(answer)

    async def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The answer to a post that may be repeated: a question, or what has a key. Raises: Transient, Permanent."""
        return self._meant(await self.ask("POST", path, body))

    async def write(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The answer to a change. Raises: Transient, with a wait where nobody knows whether it was made; Permanent."""
        self.writing = True
        try:
            answer = await self.ask(method, path, body)
        except Busy:
            raise
        except Transient as problem:
            raise self.unsure(str(problem)) from problem
        self.writing, self._wrote = False, True
        if answer.status >= _BROKEN:
            raise self.unsure(f"the receiver answered {answer.status}")
        if answer.status == _MISSING:
            raise Transient("the ticket went away just then", alone=True)
        return self._meant(answer)

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """The answer as it is. Raises: Transient, Permanent when there is none."""
        content = b"" if body is None else msgspec.json.encode(body)
        try:
            return await self._outbound.request(method, self.base + path, content, self._headers)
        except Busy as problem:
            if not self._wrote:
                raise
            raise Transient("the instance has its hands full, in the middle of it", _SOON, alone=True) from problem

    def unsure(self, problem: str) -> Transient:
        """What was written may be there or not; the next attempt, or the next message, asks when that is known."""
        until = self._message.at + UNSURE
        why = f"{problem}; it may have been done all the same, and is asked for later"
        return Transient(why, UNSURE.total_seconds(), alone=True, known={UNSURE_UNTIL: until.isoformat()})

    def be_sure(self) -> None:
        """Before anything new is made. Raises: Transient while an earlier attempt may still come to something."""
        said = self._message.before.get(UNSURE_UNTIL)
        left = (datetime.fromisoformat(said) - self._message.at).total_seconds() if said else 0
        if left > 1:
            raise Transient("an earlier attempt may still come to something", left, alone=True)

    def _meant(self, answer: Answer) -> Any:  # noqa: ANN401 - whatever JSON holds
        if answer.status == _CONFLICT:
            raise Transient("somebody else changed the ticket just then (409)", alone=True)
        try:
            accepted(answer, self._message.at)
        except Permanent as problem:
            raise Permanent(": ".join(filter(None, (str(problem), words(answer.body))))) from problem
        if not answer.body.strip():
            return None
        try:
            return msgspec.json.decode(answer.body)
        except msgspec.DecodeError as problem:
            raise Transient("the ticket system gave an answer that is no JSON") from problem


def words(body: bytes) -> str:
    """Why an instance refused, in its own words, short, and without what a ledger must not keep."""
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    parts = list(_said(said)) if isinstance(said, dict) else []
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in ". ".join(parts)).split())
    plain = _PRIVATE.sub("…", plain)
    return plain if len(plain) <= _WORDS else plain[: _WORDS - 1] + "…"


def _said(answer: dict[str, Any]) -> list[str]:
    """ServiceNow: `error.message` and `error.detail`. Jira: `errorMessages`, and `errors` by field."""
    error, fields, messages = answer.get("error"), answer.get("errors"), answer.get("errorMessages")
    found = [str(error.get(name) or "") for name in ("message", "detail")] if isinstance(error, dict) else []
    found += [str(one) for one in messages] if isinstance(messages, list) else []
    found += [f"{name}: {why}" for name, why in fields.items()] if isinstance(fields, dict) else []
    return list(dict.fromkeys(filter(None, found)))


def _spelt(default: str, options: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """`https://user:password@instance`, as a setting has it; what the routing file says stands before it."""
    from urllib.parse import unquote

    parts = urlsplit(default)
    own = {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    signed_in = {} if "user" in options or "token" in options else {name: one for name, one in own.items() if one}
    where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return where, {**options, **signed_in}


def _who(options: Mapping[str, str]) -> dict[str, str]:
    token, user = options.get("token"), options.get("user")
    if token and not user:
        return {"Authorization": f"Bearer {token}"}
    if not user:
        return {}
    secret = f"{user}:{token or options.get('password', '')}"  # Jira Cloud: an API token stands for the password
    return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}
