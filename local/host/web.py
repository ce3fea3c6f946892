"""HTTP triggers on the loopback address, as Azure routes them. Keys are not asked for: nobody else can knock."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import azure.functions as func
from aiohttp import web
from aiohttp.typedefs import Handler

from local.host.functions import LocalFunction
from local.host.invocation import Invoker

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_BODY_LIMIT = 100 * 1024 * 1024  # Azure's own default
_ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_PARAMETER = re.compile(r"\{(\*?)(\w+)(?::[^}?]*)?(\??)\}")

Answer = Callable[[web.Request], Awaitable[web.Response]]


def application() -> web.Application:
    """An empty application that takes bodies as large as Azure does, and answers under this machine's names only."""
    return web.Application(client_max_size=_BODY_LIMIT, middlewares=[only_this_machine])


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses other host names: a page elsewhere could have its own name lead here and read what it likes."""
    if request.url.host not in _THIS_MACHINE:
        raise web.HTTPMisdirectedRequest(text="this host answers on the loopback address only")
    return await handler(request)  # the name is aiohttp's: it is passed by it


def add_routes(app: web.Application, functions: Iterable[LocalFunction], invoker: Invoker, prefix: str) -> None:
    """Adds each HTTP function; a fixed path goes before one with parameters, as in Azure."""
    for function in sorted(functions, key=lambda one: _openness(_template(one))):
        answer = _answer(function, invoker)
        methods = [str(method).upper() for method in function.trigger.get("methods") or _ALL_METHODS]
        for path in paths(prefix, _template(function)):
            for method in methods:
                app.router.add_route(method, path, answer)


def paths(prefix: str, template: str) -> list[str]:
    """The router's own paths of a route template: `{id?}` makes two, `{*rest}` takes slashes too.

    Constraints such as `{id:guid}` are not judged here: the function sees the text as it came.
    """
    full = "/" + "/".join(part.strip("/") for part in (prefix, template) if part.strip("/"))
    optional = re.search(r"/\{\w+(?::[^}?]*)?\?\}$", full)
    fulls = [full, full[: optional.start()] or "/"] if optional else [full]
    return [_PARAMETER.sub(lambda one: f"{{{one[2]}:.*}}" if one[1] else f"{{{one[2]}}}", one) for one in fulls]


def _template(function: LocalFunction) -> str:
    route = function.trigger.get("route")
    return function.name if route is None else str(route)


def _openness(template: str) -> tuple[int, int]:
    found = _PARAMETER.findall(template)
    return sum(1 for star, _, _ in found if star), len(found)


def _answer(function: LocalFunction, invoker: Invoker) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        outcome = await invoker.call(function, _request(request, body), f"{request.method} {request.path}")
        if outcome.failure is not None:
            return web.Response(status=500)
        return _response(outcome.value)

    return answer


def _request(request: web.Request, body: bytes) -> func.HttpRequest:
    return func.HttpRequest(
        method=request.method,
        url=str(request.url),
        headers=dict(request.headers),
        params=dict(request.query),
        route_params=dict(request.match_info),
        body=body,
    )


def _response(value: Any) -> web.Response:  # noqa: ANN401 - a function returns what it likes
    if value is None:
        return web.Response(status=204)
    if isinstance(value, str):
        return web.Response(text=value)
    headers = dict(value.headers)
    if "content-type" not in value.headers:
        charset = f"; charset={value.charset}" if value.mimetype.startswith("text/") else ""
        headers["content-type"] = value.mimetype + charset
    return web.Response(status=value.status_code, headers=headers, body=value.get_body())
