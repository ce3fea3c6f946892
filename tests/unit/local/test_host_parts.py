"""The parts of the local host that need nobody: route templates, time spans, settings, schedules, subjects."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.environment import stand_ins
from local.host.settings import read, seconds
from local.host.timers import Schedule
from local.host.web import paths
from local.receivers.inward import subject


@pytest.mark.parametrize(
    ("prefix", "template", "expected"),
    [
        ("", "/", ["/"]),
        ("", "stories/{id}/acknowledge", ["/stories/{id}/acknowledge"]),
        ("api", "stories/{id:guid}", ["/api/stories/{id}"]),
        ("", "calendar/{audience}.ics", ["/calendar/{audience}.ics"]),
        ("", "stories/{id?}", ["/stories/{id}", "/stories"]),
        ("", "{id?}", ["/{id}", "/"]),
        ("", "files/{*rest}", ["/files/{rest:.*}"]),
    ],
)
def test_route_templates_become_paths(prefix: str, template: str, expected: list[str]) -> None:
    """Parameters, constraints, optional ends and catch-alls of Azure's templates have their path here."""
    assert paths(prefix, template) == expected


def test_host_json_is_read_with_azures_defaults(tmp_path: Path) -> None:
    """What is not set is as in Azure; half a batch is the threshold for the next."""
    file = tmp_path / "host.json"
    file.write_text("{}")
    assert read(file).route_prefix == "api"
    assert (read(file).queues.batch_size, read(file).queues.max_dequeue_count) == (16, 5)
    file.write_text(json.dumps({"extensions": {"queues": {"batchSize": 4, "visibilityTimeout": "00:00:10"}}}))
    assert (read(file).queues.new_batch_threshold, read(file).queues.visibility_timeout) == (2, 10.0)


def test_time_spans_are_dotnets() -> None:
    """Hours, minutes, seconds and fractions."""
    assert [seconds("00:00:02"), seconds("01:30:00"), seconds("00:00:00.250")] == [2.0, 5400.0, 0.25]


def test_a_schedule_has_six_fields_and_runs_in_utc() -> None:
    """Seconds come first; five fields, as cron has them, are refused rather than guessed."""
    at = datetime(2026, 11, 24, 10, 0, 1, tzinfo=UTC)
    assert Schedule("*/10 * * * * *").after(at) == datetime(2026, 11, 24, 10, 0, 10, tzinfo=UTC)
    assert Schedule("0 30 9 * * 1-5").after(at) == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    assert not Schedule("*/10 * * * * *").monitored
    assert Schedule("0 */5 * * * *").monitored
    with pytest.raises(ValueError, match="six fields"):
        Schedule("*/5 * * * *")


def test_secrets_nobody_set_are_made_up_for_a_local_run() -> None:
    """Names of secrets get a webhook secret, the same at each start; other names an address nobody has."""
    found = stand_ins('url: "${env:TEAMS_URL}", secret: "${env:HOOK_SECRET}"')
    assert found["TEAMS_URL"] == "https://teams-url.example.com/"
    assert found["HOOK_SECRET"].startswith("whsec_")
    assert found == stand_ins("${env:HOOK_SECRET} ${env:TEAMS_URL}")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"type": "x", "data": {"story": {"title": "Reboot  of\\nweb-01"}}}', "Reboot of web-01"),
        ('{"specversion": "1.0", "type": "a.story.started", "data": {"title": "Reboot"}}', "started: Reboot"),
        ('[{"text": "hello"}]', "hello"),
        ("no json", "no json"),
        ("{}", ""),
    ],
)
def test_a_subject_is_found_in_any_body(body: str, expected: str) -> None:
    """The first text under a name that may hold one, on one line."""
    assert subject(body) == expected
