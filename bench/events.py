"""P1: processor time of an event, from bytes to a rendered message on memory stores, beside Alertmanager's of an alert.

    python bench/events.py

Both get one event a request and tell one webhook. Alertmanager (Debian: prometheus-alertmanager) gets its alerts
over HTTP and posts to a receiver that is not counted; without it the bench says so and measures the rest.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from notbefore.config.model import Audience, ChannelConfig, Route, RoutingConfig  # noqa: E402 - found only with the root on the path
from notbefore.pipeline.play import Player  # noqa: E402
from notbefore.rendering import RenderContext, render  # noqa: E402
from notbefore.rules import compile_rules  # noqa: E402

EVENTS = 1000
REPETITIONS = 5
BAR = 1.3
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALERTMANAGER = "prometheus-alertmanager"


def main() -> int:
    """Prints the table; 1 when the ratio is over the bar."""
    peer = shutil.which(ALERTMANAGER)
    ours, theirs = [], []
    for repetition in range(REPETITIONS):
        ours.append(asyncio.run(our_seconds(repetition)) / EVENTS * 1e6)
        if peer:
            theirs.append(alertmanager_seconds(peer, repetition) / EVENTS * 1e6)
    print(f"NotBefore     {median(ours):7.0f} µs an event ({min(ours):.0f}–{max(ours):.0f})")
    if not theirs:
        print(f"{ALERTMANAGER} is not installed: no ratio")
        return 0
    ratio = median(mine / its for mine, its in zip(ours, theirs, strict=True))
    print(f"Alertmanager  {median(theirs):7.0f} µs an alert ({min(theirs):.0f}–{max(theirs):.0f})")
    print(f"ratio         {ratio:7.2f} (bar {BAR})")
    return int(ratio > BAR)


def an_alert(repetition: int, number: int) -> bytes:
    """A planned maintenance as an action group posts it."""
    properties = {
        "title": "Virtual machine maintenance",
        "service": "Virtual Machines",
        "region": "West Europe",
        "communication": "<p>Some of your virtual machines <strong>will be rebooted</strong>.</p>",
        "incidentType": "Maintenance",
        "stage": "Planned",
        "trackingId": f"B{repetition}-{number}",
        "impactStartTime": (AT + timedelta(days=5)).isoformat(),
        "impactedServices": '[{"ImpactedRegions":[{"RegionName":"West Europe"}],"ServiceName":"Virtual Machines"}]',
    }
    context = {
        "eventSource": "ServiceHealth",
        "eventTimestamp": AT.isoformat(),
        "status": "Active",
        "subscriptionId": "11111111-1111-4111-8111-111111111111",
        "properties": properties,
    }
    essentials = {"monitoringService": "ServiceHealth", "firedDateTime": AT.isoformat()}
    return json.dumps(
        {"schemaId": "azureMonitorCommonAlertSchema", "data": {"essentials": essentials, "alertContext": context}}
    ).encode()


async def our_seconds(repetition: int) -> float:
    """Processor seconds for all events: normalised, told, written to memory, rendered."""
    channel = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/",))
    audience = Audience(name="ops", channels=(channel,))
    config = RoutingConfig(
        version_id="bench", audiences={"ops": audience}, routes=(Route(name="everything", to=("ops",)),)
    )
    player = Player(compile_rules(config), AT)
    context = RenderContext(clock=lambda: AT)
    bodies = [an_alert(repetition, number) for number in range(EVENTS)]
    await player.signal(an_alert(repetition, EVENTS))
    begun = time.process_time()
    for body in bodies:
        processed = await player.signal(body)
        for delivery in processed.deliveries:
            render(delivery, audience, context)
    return time.process_time() - begun


def alertmanager_seconds(program: str, repetition: int) -> float:
    """Processor seconds that Alertmanager itself takes for as many alerts, one a request, a group each."""
    got: list[bytes] = []
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), _receiver(got))
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        process, url = _start(program, Path(folder), receiver.server_address[1])
        try:
            before = _processor_seconds(process.pid)
            for number in range(EVENTS):
                _post(
                    url + "/api/v2/alerts",
                    [{"labels": {"alertname": f"a{repetition}-{number}", "severity": "warning"}}],
                )
            until = time.monotonic() + 60
            while len(got) < EVENTS and time.monotonic() < until:
                time.sleep(0.05)
            return _processor_seconds(process.pid) - before
        finally:
            process.terminate()
            process.wait()
            receiver.shutdown()


def _receiver(got: list[bytes]) -> type[BaseHTTPRequestHandler]:
    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    return Receiver


def _start(program: str, folder: Path, receiver: int) -> tuple[subprocess.Popen[bytes], str]:
    config = folder / "alertmanager.yml"
    config.write_text(
        "route: {receiver: hook, group_by: ['...'], group_wait: 0s}\n"
        f"receivers: [{{name: hook, webhook_configs: [{{url: 'http://127.0.0.1:{receiver}/'}}]}}]\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [f"--config.file={config}", f"--storage.path={folder}", f"--web.listen-address=127.0.0.1:{port}"]
    process = subprocess.Popen(
        [program, *arguments, "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(100):
        try:
            urllib.request.urlopen(url + "/-/ready", timeout=2)  # noqa: S310 # our own loopback address
        except OSError:
            time.sleep(0.1)
        else:
            break
    return process, url


def _post(url: str, alerts: list[dict[str, object]]) -> None:
    request = urllib.request.Request(url, json.dumps(alerts).encode(), {"Content-Type": "application/json"})  # noqa: S310 # our own loopback address
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 # our own loopback address


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    raise SystemExit(main())
