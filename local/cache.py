"""Where things that took a while to fetch are kept, outside the clone, so that a second clone starts in seconds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""


def cache_root() -> Path:
    """The user's own cache directory, made when needed; inside `.venv` when there is no home to write to.

    `NOTBEFORE_CACHE` names another place.
    """
    for place in (_wished(), _usual(), ROOT / ".venv" / "cache"):
        if place is not None and _writable(place):
            return place
    raise OSError("no directory to keep downloads in; set NOTBEFORE_CACHE to one that can be written")


def _wished() -> Path | None:
    wish = os.environ.get("NOTBEFORE_CACHE")
    return Path(wish).expanduser() if wish else None


def _usual() -> Path | None:
    try:
        home = Path.home()
    except RuntimeError:  # no home in the environment nor in the user database
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "notbefore"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "notbefore"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "notbefore"


def _writable(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(place, os.W_OK)
