"""A house with invented stories, and its board as a person meets it: the real functions behind a loopback address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl

import azure.functions as func
import memory_house
from aiohttp import web
from memory_house import START, a_config, a_machine, an_audience, an_event
from msgspec.structs import replace

from functions import agents, console, ingest
from functions.house import House
from local.host.web import paths
from notbefore import bootstrap
from notbefore.board import Board
from notbefore.config.model import Digest, Matcher, Route
from notbefore.errors import Permanent
from notbefore.pipeline import questions
from notbefore.pipeline.reporters.blind import look
from notbefore.ports import Found
from notbefore.schema import Impact, Kind, MaintenanceEvent, Phase, Resource, Severity, Source, Window
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


async def furnish(there: memory_house.House) -> None:
    """Nine stories of all kinds, a dead delivery, two signals that cannot be read."""
    hours = timedelta(hours=1)
    there.at = START - 5 * hours
    await there.hears(_done())
    await there.hears(_moved_on(_done(), Phase.COMPLETED, START - 3 * hours))
    await there.hears(_advisory())
    there.at = START - 2 * hours
    await there.hears(_planned())
    await there.hears(_large())
    there.webhook.fails = [Permanent("the receiver answered 410") for _ in range(2)]
    await there.hears(_migration())
    there.at = START - timedelta(minutes=9)
    await there.hears(_nasty())
    await there.hears(_strange())
    await there.takes(b"this is no JSON")
    await there.takes(b'{"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": {}}}')
    there.at = START - timedelta(minutes=3)
    await there.hears(_reboot())
    await _speak(there)
    await there.waits(timedelta(minutes=3))


async def _speak(there: memory_house.House) -> None:
    """Agents of all kinds, a reboot without a notice, and what a hook did."""
    now, there.at = there.at, START - 5 * timedelta(hours=1)
    await there.takes(_said("payments-db-02", "vm.heartbeat"))
    there.at = now
    await there.takes(_said("payments-api-03", "vm.heartbeat", bootedAt="2026-11-20T03:12:00Z"))
    await there.takes(_said(NASTY, "vm.heartbeat", problems={"disk": NASTY}, agent={"version": "0.9.1"}))
    await there.takes(_said("payments-api-01", "vm.rebooted", bootedAt=f"{now:%Y-%m-%dT%H:%M:%SZ}"))
    done = {"runbook": "hook 10-drain", "step": "scheduled", "state": "succeeded", "text": "out of the load balancer"}
    await there.takes(_said("payments-api-03", "runbook.progress", eventId="A123BC45-1234", **done))
    await look(there.outside, _Fleet())


def _said(name: str, kind: str, **more: object) -> bytes:
    """What an agent posts of itself."""
    compute = {"name": name, "resourceId": a_machine(name).id}
    told = {"compute": compute, "agent": {"version": "1.0.0", "bootId": "b"}} | more
    return json.dumps({"type": f"notbefore.{kind}", "source": a_machine(name).id, "data": told}).encode()


class _Fleet:
    """Resource Graph, asked for machines that run."""

    async def ask(self, query: str) -> Found:
        """Three of the payments machines."""
        if query == questions.SUBSCRIPTIONS:
            return Found(({"subscriptionId": PAYMENTS},))
        names = ("payments-api-03", "payments-db-02", "payments-batch-01")
        rows = ({"id": a_machine(name).id, "name": name, "subscriptionId": PAYMENTS} for name in names)
        return Found(tuple(rows) if query == questions.MACHINES else ())


def _moved_on(event: MaintenanceEvent, phase: Phase, at: datetime) -> MaintenanceEvent:
    """The same maintenance, further on."""
    return replace(event, id=f"{event.id}-{phase}", phase=phase, occurred_at=at)


def _done() -> MaintenanceEvent:
    return an_event(
        id="done", keys={"tracking_id": "DONE-001"}, subscription_id=SHOP, phase=Phase.STARTED, impact=Impact.NONE,
        title="Azure SQL Database: gateway maintenance in North Europe", services=("SQL Database",),
        regions=("northeurope",), window=Window(START - timedelta(hours=6), START - timedelta(hours=3)),
        occurred_at=START - timedelta(hours=5), severity=Severity.INFORMATIONAL,
    )  # fmt: skip


def _advisory() -> MaintenanceEvent:
    return an_event(
        id="advisory", keys={"tracking_id": "HA-77"}, kind=Kind.HEALTH_ADVISORY, impact=Impact.NONE,
        title="TLS 1.0 and 1.1 will no longer be accepted by Storage", services=("Storage",), regions=("global",),
        window=Window(), occurred_at=START - timedelta(hours=5), severity=Severity.INFORMATIONAL,
    )  # fmt: skip


def _planned() -> MaintenanceEvent:
    return an_event(
        id="planned", keys={"tracking_id": "VT60-LPZ"}, phase=Phase.SCHEDULED, services=("Virtual Machines",),
        title="Planned maintenance of virtual machine hosts in West Europe", regions=("westeurope",),
        resources=tuple(a_machine(f"web-{number:02d}") for number in range(1, 7)),
        window=Window(START + timedelta(hours=4, minutes=10), START + timedelta(hours=8)), duration_seconds=900,
        text="We will update the hosts of your virtual machines.\n\nEach machine restarts once and is away for about "
        "15 minutes. You can restart it yourself before the window opens.",
        url="https://app.azure.com/h/VT60-LPZ", occurred_at=START - timedelta(hours=2),
    )  # fmt: skip


def _large() -> MaintenanceEvent:
    return an_event(
        id="large", keys={"tracking_id": "BIG-1"}, subscription_id=SHOP, impact=Impact.FREEZE, regions=("northeurope",),
        title="Memory-preserving update of hosts", services=("Virtual Machine Scale Sets",), phase=Phase.SCHEDULED,
        resources=tuple(Resource(id=None, name=f"shop_{number:03d}") for number in range(230)),
        window=Window(START + timedelta(days=3), START + timedelta(days=3, hours=6)), severity=Severity.INFORMATIONAL,
        occurred_at=START - timedelta(hours=2),
    )  # fmt: skip


def _migration() -> MaintenanceEvent:
    return an_event(
        id="migration", keys={"event_id": "C7061BAC-AFDC"}, source=Source.SCHEDULED_EVENTS, phase=Phase.STARTED,
        kind=Kind.HOST_MAINTENANCE, impact=Impact.FREEZE, title="", resources=(a_machine("payments-db-01"),),
        regions=("westeurope",), window=Window(START - timedelta(minutes=20), START + timedelta(minutes=10)),
        severity=Severity.WARNING, occurred_at=START - timedelta(minutes=20), text="",
    )  # fmt: skip


def _reboot() -> MaintenanceEvent:
    return an_event(
        id="reboot", keys={"event_id": "A123BC45-1234"}, source=Source.SCHEDULED_EVENTS, phase=Phase.SCHEDULED,
        kind=Kind.HOST_MAINTENANCE, title="Reboot of payments-api-03: host degraded, hardware may fail",
        resources=(a_machine("payments-api-03"),), regions=("westeurope",), severity=Severity.CRITICAL, text="",
        window=Window(START + timedelta(minutes=12), None), occurred_at=START - timedelta(minutes=3),
    )  # fmt: skip


def _nasty() -> MaintenanceEvent:
    return an_event(
        id="nasty", keys={"tracking_id": NASTY}, title=NASTY, text=NASTY, url="javascript:window.pwned=3",
        resources=(Resource(id=None, name=NASTY),), services=(NASTY,), regions=(NASTY,), subscription_id=LAB,
        occurred_at=START, window=Window(START + timedelta(days=20), None),
    )  # fmt: skip


def _strange() -> MaintenanceEvent:
    return an_event(
        id="strange", keys={"tracking_id": "NEW-9"}, kind=Kind.UNKNOWN, impact=Impact.UNKNOWN, phase=Phase.UNKNOWN,
        title="Quantum realignment of availability zones", subscription_id="99999999-9999-4999-8999-999999999999",
        window=Window(), occurred_at=START,
    )  # fmt: skip


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
