"""Tickets: one a story, updated once a delivery, closed at the end; against stand-ins of both systems."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from local.receivers.receivers import Receivers, start
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience
from notbefore.errors import Permanent, Transient
from notbefore.outbound import Answer, Outbound
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples
from notbefore.schema import Message

TARGETS = ("servicenow:incident", "servicenow:change_request", "jira:OPS")
OWN = dict.fromkeys(("servicenow", "jira"), "https://tickets.example.com")
AT = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)


def message(example: str, target: str, **changes: Any) -> Message:  # noqa: ANN401 - any field
    """A rendered example for the ticket system."""
    delivery = replace(examples()[example], channel="itsm", target=target)
    delivery = replace(delivery, story=replace(delivery.story, over=example == "over"))
    return replace(render(delivery, Audience(name="x", channels=()), RenderContext(clock=lambda: AT)), **changes)


@pytest.fixture
async def stand_ins(tmp_path: Path) -> AsyncIterator[Receivers]:
    """The local receivers, with both ticket systems."""
    receivers = await start(tmp_path, lambda _arrival: None)
    yield receivers
    await receivers.close()


@pytest.fixture
async def tickets(stand_ins: Receivers) -> AsyncIterator[Tickets]:
    """The channel, aimed at them."""
    way_out = LocalOutbound(stand_ins.url, "itsm", keep_path=True)
    yield Tickets(way_out, OWN)
    await way_out.close()


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    """Every ticket there is, with the history of what was sent."""
    return [json.loads(path.read_text()) for path in sorted((tmp_path / "itsm").glob("*.json"))]


@pytest.mark.parametrize("target", TARGETS)
async def test_one_story_one_ticket(tickets: Tickets, tmp_path: Path, target: str) -> None:
    """Three messages of a story make one ticket, which is closed by the last."""
    numbers = set()
    for example in ("reboot-in-an-hour", "started", "over"):
        receipt = await tickets.send(message(example, target))
        numbers.add(receipt.details["ticket"])
    (ticket,) = kept(tmp_path)
    assert len(numbers) == 1
    assert receipt.details["closed"] == "yes"
    assert "Over: reboot" in json.dumps(ticket["record"])


@pytest.mark.parametrize("target", TARGETS)
async def test_a_repeat_changes_nothing(tickets: Tickets, tmp_path: Path, target: str) -> None:
    """The same delivery again, after a crash, finds itself in the ticket and adds nothing."""
    await tickets.send(message("reboot-in-an-hour", target))
    await tickets.send(message("started", target))
    before = kept(tmp_path)
    await tickets.send(message("started", target, attempt=2))
    assert kept(tmp_path) == before


@pytest.mark.parametrize("target", TARGETS)
async def test_two_stories_two_tickets(tickets: Tickets, tmp_path: Path, target: str) -> None:
    """Another story gets a ticket of its own."""
    await tickets.send(message("reboot-in-an-hour", target))
    await tickets.send(message("patching-failed", target))
    assert len(kept(tmp_path)) == 2


async def test_a_change_has_its_window(tickets: Tickets, tmp_path: Path) -> None:
    """A change request carries the window, in UTC and ServiceNow's form, and its group."""
    options = {"assignment_group": "platform"}
    await tickets.send(message("moved", "servicenow:change_request", options=options))
    record = kept(tmp_path)[0]["record"]
    assert (record["start_date"], record["end_date"]) == ("2026-12-19 22:00:00", "2026-12-20 04:00:00")
    assert record["assignment_group"] == "platform"


async def test_rows_that_are_not_ours_are_not_taken(receive: Any, outbound: Outbound) -> None:  # noqa: ANN401 - a fixture
    """An instance that answers a query with any row does not make us write into that row."""
    foreign = json.dumps({"result": [{"sys_id": "1", "number": "INC1", "correlation_id": "other"}]}).encode()
    made = json.dumps({"result": {"sys_id": "2", "number": "INC2"}}).encode()
    receiver = await receive((200, foreign, {}), (201, made, {}))
    options = {"url": receiver.url, "user": "u", "password": "p"}
    receipt = await Tickets(outbound).send(message("started", "servicenow:incident", options=options))
    assert receipt.details["ticket"] == "INC2"
    assert [got.method for got in receiver.got] == ["GET", "POST"]
    assert receiver.got[0].headers["authorization"] == "Basic dTpw"


