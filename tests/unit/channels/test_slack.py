"""Slack with a bot: one message a story that is kept up to date, its thread, and no second message after silence."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from notbefore.channels.chat import Chat
from notbefore.config.model import Audience, ChannelConfig
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Outbound, networks
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
TARGET = "slack:C0123"


class Workspace:
    """A channel, as the Web API keeps it: 200 with `ok`, time stamps as names, threads, edits."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.refuses: dict[str, str] = {}
        self.deaf = False

    async def call(self, request: web.Request) -> web.Response:
        """One method."""
        method = request.match_info["method"]
        if request.headers.get("Authorization") != "Bearer xoxb-1":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if method in self.refuses:
            return web.json_response({"ok": False, "error": self.refuses[method]})
        said = dict(request.query) if request.method == "GET" else json.loads(await request.read())
        answer = {"chat.postMessage": self.post, "chat.update": self.update}.get(method, self.read)(said)
        if self.deaf:
            raise web.HTTPServiceUnavailable
        return web.json_response(answer)

    def post(self, said: dict[str, Any]) -> dict[str, Any]:
        """A new message."""
        ts = f"{AT.timestamp() + len(self.posts) + 1:.6f}"
        self.posts.append(said | {"ts": ts})
        return {"ok": True, "ts": ts, "channel": said["channel"]}

    def update(self, said: dict[str, Any]) -> dict[str, Any]:
        """Only of a message that is there."""
        for number, post in enumerate(self.posts):
            if post["ts"] == said["ts"]:
                self.posts[number] = post | said
                return {"ok": True, "ts": said["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def read(self, said: dict[str, Any]) -> dict[str, Any]:
        """The channel, or a thread."""
        found = [post for post in self.posts if said.get("ts") in (None, post.get("thread_ts"), post["ts"])]
        return {"ok": True, "messages": found}


def message(example: str, before: dict[str, str] | None = None, **changes: Any) -> Message:  # noqa: ANN401 - any field
    """A rendered example for the channel."""
    delivery = replace(examples()[example], channel="chat", target=TARGET)
    channel = ChannelConfig(kind="chat", targets=(TARGET,), options={"token": "xoxb-1"})
    made = render(delivery, Audience(name="x", channels=(channel,)), RenderContext(clock=lambda: AT))
    return replace(made, before=before or {}, **changes)


@pytest.fixture
async def there() -> AsyncIterator[tuple[Workspace, Chat]]:
    """A workspace, and the channel that speaks to it."""
    workspace, app = Workspace(), web.Application()
    app.router.add_route("*", "/api/{method}", workspace.call)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    outbound = Outbound(networks(["127.0.0.0/8"]))
    yield workspace, Chat(outbound, slack=f"http://127.0.0.1:{runner.addresses[0][1]}/api")
    await outbound.close()
    await runner.cleanup()


async def test_a_story_is_one_message_and_its_thread(there: tuple[Workspace, Chat]) -> None:
    """The first message says what holds now after each update; each update stands below it."""
    workspace, chat = there
    before: dict[str, str] = {}
    for example in ("reboot-in-an-hour", "started", "over"):
        before = (await chat.send(message(example, before, delivery_id=example))).details
    root, *below = workspace.posts
    assert [post.get("thread_ts") for post in workspace.posts] == [None, root["ts"], root["ts"]]
    assert root["blocks"] == below[-1]["blocks"]
    assert before["thread"] == root["ts"]


async def test_a_message_that_somebody_deleted_begins_anew(there: tuple[Workspace, Chat]) -> None:
    """The news is not lost with it."""
    workspace, chat = there
    first = (await chat.send(message("reboot-in-an-hour"))).details
    workspace.posts.clear()
    again = (await chat.send(message("started", first))).details
    assert [post.get("thread_ts") for post in workspace.posts] == [None]
    assert again["thread"] == again["message"]


@pytest.mark.parametrize("below", [False, True])
async def test_a_repeat_after_silence_is_known(there: tuple[Workspace, Chat], *, below: bool) -> None:
    """What arrived though nobody heard the answer is found by the delivery's id, and not said again."""
    workspace, chat = there
    before = (await chat.send(message("reboot-in-an-hour", delivery_id="one"))).details if below else {}
    workspace.deaf = True
    with pytest.raises(Transient):
        await chat.send(message("started", before, delivery_id="two"))
    workspace.deaf = False
    if below:  # the edit was heard by nobody, so nothing was posted yet
        workspace.post({"channel": "C0123", "thread_ts": before["thread"], "metadata": {"delivery": "two"}})
    await chat.send(message("started", before, delivery_id="two", attempt=2, first_at=AT))
    assert sum("two" in str(post.get("metadata")) for post in workspace.posts) == 1


async def test_a_token_that_may_not_read_still_speaks(there: tuple[Workspace, Chat]) -> None:
    """Without the scope to look, a repeat is sent rather than lost."""
    workspace, chat = there
    workspace.refuses["conversations.history"] = "missing_scope"
    await chat.send(message("started", attempt=2, first_at=AT))
    assert len(workspace.posts) == 1


@pytest.mark.parametrize(
    ("word", "expected"), [("channel_not_found", Permanent), ("is_archived", Permanent), ("internal_error", Transient)]
)
async def test_words_of_refusal(there: tuple[Workspace, Chat], word: str, expected: type[Exception]) -> None:
    """Slack answers 200 with a word: which of them are for good, and that a person reads it."""
    workspace, chat = there
    workspace.refuses["chat.postMessage"] = word
    with pytest.raises(expected, match=word):
        await chat.send(message("started"))


async def test_ten_thousand_characters_and_direction_marks(there: tuple[Workspace, Chat], tmp_path: Path) -> None:
    """A long title with marks that turn text around stays within Slack's limits and is plain."""
    workspace, chat = there
    del tmp_path
    delivery = examples()["reboot-in-an-hour"]
    story = replace(delivery.story, title="\u202eab" * 5_000, text="x" * 50_000)
    channel = ChannelConfig(kind="chat", targets=(TARGET,), options={"token": "xoxb-1"})
    made = replace(delivery, channel="chat", target=TARGET, story=story)
    await chat.send(render(made, Audience(name="x", channels=(channel,)), RenderContext(clock=lambda: AT)))
    (post,) = workspace.posts
    assert "\u202e" not in json.dumps(post, ensure_ascii=False)
    sections = [block["text"]["text"] for block in post["blocks"] if block["type"] == "section"]
    assert max(map(len, sections)) <= 3000
    assert len(post["blocks"]) <= 50
