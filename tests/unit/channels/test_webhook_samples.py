"""The samples of docs/channels/webhook.md do what the page says: they are run as they stand there."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from channel_posts import Receive

from notbefore.channels.webhook import signed
from notbefore.schema import Message

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "channels" / "webhook.md").read_text()
POWERSHELL = shutil.which("pwsh") or shutil.which("powershell")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def sample(language: str) -> str:
    """The sample in that language."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def verified() -> Callable[[str, dict[str, str], bytes], bool]:
    """The Python sample's function."""
    room: dict[str, Any] = {}
    exec(sample("python"), room)  # noqa: S102 - our own page
    found: Callable[[str, dict[str, str], bytes], bool] = room["verified"]
    return found


@pytest.mark.parametrize(("age", "body", "right"), [(0, b"{}", True), (600, b"{}", False), (0, b"{ }", False)])
def test_the_python_sample_believes_us_and_nobody_else(age: int, body: bytes, right: bool) -> None:  # noqa: FBT001 - a parameter
    """What we sign is verified; an old message and a changed body are not."""
    at = datetime.fromtimestamp(time.time() - age, UTC)
    message = Message(delivery_id="a", channel="webhook", target="", body=b"{}", options={"secrets": SECRET}, at=at)
    assert verified()(SECRET, signed(message), body) is right


@pytest.mark.skipif(POWERSHELL is None, reason="there is no PowerShell here")
@pytest.mark.parametrize(("age", "body", "right"), [(0, "{}", True), (600, "{}", False), (0, "{ }", False)])
async def test_the_powershell_sample_believes_us_and_nobody_else(age: int, body: str, right: bool) -> None:  # noqa: FBT001 - a parameter
    """The same as the Python sample, by the same headers."""
    at = datetime.fromtimestamp(time.time() - age, UTC)
    message = Message(delivery_id="a", channel="webhook", target="", body=b"{}", options={"secrets": SECRET}, at=at)
    headers = "; ".join(f"'{name}' = '{value}'" for name, value in signed(message).items())
    ask = f"Test-NotBefore '{SECRET}' @{{ {headers} }} ([Text.Encoding]::UTF8.GetBytes('{body}'))"
    process = await asyncio.create_subprocess_exec(
        str(POWERSHELL), "-NoProfile", "-Command", f"{sample('powershell')}\n{ask}", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert said.decode().strip() == str(right)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="no curl or no openssl here")
async def test_the_curl_sample_is_signed(receive: Receive) -> None:
    """A receiver that verifies as the page says believes what the page's curl sends."""
    receiver = await receive()
    here = {**os.environ, "SECRET": SECRET, "URL": receiver.url}
    process = await asyncio.create_subprocess_exec("sh", "-ec", sample("sh"), env=here)
    assert await process.wait() == 0
    (got,) = receiver.got
    assert verified()(SECRET, got.headers, got.body)
