"""The Python that Azure runs, where this machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def python_3_13() -> str | None:
    """A Python 3.13 that starts: one of pyenv's, on PATH, ours."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [*sorted(pyenv.glob("3.13*/bin/python")), shutil.which("python3.13"), sys.executable]
    return next((str(one) for one in found if one is not None and _is_3_13(str(one))), None)


def _is_3_13(python: str) -> bool:
    check = "import sys; sys.exit(sys.version_info[:2] != (3, 13))"
    return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0  # noqa: S603 - found above
