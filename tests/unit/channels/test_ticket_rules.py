"""Tickets in instances with rules of their own: what is refused is said, seen and mended, never a second ticket."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from ticket_instance import Instance, kept, message

from local.receivers.set_up import SetUp
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience
from notbefore.errors import Permanent
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples


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
