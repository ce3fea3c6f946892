"""Tickets in instances with rules of their own: what is refused is said, seen and mended, never a second ticket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from local.receivers.receivers import Receivers, start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience, ChannelConfig
from notbefore.errors import Busy, Permanent, Transient
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


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """Opens an instance with the given rules; the channel that speaks to it."""
    opened: list[tuple[Receivers, LocalOutbound]] = []

    async def one(set_up: SetUp) -> Tickets:
        receivers = await start(tmp_path, lambda _arrival: None, set_up=set_up)
        way_out = LocalOutbound(receivers.url, "itsm", keep_path=True)
        opened.append((receivers, way_out))
        return Tickets(way_out, OWN)

    yield one
    for receivers, way_out in opened:
        await way_out.close()
        await receivers.close()


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    """The records there are."""
    return [json.loads(path.read_text())["record"] for path in sorted((tmp_path / "itsm").glob("*.json"))]


@pytest.mark.parametrize(("target", "field"), [("servicenow:incident", "u_team"), ("jira:OPS", "customfield_10042")])
async def test_a_field_that_the_instance_wants_is_named(
    instance: Instance, tmp_path: Path, target: str, field: str
) -> None:
    """Refused with the field's name; mapped in the routing file, the same message makes its ticket."""
    tickets = await instance(SetUp(mandatory={"incident": (field,), "OPS": (field,)}))
    with pytest.raises(Permanent, match=field):
        await tickets.send(message("reboot-in-an-hour", target))
    assert kept(tmp_path) == []
    value = "web {{ impact }}" if "jira" in target else {"value": "{{ level }}"}
    await tickets.send(message("reboot-in-an-hour", target, fields={field: value}))
    (record,) = kept(tmp_path)
    assert record.get("fields", record)[field] in ("web reboot", {"value": "critical"})


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_a_closed_ticket_that_takes_no_note_names_itself(instance: Instance, tmp_path: Path, target: str) -> None:
    """Somebody closed it and nobody may write: the failure says which one; reopened, the message gets through."""
    tickets = await instance(SetUp(read_only=("7", "Done")))
    first = await tickets.send(message("reboot-in-an-hour", target))
    path = next((tmp_path / "itsm").glob("*.json"))
    closed_by_somebody(tickets, path)
    tickets = await instance(SetUp(read_only=("7", "Done")))
    with pytest.raises(
        Permanent, match=f"{first.details['ticket']}.*reopen it|{first.details['ticket']}.*reopen"
    ) as why:
        await tickets.send(message("started", target, first.details))
    assert why.value.known["ticket"] == first.details["ticket"]
    tickets = await instance(SetUp())
    again = await tickets.send(message("started", target, first.details))
    assert again.details["ticket"] == first.details["ticket"]
    assert len(kept(tmp_path)) == 1


def closed_by_somebody(_tickets: Tickets, path: Path) -> None:
    """The record as it lies on disk, closed; the stand-in reads it at its next start."""
    whole = json.loads(path.read_text())
    record = whole["record"]
    if "fields" in record:
        record["fields"]["status"] = {"name": "Done", "statusCategory": {"key": "done"}}
    else:
        record["state"] = "7"
    path.write_text(json.dumps(whole))


async def test_states_follow_the_story_as_the_file_maps_them(instance: Instance, tmp_path: Path) -> None:
    """Each phase once: what a person sets in between stays until the story goes on; the end has its fields."""
    states = {"started": {"to": "-1", "fields": {}}, "completed": {"to": "3", "fields": {"close_code": "{{ phase }}"}}}
    tickets = await instance(SetUp())
    target, seen = "servicenow:change_request", []
    before: dict[str, str] = {}
    for example in ("moved", "started", "started", "over"):
        one = await tickets.send(message(example, target, before, states=states))
        before = one.details
        seen.append(kept(tmp_path)[0]["state"])
    assert seen == ["-5", "-1", "-1", "3"]
    assert kept(tmp_path)[0]["close_code"] == "completed"
    assert before["closed"] == "yes"


