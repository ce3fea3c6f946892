"""`dev.py test`: every check, in the order in which a mistake is cheapest to find. All run, whatever fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from local.cache import ROOT

_BIN = Path(sys.executable).parent


def groups(arguments: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The checks by name, each as a command of this environment."""
    python = sys.executable
    return [
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("types", [python, "-m", "mypy"]),
        ("layers", [str(_BIN / "lint-imports")]),
        ("tests", [python, "-m", "pytest", *arguments]),
    ]


def run_all(checks: Sequence[tuple[str, list[str]]]) -> int:
    """Runs every group; the exit status of the first that failed, 0 when none did."""
    failed: list[tuple[str, int]] = []
    for name, command in checks:
        print(f"\n== {name}: {_shown(command)}", flush=True)
        began = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode
        print(f"== {name}: {'failed' if status else 'good'}, {time.monotonic() - began:.0f} s", flush=True)
        if status:
            failed.append((name, status))
    print(f"\n{'failed: ' + ', '.join(name for name, _ in failed) if failed else 'all good'}")
    return failed[0][1] if failed else 0


def _shown(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])


def _environment() -> dict[str, str]:
    """The checkout is on the path, so that tests and layers find it from anywhere."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
