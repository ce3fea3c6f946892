"""A ticket that two audiences share, on two hosts at the same moment: one ticket, and each audience's note in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from memory_house import House, a_config, an_audience, an_event
from ticket_house import OWN

from local.receivers.receivers import Receivers, start
from local.receivers.set_up import SetUp
from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience, ChannelConfig, Route
from notbefore.errors import Transient
from notbefore.outbound import Answer
from notbefore.pipeline.deliver import deliver
from notbefore.pipeline.dependencies import Dependencies
from notbefore.pipeline.partition import Work, advance_partition
from notbefore.pipeline.sharing import SHARING
from notbefore.ports import Signal
from notbefore.rendering import RenderContext, render
from notbefore.schema import Delivery, DeliveryState, Message

TARGETS = ("servicenow:incident", "jira:OPS")
Meanwhile = Callable[[], Awaitable[None]]


class Slow(LocalOutbound):
    """A way out on which much happens between the answer to a question and the next call."""

    def __init__(self, base: str) -> None:
        super().__init__(base, "itsm", keep_path=True)
        self.meanwhile: Meanwhile | None = None
        self.unheard = False
        """Whatever is made next is made, and nobody hears of it."""

    async def request(self, method: str, url: str, *asked: Any, **more: Any) -> Answer:  # noqa: ANN401 - as it is asked
        """The answer; before it is heard the other host does its work."""
        answer = await super().request(method, url, *asked, **more)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if self.unheard and method == "POST" and "search" not in url:
            self.unheard = False
            raise Transient("no answer")
        return answer


class TwoAudiences(House):
    """Both have the same place for tickets; a process of their own takes each message."""

    def __init__(self, place: str) -> None:
        tickets = (ChannelConfig(kind="itsm", targets=(place,)),)
        names = ("ops", "desk")
        audiences = [an_audience(name, channels=tickets) for name in names]
        super().__init__(a_config(*audiences, routes=(Route(name="all", to=names),)))

    def _render(self, delivery: Delivery, audience: Audience) -> Message:
        return render(delivery, audience, RenderContext(clock=self.now))

    def host(self, way_out: Slow) -> Dependencies:
        """A process on the same stores, with what it remembers of its own."""
        self.restarted()
        return replace(self.outside, channels={"itsm": Tickets(way_out, OWN)})

    async def announced(self) -> list[bytes]:
        """A story is opened; the messages that wait for a host."""
        signal = Signal(id="s", received_at=self.at, origin="test", body=b"")
        event = an_event()
        await advance_partition(self.outside, event.subscription_id or "", Work(events=[event]), signal)
        return self.deliveries.due(self.at)


@pytest.fixture
async def stand_ins(tmp_path: Path) -> AsyncIterator[Receivers]:
    """Both ticket systems; Jira's search does not know a fresh issue for as long as it can."""
    receivers = await start(tmp_path, lambda _arrival: None, set_up=SetUp(index_lag=45))
    yield receivers
    await receivers.close()


def kept(tmp_path: Path) -> list[dict[str, Any]]:
    """Every ticket there is."""
    return [json.loads(path.read_text()) for path in sorted((tmp_path / "itsm").glob("*.json"))]


async def end(house: House, *hosts: Dependencies) -> None:
    """Time passes until all is told; the hosts take turns."""
    for number in range(200):
        for body in house.deliveries.due(house.at):
            await deliver(hosts[number % len(hosts)], body)
        if not await house.ledger(lambda one: not one.is_over):
            return
        house.at += timedelta(seconds=2)


@pytest.mark.parametrize("place", TARGETS)
async def test_two_hosts_at_the_same_moment_make_one_ticket(stand_ins: Receivers, tmp_path: Path, place: str) -> None:
    """The one has asked and found nothing when the other does all of its work: it steps aside, and adds its note."""
    house = TwoAudiences(place)
    first, second = await house.announced()
    slow, other = Slow(stand_ins.url), Slow(stand_ins.url)
    here, there = house.host(slow), house.host(other)
    slow.meanwhile = lambda: deliver(there, second)
    await deliver(here, first)
    await end(house, there, here)
    await slow.close()
    await other.close()
    (ticket,) = kept(tmp_path)
    ledger = await house.ledger()
    assert {one.state for one in ledger} == {DeliveryState.SENT}
    assert len({one.receipt["record"] for one in ledger}) == 1
    assert all(one.id in json.dumps(ticket) for one in ledger)
    assert {one.attempts for one in ledger} == {1}


async def test_what_one_host_is_not_sure_of_the_other_does_not_make(stand_ins: Receivers, tmp_path: Path) -> None:
    """The ticket was made, nobody heard of it, and no search knows it yet: the other message waits as well."""
    house = TwoAudiences("jira:OPS")
    first, second = await house.announced()
    slow, other = Slow(stand_ins.url), Slow(stand_ins.url)
    here, there = house.host(slow), house.host(other)
    slow.unheard = True
    await deliver(here, first)
    await deliver(there, second)
    assert len(kept(tmp_path)) == 1
    assert {one.state for one in await house.ledger()} == {DeliveryState.PENDING}
    await slow.close()
    await other.close()


async def test_who_has_the_place_alone_pays_nothing(stand_ins: Receivers) -> None:
    """No row is claimed where no other audience names the same place."""
    house = House(a_config(an_audience("ops", channels=(ChannelConfig(kind="itsm", targets=(TARGETS[0],)),))))
    outbound = Slow(stand_ins.url)
    house.outside = replace(
        house.outside,
        channels={"itsm": Tickets(outbound, OWN)},
        render=lambda delivery, audience: render(delivery, audience, RenderContext(clock=house.now)),
    )
    await house.hears(an_event())
    await outbound.close()
    assert [one.state for one in await house.ledger()] == [DeliveryState.SENT]
    assert [row async for row in house.outside.control.scan(SHARING, "", "~")] == []
