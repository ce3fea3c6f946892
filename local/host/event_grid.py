"""Event Grid triggers as the webhook that Azure puts before them, with both handshakes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from aiohttp import web

from local.host.functions import LocalFunction
from local.host.invocation import Invoker

PATH = "/runtime/webhooks/EventGrid"


def add_routes(app: web.Application, functions: Iterable[LocalFunction], invoker: Invoker) -> None:
    """Adds the webhook, which finds the function by its name in the query."""
    webhook = _Webhook({one.name.lower(): one for one in functions}, invoker)
    app.router.add_route("POST", PATH, webhook.post)
    app.router.add_route("OPTIONS", PATH, webhook.options)


class _Webhook:
    def __init__(self, functions: dict[str, LocalFunction], invoker: Invoker) -> None:
        self._functions = functions
        self._invoker = invoker

    async def options(self, request: web.Request) -> web.Response:
        """The handshake of CloudEvents 1.0 webhooks."""
        origin = request.headers.get("WebHook-Request-Origin", "*")
        return web.Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})

    async def post(self, request: web.Request) -> web.Response:
        function = self._functions.get(request.query.get("functionName", "").lower())
        if function is None:
            return web.Response(status=404, text="no Event Grid function of that name")
        try:
            events = json.loads(await request.read())
        except ValueError:
            return web.Response(status=400, text="the body is no JSON")
        events = events if isinstance(events, list) else [events]
        if request.headers.get("aeg-event-type", "").lower() == "subscriptionvalidation":
            return web.json_response({"validationResponse": events[0]["data"]["validationCode"]})
        return await self._deliver(function, events)

    async def _deliver(self, function: LocalFunction, events: list[object]) -> web.Response:
        """One call an event, as the platform does; one failure fails the batch, which is then sent again."""
        from azure.functions.eventgrid import EventGridEventInConverter
        from azure.functions.meta import Datum

        for event in events:
            argument = EventGridEventInConverter.decode(Datum(json.dumps(event), "json"), trigger_metadata=None)
            outcome = await self._invoker.call(function, argument, "event")
            if outcome.failure is not None:
                return web.Response(status=500)
        return web.Response(status=202)
