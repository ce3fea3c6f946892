"""A calendar for programs that cannot sign in: the token in its address opens it."""

from __future__ import annotations

import azure.functions as func

from functions.callers import person
from functions.house import House, house
from notbefore import signed
from notbefore.errors import Refused
from notbefore.pipeline import subscriptions

_ENDING = ".ics"


async def feed(req: func.HttpRequest, inside: House | None = None) -> func.HttpResponse:
    """The audience's calendar, or 304. Raises: Refused, StorageUnavailable."""
    here = inside or await house()
    file = req.route_params.get("file") or ""
    name = file.removesuffix(_ENDING)
    await _admitted(req, here, name)
    audience = here.board.config.audience(name) if file.endswith(_ENDING) else None
    if audience is None:
        raise Refused(404, "there is no such calendar")
    found = await here.feeds.of(here.board, audience, here.settings.public_url)
    headers = {"ETag": found.tag, "Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}
    if found.tag in {tag.strip().removeprefix("W/") for tag in req.headers.get("if-none-match", "").split(",")}:
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(found.body, mimetype="text/calendar", charset="utf-8", headers=headers)


async def _admitted(req: func.HttpRequest, here: House, name: str) -> None:
    """A good token, or nobody at all where a local run is open. Raises: Refused, StorageUnavailable."""
    token = req.params.get("token") or ""
    if not token and here.settings.local:
        person(req, here.settings)
        return
    permit = signed.read(token, here.settings.signing_key or "", here.board.now)
    if not subscriptions.opens(permit, name, await subscriptions.count(here.outside, name)):
        raise Refused(403, "this address is not (or no longer) good; ask for a new one")
