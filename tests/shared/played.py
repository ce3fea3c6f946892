"""The played story as signals: what the agents of its machines send, made without agents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.imds import Imds
from local.scenario import Act


def signals_of(act: Act, number: int) -> Iterator[Any]:
    """Everything that an act leads to at the door, its place in the story given: posted signals, then reports."""
    yield from act.signals
    for name, events in act.shown.items():
        imds = Imds(name)
        imds.close()
        compute = imds.instance()["compute"]
        boot = f"{name}-{2 if act.reboots else 1}"
        yield {
            "specversion": "1.0",
            "id": f"{boot}-{number}",
            "source": compute["resourceId"],
            "type": "notbefore.vm.scheduled-events",
            "datacontenttype": "application/json",
            "data": {
                "document": {"DocumentIncarnation": number, "Events": list(events)},
                "compute": compute,
                "agent": {"version": "1.0.0", "apiVersion": "2020-07-01", "bootId": boot},
            },
        }
