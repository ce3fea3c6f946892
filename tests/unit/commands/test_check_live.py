"""`check --live`: the instance is asked what it will refuse, before a message finds out."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from local.receivers.receivers import start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.commands.live import live
from notbefore.config.loading import parse
from notbefore.errors import Mistake

FILE = """
version: 1
audiences:
  desk:
    channels:
      - itsm: {{system: servicenow, table: change_request, user: n, password: "${{env:P}}"{snow}, url: "https://x.example.com"}}
      - itsm: {{system: jira, project: OPS, url: "https://x.example.com", user: nb, token: "${{env:P}}"{jira}}}
routes: [{{name: all, to: [desk]}}]
"""
Asked = Callable[..., Any]


class Known:
    """A setting for everything that is asked for."""

    def get(self, name: str) -> str | None:
        """`P` is there."""
        return "secret" if name == "P" else None


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    """What an instance of this set-up says against a file."""
    opened = []

    async def one(set_up: SetUp, snow: str = "", jira: str = "") -> tuple[Mistake, ...]:
        receivers = await start(tmp_path, lambda _arrival: None, set_up=set_up)
        opened.append(receivers)
        config = parse(FILE.format(snow=snow, jira=jira).encode(), "routes.yaml")
        return await live(config, Known(), {}, LocalOutbound(receivers.url, "itsm", keep_path=True))

    yield one
    for receivers in opened:
        await receivers.close()
    assert not list((tmp_path / "itsm").glob("*"))


async def test_a_file_that_gives_everything_is_right(asked: Asked) -> None:
    """Signed in with the secret of the setting, both systems have nothing against it, and nothing was made there."""
    assert await asked(SetUp(signed_in=True)) == ()


async def test_mandatory_fields_and_unknown_states_are_named(asked: Asked) -> None:
    """Each with the line of its channel: what is wanted and not given, and a state that does not exist."""
    strict = SetUp(
        mandatory={"change_request": ("u_risk", "short_description"), "OPS": ("customfield_7",)},
        moves={"change_request": {"-5": (), "3": ()}},
    )
    found = await asked(strict, snow=", states: {started: 99}", jira=", issue_type: Task")
    assert [(one.line, one.problem) for one in found] == [
        (6, "change_request wants `u_risk`, which `fields` does not give"),
        (6, "change_request has no state 99"),
        (7, "OPS wants `customfield_7` (Customfield_7), which `fields` does not give"),
    ]
    mapped = ', fields: {u_risk: "3"}', ', fields: {customfield_7: "x"}'
    assert await asked(strict, *mapped) == ()


async def test_what_is_not_there_is_named(asked: Asked) -> None:
    """A field that no screen has, a type that no project has."""
    found = await asked(SetUp(), jira=', fields: {customfield_9: "x"}')
    assert [one.problem for one in found] == ["`customfield_9` is not on the create screen of Task"]
    found = await asked(SetUp(), jira=", issue_type: Change")
    assert [one.problem for one in found] == ["OPS has no issue type Change: it has Task"]


def test_an_instance_that_cannot_be_reached_is_a_mistake_too(tmp_path: Path) -> None:
    """The command ends with 1 and says which instance, and why; the secret is not in it."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(FILE.format(snow="", jira="").replace("x.example.com", "127.0.0.1"), encoding="utf-8")
    command = [sys.executable, "-m", "notbefore", "check", "--live", "--routes", str(routes)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=os.environ | {"P": "hush-hush"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "127.0.0.1 cannot be asked" in done.stdout
    assert "hush" not in done.stdout + done.stderr
