"""The instance metadata service of a machine, imitated: Scheduled Events in every version, with its moods.

    python3 -m local.imds --port 8169 --name web-01     plays one reboot, from its announcement to its end

Azure docs: Scheduled Events for Linux VMs. A test sets `document`, queues `moods` and reads `approved`.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ADDED = {
    "2017-08-01": (),
    "2017-11-01": (),
    "2019-01-01": (),
    "2019-04-01": ("Description",),
    "2019-08-01": ("EventSource",),
    "2020-07-01": ("DurationInSeconds",),
}
"""Versions, the oldest first, with the fields that each brought."""

SUBSCRIPTION = "33333333-3333-4333-8333-333333333333"
TOKEN = "a token of the metadata service"  # noqa: S105 - invented
Mood = tuple[int, bytes, dict[str, str]]
"""One answer that is not a document: status, body, headers."""


class Imds:
    """The service of one machine, on a loopback address. Close it when done."""

    def __init__(self, name: str = "web-01", port: int = 0) -> None:
        self.name = name
        self.events: list[Any] = []
        self.incarnation = 1
        self.versions = list(ADDED)
        self.moods: list[Mood] = []
        self.first_wait = 0.0
        self.unnamed = False
        """Whether it serves no instance document."""
        self.approved: list[str] = []
        self.asked: deque[str] = deque(maxlen=1000)
        """Paths of the last questions."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Door", (_Door,), {"imds": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """No more answers."""
        self._server.shutdown()
        self._server.server_close()

    def announce(self, kind: str = "Reboot", notice: float = 900, **changes: object) -> str:
        """A new event, `notice` seconds ahead; its id."""
        event_id = str(uuid.uuid4()).upper()
        event = {
            "EventId": event_id,
            "EventStatus": "Scheduled",
            "EventType": kind,
            "ResourceType": "VirtualMachine",
            "Resources": [self.name],
            "NotBefore": format_datetime(datetime.now(UTC) + timedelta(seconds=notice), usegmt=True),
            "Description": "Host server is undergoing maintenance.",
            "EventSource": "Platform",
            "DurationInSeconds": -1,
        }
        self.change([*self.events, event | changes])
        return event_id

    def begin(self, event_id: str) -> None:
        """The event is Started; its time is an empty text from now on."""
        begun = {"EventStatus": "Started", "NotBefore": ""}
        self.change([one | begun if one["EventId"] == event_id else one for one in self.events])

    def vanish(self, event_id: str) -> None:
        """The event is no longer there; nothing says why."""
        self.change([one for one in self.events if one["EventId"] != event_id])

    def change(self, events: list[Any]) -> None:
        """Another document, one incarnation further."""
        self.events, self.incarnation = events, self.incarnation + 1

    def document(self, version: str) -> dict[str, Any]:
        """The document as this version shows it."""
        later = {name for other, names in ADDED.items() if other > version for name in names}
        shown = [
            {name: value for name, value in one.items() if name not in later} if isinstance(one, dict) else one
            for one in self.events
        ]
        return {"DocumentIncarnation": self.incarnation, "Events": shown}

    def instance(self) -> dict[str, Any]:
        """The instance document, its naming part."""
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop-web"
        naming = {
            "name": self.name,
            "resourceId": f"{group}/providers/Microsoft.Compute/virtualMachines/{self.name}",
            "subscriptionId": SUBSCRIPTION,
            "resourceGroupName": "shop-web",
            "location": "westeurope",
            "zone": "1",
            "vmScaleSetName": "",
            "tagsList": [{"name": "team", "value": "web"}],
        }
        return {"compute": naming | {"osType": "Linux", "licenseType": ""}}

    def answer(self, path: str, query: Mapping[str, list[str]]) -> Mood:
        """What a GET with the right header gets."""
        self.asked.append(path)
        if path.endswith("/instance") and not self.unnamed:
            return 200, _json(self.instance()), {}
        if path.endswith("/oauth2/token"):
            return 200, _json({"access_token": TOKEN, "expires_in": "86400", "token_type": "Bearer"}), {}
        if not path.endswith("/scheduledevents"):
            return 404, b'{"error": "Not found"}', {}
        wait, self.first_wait = self.first_wait, 0.0
        time.sleep(wait)
        if self.moods:
            return self.moods.pop(0)
        version = query.get("api-version", [""])[0]
        if version not in self.versions:
            return 400, _json({"error": "Bad request. api-version is invalid", "newest-versions": self.versions}), {}
        return 200, _json(self.document(version)), {}

    def approve(self, body: bytes) -> Mood:
        """What a POST gets: each event named begins, for all its resources."""
        for one in json.loads(body).get("StartRequests", []):
            self.approved.append(one["EventId"])
            self.begin(one["EventId"])
        return 200, b"", {}


class _Door(BaseHTTPRequestHandler):
    imds: Imds

    def do_GET(self) -> None:
        """A question; without the header it is refused, as anything that comes through a proxy is."""
        parts = urlsplit(self.path)
        if self.headers.get("Metadata", "").lower() != "true" or self.headers.get("X-Forwarded-For"):
            self._say(400, b'{"error": "Bad request. Required metadata header not specified"}', {})
        else:
            self._say(*self.imds.answer(parts.path, parse_qs(parts.query)))

    def do_POST(self) -> None:
        """An approval."""
        self._say(*self.imds.approve(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: once a second would be noise."""


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def main() -> None:
    """One reboot, by hand: announced, begun, over; then nothing more until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="local.imds", description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--port", type=int, default=8169)
    parser.add_argument("--name", default="web-01")
    parser.add_argument("--notice", type=float, default=60, metavar="SECONDS")
    options = parser.parse_args()
    imds = Imds(options.name, options.port)
    print(f"NOTBEFORE_IMDS={imds.url}", flush=True)
    event_id = imds.announce("Reboot", options.notice)
    time.sleep(options.notice)
    imds.begin(event_id)
    time.sleep(options.notice / 2)
    imds.vanish(event_id)
    threading.Event().wait()


if __name__ == "__main__":
    main()
