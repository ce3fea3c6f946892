"""docs/operations.md knows every state that a reader may meet, and the pipeline does what the page says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import board_site
import yaml

from notbefore.board import Board
from notbefore.board.health import health
from notbefore.schema import DeliveryState, Verdict

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PIPELINE: dict[Any, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8"))


def test_every_state_of_a_delivery_and_every_decision_is_explained() -> None:
    """Whoever was not told finds a line for what the audit says."""
    assert [word for word in (*DeliveryState, *Verdict) if f"`{word}`" not in PAGE] == []


async def test_every_check_of_the_probe_is_explained() -> None:
    """What /health names has a row with what to do."""
    found = await health(Board(board_site.house().outside))
    assert [one.name for one in found.checks if f"| `{one.name}` |" not in PAGE] == []


def test_the_pipeline_holds_no_secret_and_logs_in_by_federation() -> None:
    """No `secrets.` anywhere; a token for Azure is asked for, and everything else may only read."""
    text = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    assert "secrets." not in text
    assert PIPELINE["permissions"] == {"contents": "read", "id-token": "write"}
    steps = [
        step for job in PIPELINE["jobs"].values() for step in job["steps"] if "azure/login" in step.get("uses", "")
    ]
    assert [set(step["with"]) for step in steps] == [{"client-id", "tenant-id", "subscription-id"}] * 3


def test_nothing_is_deployed_that_was_not_checked_and_every_deployment_is_drilled() -> None:
    """Check → what-if → deploy → drill, in that order; only the main branch is deployed; each week a drill."""
    jobs = PIPELINE["jobs"]
    assert [job.get("needs") for job in jobs.values()] == [None, "check", "what-if", "deploy"]
    assert "refs/heads/main" in jobs["deploy"]["if"]
    assert "schedule" in jobs["drill"]["if"]
    assert PIPELINE[True]["schedule"]  # YAML 1.1 reads the word `on` so
