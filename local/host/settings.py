"""What `host.json` says that matters to a local run, read as Azure reads it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class QueueSettings:
    """`extensions.queues`. The defaults are Azure's; times are seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0
    max_polling_interval: float = 2.0
    base64: bool = True


@dataclass(frozen=True)
class HostSettings:
    """The part of `host.json` that the local host obeys."""

    route_prefix: str = "api"
    queues: QueueSettings = QueueSettings()


def read(path: Path) -> HostSettings:
    """Reads `host.json`. Raises: OSError, ValueError when it is no JSON or a number is none."""
    extensions: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")).get("extensions", {})
    queues = extensions.get("queues", {})
    usual = QueueSettings()
    batch_size = int(queues.get("batchSize", usual.batch_size))
    return HostSettings(
        route_prefix=str(extensions.get("http", {}).get("routePrefix", "api")).strip("/"),
        queues=QueueSettings(
            batch_size=batch_size,
            new_batch_threshold=int(queues.get("newBatchThreshold", batch_size // 2)),
            max_dequeue_count=int(queues.get("maxDequeueCount", usual.max_dequeue_count)),
            visibility_timeout=seconds(queues.get("visibilityTimeout", "00:00:00")),
            max_polling_interval=seconds(queues.get("maxPollingInterval", "00:00:02")),
            base64=str(queues.get("messageEncoding", "base64")).lower() == "base64",
        ),
    )


def seconds(text: str) -> float:
    """Seconds of a .NET time span, `hh:mm:ss` with optional fractions. Raises: ValueError."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def resolved(text: str) -> str:
    """The text with each `%NAME%` replaced by that setting. Raises: LookupError when one is not set."""
    return re.sub(r"%([^%]+)%", lambda found: os.environ[found[1]], text)