async def test_a_person_who_moved_the_ticket_is_not_overruled(instance: Instance, tmp_path: Path) -> None:
    """News without a new phase leaves the state as it is."""
    tickets = await instance(SetUp())
    states = {"scheduled": {"to": "2", "fields": {}}}
    target = "servicenow:incident"
    before = (await tickets.send(message("reboot-in-an-hour", target, states=states))).details
    assert kept(tmp_path)[0]["state"] == "2"
    path = next((tmp_path / "itsm").glob("*.json"))
    whole = json.loads(path.read_text())
    whole["record"]["state"] = "3"
    path.write_text(json.dumps(whole))
    tickets = await instance(SetUp())
    again = replace(message("reboot-in-an-hour", target, before, states=states), delivery_id="another")
    await tickets.send(again)
    assert kept(tmp_path)[0]["state"] == "3"


@pytest.mark.parametrize("target", ["servicenow:change_request", "jira:OPS"])
async def test_a_forbidden_move_keeps_the_note_and_is_said(instance: Instance, tmp_path: Path, target: str) -> None:
    """The workflow says no: the note is there once, the failure names ticket and state, and a second try ends it."""
    strict = SetUp(moves={"change_request": {"-5": ("4",)}}, workflow={"To Do": ("In Progress",), "In Progress": ()})
    tickets = await instance(strict)
    before = (await tickets.send(message("moved", target))).details
    with pytest.raises(Permanent, match=f"{before['ticket']} has the note, but may not go to") as why:
        await tickets.send(message("over", target, before))
    assert why.value.known["left_open"] == "yes"
    tickets = await instance(SetUp())
    done = await tickets.send(message("over", target, before | why.value.known))
    assert done.details["closed"] == "yes"
    (record,) = kept(tmp_path)
    notes = record["comments"] if "fields" in record else record["work_notes"].split("\n\nOver:")
    assert len(notes) == 1


async def test_a_transition_with_a_screen_gets_its_fields(instance: Instance, tmp_path: Path) -> None:
    """Jira's resolution is asked for by the transition, and comes from the routing file."""
    tickets = await instance(SetUp(wants_resolution=True))
    before = (await tickets.send(message("reboot-in-an-hour", "jira:OPS"))).details
    with pytest.raises(Permanent, match="Resolution is required"):
        await tickets.send(message("over", "jira:OPS", before))
    states = {"completed": {"to": "done", "fields": {"resolution": {"name": "Done"}}}}
    done = await tickets.send(message("over", "jira:OPS", before, states=states))
    assert done.details["closed"] == "yes"
    assert kept(tmp_path)[0]["fields"]["resolution"] == {"name": "Done"}


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_who_does_not_sign_in_is_told_so(instance: Instance, target: str) -> None:
    """401 is no reason to try again by ourselves; with the installation's own user it is none at all."""
    tickets = await instance(SetUp(signed_in=True))
    with pytest.raises(Permanent, match="401"):
        await tickets.send(message("started", target, url="https://tickets.example.com"))
    assert (await tickets.send(message("started", target))).details["ticket"]


async def test_what_the_search_does_not_know_yet_is_known_by_the_ledger(instance: Instance, tmp_path: Path) -> None:
    """A second message within seconds finds the issue by its receipt; without one it waits, if it may be there."""
    now = [0.0]
    tickets = await instance(SetUp(index_lag=30, clock=lambda: now[0]))
    first = await tickets.send(message("reboot-in-an-hour", "jira:OPS"))
    second = await tickets.send(message("started", "jira:OPS", first.details))
    assert (first.details["ticket"], len(kept(tmp_path))) == (second.details["ticket"], 1)
    tickets = Tickets(tickets._outbound, OWN)  # another process, which made nothing itself
    late = message("moved", "jira:OPS")
    unsure = {"unsure_until": late.at.isoformat().replace("+00:00", ".000000+00:00")}
    waits = replace(late, before=unsure, at=late.at.replace(year=late.at.year - 1))
    with pytest.raises(Transient, match="may still come to something"):
        await tickets.send(waits)
    now[0] = 31.0
    assert (await tickets.send(late)).details["ticket"] == first.details["ticket"]


