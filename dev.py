#!/usr/bin/env python3
"""The one command of a laptop. It needs a stock Python of 3.11 or newer and a package index, nothing else.

    python3 dev.py run              the whole product on this machine, and a short story played to it
    python3 dev.py test             format, lint, types, layers and every test
    python3 dev.py package          the zip that runs in Azure, with its packages; nothing is built there
    python3 dev.py notbefore ...    the tool, in the environment of this checkout

The first start makes `.venv/` from requirements-dev.txt; the next ones find it and take seconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.txt"
STAMP = VENV / "notbefore-stamp"
OLDEST = (3, 11)


def main() -> int:
    """In the environment: does what was asked. Outside: makes the environment and starts again in it."""
    if Path(sys.prefix).resolve() == VENV.resolve() and STAMP.exists() and STAMP.read_text() == _wanted():
        from local.commands import main as commands

        return commands(sys.argv[1:])
    if sys.version_info[:2] < OLDEST:
        return _fail(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}")
    with _one_at_a_time():
        problem = _environment()
    return _fail(problem) if problem else _start_again()


def _environment() -> str:
    """Makes `.venv/` fit the lock file, when it does not; what went wrong, or nothing."""
    if not _works(_python()):
        print(f"making {VENV} (once)", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=False).returncode:
            return "the environment cannot be made; on Debian and Ubuntu: apt install python3-venv"
    if STAMP.exists() and STAMP.read_text() == _wanted():
        return ""
    print(f"installing what {LOCK.name} names (once, about a minute)", flush=True)
    pip = [str(_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-r", str(LOCK)]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    if subprocess.run([*pip, *quiet], check=False).returncode:
        return "the packages cannot be installed; pip says why above"
    STAMP.write_text(_wanted())
    return ""


def _start_again() -> int:
    """The same command, with the environment's Python; on POSIX in this very process, so that signals reach it."""
    command = [str(_python()), str(ROOT / "dev.py"), *sys.argv[1:]]
    if os.name == "posix":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return subprocess.run(command, check=False).returncode


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _python() -> Path:
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def _works(python: Path) -> bool:
    """Whether it is there, starts and is new enough: a clone that was moved, or a Python that went, leaves ruins."""
    check = f"import sys, pip; sys.exit(sys.version_info[:2] < {OLDEST})"
    try:
        return subprocess.run([str(python), "-c", check], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two first starts at the same moment make one environment, one after the other."""
    state = ROOT / ".local"
    state.mkdir(exist_ok=True)
    with (state / "environment.lock").open("w") as file:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fail(problem: str) -> int:
    print(f"dev.py: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
