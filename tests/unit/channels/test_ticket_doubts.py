"""Tickets of which nobody is sure: a search that lags, a write that nobody answered, two senders at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from ticket_instance import OWN, Instance, kept, message

from local.receivers.receivers import start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.errors import Busy, Transient


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
