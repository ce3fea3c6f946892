"""Machines that run, as Resource Graph lists them, and what their agents post."""

from __future__ import annotations

import json

from azure_rows import Row
from azure_says import Asker
from memory_house import SUBSCRIPTION, House, a_config, an_audience

from notbefore.config.model import Digest, Matcher, Route
from notbefore.schema import Severity

OTHER = "22222222-2222-4222-8222-222222222222"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"


def a_machine(name: str, **more: object) -> Row:
    """A machine that runs, as Resource Graph shows it."""
    row: Row = {"id": f"{GROUP}/virtualMachines/{name}", "name": name, "subscriptionId": SUBSCRIPTION}
    return row | {"power": "PowerState/running", "zones": None, "scaleSet": "", "availabilitySet": ""} | more


def an_instance(number: int, zone: str) -> Row:
    """An instance of the uniform scale set `fleet`."""
    return a_machine(f"fleet_{number}", zones=[zone]) | {
        "id": f"{GROUP}/virtualMachineScaleSets/fleet/virtualMachines/{number}"
    }


def a_heartbeat(identity: str, version: str = "1.0.0", **more: object) -> bytes:
    """What the agent of this machine posts."""
    compute = {"name": identity.rpartition("/")[2], "resourceId": identity}
    told = {"compute": compute, "agent": {"version": version, "bootId": "b"}} | more
    return json.dumps({"type": "notbefore.vm.heartbeat", "source": identity, "data": told}).encode()


def an_azure() -> Asker:
    """A house whose audience has a digest, and hears of one subscription of two."""
    ops = an_audience("ops", digest=Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL))
    other = an_audience("other", digest=Digest(at=8 * 60, max_severity=Severity.INFORMATIONAL))
    routes = (
        Route(name="ours", match=Matcher(subscription=(SUBSCRIPTION,)), to=("ops",)),
        Route(name="rest", to=("other",)),
    )
    return Asker(House(a_config(ops, other, routes=routes)))
