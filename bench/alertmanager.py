"""Prometheus Alertmanager as the peer beside us: a process of its own that tells one webhook of each alert.

Debian: prometheus-alertmanager. It stores nothing on the way; its figures stand beside ours so that the price of
storing is seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiohttp
from aiohttp import web

from local.azurite import free_port

PROGRAM = "prometheus-alertmanager"
_PATIENCE = 60.0


class Alertmanager:
    """One that runs. `told` counts the alerts whose webhook has come."""

    def __init__(self, session: aiohttp.ClientSession, url: str, pid: int) -> None:
        self._session = session
        self._url = url
        self._pid = pid
        self.told = 0

    async def post(self, *names: str) -> None:
        """Alerts of these names, in one request; each is a group of its own."""
        alerts = [{"labels": {"alertname": name, "severity": "warning"}} for name in names]
        async with self._session.post(f"{self._url}/api/v2/alerts", json=alerts) as answer:
            answer.raise_for_status()

    async def until_told(self, alerts: int) -> None:
        """Waits for as many webhooks. Raises: TimeoutError."""
        async with asyncio.timeout(_PATIENCE):
            while self.told < alerts:  # noqa: ASYNC110 - a receiver that sets an event for each would cost more
                await asyncio.sleep(0.01)

    def processor_seconds(self) -> float:
        """What the process has taken until now."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.asynccontextmanager
async def running(end: Callable[[str], object] | None = None) -> AsyncIterator[Alertmanager | None]:
    """Starts it with a receiver that calls `end` with each alert's name; None where it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        yield None
        return
    found: list[Alertmanager] = []

    async def receive(request: web.Request) -> web.Response:
        names = [alert["labels"]["alertname"] for alert in (await request.json())["alerts"]]
        found[0].told += len(names)
        if end is not None:
            for name in names:
                end(name)
        return web.Response()

    app = web.Application()
    app.router.add_post("/", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = _command(program, Path(folder), port, runner.addresses[0][1])
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with aiohttp.ClientSession() as session:
                url = f"http://127.0.0.1:{port}"
                await _ready(session, url)
                found.append(Alertmanager(session, url, process.pid))
                yield found[0]
        finally:
            process.terminate()
            await process.wait()
            await runner.cleanup()


def _command(program: str, folder: Path, port: int, receiver: int) -> Sequence[str]:
    config = folder / "alertmanager.yml"
    config.write_text(
        "route: {receiver: hook, group_by: ['...'], group_wait: 0s}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{receiver}/'}}]}}]\n"
    )
    arguments = [f"--config.file={config}", f"--storage.path={folder}", f"--web.listen-address=127.0.0.1:{port}"]
    return [program, *arguments, "--cluster.listen-address="]


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    for _ in range(100):
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{url}/-/ready") as answer:
                if answer.status == web.HTTPOk.status_code:
                    return
        await asyncio.sleep(0.1)
    raise TimeoutError("Alertmanager does not become ready")
