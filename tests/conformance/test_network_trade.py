"""The network trade's own parser reads our calendar: circuit-maintenance-parser, which pins libraries of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from calendar_stories import feed, stories
from own_environment import commands_of

from notbefore.rendering import calendar
from notbefore.schema import Impact, Phase

STATUS = {
    "announced": "TENTATIVE", "unknown": "TENTATIVE", "scheduled": "CONFIRMED", "updated": "CONFIRMED",
    "rescheduled": "CONFIRMED", "started": "IN-PROCESS", "completed": "COMPLETED", "failed": "COMPLETED",
    "canceled": "CANCELLED",
}  # fmt: skip  # a table reads best in rows
HARMLESS = {"none": "NO-IMPACT", "freeze": "DEGRADED", "degraded": "DEGRADED"}
"""In the standard's words, written here once more: every other impact is an OUTAGE."""
PARSER = "circuit-maintenance-parser==2.12.0"


@pytest.fixture(scope="session")
def parser() -> Path:
    """A Python with the parser, made once in the user's cache."""
    return commands_of(PARSER) / ("python.exe" if sys.platform == "win32" else "python")


def read(python: Path, raw: bytes) -> list[dict[str, Any]]:
    """What the parser makes of a calendar."""
    script = Path(__file__).with_name("maintenance_parser.py")
    done = subprocess.run(  # noqa: S603 - our own script
        [str(python), str(script)], input=raw, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_every_phase_and_impact_is_tried() -> None:
    """The feed that the parser gets holds each phase with each impact: a new word of ours must be added here."""
    tried = {(story.phase, story.impact) for story, _ in stories()}
    assert tried == {(phase, impact) for phase in Phase for impact in Impact}
    assert {str(phase) for phase in Phase} == STATUS.keys()


def test_every_state_of_a_story_is_read(parser: Path) -> None:
    """Each phase with each impact comes out with its times, status, sequence, objects and their impacts."""
    found = read(parser, feed())
    expected = list(stories())
    assert len(found) == len(expected)
    for (story, resources), one in zip(expected, found, strict=True):
        start = story.window.not_before
        assert start is not None
        end = story.window.not_after
        assert one["start"] == int(start.timestamp())
        assert one["end"] == int((end if end and end > start else start + calendar.ASSUMED).timestamp())
        assert (one["status"], one["sequence"]) == (STATUS[story.phase], story.revision)
        assert (one["provider"], one["account"]) == (calendar.PROVIDER, story.subscription_id)
        names = [state.resource.key for state in resources] or [story.subscription_id]
        assert [circuit["circuit_id"] for circuit in one["circuits"]] == names
        assert {circuit["impact"] for circuit in one["circuits"]} == {HARMLESS.get(story.impact, "OUTAGE")}
