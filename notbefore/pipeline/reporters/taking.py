"""What agents and runbooks say of themselves, each kept where it belongs. None of it is an event of a maintenance."""

from __future__ import annotations

from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.reporters import reboots, reporters, runbooks, spoken, steps
from notbefore.pipeline.reporters.spoken import Spoken
from notbefore.ports import Signal


async def take(outside: Dependencies, signal: Signal) -> bool:
    """Keeps what an agent or runbook says of itself; False when the signal is nothing of the kind.

    The same signal again writes the same rows. Raises: StorageUnavailable.
    """
    kept = [await _one(outside, said, signal) for said in spoken.read(signal.body)]
    return any(kept)


async def _one(outside: Dependencies, said: Spoken, signal: Signal) -> bool:
    match said.kind:
        case spoken.HEARTBEAT:
            await reporters.keep(outside, said, signal)
        case "notbefore.vm.rebooted":
            await reboots.keep(outside, said, signal)
        case "notbefore.runbook.progress":
            await steps.keep(outside, said, signal)
            await runbooks.answered(outside, said)
        case _:
            return False
    return True
