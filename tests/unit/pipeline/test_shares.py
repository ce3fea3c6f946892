"""Of a story of many machines each audience is told of its own, however few and wherever they stand."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_house import START, SUBSCRIPTION, House, a_config, a_machine, an_audience, an_event

from notbefore import rowkeys
from notbefore.config.model import Matcher, Route
from notbefore.schema import Phase, ResourceState, Verdict

ROUTES = (
    Route(name="a's", match=Matcher(resource=("*/a*",)), to=("a",)),
    Route(name="b's", match=Matcher(resource=("*/b*",)), to=("b",), go_on=True),
    Route(name="rest", to=("ops",)),
)
MINUTE = timedelta(minutes=1)


def a_house() -> House:
    """Machines that begin with `a` are of one audience, those with `b` of another as well as of everybody's."""
    return House(a_config(an_audience("ops"), an_audience("a"), an_audience("b"), routes=ROUTES))


async def told(house: House) -> dict[str, int]:
    """The newest mail of each audience: how many machines it says are affected."""
    mails = await house.ledger(lambda one: one.channel == "email")
    return {one.audience: one.resources_total for one in sorted(mails, key=lambda one: one.created_at)}


async def test_one_machine_at_any_place_of_a_large_signal_is_told_of() -> None:
    """First or last of three hundred, by its name behind all that the head shows: its owner hears, of it alone."""
    for place in (0, 150, 299):
        names = [f"v{number:03}" for number in range(299)]
        names.insert(place, "azz")
        house = a_house()
        await house.hears(an_event(resources=tuple(map(a_machine, names))))
        assert await told(house) == {"a": 1, "ops": 299}
        (mail,) = await house.ledger(lambda one: (one.channel, one.audience) == ("email", "a"))
        assert [state.resource.name for state in mail.resources] == ["azz"]
        end = an_event(id="end", phase=Phase.CANCELED, occurred_at=START + MINUTE)
        assert {one.audience for one in await house.hears(end) if one.decision is Verdict.SENT} == {"a", "ops"}


async def test_everybodys_number_is_right_through_many_signals() -> None:
    """A thousand machines in ten signals: each audience is told how many are its own, and is shown ten."""
    house = a_house()
    names = [f"{'abv'[number % 3]}{number:04}" for number in range(1000)]
    for start in range(0, 1000, 100):
        machines = tuple(map(a_machine, names[start : start + 100]))
        house.at += MINUTE
        await house.hears(an_event(id=f"e{start}", resources=machines, occurred_at=house.at))
        house.restarted()
    await house.waits(11 * MINUTE)
    assert await told(house) == {"a": 334, "b": 333, "ops": 666}
    newest = {one.audience: one for one in await house.ledger(lambda one: one.channel == "email")}
    assert {len(one.resources) for one in newest.values()} == {10}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sets(st.tuples(st.sampled_from("abv"), st.integers(0, 40)), min_size=1, max_size=40), max_size=5))
def test_shares_are_what_the_rows_say(life: list[set[tuple[str, int]]]) -> None:
    """Whatever came in whatever order, the head counts for each audience what stands on the rows."""

    async def through() -> None:
        house = a_house()
        for number, machines in enumerate(life):
            names = tuple(a_machine(f"{letter}{index:02}") for letter, index in sorted(machines))
            await house.hears(an_event(id=f"e{number}", resources=names, occurred_at=START + number * MINUTE))
        for story in await house.stories():
            rows = house.outside.stories.scan(SUBSCRIPTION, *rowkeys.span(f"r|{story.id}|"))
            states = [msgspec.json.decode(row.body, type=ResourceState) async for row in rows]
            marks = Counter(name for state in states if state.resource.key for name in state.audiences)
            assert {name: share.count for name, share in story.shares.items()} == marks

    asyncio.run(through())
