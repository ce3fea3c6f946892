"""Mail through Azure's own client, over TLS: handed in once, asked for until it ends, dead or told in the end."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from azure_services import KEY, Services
from azure_world import house_with, mailer, message
from memory_house import an_event
from msgspec.structs import replace

from notbefore.config.model import ChannelConfig
from notbefore.errors import Accepted
from notbefore.outbound import Outbound
from notbefore.pipeline.resend import Wish, resend
from notbefore.schema import DeliveryState

MAIL = ChannelConfig(kind="email", targets=("oncall@example.com",))


@pytest.mark.parametrize("key", [KEY, None])
async def test_a_mail_is_handed_in_by_key_or_identity(standing: Services, outbound: Outbound, key: str | None) -> None:
    """The service believes us, the operation bears the delivery's id, and the thread is in the mail."""
    sent = message("email", "oncall@example.com", thread="root")
    with pytest.raises(Accepted, match="Running"):
        await mailer(standing, outbound, key).send(sent)
    mail = standing.mails[sent.delivery_id]
    assert (standing.refused, mail["content"]["subject"]) == ([], sent.subject)
    assert mail["headers"]["Message-ID"] == f"<{sent.delivery_id}@example.org>"
    assert mail["headers"]["In-Reply-To"] == mail["headers"]["References"] == "<root@example.org>"
    assert mail["headers"]["List-Unsubscribe"].startswith("<https://board.example.com/")


async def test_a_mail_is_asked_for_until_it_ends(standing: Services, outbound: Outbound) -> None:
    """It is handed in once and looked after by the schedule; only then does the ledger say sent."""
    house = house_with(MAIL, mailer(standing, outbound))
    await house.hears(an_event())
    (delivery,) = await house.ledger()
    assert (delivery.state, delivery.receipt["status"]) == (DeliveryState.PENDING, "Running")
    await house.waits(timedelta(minutes=2), timedelta(seconds=1))
    (delivery,) = await house.ledger()
    assert (delivery.state, delivery.receipt["status"]) == (DeliveryState.SENT, "Succeeded")
    look = f"GET /emails/operations/{delivery.id}"
    assert standing.asked == ["POST /emails:send", look, look]


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
async def test_a_mail_that_fails_later_is_dead_and_visible(standing: Services, outbound: Outbound, end: str) -> None:
    """An operation that ends badly is no sent mail; a person's order hands it in anew under its own id."""
    standing.states = ["Running", end]
    house = house_with(MAIL, mailer(standing, outbound))
    await house.hears(an_event())
    await house.waits(timedelta(minutes=1), timedelta(seconds=1))
    (delivery,) = await house.ledger()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, f"the mail service says {end}")
    standing.states = ["Succeeded"]
    await resend(house.outside, Wish(delivery=delivery.id))
    await house.runs()
    assert (await house.ledger())[0].state is DeliveryState.SENT
    assert [one for one in standing.asked if one.startswith("POST")] == ["POST /emails:send"] * 2
    assert list(standing.mails) == [delivery.id]


async def test_news_does_not_wait_for_a_mail_that_was_handed_over(standing: Services, outbound: Outbound) -> None:
    """What the service has is neither replaced nor in the way of the next revision; both end as sent."""
    standing.states = ["Running", "Succeeded"]
    house = house_with(MAIL, mailer(standing, outbound))
    await house.hears(an_event())
    house.at += timedelta(seconds=2)
    moved = replace(an_event().window, not_before=house.at + timedelta(days=9), not_after=None)
    await house.hears(an_event(id="b", window=moved, occurred_at=house.at))
    await house.waits(timedelta(minutes=2), timedelta(seconds=1))
    assert [one.state for one in await house.ledger()] == [DeliveryState.SENT] * 2
    assert len(standing.mails) == 2


async def test_after_silence_the_service_is_asked_first(standing: Services, outbound: Outbound) -> None:
    """A second attempt finds the first one's operation and hands in nothing; where there is none, it does."""
    standing.states = ["Succeeded"]
    channel = mailer(standing, outbound)
    first = message("email", "oncall@example.com")
    await channel.send(first)
    await channel.send(replace(first, attempt=2))
    assert [one.split()[0] for one in standing.asked] == ["POST", "GET"]
    await channel.send(replace(first, delivery_id=str(uuid4()), attempt=2))
    assert [one.split()[0] for one in standing.asked] == ["POST", "GET", "GET", "POST"]


async def test_a_mail_that_the_service_forgets_is_not_sent_again(standing: Services, outbound: Outbound) -> None:
    """It was taken: sent again it might arrive twice. It is dead and visible, and a person decides."""
    house = house_with(MAIL, mailer(standing, outbound))
    await house.hears(an_event())
    standing.mails.clear()
    await house.waits(timedelta(minutes=1), timedelta(seconds=1))
    (delivery,) = await house.ledger()
    assert delivery.state is DeliveryState.DEAD
    assert "knows nothing of it any more" in (delivery.last_error or "")
    assert [one for one in standing.asked if one.startswith("POST")] == ["POST /emails:send"]
