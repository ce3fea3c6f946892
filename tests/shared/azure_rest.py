"""Azure's REST interfaces on this machine: Resource Graph, Microsoft.Compute and Log Analytics, as they answer.

Pages with skip tokens and next links, 429 with Retry-After, quotas, refusals, partial results. Shapes: Azure docs,
Resource Graph REST reference; throttled requests; Azure Monitor Log Analytics API, response format.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from azure.core.credentials import AccessToken

Row = dict[str, Any]


class Credential:
    """Whoever this machine is; counts how often a token was fetched."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    async def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """A token for an hour."""
        self.scopes += scopes
        return AccessToken("made-up", int(time.time()) + 3600)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""


@dataclass
class AzureRest:
    """What the next calls are answered with; `first` are answers given once each, before all others."""

    first: list[web.Response] = field(default_factory=list)
    graph: Callable[[str], list[Row]] = lambda _: []
    page: int = 2
    machines: list[Row] = field(default_factory=list)
    instances: dict[str, list[Row]] = field(default_factory=dict)
    """By the id of their scale set."""
    views: dict[str, Row] = field(default_factory=dict)
    log_answer: Row = field(default_factory=dict)
    calls: list[Row] = field(default_factory=list)
    """Path and body of each call, in order."""
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens on a free port of this machine."""
        app = web.Application()
        app.router.add_post("/providers/Microsoft.ResourceGraph/resources", self._resources)
        app.router.add_get("/subscriptions/{id}/providers/Microsoft.Compute/virtualMachines", self._machines)
        app.router.add_get("/{id:subscriptions/.*/virtualmachinescalesets/[^/]+}/virtualMachines", self._instances)
        app.router.add_get("/{id:subscriptions/.*}/instanceView", self._view)
        app.router.add_post("/v1/workspaces/{id}/query", self._query)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Stops listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _arrived(self, request: web.Request) -> web.Response | None:
        body = await request.json() if request.can_read_body else {}
        self.calls.append({"path": request.path_qs, "body": body})
        if request.headers.get("Authorization") != "Bearer made-up":
            return refusal(401, "InvalidAuthenticationToken")
        return self.first.pop(0) if self.first else None

    async def _resources(self, request: web.Request) -> web.Response:
        if (early := await self._arrived(request)) is not None:
            return early
        asked = self.calls[-1]["body"]
        rows, options = self.graph(asked["query"]), asked["options"]
        start = int(options.get("$skipToken", "page-0").removeprefix("page-"))
        size = min(self.page, options["$top"])
        answer: Row = {"totalRecords": len(rows), "data": rows[start : start + size], "facets": []}
        answer |= {"count": len(answer["data"]), "resultTruncated": "false"}
        if start + size < len(rows):
            answer["$skipToken"] = f"page-{start + size}"
        quota = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
        return web.json_response(answer, headers=quota)

    async def _machines(self, request: web.Request) -> web.Response:
        return await self._arrived(request) or self._page(request, self.machines, "statusOnly=true")

    async def _instances(self, request: web.Request) -> web.Response:
        if (early := await self._arrived(request)) is not None:
            return early
        rows = self.instances.get("/" + request.match_info["id"])
        if rows is None:
            return refusal(404, "ResourceNotFound")
        if request.query.get("$expand") != "instanceView":
            rows = [{name: value for name, value in row.items() if name != "properties"} for row in rows]
        return self._page(request, rows, "$expand=instanceView")

    def _page(self, request: web.Request, rows: list[Row], query: str) -> web.Response:
        start = int(request.query.get("$skiptoken", "0"))
        answer: Row = {"value": rows[start : start + self.page]}
        if start + self.page < len(rows):
            version = request.query["api-version"]
            answer["nextLink"] = (
                f"{self.url}{request.path}?{query}&api-version={version}&$skiptoken={start + self.page}"
            )
        return web.json_response(answer)

    async def _view(self, request: web.Request) -> web.Response:
        if (early := await self._arrived(request)) is not None:
            return early
        view = self.views.get("/" + request.match_info["id"])
        return web.json_response(view) if view else refusal(404, "ResourceNotFound")

    async def _query(self, request: web.Request) -> web.Response:
        return await self._arrived(request) or web.json_response(self.log_answer)


def refusal(status: int, code: str, **headers: str) -> web.Response:
    """An error as Resource Manager says it; `Retry_After` becomes a header."""
    body = {"error": {"code": code, "message": "The client 'ada@example.com' may not."}}
    return web.json_response(body, status=status, headers={name.replace("_", "-"): v for name, v in headers.items()})


def a_table(rows: list[Row], times: tuple[str, ...] = ("TimeGenerated", "Ingested")) -> Row:
    """A Logs answer with these rows, as the API writes it."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "type": "datetime" if name in times else "string"} for name in names]
    return {
        "tables": [{"name": "PrimaryResult", "columns": columns, "rows": [[r.get(n) for n in names] for r in rows]}]
    }


def partial(answer: Row) -> Row:
    """The same as a part of the result."""
    inner = {"code": "-2133196797", "message": "The results of this query exceed the set limit."}
    details = [{"code": "EngineError", "message": "Something went wrong.", "innererror": inner}]
    return {**answer, "error": {"code": "PartialError", "message": "There were some errors.", "details": details}}
