#!/usr/bin/env python3
"""Tells NotBefore what Azure tells this machine: reboots, freezes, evictions, before they happen.

One file for Python 3.8 or newer, from the standard library alone. It polls the Scheduled Events of the instance
metadata service (IMDS), writes each change to a spool and to syslog, sends it, and runs the operator's hooks.

    notbefore_agent.py            runs until it is stopped
    notbefore_agent.py --once     one look, for cron

Settings come from the environment, else from /etc/notbefore/agent.conf (NAME=value lines); docs/agents.md lists them.
It never approves an event unless NOTBEFORE_APPROVE names its type and every hook has succeeded.
"""

from __future__ import annotations

import contextlib
import email.utils
import hashlib
import http.client
import json
import os
import random
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union
from urllib.parse import quote, urlsplit

try:
    import fcntl
except ImportError:  # Windows: `dev.py run` plays its story there too
    fcntl = None  # type: ignore[assignment]

VERSION = "1.0.0"
SPOOL_VERSION = 1
API_VERSIONS = ("2020-07-01", "2019-08-01", "2019-04-01", "2019-01-01", "2017-11-01", "2017-08-01")
"""Azure docs: Scheduled Events for Linux VMs. Older versions only lack fields."""
NAMING = "name resourceId subscriptionId resourceGroupName location zone vmScaleSetName tagsList vmId".split()

FIRST_ANSWER = 130.0  # seconds; the first question of all switches the service on and may take two minutes
ANSWER = 10.0
LONGEST_PAUSE = 10.0  # seconds between two looks, whatever goes wrong: a Preempt gives 30
LONGEST_WAIT = 300.0  # seconds between two tries to send
LATE = 60.0  # seconds after which what is sent says that it is late
FROZEN = 2.0  # seconds of the monotonic clock that a pause may take too long before it was a freeze
BODY_LIMIT = 1 << 20
OUTPUT_KEPT, OUTPUT_LIMIT = 4096, 1 << 20  # bytes of a hook's output: reported, and allowed
HOOK_LIMITS = {"scheduled": 300.0, "started": 30.0, "completed": 120.0, "canceled": 120.0}
MARGIN = 3.0  # seconds before NotBefore at which hooks must be over
REFUSED_FOR_GOOD = (400, 413, 415, 422)

Json = Dict[str, Any]


# --- Settings --------------------------------------------------------------------------------------------


class Settings(NamedTuple):
    """What the operator chose. Times are seconds."""

    imds: str
    signals: str
    key: str
    token: str
    spool: str
    hooks: str
    syslog: str
    boot_id: str
    approve: Tuple[str, ...]
    poll: float
    heartbeat: float


def settings() -> Settings:
    """From the environment, else the file, else the defaults. A number that cannot be read is the default."""
    told = {}
    with contextlib.suppress(OSError):
        with open(os.environ.get("NOTBEFORE_CONFIG", "/etc/notbefore/agent.conf"), encoding="utf-8") as file:
            told = dict(line.strip().split("=", 1) for line in file if "=" in line and not line.startswith("#"))

    def one(name: str, default: str) -> str:
        return os.environ.get("NOTBEFORE_" + name, told.get("NOTBEFORE_" + name, default)).strip().strip("\"'")

    def number(name: str, default: float, least: float) -> float:
        try:
            return max(least, float(one(name, str(default))))
        except ValueError:
            return default

    signals = one("SIGNALS", "")
    grid = (urlsplit(signals).hostname or "").endswith(".eventgrid.azure.net")
    return Settings(
        imds=one("IMDS", "http://169.254.169.254").rstrip("/"),
        signals=signals,
        key=one("KEY", ""),
        token=one("TOKEN", "https://eventgrid.azure.net" if grid and not one("KEY", "") else ""),
        spool=one("SPOOL", "/var/lib/notbefore"),
        hooks=one("HOOKS", "/etc/notbefore/hooks"),
        syslog=one("SYSLOG", "/dev/log"),
        boot_id=one("BOOT_ID", "/proc/sys/kernel/random/boot_id"),
        approve=tuple(one("APPROVE", "").lower().replace(",", " ").split()),
        poll=min(number("POLL", 1.0, 0.05), LONGEST_PAUSE),
        heartbeat=number("HEARTBEAT", 3600.0, 1.0),
    )


