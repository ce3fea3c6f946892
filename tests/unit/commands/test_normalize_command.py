"""`python -m notbefore normalize`, as a person or a script runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "tests" / "unit" / "sources" / "examples" / "service_health"
HEAVY = ("azure.", "aiohttp", "jinja2", "babel", "nh3", "asyncio", "email.")


def ran(*arguments: str, stdin: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, printed lines, and what went to standard error."""
    command = [sys.executable, "-m", "notbefore", *arguments]
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, check=False)  # noqa: S603 - our own tool
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_events_are_printed_with_every_field_and_the_file() -> None:
    """One line an event, nulls included, exit 0."""
    file = str(EXAMPLES / "events-two-subscriptions.json")
    status, lines, _ = ran("normalize", file, "--received", "2026-05-04T10:00:30Z")
    assert status == 0
    assert [line["file"] for line in lines] == [file, file]
    assert {"schema_version", "self_service_window", "error", "warnings", "test", "occurred_at"} <= lines[0].keys()


def test_malformed_makes_the_exit_status_two_at_the_end() -> None:
    """Files after a malformed one are still read."""
    status, lines, _ = ran("normalize", str(EXAMPLES / "no-tracking-id.json"), str(EXAMPLES / "emerging-issues.json"))
    assert status == 2
    assert lines[0]["malformed"]["path"] == "$.data.alertContext.properties.trackingId"
    assert lines[1]["ignored"]


def test_what_is_malformed_stands_where_the_payload_has_it() -> None:
    """The second of three lines is broken, and so is the last: each is printed in its place."""
    good = json.dumps(json.loads((EXAMPLES / "events-two-subscriptions.json").read_bytes())).encode()
    whole = good + b"\n{broken\n" + good + b"\n[\n"
    status, lines, _ = ran("normalize", "-", stdin=whole)
    assert status == 2
    assert ["malformed" in line for line in lines] == [False, False, True, False, False, True]


def test_a_dash_is_standard_input() -> None:
    """The file is named `-`."""
    status, lines, _ = ran("normalize", "-", stdin=b"null")
    assert (status, lines) == (0, [{"file": "-", "ignored": "null"}])


def test_a_file_that_is_not_there_is_one_line_on_standard_error() -> None:
    """No traceback, exit 1."""
    status, lines, error = ran("normalize", "nowhere.json")
    assert (status, lines) == (1, [])
    assert error == "notbefore normalize: nowhere.json: No such file or directory\n"


def test_a_file_that_is_not_there_keeps_no_other_from_being_read() -> None:
    """It is named, the others are printed, and the status says that something was left out."""
    status, lines, error = ran("normalize", "nowhere.json", "-", stdin=b"null")
    assert (status, lines) == (1, [{"file": "-", "ignored": "null"}])
    assert "nowhere.json" in error


def test_an_unreadable_time_of_arrival_is_wrong_usage() -> None:
    """Exit 2, by argparse."""
    status, _, error = ran("normalize", "-", "--received", "soon")
    assert status == 2
    assert "not a time" in error


def test_an_unknown_command_lists_the_known() -> None:
    """Exit 2, and the names."""
    status, _, error = ran("normalise")
    assert status == 2
    assert "normalize" in error


def test_nothing_heavy_is_imported() -> None:
    """The tool starts without any SDK, HTTP client or template engine."""
    script = (
        "import sys; from notbefore.cli import main; main(['normalize', '-']); print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, input=b"null", capture_output=True, check=True)  # noqa: S603 - as above
    loaded = done.stderr.decode().split()
    assert not [name for name in loaded if f"{name}.".startswith(HEAVY)]
