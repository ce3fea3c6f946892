"""What the comments of the example file promise about time. Each test quotes the words, which must be there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from example_file import (
    AMSTERDAM,
    DAY,
    EXAMPLE,
    HOUR,
    MINUTE,
    NOON,
    OTHER,
    PAYMENTS,
    SHOP,
    a_house,
    changed,
    decided,
    mails,
    news,
    says,
)
from memory_house import Receiver

from notbefore.pipeline.orders import acknowledge
from notbefore.schema import (
    Impact,
    Phase,
    Resource,
    SelfServiceWindow,
    Severity,
    Source,
    Verdict,
)

pytestmark = pytest.mark.skipif(not EXAMPLE.exists(), reason="the example file is not beside this checkout")


def test_days_may_be_one_a_list_or_a_range_that_wraps_and_a_day_ends_at_24() -> None:
    """All of the forms are read."""
    says('`days`: one, a list, or a range, which may wrap (fri-mon); "24:00" is allowed')
    for days, read in (("fri-mon", {4, 5, 6, 0}), ("sun", {6}), ("[mon, wed]", {0, 2})):
        config = changed(
            ('{days: sat-sun, from: "07:00", to: "22:00"}', f'{{days: {days}, from: "07:00", to: "24:00"}}')
        )
        quiet = config.audiences["payments-oncall"].quiet_hours[1]
        assert (set(quiet.days), quiet.end) == (read, 24 * 60)


async def test_quiet_hours_of_the_example() -> None:
    """Waits until they end; a night and a weekend that touch are one; the day counts on which a window begins."""
    says("what comes in here waits until it ends")
    says("windows that touch are one")
    says("`days` are those on which it begins")
    friday = datetime(2026, 11, 20, 23, tzinfo=AMSTERDAM).astimezone(UTC)
    house = a_house(friday)
    got = await decided(house, news(at=friday))
    assert got["payments-oncall"] == (Verdict.DEFERRED, datetime(2026, 11, 23, 7, tzinfo=AMSTERDAM))
    await house.waits(3 * DAY, HOUR / 4)
    (message,) = house.mail.got
    assert message.at == datetime(2026, 11, 23, 7, tzinfo=AMSTERDAM).astimezone(UTC)


@pytest.mark.parametrize(("night", "ends"), [((2026, 3, 28), 3), ((2026, 10, 24), 2)])
async def test_quiet_hours_and_daylight_saving(night: tuple[int, int, int], ends: int) -> None:
    """Half past two is skipped in spring and comes twice in autumn: told at three, and after the second."""
    says("a time that daylight saving skips is the next that exists, one that comes twice makes quiet longer")
    at = datetime(*night, 23, tzinfo=AMSTERDAM).astimezone(UTC)
    hours = ('from: "22:00", to: "07:00"}', 'from: "22:00", to: "02:30"}')
    weekend = ('- {days: sat-sun, from: "07:00", to: "22:00"}', "")
    house = a_house(at, hours, weekend)
    due = (await decided(house, news(at=at)))["payments-oncall"][1]
    minutes = 0 if ends == 3 else 30
    day = (datetime(*night, ends, minutes, tzinfo=AMSTERDAM) + DAY).replace(fold=1)
    assert due == day.astimezone(UTC)


async def test_what_is_severe_enough_does_not_wait() -> None:
    """Critical wakes, error waits."""
    says("at least this severe does not wait")
    night = datetime(2026, 11, 25, 2, tzinfo=UTC)
    for severity, verdict in ((Severity.CRITICAL, Verdict.SENT), (Severity.ERROR, Verdict.DEFERRED)):
        got = await decided(a_house(night), news(at=night, severity=severity))
        assert got["payments-oncall"][0] is verdict


async def test_reminders_before_the_window_and_before_ones_own_time_ends() -> None:
    """A day and an hour before the one, a week and a day before the other, with the machines still to do."""
    says("before the window opens")
    says("before the chance to pick one's own time ends, with what is still to do")
    vms = [Resource(f"/subscriptions/{PAYMENTS}/resourcegroups/g/providers/x.y/z/vm{n}", f"vm{n}") for n in (1, 2)]
    own = SelfServiceWindow(NOON, NOON + 8 * DAY)
    house = a_house()
    await house.hears(news(resources=tuple(vms), self_service_window=own))
    done = {"source": Source.COMPUTE, "phase": Phase.COMPLETED, "severity": Severity.INFORMATIONAL}
    await house.hears(news(id="done", at=NOON + MINUTE, resources=(vms[0],), **done))
    await house.waits(10 * DAY, HOUR / 2)
    occasions = [occasion for target, occasion in mails(house) if target.startswith("payments") and ":" in occasion]
    assert occasions == ["self-service:7d", "self-service:1d", "reminder:24h", "reminder:1h"]
    reminder = next(one for one in house.said.values() if one.occasion == "self-service:7d")
    assert [state.resource.name for state in reminder.resources if not state.over] == ["vm2"]


@pytest.mark.parametrize("taken", [True, False])
async def test_escalation_unless_a_person_acknowledged(taken: bool) -> None:  # noqa: FBT001 - a parameter
    """The duty manager's telephone rings after half an hour, or not at all."""
    says("unless a person acknowledged")
    house = a_house()
    await house.hears(news(severity=Severity.ERROR))
    if taken:
        (story,) = await house.stories(PAYMENTS)
        await acknowledge(house.outside, PAYMENTS, story.id, "ann")
    await house.waits(40 * MINUTE)
    sms = house.outside.channels["sms"]
    assert isinstance(sms, Receiver)
    assert [one.target for one in sms.got] == ([] if taken else ["+31209876543"])


async def test_small_things_come_once_a_day_together() -> None:
    """Two informational stories of the shop at eight in New York, in one mail."""
    says("this and below come once a day, together")
    house = a_house(NOON, ("{subscription: shop-prod, min_severity: warning}", "{subscription: shop-prod}"))
    for key in ("A", "B"):
        low: dict[str, Any] = {"severity": Severity.INFORMATIONAL, "impact": Impact.NONE}
        await house.hears(news(SHOP, id=key, keys={"tracking_id": key}, **low))
    await house.waits(DAY, MINUTE * 20)
    (message,) = [one for one in house.mail.got if one.target == "shop@example.com"]
    assert house.said[message.delivery_id].folded_total == 2
    assert message.at.astimezone(ZoneInfo("America/New_York")).hour == 8


async def test_over_the_budget_what_is_not_critical_folds_into_one_digest() -> None:
    """Forty mails a day, the next ones together, and what is critical by itself."""
    says("over it, what is not critical folds into one digest")
    house = a_house()
    for number in range(45):
        house.at += timedelta(seconds=1)
        key = {"tracking_id": f"T{number}"}
        loud = Severity.CRITICAL if number == 44 else Severity.WARNING
        await house.hears(news(OTHER, house.at, id=f"e{number}", keys=key, severity=loud))
    assert len(house.mail.got) == 41
    await house.waits(DAY + HOUR, HOUR)
    (digest,) = [one for one in house.said.values() if one.occasion.startswith("digest:") and one.channel == "email"]
    assert digest.folded_total == 4
