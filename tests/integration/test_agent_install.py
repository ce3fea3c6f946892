"""From a bare machine to a running agent with one pasted line: the app gives out what the line installs."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from board_site import house, request, served
from board_stories import furnish

from functions import agents

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32" or shutil.which("curl") is None, reason="needs sh and curl")


@pytest.mark.parametrize("name", agents.FILES)
async def test_the_app_gives_out_the_agents_files(name: str) -> None:
    """As they are shipped, as text, to anybody."""
    said = await agents.file(request(f"/agent/{name}", route={"file": name}))
    assert said.get_body() == (ROOT / "agent" / agents.FILES[name] / name).read_bytes()
    assert said.mimetype == "text/plain"


@pytest.mark.parametrize("name", ["../../function_app.py", "ruff.toml", "hooks/10-drain", ""])
async def test_it_gives_out_nothing_else(name: str) -> None:
    """A name that is not on the list is not there."""
    assert (await agents.agent(request("/agent/x", route={"file": name}))).status_code == 404


async def test_one_pasted_line_installs_it(tmp_path: Path) -> None:
    """The line of the page, into a folder; again, it replaces the agent and keeps the operator's own settings."""
    there = house()
    await furnish(there)
    conf = tmp_path / "etc" / "notbefore" / "agent.conf"
    async with served(there) as site:
        await pasted(site.url, "first", tmp_path)
        conf.write_text(conf.read_text() + "NOTBEFORE_POLL=2\n")
        await pasted(site.url, "second", tmp_path)
    assert conf.read_text().splitlines() == [
        "NOTBEFORE_POLL=2",
        f"NOTBEFORE_SIGNALS={site.url}/signals",
        "NOTBEFORE_KEY=second",
    ]
    assert conf.stat().st_mode & 0o077 == 0
    installed = tmp_path / "usr" / "local" / "lib" / "notbefore" / "notbefore_agent.py"
    assert installed.read_bytes() == (ROOT / "agent/linux/notbefore_agent.py").read_bytes()
    assert (tmp_path / "etc" / "systemd" / "system" / "notbefore-agent.service").is_file()


async def pasted(url: str, key: str, root: Path) -> None:
    """Runs the line with a shell."""
    line = f"curl -fsSL --noproxy '*' {url}/agent/install.sh | NOTBEFORE_ROOT='{root}' sh -s -- {url}/signals {key}"
    command = ["sh", "-c", line]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
