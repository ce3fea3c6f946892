"""A house with routes, and its board as a person meets it: the real functions behind a loopback address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

import azure.functions as func
import memory_house
from aiohttp import web
from memory_house import a_config, an_audience

from functions import agents, console, ingest
from functions.house import House
from local.host.web import paths
from notbefore import bootstrap
from notbefore.board import Board
from notbefore.config.model import Digest, Matcher, Route
from notbefore.schema import Severity
from notbefore.settings import Settings, StorageSettings

PAYMENTS = memory_house.SUBSCRIPTION
SHOP = "33333333-3333-4333-8333-333333333333"
LAB = "22222222-2222-4222-8222-222222222222"
NASTY = "<script>window.pwned=1</script>\"><img src=x onerror='window.pwned=2'>\u202egnp.exe {{7*7}}"
KEY = "a-key-of-thirty-two-bytes-or-more-for-tests"


def settings(**changes: object) -> Settings:
    """A local run, all doors open, with a key for links."""
    given: dict[str, Any] = {"storage": StorageSettings(), "local": True, "signing_key": KEY, **changes}
    return Settings(**given)


def house() -> memory_house.House:
    """Nothing has been heard yet."""
    payments = an_audience("payments-oncall", reminders=(timedelta(hours=24), timedelta(hours=1)))
    shop = an_audience("shop-team", digest=Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL))
    platform = an_audience("platform-team")
    routes = (
        Route(name="payments", match=Matcher(subscription=("payments-prod",)), to=("payments-oncall",), go_on=True),
        Route(name="shop", match=Matcher(subscription=("shop-prod",)), to=("shop-team",)),
        Route(name="the lab is nobody's business", match=Matcher(subscription=("lab",)), to=()),
        Route(name="everything else", to=("platform-team",)),
    )
    names = {"payments-prod": PAYMENTS, "shop-prod": SHOP, "lab": LAB}
    return memory_house.House(a_config(payments, shop, platform, subscriptions=names, routes=routes))


def doors(there: memory_house.House, given: Settings | None = None) -> House:
    """The same house as its doors see it."""
    return House(there.outside, given or settings(), Board(there.outside))


def request(
    path: str, method: str = "GET", body: bytes = b"", route: dict[str, str] | None = None, **headers: str
) -> func.HttpRequest:
    """A request as the platform hands it over; `_` in the name of a header stands for `-`."""
    path, _, query = path.partition("?")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    params = dict(parse_qsl(query))
    return func.HttpRequest(
        method=method, url=f"http://127.0.0.1{path}", headers=named, params=params, route_params=route or {}, body=body
    )


@dataclass(frozen=True, slots=True)
class Site:
    """The board at an address."""

    url: str
    house: memory_house.House


@asynccontextmanager
async def served(there: memory_house.House, given: Settings | None = None) -> AsyncIterator[Site]:
    """The doors of a house on a free port of this machine, as the local host opens them."""
    loop = asyncio.get_running_loop()
    wired = SimpleNamespace(settings=given or settings(), outside=there.outside, routes=SimpleNamespace(problem=None))
    bootstrap._wired[loop] = loop.create_task(_given(wired))
    app = web.Application(client_max_size=8 * 1024 * 1024)
    for function in sorted(_functions(), key=lambda one: one[1].count("{")):
        for path in paths("", function[1]):
            app.router.add_route(function[0], path, _answer(function[2]))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        yield Site(f"http://127.0.0.1:{port}", there)
    finally:
        await runner.cleanup()
        bootstrap._wired.pop(loop, None)


async def _given(wired: Any) -> bootstrap.Wired:  # noqa: ANN401 # what the doors look at, and no more
    return cast("bootstrap.Wired", wired)


Trigger = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


def _functions() -> list[tuple[str, str, Trigger]]:
    app = func.FunctionApp()
    app.register_functions(console.bp)
    app.register_functions(ingest.bp)
    app.register_functions(agents.bp)
    triggers = [
        (bound.get_dict_repr(), one.get_user_function()) for one in app.get_functions() if (bound := one.get_trigger())
    ]
    return [
        (getattr(method, "value", method), trigger["route"], function)
        for trigger, function in triggers
        for method in trigger.get("methods", ())
    ]


def _answer(trigger: Trigger) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        asked = func.HttpRequest(
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers),
            params=dict(request.query),
            route_params=dict(request.match_info),
            body=await request.read(),
        )
        said = await trigger(asked)
        headers = {"content-type": f"{said.mimetype}; charset=utf-8", **dict(said.headers)}
        return web.Response(status=said.status_code, headers=headers, body=said.get_body())

    return answer
