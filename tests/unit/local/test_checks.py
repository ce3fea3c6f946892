"""`dev.py test` runs every group whatever fails, and fails with the first that did."""

from __future__ import annotations

import sys
from pathlib import Path

from local.checks import groups, run_all


def test_every_group_runs_and_the_first_failure_is_the_status(tmp_path: Path) -> None:
    """A group after a failing one runs all the same."""
    mark = tmp_path / "ran"
    python = sys.executable
    checks = [
        ("good", [python, "-c", ""]),
        ("bad", [python, "-c", "raise SystemExit(3)"]),
        ("worse", [python, "-c", f"open({str(mark)!r}, 'w').close(); raise SystemExit(4)"]),
    ]
    assert run_all(checks) == 3
    assert mark.exists()
    assert run_all(checks[:1]) == 0


def test_the_groups_are_format_lint_types_layers_and_tests() -> None:
    """All five, and arguments go to pytest only."""
    found = dict(groups(["-k", "routing"]))
    assert list(found) == ["format", "lint", "types", "layers", "tests"]
    assert [name for name, command in found.items() if "routing" in command] == ["tests"]
