"""`POST /admin/functions/{name}`: any function without HTTP, run by hand, as in Azure. No key is asked here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from aiohttp import web

from local.host.functions import LocalFunction
from local.host.invocation import Invoker


def add_routes(app: web.Application, functions: Iterable[LocalFunction], invoker: Invoker) -> None:
    """Adds the door; it answers 202 at once and the function runs on."""
    by_name = {one.name.lower(): one for one in functions}
    running: set[asyncio.Task[object]] = set()

    async def post(request: web.Request) -> web.Response:
        function = by_name.get(request.match_info["name"].lower())
        if function is None:
            return web.Response(status=404)
        body = await request.read()
        text = str(json.loads(body).get("input") or "") if body else ""
        task = asyncio.create_task(_run(function, text, invoker))
        running.add(task)
        task.add_done_callback(running.discard)
        return web.Response(status=202)

    app.router.add_route("POST", "/admin/functions/{name}", post)


async def _run(function: LocalFunction, text: str, invoker: Invoker) -> object:
    from azure.functions.queue import QueueMessage
    from azure.functions.timer import TimerRequest

    by_hand = QueueMessage(id="by hand", body=text.encode(), dequeue_count=1)  # type: ignore[no-untyped-call] # the library's
    argument = by_hand if function.kind == "queuetrigger" else TimerRequest(past_due=False)
    return await invoker.call(function, argument, "by hand")
