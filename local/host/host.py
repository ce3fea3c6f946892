"""The local host: the functions of one app on one machine, as the Azure Functions host would run them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from local.host import admin, event_grid
from local.host import web as http
from local.host.functions import LocalFunction, load
from local.host.invocation import Invoker
from local.host.queues import QueueListener
from local.host.running import GRACE_SECONDS, Stop, finish
from local.host.settings import HostSettings, read
from local.host.storage import Storage
from local.host.timers import DueTimes, TimerLoop

log = logging.getLogger("host")

_LOOPBACK = "127.0.0.1"


async def serve(app: Path, port: int, state: Path, stop: Stop, ready: Callable[[int], None]) -> None:
    """Runs every function of `app` until `stop`; `ready` hears the port once the doors are open.

    Raises: whatever importing the app raises; OSError when the port is taken.
    """
    settings = read(app.parent / "host.json")
    functions = load(app)
    storage = Storage(base64_messages=settings.queues.base64)
    invoker = Invoker(storage)
    loops = _loops(functions, storage, invoker, settings, state)
    await asyncio.gather(*(loop.prepare() for loop in loops if isinstance(loop, QueueListener)))
    runner = await _open_doors(functions, invoker, settings, port)
    log.info("%d functions; function keys are not asked for on this machine", len(functions))
    running = [asyncio.create_task(loop.run(stop)) for loop in loops]
    ready(runner.addresses[0][1])
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await runner.cleanup()
    await finish(running, GRACE_SECONDS + 2)  # each of them gives its own calls the time of grace
    await storage.close()
    invoker.close()
    for task in running:
        if not task.cancelled() and (failure := task.exception()):
            raise failure


def _loops(
    functions: tuple[LocalFunction, ...], storage: Storage, invoker: Invoker, settings: HostSettings, state: Path
) -> list[QueueListener | TimerLoop]:
    due_times = DueTimes(state / "timers.json")
    queues = [QueueListener(one, storage, invoker, settings.queues) for one in functions if one.kind == "queuetrigger"]
    timers = [TimerLoop(one, invoker, due_times) for one in functions if one.kind == "timertrigger"]
    return [*queues, *timers]


async def _open_doors(
    functions: tuple[LocalFunction, ...], invoker: Invoker, settings: HostSettings, port: int
) -> web.AppRunner:
    app = http.application()
    event_grid.add_routes(app, (one for one in functions if one.kind == "eventgridtrigger"), invoker)
    admin.add_routes(app, (one for one in functions if one.kind in ("queuetrigger", "timertrigger")), invoker)
    http.add_routes(app, (one for one in functions if one.kind == "httptrigger"), invoker, settings.route_prefix)
    # A packed body is not unpacked on the way: neither does Azure's host.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE_SECONDS, auto_decompress=False)
    await runner.setup()
    await web.TCPSite(runner, _LOOPBACK, port).start()
    return runner
