"""Where signals come in: action groups, Event Grid (both schemas, both handshakes), agents, anything forwarded.

Content is never refused here: a 4xx makes Event Grid drop the event, and a failure makes an action group silent
for 15 minutes (Azure docs: Action groups; Event Grid delivery and retry). What cannot be read is quarantined later.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import azure.functions as func
import msgspec

from functions.answers import answer, never_500
from functions.bodies import body_of
from functions.house import House, house
from notbefore.errors import Refused
from notbefore.pipeline.accept import accept
from notbefore.settings import wants_token

log = logging.getLogger(__name__)

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type

_ORIGIN = re.compile(r"[A-Za-z0-9.:\-]{1,253}")
_RATE = re.compile(r"[0-9]{1,9}")


@bp.function_name("signals")
@bp.route(
    route="signals",
    methods=["POST", "GET", "OPTIONS"],
    auth_level=func.AuthLevel.ANONYMOUS if wants_token() else func.AuthLevel.FUNCTION,
)
async def signals(req: func.HttpRequest) -> func.HttpResponse:
    """The door for signals: with Entra set, a token is judged here; else the platform asks for a function key."""
    return await never_500(receive(req))


@bp.function_name("event_grid")
@bp.event_grid_trigger(arg_name="event")
async def event_grid(event: func.EventGridEvent) -> None:
    """One event of a subscription in the Event Grid schema. An error is Event Grid's to try again."""
    await accept((await house()).outside, msgspec.json.encode(rebuilt(event)), "event_grid")


@bp.function_name("event_grid_queue")
@bp.queue_trigger(arg_name="message", queue_name="event-grid", connection="AzureWebJobsStorage")
async def event_grid_queue(message: func.QueueMessage) -> None:
    """One event that Event Grid put on a storage queue, so that it is deliverable while we are down.

    The platform cancels a maintenance run whose pre-event cannot be delivered (Azure docs: Update Manager, pre and
    post events): such events never depend on our door.
    """
    await accept((await house()).outside, message.get_body(), "event_grid_queue")


@bp.function_name("event_grid_poison")
@bp.queue_trigger(arg_name="message", queue_name="event-grid-poison", connection="AzureWebJobsStorage")
async def event_grid_poison(message: func.QueueMessage) -> None:
    """An event that could not be taken in five times, because storage failed or the start did: once more."""
    log.error("poison in the queue event-grid: taken in once more")
    await event_grid_queue(message)


async def receive(req: func.HttpRequest, inside: House | None = None) -> func.HttpResponse:
    """Handshake or signal. Raises: Refused, StorageUnavailable, Transient."""
    if req.method == "OPTIONS":
        return consent(req)
    here = inside or await house()
    if here.entra is not None:
        await here.entra.judge(req.headers.get("authorization"))
    if req.method == "GET":
        return await became(req, here)
    body = body_of(req)
    code = validation_code(req, body)
    if code is not None:
        return answer(200, {"validationResponse": code})
    return answer(202, {"signal": await accept(here.outside, body, "http")})


async def became(req: func.HttpRequest, here: House) -> func.HttpResponse:
    """`GET /signals?id=`: what became of a drill, for those who may send one. Raises: Refused, StorageUnavailable."""
    from notbefore.board.receipts import receipts

    signal = (req.params.get("id") or "")[:100]
    if not signal:
        raise Refused(404, "POST a signal here; its id, asked for with ?id=, tells what became of a drill")
    return answer(200, await receipts(here.board, signal))


def consent(req: func.HttpRequest) -> func.HttpResponse:
    """CloudEvents' handshake: whoever asks may send here, as often as it likes; the POST itself wants a key."""
    headers = {"Allow": "POST, GET, OPTIONS"}
    origin = req.headers.get("webhook-request-origin", "")
    if _ORIGIN.fullmatch(origin):
        rate = req.headers.get("webhook-request-rate", "")
        headers["WebHook-Allowed-Origin"] = origin
        headers["WebHook-Allowed-Rate"] = rate if _RATE.fullmatch(rate) else "*"
    return func.HttpResponse(status_code=200, headers=headers)


def validation_code(req: func.HttpRequest, body: bytes) -> str | None:
    """The code that Event Grid wants back; None when this is no handshake, or not one that can be read."""
    if req.headers.get("aeg-event-type", "").lower() != "subscriptionvalidation":
        return None
    try:
        return msgspec.json.decode(body, type=list[_Validation])[0].data.validation_code
    except (msgspec.DecodeError, IndexError):
        return None


class _Code(msgspec.Struct, rename="camel"):
    validation_code: str


class _Validation(msgspec.Struct):
    data: _Code


def rebuilt(event: func.EventGridEvent) -> dict[str, Any]:
    """The event as Event Grid sent it, from what the platform's library took apart."""
    return {
        "id": event.id,
        "topic": event.topic,
        "subject": event.subject,
        "eventType": event.event_type,
        "eventTime": event.event_time,
        "data": event.get_json(),
        "dataVersion": event.data_version,
    }
