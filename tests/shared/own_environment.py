"""An environment of its own for a tool that cannot share ours, made once in the user's cache."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.cache import cache_root


def commands_of(requirement: str) -> Path:
    """The folder of the environment's commands; without a package index the test is skipped, with that reason."""
    home = cache_root() / f"{requirement.replace('==', '-')}-py{sys.version_info[0]}{sys.version_info[1]}"
    windows = sys.platform == "win32"
    commands = home / ("Scripts" if windows else "bin")
    if not (home / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)  # noqa: S603 - ourselves
        python = str(commands / ("python.exe" if windows else "python"))
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        if subprocess.run(pip, check=False).returncode:  # noqa: S603 - the environment just made
            pytest.skip(f"{requirement} cannot be installed from the package index; pip says why above")
        (home / "complete").touch()
    return commands
