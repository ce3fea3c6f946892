"""The app's doors as Azure and strangers meet them: handshakes answered, closed to who may not come in."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping

import msgspec

from notbefore.doctor.finding import Finding, good, not_checked, wrong
from notbefore.errors import DeliveryError
from notbefore.outbound import Answer, Outbound, networks

_ANYWHERE = networks(["0.0.0.0/0", "::/0"])
_CODE = "doctor-0a1b2c3d"
_HANDSHAKE = msgspec.json.encode(
    [{"id": _CODE, "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": _CODE}}]
)
_FORGED = base64.b64encode(b'{"claims": [{"typ": "name", "val": "nobody"}]}').decode()
_REFUSES = frozenset({401, 403})
_OK, _FOUND = 200, 302
_EXAMINATION = 200.0
"""Seconds; the platform cuts an answer off at 230."""
_KEY = "give the key: NOTBEFORE_DRILL_KEY holds a host key of the app, NOTBEFORE_DRILL_TOKEN an Entra token"


async def doors(url: str, key: Mapping[str, str], *, local: bool) -> AsyncIterator[Finding]:
    """`key`: the headers with which signals are let in; none if empty. `local`: all doors are open on purpose."""
    outbound = Outbound(_ANYWHERE)
    try:
        yield await _health(outbound, url)
        yield await _event_grid(outbound, url, key)
        yield await _cloud_events(outbound, url)
        if not local:
            yield await _closed(outbound, url)
            yield await _signed_in(outbound, url)
    finally:
        await outbound.close()


async def asked(url: str, key: Mapping[str, str]) -> list[Finding]:
    """What the app finds about itself: its settings, its rights, its way out."""
    outbound = Outbound(_ANYWHERE, limit=_EXAMINATION)
    try:
        answer = await _ask(outbound, "GET", f"{url}/doctor", key)
    finally:
        await outbound.close()
    title = "the app's own doctor"
    if isinstance(answer, str):
        return [wrong(title, answer, "is this the address of the app, and does the app run?")]
    if answer.status in _REFUSES:
        return [not_checked(title, f"the app wants a key ({answer.status}): {_KEY}")]
    if answer.status != _OK:
        return [wrong(title, f"it answered {answer.status}", "GET /health and the log say more")]
    try:
        return msgspec.json.decode(answer.body, type=_Answer).findings
    except msgspec.DecodeError:
        return [wrong(title, "something else answers there", "is this the address of the app?")]


class _Answer(msgspec.Struct, frozen=True):
    findings: list[Finding]


async def _ask(
    outbound: Outbound, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
) -> Answer | str:
    """The answer, or why there is none."""
    try:
        return await outbound.request(method, url, body, {"Accept": "application/json", **headers})
    except DeliveryError as problem:
        return str(problem)


async def _health(outbound: Outbound, url: str) -> Finding:
    answer = await _ask(outbound, "GET", f"{url}/health", {})
    if isinstance(answer, str):
        return wrong("door for probes", answer, "is this the address of the app, and does the app run?")
    if answer.status == _OK:
        return good("door for probes", "says that the house is well")
    try:
        checks = msgspec.json.decode(answer.body, type=dict[str, object]).get("checks", [])
        bad = [one for one in checks if isinstance(one, dict) and not one.get("ok")] if isinstance(checks, list) else []
        said = "; ".join(f"{one.get('name')}: {one.get('detail')}" for one in bad)
    except msgspec.DecodeError:
        said = ""
    return wrong("door for probes", f"{answer.status} {said}".strip(), "docs/operations.md says what each means")


async def _event_grid(outbound: Outbound, url: str, key: Mapping[str, str]) -> Finding:
    title = "handshake of Event Grid"
    headers = {"aeg-event-type": "SubscriptionValidation", "Content-Type": "application/json", **key}
    answer = await _ask(outbound, "POST", f"{url}/signals", headers, _HANDSHAKE)
    if isinstance(answer, str):
        return wrong(title, answer, "Event Grid would not get through either")
    if answer.status == _OK and _CODE.encode() in answer.body:
        return good(title, "is answered with its code")
    if answer.status in _REFUSES and not key:
        return not_checked(title, f"the door wants a key ({answer.status}): {_KEY}")
    return wrong(title, f"the door answered {answer.status}", _KEY if answer.status in _REFUSES else "look at the log")


async def _cloud_events(outbound: Outbound, url: str) -> Finding:
    """Without a key, as Azure's own question may come; where the platform asks for one, nothing is known."""
    title = "handshake of CloudEvents"
    headers = {"WebHook-Request-Origin": "eventgrid.azure.net"}
    answer = await _ask(outbound, "OPTIONS", f"{url}/signals", headers)
    if isinstance(answer, str):
        return wrong(title, answer, "Event Grid would not get through either")
    if answer.status == _OK and answer.headers.get("webhook-allowed-origin") == "eventgrid.azure.net":
        return good(title, "is answered with the origin")
    if answer.status in _REFUSES:
        return not_checked(title, f"the platform wants a key first ({answer.status}); a subscription's address has it")
    return wrong(
        title, f"the door answered {answer.status}", "does the platform answer CORS requests itself? switch it off"
    )


async def _closed(outbound: Outbound, url: str) -> Finding:
    title = "door for signals"
    answer = await _ask(outbound, "POST", f"{url}/signals", {"Content-Type": "application/json"}, b"{}")
    if isinstance(answer, str):
        return wrong(title, answer, "no signal gets through")
    if answer.status in _REFUSES:
        return good(title, "stays closed without a key or token")
    return wrong(title, f"it answered {answer.status} to a stranger", "anybody can tell it stories: keys or Entra")


async def _signed_in(outbound: Outbound, url: str) -> Finding:
    """Says who it is by itself, in the header that only the platform may set."""
    title = "door for people"
    answer = await _ask(outbound, "GET", f"{url}/stories", {"X-MS-CLIENT-PRINCIPAL": _FORGED})
    if isinstance(answer, str):
        return wrong(title, answer, "nobody sees the board")
    if answer.status == _OK:
        return wrong(
            title,
            "it believes a stranger's own word about who they are",
            "App Service authentication does not stand before the app: switch it on, or unset NOTBEFORE_SIGN_IN",
        )
    if answer.status in _REFUSES | {_FOUND}:
        return good(title, "wants a sign-in, and believes no header of a stranger")
    return wrong(title, f"it answered {answer.status}", "look at the log")