async def test_a_rule_against_closing_loses_no_news(receive: Any, outbound: Outbound) -> None:  # noqa: ANN401 - a fixture
    """The note is there; that the ticket stays open is a failure that a person sees, with the instance's own words."""
    made = json.dumps({"result": {"sys_id": "2", "number": "INC2"}}).encode()
    rule = json.dumps({"error": {"message": "Data Policy Exception", "detail": "Close code is mandatory"}}).encode()
    receiver = await receive((200, b'{"result":[]}', {}), (201, made, {}), (403, rule, {}))
    with pytest.raises(Permanent, match=r"INC2 has the note.*Close code is mandatory") as refused:
        await Tickets(outbound).send(message("over", "servicenow:incident", options={"url": receiver.url}))
    assert refused.value.known == {"ticket": "INC2", "record": "2", "at": "127.0.0.1", "left_open": "yes"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [((429, b"", {"Retry-After": "9"}), Transient), ((503, b"", {}), Transient), ((401, b"", {}), Permanent),
     ((200, b"<html>", {}), Transient)],
)  # fmt: skip  # a table reads best in rows
async def test_answers_of_a_ticket_system(
    receive: Any,  # noqa: ANN401 - a fixture
    outbound: Outbound,
    answer: tuple[int, bytes, dict[str, str]],
    expected: type[Exception],
) -> None:
    """Busy and broken are tried again; a login that fails is not."""
    receiver = await receive(answer)
    with pytest.raises(expected):
        await Tickets(outbound).send(message("started", "jira:OPS", options={"url": receiver.url, "token": "t"}))


@pytest.mark.parametrize("target", ["", "remedy:x", "servicenow:a/../b", "servicenow:", "jira:"])
async def test_no_such_system(tickets: Tickets, target: str) -> None:
    """A target that names no system or place is refused for good."""
    with pytest.raises(Permanent):
        await tickets.send(message("started", target))


async def test_slow_answers_do_not_add_up(stand_ins: Receivers) -> None:
    """Several calls, each within its time, do not hold a worker longer than one send may."""

    class Slow(LocalOutbound):
        async def request(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            await asyncio.sleep(0.1)
            return await super().request(method, url, body, headers)

    way_out = Slow(stand_ins.url, "itsm", keep_path=True)
    with pytest.raises(Transient, match="too long"):
        await Tickets(way_out, OWN, limit=0.15).send(message("over", TARGETS[0]))
    await way_out.close()


async def test_without_an_instance(outbound: Outbound) -> None:
    """Outside a local run a ticket needs an address in the routing file."""
    with pytest.raises(Permanent, match="url"):
        await Tickets(outbound).send(message("started", "jira:OPS"))


@pytest.mark.parametrize("target", TARGETS)
async def test_a_ticket_that_a_person_deleted_is_made_anew(tmp_path: Path, target: str) -> None:
    """The news is not lost with it: the next one opens a ticket of its own."""
    for part in ("before", "after"):  # the stand-in reads its records when it starts: between the two they are gone
        receivers = await start(tmp_path / part, lambda _arrival: None)
        way_out = LocalOutbound(receivers.url, "itsm", keep_path=True)
        example = "reboot-in-an-hour" if part == "before" else "started"
        receipt = await Tickets(way_out, OWN).send(message(example, target))
        await way_out.close()
        await receivers.close()
        assert receipt.details["ticket"]
        (ticket,) = kept(tmp_path / part)
        assert len(ticket["history"]) == 1


@pytest.mark.parametrize(("status", "meaning"), [(429, Transient), (503, Transient), (403, Permanent)])
async def test_closing_is_tried_again_unless_it_is_forbidden(status: int, meaning: type[Exception]) -> None:
    """*Not now* is no refusal: the ticket would stay open for ever; a rule of the instance is for a person to see."""
    what = message("over", "servicenow:incident")

    class Closing(Outbound):
        """A record that is there, and a system that will not close it."""

        async def request(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            """The record; the note; then the status."""
            del headers
            story = json.loads(what.body)["story"]
            record = {"sys_id": "1", "number": "INC1", "correlation_id": story, "correlation_display": "x"}
            if method == "PATCH" and b"close_code" in body:
                return Answer(status, {}, b"")
            found = [record] if method == "GET" else record
            del url
            return Answer(200, {}, json.dumps({"result": found}).encode())

    with pytest.raises(meaning):
        await Tickets(Closing(), OWN).send(what)
