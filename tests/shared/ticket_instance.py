"""An instance of a ticket system with rules of its own, what is sent to it, and what it keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from local.receivers.set_up import SetUp
from notbefore.config.model import Audience, ChannelConfig
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

OWN = dict.fromkeys(("servicenow", "jira"), "https://notbefore:secret@tickets.example.com")
Instance = Callable[[SetUp], Any]


def message(example: str, target: str, before: dict[str, str] | None = None, **options: Any) -> Message:  # noqa: ANN401 - as the file has them
    """A rendered example, with a channel's options."""
    delivery = replace(examples()[example], channel="itsm", target=target)
    delivery = replace(
        delivery, story_id="story-1", story=replace(delivery.story, over=example in ("over", "canceled"))
    )
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in options.items()}
    channel = ChannelConfig(kind="itsm", targets=(target,), options=written)
    context = RenderContext(clock=lambda: delivery.created_at)
    return replace(render(delivery, Audience(name="x", channels=(channel,)), context), before=before or {})


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    """The records there are."""
    return [json.loads(path.read_text())["record"] for path in sorted((tmp_path / "itsm").glob("*.json"))]
