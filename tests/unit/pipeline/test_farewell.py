"""Who was taken out of the routing file hears nothing new, and the end of what they heard the beginning of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from memory_house import START, House, a_config, an_audience, an_event
from msgspec.structs import replace

from notbefore.config.model import Audience, ChannelConfig, Group, QuietHours, RoutingConfig
from notbefore.pipeline.due import run_due
from notbefore.rules import compile_rules
from notbefore.schema import Decision, Phase, Severity, Verdict

HOUR = timedelta(hours=1)


def by_mail(name: str, *targets: str, **changes: object) -> Audience:
    """An audience of these mail addresses."""
    return an_audience(name, channels=(ChannelConfig(kind="email", targets=targets),), **changes)


async def lives_by(house: House, config: RoutingConfig) -> None:
    """Another routing file comes in force."""
    house.rules = compile_rules(replace(config, version_id=f"{config.version_id}-{house.at:%H%M}"))
    await run_due(house.outside)


async def goes_on(house: House, phase: Phase) -> list[Decision]:
    """The next word about the story, an hour later."""
    house.at += HOUR
    low = Severity.INFORMATIONAL if phase is Phase.CANCELED else Severity.WARNING
    return await house.hears(an_event(id=str(phase), phase=phase, severity=low, occurred_at=house.at))


def told(house: House) -> list[str]:
    """Who got mail, in order, since the last time that somebody looked."""
    got = sorted(message.target for message in house.mail.got)
    house.mail.got.clear()
    return got


@pytest.mark.parametrize("folds", [False, True])
async def test_an_audience_that_is_gone_hears_the_end_and_nothing_else(folds: bool) -> None:  # noqa: FBT001 - a parameter
    """Renamed, or taken out: no news of what goes on, and one closing message to those who heard the opening."""
    group = {"group": Group(wait=timedelta(minutes=1)), "grouped": True} if folds else {}
    house = House(a_config(by_mail("ops", "ann@example.com", **group)))
    await run_due(house.outside)
    await house.hears(an_event())
    await house.waits(2 * timedelta(minutes=1))
    assert told(house) == ["ann@example.com"]
    await lives_by(house, a_config(by_mail("crew", "bob@example.com")))
    await goes_on(house, Phase.RESCHEDULED)
    assert told(house) == ["bob@example.com"]
    said = await goes_on(house, Phase.CANCELED)
    assert told(house) == ["ann@example.com", "bob@example.com"]
    (farewell,) = [one for one in said if one.audience == "ops"]
    assert farewell.decision is Verdict.SENT
    assert "no longer has" in farewell.reason
    await house.hears(an_event(id="again", phase=Phase.CANCELED, text="all is well", occurred_at=house.at))
    assert "ann@example.com" not in told(house)


async def test_an_address_that_is_gone_hears_the_end_and_who_came_back_hears_it_once() -> None:
    """Of three addresses one is taken out for good, one comes back; a new one hears the end as the audience does."""
    house = House(a_config(by_mail("ops", "ann@example.com", "bob@example.com", "eve@example.com")))
    await run_due(house.outside)
    await house.hears(an_event())
    await lives_by(house, a_config(by_mail("ops", "bob@example.com")))
    house.at += HOUR
    await lives_by(house, a_config(by_mail("ops", "bob@example.com", "eve@example.com", "new@example.com")))
    told(house)
    await goes_on(house, Phase.CANCELED)
    assert told(house) == ["ann@example.com", "bob@example.com", "eve@example.com", "new@example.com"]


async def test_who_came_with_a_file_that_was_undone_hears_the_end() -> None:
    """The file of before is put back, byte for byte: who heard the beginning under the other one is not forgotten."""
    house = House(a_config(by_mail("ops", "ann@example.com")))
    before = house.rules
    await run_due(house.outside)
    await lives_by(house, a_config(by_mail("ops", "ann@example.com", "bob@example.com")))
    await house.hears(an_event())
    assert told(house) == ["ann@example.com", "bob@example.com"]
    house.at += HOUR
    house.rules = before
    await run_due(house.outside)
    await goes_on(house, Phase.CANCELED)
    assert told(house) == ["ann@example.com", "bob@example.com"]


async def test_who_heard_nothing_before_they_left_hears_no_end() -> None:
    """An address that was gone before the story began is none of its listeners."""
    house = House(a_config(by_mail("ops", "ann@example.com", "bob@example.com")))
    await run_due(house.outside)
    await lives_by(house, a_config(by_mail("ops", "bob@example.com")))
    house.at += HOUR
    await house.hears(an_event(occurred_at=house.at))
    await goes_on(house, Phase.CANCELED)
    assert told(house) == ["bob@example.com", "bob@example.com"]


async def test_their_nights_are_kept_and_a_file_that_came_a_second_ago_counts() -> None:
    """The end waits for the end of their quiet hours; nobody has to have looked at the new file before it."""
    quiet = QuietHours(start=13 * 60, end=20 * 60)
    house = House(a_config(by_mail("ops", "ann@example.com", quiet_hours=(quiet,))))
    await run_due(house.outside)
    await house.hears(an_event())
    house.rules = compile_rules(replace(a_config(by_mail("crew", "bob@example.com")), version_id="new"))
    said = await goes_on(house, Phase.CANCELED)
    (farewell,) = [one for one in said if one.audience == "ops"]
    assert (farewell.decision, farewell.due) == (Verdict.DEFERRED, START + 8 * HOUR)
    told(house)
    await house.waits(6 * HOUR, HOUR)
    assert told(house) == []
    await house.waits(HOUR, HOUR)
    assert told(house) == ["ann@example.com"]
