"""A door answers seconds sooner when it loads only what a door needs: cold start is a feature."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BEHIND_THE_DOOR = ("story", "sources", "envelopes", "rendering", "timing", "routing", "rules", "pipeline.telling")
HEAVY = ("aiohttp", "apprise", "azure.core", "azure.identity", "babel", "jinja2", "jwt", "yaml")


def test_the_app_starts_without_what_judges_and_tells() -> None:
    """Importing the app loads no decision, no rendering and no heavy library."""
    program = "import sys, function_app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
    loaded = set(done.stdout.split())
    assert "notbefore.pipeline.accept" in loaded
    assert not loaded & {*(f"notbefore.{one}" for one in BEHIND_THE_DOOR), *HEAVY}
