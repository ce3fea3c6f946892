"""P8: from a fresh interpreter to the first signal taken in, beside importing every dependency of the product.

    python bench/cold_start.py

Each measurement is a process of its own; the clock begins when the interpreter is up. The first request is a signal
at the door: archived in Azurite, put on the queue, answered 202. Stores are there already, as in Azure. Only the ratio
counts.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # not this folder: a bench may be named as a module is

from bench.store import own_store  # noqa: E402 - found only with the root on the path
from local.environment import stand_ins  # noqa: E402
from notbefore.adapters.azure_storage import AzureStorage  # noqa: E402
from notbefore.settings import StorageSettings  # noqa: E402

REPETITIONS = 9
BAR = 0.6

FIRST_REQUEST = """
import os, time; begun = time.perf_counter()
import asyncio
import azure.functions as func
import function_app
signals = next(one for one in function_app.app.get_functions() if one.get_function_name() == "signals")
request = func.HttpRequest(method="POST", url="http://127.0.0.1/signals", body=b'[{"data": {}}]')
answer = asyncio.run(signals.get_user_function()(request))
assert answer.status_code == 202, answer.get_body()
print(time.perf_counter() - begun, flush=True)
os._exit(0)  # an end without goodbyes is the end that a platform gives
"""

EVERYTHING = """
import os, time; begun = time.perf_counter()
import {modules}
print(time.perf_counter() - begun, flush=True)
os._exit(0)  # an end without goodbyes is the end that a platform gives
"""

MODULES = {
    "azure-communication-email": "azure.communication.email.aio",
    "azure-eventgrid": "azure.eventgrid.aio",
    "azure-functions": "azure.functions",
    "azure-identity": "azure.identity.aio",
    "azure-keyvault-secrets": "azure.keyvault.secrets.aio",
    "azure-monitor-query": "azure.monitor.query.aio",
    "pyjwt[crypto]": "jwt",
    "pyyaml": "yaml",
}
"""By distribution, where the two names differ."""


def dependencies() -> list[str]:
    """Modules of what pyproject.toml asks for at run time."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [line.split(">")[0].split("=")[0].split(";")[0].strip().lower() for line in wanted]
    return [MODULES.get(name, name.replace("-", "_")) for name in names]


def seconds(program: str, storage: str, compiled: Path) -> float:
    """What the program prints, run by an interpreter of its own."""
    routes = ROOT / "config" / "routes.yaml"
    environment = (
        stand_ins(routes.read_text(encoding="utf-8"))
        | os.environ
        | {
            "AzureWebJobsStorage": storage,
            "NOTBEFORE_ROUTES": str(routes),
            "NOTBEFORE_LOCAL": "",
            "NOTBEFORE_SIGNING_KEY": "a-key-of-thirty-two-bytes-or-more-for-a-bench",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(compiled),
        }
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[-1])


async def furnish(storage: str) -> None:
    """Makes the stores."""
    made = AzureStorage(StorageSettings(connection_string=storage))
    await made.ensure()
    await made.close()


def main() -> int:
    """Prints the ratio; 1 when it is over the bar."""
    with own_store() as (folder, storage):
        asyncio.run(furnish(storage))
        return judged(storage, folder / "compiled")


def judged(storage: str, compiled: Path) -> int:
    """Interleaved repetitions of both, after one that compiles everything, as an installation does."""
    everything = EVERYTHING.format(modules=", ".join(dependencies()))
    ours, theirs = [], []
    for repetition in range(REPETITIONS + 1):
        mine, its = (seconds(program, storage, compiled) for program in (FIRST_REQUEST, everything))
        if repetition:
            ours.append(mine)
            theirs.append(its)
    print(f"first request          {median(ours) * 1000:6.0f} ms ({min(ours) * 1000:.0f}–{max(ours) * 1000:.0f})")
    print(f"importing everything   {median(theirs) * 1000:6.0f} ms ({min(theirs) * 1000:.0f}–{max(theirs) * 1000:.0f})")
    ratio = median(mine / its for mine, its in zip(ours, theirs, strict=True))
    print(f"P8 ratio               {ratio:6.2f}, bar {BAR}")
    return int(ratio > BAR)


if __name__ == "__main__":
    raise SystemExit(main())
