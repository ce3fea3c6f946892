"""Microsoft's own worker library loads our app and calls it: what runs on the local host runs in Azure."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from python_3_13 import python_3_13

from local.cache import ROOT, cache_root
from local.environment import Addresses, settings
from local.host.functions import load

LIBRARY = "azure-functions-runtime==1.3.0"
SAMPLE = ROOT / "tests" / "integration" / "sample_app"
Worker = Callable[[Path, list[dict[str, Any]], Mapping[str, str]], dict[str, Any]]


@pytest.fixture(scope="session")
def worker() -> Worker:
    """Runs the worker library in an environment of its own, made once, with the app's own packages."""
    base = python_3_13()
    if base is None:
        pytest.skip("no Python 3.13: Microsoft's worker library needs one (python3.13 on PATH, or one of pyenv's)")
    python = _environment(base)

    def run(directory: Path, calls: list[dict[str, Any]], environment: Mapping[str, str]) -> dict[str, Any]:
        script = Path(__file__).with_name("platform_worker.py")
        done = subprocess.run(  # noqa: S603 - our own script
            [str(python), str(script), str(directory)],
            input=json.dumps(calls),
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return run


def test_the_sample_app_does_there_what_it_does_here(worker: Worker, tmp_path: Path) -> None:
    """Each kind of function that the local host's tests call is called there with the same outcome."""
    notes = tmp_path / "notes"
    calls: list[dict[str, Any]] = [
        {"function": "thing", "http": http("POST", "http://x/things/one", b"text", name="one")},
        {"function": "fixed", "http": http("GET", "http://x/things/fixed")},
        {"function": "enqueue", "http": http("POST", "http://x/enqueue", b"one\ntwo")},
        {"function": "worker", "string": "good"},
        {"function": "ticking", "json": '{"IsPastDue": true}'},
        {"function": "broken", "http": http("GET", "http://x/broken")},
    ]
    answer = worker(SAMPLE, calls, {"SAMPLE_NOTES": str(notes), "SAMPLE_QUEUE": "q"})
    thing, fixed, enqueue, queue, timer, broken = answer["calls"]
    assert (thing["status"], json.loads(thing["body"])["name"]) == (201, "one")
    assert fixed["good"]
    assert json.loads(enqueue["outputs"]["out"]) == ["one", "two"]
    assert [queue["good"], timer["good"], broken["good"]] == [True, True, False]
    assert [json.loads(line)["function"] for line in notes.read_text().splitlines()] == ["worker", "ticking"]


def test_the_worker_finds_every_function_of_the_app(worker: Worker) -> None:
    """All functions are indexed, none is lost and none refused."""
    answer = worker(ROOT, [], {})
    assert answer["functions"] == sorted(one.name for one in load(ROOT / "function_app.py"))


def test_a_door_a_queue_and_a_timer_of_the_app_work_there(worker: Worker, storage: str) -> None:
    """A signal is accepted, one is processed and what is due is run, by the platform's own library, on a real store."""
    addresses = Addresses(storage, "http://127.0.0.1:1", "smtp://127.0.0.1:1", "http://127.0.0.1:2", "0" * 64)
    environment = settings(ROOT / "config" / "routes.yaml", addresses, real=False)
    calls: list[dict[str, Any]] = [
        {"function": "signals", "http": http("POST", "http://x/signals", b'{"nothing": "known"}')},
        {"function": "signals_poison", "string": "no such signal"},
        {"function": "due", "json": '{"IsPastDue": false}'},
        {"function": "event_grid_queue", "string": '{"nothing": "known"}'},
        {"function": "event_grid_poison", "string": '{"nothing": "known"}'},
    ]
    door, queue, timer, *events = worker(ROOT, calls, environment)["calls"]
    assert (door["good"], door["status"]) == (True, 202), door
    assert json.loads(door["body"])["signal"]
    assert queue["good"], queue["problem"]
    assert timer["good"], timer["problem"]
    assert [one["problem"] for one in events if not one["good"]] == []


def http(method: str, url: str, body: bytes = b"", **params: str) -> dict[str, Any]:
    """An HTTP request as the worker script takes it."""
    encoded = base64.b64encode(body).decode()
    return {"method": method, "url": url, "headers": {"content-type": "application/json"}, "params": params} | {
        "body": encoded
    }


def _environment(base: str) -> Path:
    """The environment, named after what is in it and made in the user's cache; a broken one is made again."""
    requirements = ROOT / "requirements.txt"
    name = hashlib.sha256(requirements.read_bytes() + LIBRARY.encode()).hexdigest()[:16]
    home = cache_root() / f"worker-{name}"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (home / "complete").exists():
        subprocess.run([base, "-m", "venv", "--clear", str(home)], check=True)  # noqa: S603 - found above
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*pip, "-r", str(requirements), LIBRARY], check=False)  # noqa: S603 - our own requirements
        if done.returncode:
            pytest.skip(f"{LIBRARY} cannot be installed from the package index; pip says why above")
        (home / "complete").touch()
    return python