async def test_words_of_a_refusal_hold_no_address_and_no_secret() -> None:
    """What an instance quotes of us does not get into the ledger or the log."""
    from notbefore.channels.instance import words

    body = {
        "errors": {"reporter": "No user ann.ops@example.com; see https://x.example/1?t=abc, +31 20 123 4567 \u202e"}
    }
    said = words(json.dumps(body | {"errorMessages": ["x" * 500]}).encode())
    assert "example" not in said
    assert "4567" not in said
    assert len(said) <= 200
    assert said.isprintable()


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_a_write_that_nobody_answered_is_waited_for(instance: Instance, tmp_path: Path, target: str) -> None:
    """A slow instance may make the ticket after we gave up: asked again after 90 s, and the ledger knows till when."""
    await instance(SetUp())

    class Deaf(LocalOutbound):
        """Hears no answer to what it writes."""

        async def request(self, method: str, url: str, body: bytes, headers: Any) -> Any:  # noqa: ANN401 - as it is asked
            """Writes, and hears nothing."""
            answer = await super().request(method, url, body, headers)
            if method == "POST" and "search" not in url:
                raise Transient("no answer")
            return answer

    receivers = await start(tmp_path, lambda _arrival: None)
    way_out = Deaf(receivers.url, "itsm", keep_path=True)
    what = message("reboot-in-an-hour", target)
    with pytest.raises(Transient, match="no answer") as silence:
        await Tickets(way_out, OWN).send(what)
    assert silence.value.retry_after == 90
    assert silence.value.known["unsure_until"] > what.at.isoformat()
    await way_out.close()
    await receivers.close()


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_ten_thousand_characters_and_direction_marks(instance: Instance, tmp_path: Path, target: str) -> None:
    """A title that long, with marks that turn text around, makes a ticket that its system takes, and plain text."""
    tickets = await instance(SetUp())
    delivery = examples()["reboot-in-an-hour"]
    story = replace(delivery.story, title="\u202eab" * 5_000, text="\u2067" + "x\n" * 20_000)
    made = replace(delivery, channel="itsm", target=target, story=story)
    await tickets.send(render(made, Audience(name="x", channels=()), RenderContext(clock=lambda: delivery.created_at)))
    (record,) = kept(tmp_path)
    whole = json.dumps(record, ensure_ascii=False)
    assert not {"\u202e", "\u2067"} & set(whole)
    assert len(record.get("fields", {}).get("summary") or record["short_description"]) <= 255
    assert len(whole) < 32_767
    assert made.id in json.dumps(record.get("fields", {}).get("description") or record["description"])


async def test_hands_that_are_full_in_the_middle_are_no_first_attempt(instance: Instance, tmp_path: Path) -> None:
    """Once something was written, having to wait is a failed attempt: the next one asks what is there already."""
    tickets = await instance(SetUp())
    before = (await tickets.send(message("reboot-in-an-hour", "jira:OPS"))).details

    class Full(LocalOutbound):
        """Has no hand free for what comes after the comment."""

        async def request(self, method: str, url: str, body: bytes, headers: Any) -> Any:  # noqa: ANN401 - as it is asked
            """All but changing the labels."""
            if method == "PUT":
                raise Busy("the endpoint has as many as it may have")
            return await super().request(method, url, body, headers)

    receivers = await start(tmp_path, lambda _arrival: None)
    way_out = Full(receivers.url, "itsm", keep_path=True)
    with pytest.raises(Transient, match="in the middle") as full:
        await Tickets(way_out, OWN).send(message("started", "jira:OPS", before))
    assert not isinstance(full.value, Busy)
    await way_out.close()
    again = LocalOutbound(receivers.url, "itsm", keep_path=True)
    await Tickets(again, OWN).send(message("started", "jira:OPS", before))
    await again.close()
    await receivers.close()
    assert len(kept(tmp_path)[0]["comments"]) == 1


@pytest.mark.parametrize("target", ["servicenow:incident", "jira:OPS"])
async def test_two_audiences_share_the_ticket_of_a_story(instance: Instance, tmp_path: Path, target: str) -> None:
    """Told at the same moment, and though the search does not know the first one's yet, they make one ticket."""
    tickets = await instance(SetUp(index_lag=60, clock=lambda: 0.0))
    told = [replace(message("reboot-in-an-hour", target), delivery_id=name) for name in ("first", "second")]
    receipts = await asyncio.gather(*map(tickets.send, told))
    assert len({receipt.details["ticket"] for receipt in receipts}) == 1
    assert len(kept(tmp_path)) == 1
