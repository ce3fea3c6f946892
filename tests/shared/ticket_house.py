"""The whole pipeline in memory with real tickets: rendered, sent over HTTP to stand-ins, in any weather."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from memory_house import House, Receiver, a_config, an_audience

from notbefore.channels.local import LocalOutbound
from notbefore.channels.tickets import Tickets
from notbefore.config.model import Audience, ChannelConfig
from notbefore.errors import Transient
from notbefore.outbound import Answer
from notbefore.pipeline.dependencies import Dependencies
from notbefore.rendering import RenderContext, render
from notbefore.schema import Delivery, Message, Receipt

OWN = dict.fromkeys(("servicenow", "jira"), "https://notbefore:secret@tickets.example.com")


class Died(Exception):
    """The process ends here, after the ticket system has heard and before the ledger has."""


class Weather(LocalOutbound):
    """A share of the calls goes wrong: it never arrives, is refused for now, or arrives and nobody hears the answer."""

    def __init__(self, base: str, seed: int, share: float = 0.2) -> None:
        super().__init__(base, "itsm", keep_path=True)
        self._chance = random.Random(seed)  # noqa: S311 - weather keeps no secret
        self._share = share
        self.calls = self.faults = 0

    async def request(self, *asked: Any, **more: Any) -> Answer:  # noqa: ANN401 - as it is asked
        """The answer, or the weather."""
        self.calls += 1
        if self._chance.random() >= self._share:
            return await super().request(*asked, **more)
        self.faults += 1
        kind = self._chance.choice(("lost", "throttled", "busy", "failing", "unheard"))
        if kind in ("unheard", "failing"):  # a failure may have done its work all the same
            await super().request(*asked, **more)
        if kind in ("lost", "unheard"):
            raise Transient("no answer")
        headers = {"retry-after": "7", "x-ratelimit-remaining": "0"} if kind == "throttled" else {}
        return Answer(429 if kind in ("throttled", "busy") else 503, headers, b"")


class Mortal:
    """The channel, and a process that dies right after it, as often as it is told."""

    def __init__(self, channel: Tickets) -> None:
        self.channel = channel
        self.deaths: list[int] = []
        """At which sends."""
        self.sends = 0
        self.dead = False
        """Nothing that is on its way is confirmed any more."""

    async def send(self, message: Message) -> Receipt:
        """Sends; then may die."""
        receipt = await self.channel.send(message)
        self.sends += 1
        if self.sends in self.deaths:
            self.deaths.remove(self.sends)
            self.dead = True
        if self.dead:
            raise Died
        return receipt


def audience(target: str, **options: str) -> Audience:
    """Tickets, and a mail for what they could not tell."""
    ticket = ChannelConfig(kind="itsm", targets=(target,), options=options)
    return an_audience("ops", channels=(ticket, ChannelConfig(kind="email", targets=("a@example.com",), failover=True)))


class TicketHouse(House):
    """A house whose audience has tickets."""

    def __init__(self, way_out: LocalOutbound, target: str, **options: str) -> None:
        self.tickets = Mortal(Tickets(way_out, OWN))
        super().__init__(a_config(audience(target, **options)))

    def started(self) -> Dependencies:
        """With the real channel beside the mail that keeps what it gets."""
        return replace(super().started(), channels={"itsm": self.tickets, "email": self.mail})

    def _render(self, delivery: Delivery, audience: Audience) -> Message:
        if delivery.channel != "itsm":
            return super()._render(delivery, audience)
        return render(delivery, audience, RenderContext(clock=self.now))

    @property
    def told_instead(self) -> Receiver:
        """What the fail-over channel got."""
        return self.mail