# --- What it says on the machine -------------------------------------------------------------------------


class Voice:
    """Says each problem once, to the journal and to syslog, and when it is over."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._patience = 0.5
        self.problems: Dict[str, str] = {}

    def problem(self, key: str, text: object) -> None:
        if key not in self.problems:
            self.problems[key] = str(text)[:300]
            self.say("problem: %s: %s" % (key, self.problems[key]), 4)

    def solved(self, key: str) -> None:
        if self.problems.pop(key, None) is not None:
            self.say("solved: %s" % key)

    def say(self, text: str, level: int = 5) -> None:
        """One line, facility daemon. `level` is syslog's: 4 warning, 5 notice."""
        with contextlib.suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)
        self.log(text, level)

    def log(self, text: str, level: int = 5) -> None:
        line = "<%d>notbefore-agent[%d]: %s" % (24 + level, os.getpid(), text)
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
                out.settimeout(self._patience)
                out.sendto(line.encode("utf-8", "replace"), self._address)
            self._patience = 0.5
            self.problems.pop("syslog", None)
        except OSError as error:  # one that is stuck is waited for once, not once a line
            self._patience = 0.0
            self.problems.setdefault("syslog", str(error))


# --- The metadata service --------------------------------------------------------------------------------


class Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: Optional[float]


def ask(method: str, url: str, headers: Dict[str, str], body: Optional[bytes] = None, wait: float = ANSWER) -> Answer:
    """One request without proxies and redirects. Raises: OSError when nobody answers properly."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    link = kind(parts.hostname or "", parts.port, timeout=wait)
    try:
        link.request(method, (parts.path or "/") + ("?" + parts.query if parts.query else ""), body, headers)
        answer = link.getresponse()
        after = answer.getheader("Retry-After") or ""
        return Answer(answer.status, answer.read(BODY_LIMIT), float(after) if after.isdigit() else None)
    except (http.client.HTTPException, ValueError) as error:
        raise OSError("no proper answer: %r" % error) from error
    finally:
        link.close()


class Metadata:
    """The metadata service of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.version = API_VERSIONS[0]
        self._answered = False
        self._token: Tuple[str, float] = ("", 0.0)

    def document(self) -> Answer:
        """The scheduled events; a version that is refused is followed by the next older one. Raises: OSError."""
        wait = ANSWER if self._answered else FIRST_ANSWER
        for version in API_VERSIONS[API_VERSIONS.index(self.version) :]:
            answer = self._get("/metadata/scheduledevents?api-version=" + version, wait)
            self._answered = True
            if answer.status not in (400, 404):
                self.version = version
                return answer
        self.version = API_VERSIONS[0]
        return answer

    def compute(self) -> Json:
        """The naming part of the instance document. Raises: OSError, ValueError."""
        answer = self._get("/metadata/instance?api-version=2021-02-01")
        told = json.loads(answer.body) if answer.status == 200 else None
        if not isinstance(told, dict) or not isinstance(told.get("compute"), dict):
            raise ValueError("no instance document, status %d" % answer.status)  # noqa: TRY004 - a document that is none
        return {name: told["compute"][name] for name in NAMING if name in told["compute"]}

    def token(self, resource: str) -> str:
        """The managed identity's token, kept until five minutes before its end. Raises: OSError, ValueError."""
        if time.monotonic() >= self._token[1]:
            path = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + quote(resource, safe="")
            answer = self._get(path)
            if answer.status != 200:
                raise OSError("no token from the managed identity, status %d" % answer.status)
            told = json.loads(answer.body)
            lasts = max(float(told.get("expires_in", 0)) - 300, 30)
            self._token = (str(told["access_token"]), time.monotonic() + lasts)
        return self._token[0]

    def forget_token(self) -> None:
        self._token = ("", 0.0)

    def approve(self, event_id: str) -> int:
        """Starts the event now, for all its resources. Raises: OSError."""
        body = json.dumps({"StartRequests": [{"EventId": event_id}]}).encode()
        address = "%s/metadata/scheduledevents?api-version=%s" % (self._address, self.version)
        return ask("POST", address, {"Metadata": "true", "Content-Type": "application/json"}, body).status

    def _get(self, path: str, wait: float = ANSWER) -> Answer:
        return ask("GET", self._address + path, {"Metadata": "true"}, wait=wait)


