"""What arrived: one file a message, written whole or not at all, and told to whoever listens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Arrival:
    """One message that reached a local receiver."""

    kind: str
    to: str
    subject: str
    at: datetime
    path: Path


Listener = Callable[[Arrival], None]


class Inbox:
    """The directory of what was received, one folder a kind."""

    def __init__(self, root: Path, listener: Listener) -> None:
        self.root = root
        self._listener = listener
        self._count = count(1)

    def keep(self, kind: str, to: str, subject: str, content: bytes, name: str = "") -> Path:
        """Writes the message and tells the listener. The same `name` again replaces the file."""
        at = datetime.now(UTC)
        fresh = f"{at:%Y%m%dT%H%M%S.%f}Z-{next(self._count):04d}"
        suffix = ".eml" if kind == "mail" else ".json"
        path = self.root / kind / ((_safe(name) or fresh) + suffix)
        write_whole(path, content)
        self._listener(Arrival(kind, to, subject, at, path))
        return path

    def files(self) -> list[Path]:
        """Every message, the newest first."""
        found = [path for path in self.root.glob("*/*") if path.suffix in {".eml", ".json"} and path.name[0] != "."]
        return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside and renames: nobody sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".{path.name}.new"
    beside.write_bytes(content)
    beside.replace(path)


def as_json(value: dict[str, Any]) -> bytes:
    """JSON that a person can read."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")
