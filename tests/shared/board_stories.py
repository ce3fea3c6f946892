"""Invented stories of all kinds, for a house whose board is looked at."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import memory_house
from board_site import LAB, NASTY, PAYMENTS, SHOP
from memory_house import START, a_machine, an_event
from msgspec.structs import replace

from notbefore.errors import Permanent
from notbefore.pipeline import questions
from notbefore.pipeline.reporters.blind import look
from notbefore.ports import Found
from notbefore.schema import Impact, Kind, MaintenanceEvent, Phase, Resource, Severity, Source, Window


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