# --- The spool -------------------------------------------------------------------------------------------


class Spool:
    """Reports that wait, one file each, and the state. What the disk does not take is held in memory."""

    def __init__(self, folder: str, voice: Voice) -> None:
        self._folder, self._voice = folder, voice
        self._lock = threading.RLock()
        self._held: Dict[str, bytes] = {}
        self._number = 0
        with contextlib.suppress(OSError):
            os.makedirs(folder, mode=0o750, exist_ok=True)
            self._number = max([int(name[:12]) for name in os.listdir(folder) if name[:12].isdigit()], default=0)

    def put(self, event: Json, boot: str) -> None:
        """Keeps the report. The same id again is the same file; of heartbeats only the newest is kept."""
        mark = hashlib.sha256(event["id"].encode()).hexdigest()[:16]
        beat = event["type"].endswith("heartbeat")
        ending = "-%s%s.json" % (mark, ".beat" if beat else "")
        with self._lock:
            waiting = self.names()
            if any(name.endswith(ending) for name in waiting):
                return
            self._number += 1
            name = "%012d%s" % (self._number, ending)
            self._write(name, json.dumps({"v": SPOOL_VERSION, "boot": boot, "event": event}).encode())
            for old in waiting if beat else ():
                if old.endswith(".beat.json"):
                    self.drop(old)

    def names(self) -> List[str]:
        with self._lock, contextlib.suppress(OSError):
            there = {name for name in os.listdir(self._folder) if name.endswith(".json") and name != "state.json"}
            return sorted(there | set(self._held))
        return sorted(self._held)

    def read(self, name: str) -> Optional[Tuple[Json, str]]:
        """A report and the boot it was made in; a CloudEvent by itself is an older version's. None: set aside."""
        try:
            with self._lock:
                body = self._held[name] if name in self._held else self._bytes(name)
            kept = json.loads(body)
            if isinstance(kept, dict) and "specversion" in kept:
                return kept, ""
            if kept["v"] <= SPOOL_VERSION and "specversion" in kept["event"]:
                return kept["event"], str(kept["boot"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            pass
        self.aside(name, "cannot be read, or was written by a newer agent")
        return None

    def aside(self, name: str, why: str) -> None:
        """Out of the way, for a person to see; never deleted."""
        self._voice.problem("spool", "%s was set aside: %s" % (name, why))
        with self._lock, contextlib.suppress(OSError):
            os.makedirs(os.path.join(self._folder, "aside"), exist_ok=True)
            if name in self._held:
                self._save(os.path.join("aside", name), self._held.pop(name))
            else:
                os.replace(os.path.join(self._folder, name), os.path.join(self._folder, "aside", name))

    def drop(self, name: str) -> None:
        with self._lock:
            self._held.pop(name, None)
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(self._folder, name))

    def settle(self) -> None:
        """Tries to bring to disk what is only in memory."""
        with self._lock:
            for name in list(self._held):
                self._write(name, self._held.pop(name))

    def load_state(self) -> Json:
        try:
            state = json.loads(self._bytes("state.json"))
            return state if isinstance(state, dict) else {}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._voice.problem("state", "starting without what was known: %s" % error)
            return {}

    def save_state(self, state: Json) -> None:
        with self._lock:
            try:
                self._save("state.json", json.dumps(state).encode())
                self._voice.solved("state")
            except OSError as error:
                self._voice.problem("state", error)

    def lock(self) -> Optional[int]:
        """This machine's only agent. None: another one runs."""
        try:
            handle = os.open(os.path.join(self._folder, "lock"), os.O_CREAT | os.O_RDWR, 0o640)
        except OSError as error:
            self._voice.problem("disk", error)
            return -1
        try:
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        for name in os.listdir(self._folder):
            if name.endswith(".part"):  # half written when the power went; what it was is seen again
                os.unlink(os.path.join(self._folder, name))
        return handle

    def _write(self, name: str, body: bytes) -> None:
        try:
            self._save(name, body)
            self._voice.solved("disk")
        except OSError as error:
            self._held[name] = body
            self._voice.problem("disk", "held in memory until it is sent: %s" % error)

    def _bytes(self, name: str) -> bytes:
        with open(os.path.join(self._folder, name), "rb") as file:
            return file.read()

    def _save(self, name: str, body: bytes) -> None:
        """All or nothing, also when the power goes. Raises: OSError."""
        path = os.path.join(self._folder, name)
        with open(path + ".part", "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".part", path)


# --- Sending ---------------------------------------------------------------------------------------------


class Sender(threading.Thread):
    """Empties the spool, oldest first. What has arrived is deleted, what is refused for good set aside."""

    def __init__(self, chosen: Settings, metadata: Metadata, spool: Spool, voice: Voice, boot: str) -> None:
        super().__init__(daemon=True)
        self._chosen, self._metadata, self._spool, self._voice, self._boot = chosen, metadata, spool, voice, boot
        self.wake = threading.Event()

    def run(self) -> None:
        wait = 0.0
        while True:
            self.wake.wait(wait or None)
            self.wake.clear()
            after = self.drain()
            if after is None:
                wait = 0.0
            else:  # the first tries come soon: the machine may have seconds left
                wait = min(max(after, (wait or 0.25) * 2), LONGEST_WAIT) * random.uniform(0.8, 1.0)

    def drain(self) -> Optional[float]:
        """None when nothing waits any more, else the seconds that the receiver wants to be left alone."""
        if not self._chosen.signals:
            for name in self._spool.names():  # syslog has it; there is no other road
                self._spool.drop(name)
            return None
        for name in self._spool.names():
            kept = self._spool.read(name)
            if kept is None:
                continue
            try:
                answer = self._send(*kept)
            except (OSError, ValueError, KeyError) as error:
                self._voice.problem("sending", error)
                return 0.0
            if answer.status in REFUSED_FOR_GOOD:
                self._spool.aside(name, "the receiver answered %d" % answer.status)
            elif 200 <= answer.status < 300:
                self._spool.drop(name)
                self._voice.solved("sending")
            else:
                self._voice.problem("sending", "the receiver answered %d" % answer.status)
                if answer.status == 401:
                    self._metadata.forget_token()
                return answer.retry_after or 0.0
        return None

    def _send(self, event: Json, boot: str) -> Answer:
        data = event.get("data")
        made = read_time(event.get("time"))
        age = time.time() - made if made is not None else 0.0
        rebooted = bool(boot) and boot != self._boot
        if isinstance(data, dict) and (rebooted or age > LATE or not boot):
            data["late"] = {"seconds": round(max(age, 0.0)), "rebooted": rebooted}
        headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", "User-Agent": "notbefore-agent"}
        url = self._chosen.signals
        if ".eventgrid.azure.net" in url:
            url += "" if "api-version" in url else ("&" if "?" in url else "?") + "api-version=2018-01-01"
        if self._chosen.key:
            headers["aeg-sas-key" if ".eventgrid.azure.net" in url else "x-functions-key"] = self._chosen.key
        if self._chosen.token:
            headers["Authorization"] = "Bearer " + self._metadata.token(self._chosen.token)
        return ask("POST", url, headers, json.dumps(event).encode())


def read_time(text: object) -> Optional[float]:
    """Seconds since 1970 of an RFC 1123 or ISO 8601 time, UTC when it says no zone; None when it is neither."""
    for read in (email.utils.parsedate_to_datetime, lambda told: datetime.fromisoformat(told.replace("Z", "+00:00"))):
        with contextlib.suppress(ValueError, TypeError, AttributeError, IndexError):
            moment = read(str(text))
            return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return None


# --- Hooks -----------------------------------------------------------------------------------------------


class Ran(NamedTuple):
    """What became of one hook. `state` is succeeded, failed, killed or refused."""

    name: str
    state: str
    text: str


def hooks_in(folder: str) -> Iterator[Tuple[str, str]]:
    """Paths of the hooks in order, each with why it is refused, or nothing."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            whole = os.stat(path)
            if name.startswith(".") or not stat.S_ISREG(whole.st_mode) or not whole.st_mode & 0o111:
                continue
            writable = (whole.st_mode | os.stat(folder).st_mode) & (stat.S_IWGRP | stat.S_IWOTH)
            stranger = whole.st_uid not in (0, os.geteuid())
            yield path, "it, or its folder, is writable by others" if writable or stranger else ""


def run_hook(path: str, stdin: bytes, told: Dict[str, str], limit: float) -> Ran:
    """Runs it in a process group of its own, which is ended with it, for `limit` seconds at most."""
    name = os.path.basename(path)
    try:
        process = start_hook(path, stdin, told)
    except (OSError, ValueError) as error:
        return Ran(name, "failed", str(error))
    output, why = watch_hook(process, limit)
    text = output.decode("utf-8", "replace").strip()
    if why:
        return Ran(name, "killed", (why + "\n" + text).strip())
    return Ran(name, "succeeded" if process.returncode == 0 else "failed", text or "exit %d" % process.returncode)


def start_hook(path: str, stdin: bytes, told: Dict[str, str]) -> "subprocess.Popen[bytes]":
    """The event lies in memory, not in a pipe: a hook that does not read it holds nobody up. Raises: OSError."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    given = os.memfd_create("event")
    try:
        os.write(given, stdin)
        os.lseek(given, 0, os.SEEK_SET)
        return subprocess.Popen(
            [path], stdin=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
            env=dict(environment, **told), start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(given)


def watch_hook(process: "subprocess.Popen[bytes]", limit: float) -> Tuple[bytes, str]:
    """Until it is over, in one way or the other: the beginning of its output, and why it was killed, if it was."""
    assert process.stdout is not None
    until, kept, written, why = time.monotonic() + limit, b"", 0, ""
    os.set_blocking(process.stdout.fileno(), False)
    while process.poll() is None and not why:
        select.select([process.stdout], [], [], 0.1)
        piece = read_some(process.stdout.fileno())
        written, kept = written + len(piece), (kept + piece)[:OUTPUT_KEPT]
        if not piece:
            time.sleep(0.05)
        if written > OUTPUT_LIMIT:
            why = "more output than is allowed"
        elif time.monotonic() > until:
            why = "not over after %.0f s" % limit
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    kept += read_some(process.stdout.fileno())
    process.stdout.close()
    process.wait()
    return kept[:OUTPUT_KEPT], why


def read_some(descriptor: int) -> bytes:
    """What is there now; nothing when it is over or nothing is there."""
    with contextlib.suppress(BlockingIOError):
        return os.read(descriptor, 65536)
    return b""


# --- The agent -------------------------------------------------------------------------------------------


class Agent:
    """Looks, remembers, reports, runs hooks."""

    def __init__(self, chosen: Settings) -> None:
        self.chosen = chosen
        self.voice = Voice(chosen.syslog)
        self.spool = Spool(chosen.spool, self.voice)
        self.metadata = Metadata(chosen.imds)
        self.boot = self._boot_id()
        self.sender = Sender(chosen, self.metadata, self.spool, self.voice, self.boot)
        self.stop = threading.Event()
        self._lock = threading.RLock()
        self._running: Dict[str, threading.Thread] = {}
        self._last_body = b""
        self._named, self._name_again = False, 0.0
        self.state: Json = self.spool.load_state()

    def start(self) -> None:
        """What a start tells: a reboot since the last one, a heartbeat, and hooks that a kill cut short."""
        for name, kind in (("events", dict), ("pending", list), ("compute", dict)):
            if not isinstance(self.state.get(name), kind):
                self.state[name] = kind()
        self.name_machine()
        before = self.state.get("boot")
        self.rebooted = isinstance(before, str) and before != self.boot
        if self.rebooted:
            known = [event for event in self.state["events"].values() if isinstance(event, dict)]
            told = [{name: event.get(name) for name in ("EventId", "EventType", "EventStatus")} for event in known]
            self.report("rebooted", {"previousBootId": before, "bootedAt": self.booted_at(), "known": told}, self.boot)
            self.voice.say("this machine was rebooted; known before: %d events" % len(known))
            self.state["pending"] = [one for one in self.state["pending"] if one[0] in ("completed", "canceled")]
        for phase, event in list(self.state["pending"]):
            self._begin(phase, event)
        if not self.rebooted:
            self.state["boot"] = self.boot  # after a reboot the first document decides, then it is remembered
        self.spool.save_state(self.state)

    def name_machine(self) -> None:
        """Reads who this machine is, every 60 looks until it is known; what was known before serves until then."""
        self._name_again = time.monotonic() + 60 * self.chosen.poll
        try:
            self.state["compute"] = self.metadata.compute()
            self._named = True
            self.voice.solved("instance document")
        except (OSError, ValueError) as error:
            self.voice.problem("instance document", error)

    def look(self) -> Optional[float]:
        """One look at the document: None, or the seconds until the next look when something went wrong."""
        try:
            answer = self.metadata.document()
        except OSError as error:
            self.voice.problem("metadata service", error)
            return 1.0
        if answer.status != 200:
            self.voice.problem("metadata service", "answered %d" % answer.status)
            return answer.retry_after or 1.0
        if answer.body == self._last_body:
            self.voice.solved("metadata service")
            return None
        try:
            document = json.loads(answer.body)
            if not isinstance(document, dict) or not isinstance(document.get("Events"), list):
                raise ValueError("an answer without events")  # noqa: TRY004 - a document that is none
        except (ValueError, RecursionError) as error:
            self.voice.problem("metadata service", "no document: %s" % error)
            return 1.0
        self.voice.solved("metadata service")
        self.take(document)
        self._last_body = answer.body
        return None

    def take(self, document: Json) -> None:
        """Reports a document that has changed, and lets the hooks of what changed run."""
        state = self.state
        if state.get("document") == document and state.get("boot") == self.boot:
            return
        events = {one["EventId"]: one for one in document["Events"] if isinstance(one, dict) and
                  isinstance(one.get("EventId"), str)}  # fmt: skip
        first = not isinstance(state.get("document"), dict)
        if first or document["Events"] or state["document"].get("Events"):
            text = json.dumps(document, sort_keys=True)
            mark = hashlib.sha256(text.encode()).hexdigest()[:12]
            unique = "%s-%s-%s" % (self.boot, document.get("DocumentIncarnation"), mark)
            self.report("scheduled-events", {"document": document}, unique)
        changes = list(changed(state["events"], events, rebooted=self.rebooted and state.get("boot") != self.boot))
        own = [(phase, event) for phase, event in changes if self.own(event)]
        with self._lock:
            state.update(document=document, boot=self.boot, events=events)
            state["pending"] += [[phase, event] for phase, event in own]
            self.spool.save_state(state)
        for phase, event in own:
            self._begin(phase, event)
        self._write_down(changes)

    def own(self, event: Json) -> bool:
        """Whether the event names this machine."""
        told = event.get("Resources")
        names = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        me = str(self.state["compute"].get("name") or socket.gethostname()).lower()
        return me in [str(name).lower().lstrip("_") for name in names]

    def _write_down(self, changes: List[Tuple[str, Json]]) -> None:
        """Each event that changed as one line of JSON; how it ended is said by the status."""
        for phase, event in changes:
            ended = {"EventStatus": phase.capitalize()} if phase in ("completed", "canceled") else {}
            beside = {name: self.state["compute"].get(name) for name in ("resourceId", "location")}
            self.voice.log(json.dumps(dict(event, **ended, **beside)))

    def report(self, kind: str, data: Json, unique: str) -> None:
        """One CloudEvent into the spool; the sender is woken."""
        compute = self.state.get("compute") or {}
        agent = {"version": VERSION, "apiVersion": self.metadata.version, "bootId": self.boot}
        program = kind.startswith("runbook")
        event = {
            "specversion": "1.0",
            "id": "%s-%s" % (kind, unique),
            "source": compute.get("resourceId") or "urn:notbefore:" + socket.gethostname(),
            "type": "notbefore." + (kind if program else "vm." + kind),
            "time": datetime.fromtimestamp(time.time(), timezone.utc)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": dict(data, compute=compute, agent=agent),
        }
        self.spool.put(event, self.boot)
        self.sender.wake.set()

    def heartbeat(self, **more: object) -> None:
        waiting = len(self.spool.names())
        told = dict(more, problems=dict(self.voice.problems), waiting=waiting, bootedAt=self.booted_at(),
                    every=self.chosen.heartbeat)  # fmt: skip
        self.state["beat"] = time.time()
        self.report("heartbeat", told, "%s-%d" % (self.boot, time.time_ns()))
        self.metadata.version = API_VERSIONS[0]  # one that was refused for a moment is tried again

    def _begin(self, phase: str, event: Json) -> None:
        """Hooks of one event run one after the other; those of another event do not wait for them."""
        event_id = str(event.get("EventId"))
        before = self._running.get(event_id)
        thread = threading.Thread(target=self._run_hooks, args=(phase, event, before), daemon=True)
        self._running[event_id] = thread
        thread.start()

    def _run_hooks(self, phase: str, event: Json, before: Optional[threading.Thread]) -> None:
        if before is not None:
            before.join()
        opens = read_time(event.get("NotBefore"))
        notice = None if opens is None else opens - time.time()
        told = {"NOTBEFORE_PHASE": phase, "NOTBEFORE_NOTICE": "" if notice is None else "%.0f" % max(notice, 0)}
        for name in ("EventId", "EventType", "EventStatus", "NotBefore", "EventSource", "DurationInSeconds"):
            told["NOTBEFORE_" + name.upper()] = str(event.get(name, "")).replace("\0", "")
        until = time.monotonic() + HOOK_LIMITS[phase]
        if phase == "scheduled" and notice is not None:
            until = min(until, time.monotonic() + max(notice - MARGIN, 1.0))
        good = True
        for path, refused in hooks_in(self.chosen.hooks):
            left = max(until - time.monotonic(), 0.5)
            ran = Ran(os.path.basename(path), "refused", refused) if refused else None
            ran = ran or run_hook(path, json.dumps(dict(event, phase=phase)).encode(), told, left)
            good = good and ran.state == "succeeded"
            if ran.state == "refused":
                self.voice.problem("hook " + ran.name, ran.text)
            self._progress("hook " + ran.name, phase, event, ran.state, ran.text)
        if good and phase == "scheduled" and str(event.get("EventType")).lower() in self.chosen.approve:
            self._approve(event)
        with self._lock:
            self.state["pending"] = [one for one in self.state["pending"] if one != [phase, event]]
            self.spool.save_state(self.state)

    def _approve(self, event: Json) -> None:
        """Only an event that hits nobody else: an approval counts for all its resources."""
        told = event.get("Resources")
        if isinstance(told, list) and len(told) != 1:
            self._progress("approval", "scheduled", event, "refused", "the event names other machines too")
            return
        try:
            status = self.metadata.approve(str(event["EventId"]))
            self._progress("approval", "scheduled", event, "succeeded" if status == 200 else "failed", str(status))
        except OSError as error:
            self._progress("approval", "scheduled", event, "failed", str(error))

    def _progress(self, runbook: str, step: str, event: Json, state: str, text: str) -> None:
        event_id = str(event.get("EventId"))
        told = {"runbook": runbook, "step": step, "state": state, "text": text[:OUTPUT_KEPT], "eventId": event_id}
        self.report("runbook.progress", told, "%s-%s-%s-%d" % (event_id, step, runbook, time.time_ns()))

    def _boot_id(self) -> str:
        try:
            with open(self.chosen.boot_id, encoding="ascii") as file:
                return file.read().strip()
        except (OSError, ValueError) as error:
            self.voice.problem("boot id", error)
            return "unknown"

    def booted_at(self) -> Optional[str]:
        """When this machine was started, UTC: by the kernel, or when a boot id in another place was written."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            if self.chosen.boot_id.startswith("/proc/"):
                with open("/proc/uptime", encoding="ascii") as file:
                    seconds = time.time() - float(file.read().split()[0])
            else:
                seconds = os.path.getmtime(self.chosen.boot_id)
            moment = datetime.fromtimestamp(seconds, timezone.utc)
            return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
        return None

    def live(self) -> None:
        """Until it is stopped. All pauses are measured by the monotonic clock: a jump of the other one is nothing."""
        self.sender.start()
        self.start()
        self.heartbeat()
        threading.Thread(target=self.watch_for_freezes, daemon=True).start()
        beat, pause = time.monotonic() + self.chosen.heartbeat, 0.0
        while not self.stop.is_set():
            if not self._named and time.monotonic() >= self._name_again:
                self.name_machine()
                if self._named:
                    self.heartbeat()
            trouble = self.look()
            self.spool.settle()
            pause = self.chosen.poll if trouble is None else max(trouble, pause * 2)
            pause = min(pause, max(LONGEST_PAUSE, self.chosen.poll))
            self.stop.wait(pause)
            if time.monotonic() >= beat:
                beat += self.chosen.heartbeat
                self.heartbeat()

    def watch_for_freezes(self) -> None:
        """Sleeps a second at a time: a second that takes longer by the monotonic clock was a freeze."""
        while not self.stop.is_set():
            slept = time.monotonic()
            self.stop.wait(1.0)
            frozen = time.monotonic() - slept - 1.0
            if frozen > FROZEN:
                self.voice.say("this machine, or this agent, stood still for %.1f s" % frozen)
                self.heartbeat(frozenMs=round(frozen * 1000))

    def once(self) -> int:
        """One look, its hooks, one try to send. 1 when something went wrong; what waits is sent by the next run."""
        self.start()
        beat = self.state.get("beat")
        if not isinstance(beat, float) or not 0 <= time.time() - beat < self.chosen.heartbeat:
            self.heartbeat()
        failed = self.look() is not None
        for thread in list(self._running.values()):
            thread.join()
        self.spool.save_state(self.state)
        return int(self.sender.drain() is not None or failed)


def changed(before: Json, now: Json, *, rebooted: bool) -> Iterator[Tuple[str, Json]]:
    """Phases that events have entered, with the event. Nothing says completed: what had started is gone then.

    What was only scheduled and is gone was canceled; but if the machine was rebooted meanwhile, it is over.
    """
    for event_id, event in before.items():
        if event_id not in now and isinstance(event, dict):
            started = str(event.get("EventStatus")).lower() == "started"
            yield "completed" if started or rebooted else "canceled", event
    for event_id, event in now.items():
        status = str(event.get("EventStatus")).lower()
        known = before.get(event_id)
        if status in ("scheduled", "started") and (
            not isinstance(known, dict) or str(known.get("EventStatus")).lower() != status
        ):
            yield status, event


def main(arguments: List[str]) -> Union[int, str]:
    """The exit status."""
    if arguments not in ([], ["--once"]):
        return "usage: notbefore_agent.py [--once]"
    agent = Agent(settings())
    if agent.spool.lock() is None:
        return "another agent uses this spool"
    if arguments:
        return agent.once()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop.set())
    agent.live()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
