"""The past through two routing files: who would have been told more, less, earlier or later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from memory_house import START, a_config, an_audience
from past_signals import the_past

from notbefore.config.model import Audience, ChannelConfig, Group, Matcher, QuietHours, Route
from notbefore.muting import Silence
from notbefore.pipeline.past.what_if import Difference, Told, WhatIf, compare
from notbefore.ports import Signal
from notbefore.rules import compile_rules
from notbefore.schema import Severity

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


async def played(
    now: Sequence[Audience], then: Sequence[Audience], past: Sequence[Signal], orders: Sequence[Silence] = ()
) -> WhatIf:
    """Everybody named hears everything; what the two files make of the past."""
    both = []
    for audiences in (now, then):
        routes = (Route(name="all", to=tuple(one.name for one in audiences)),)
        both.append(compile_rules(a_config(*audiences, routes=routes)))
    game = WhatIf(both[0], both[1], past[0].received_at)
    await game.heed(orders)
    for signal in past:
        await game.take(signal)
    await game.end(past[-1].received_at + DAY)
    return game


async def test_the_same_file_tells_the_same() -> None:
    """No difference, and the story was told."""
    game = await played([an_audience()], [an_audience()], the_past())
    assert (game.differences, game.stories) == ({}, 1)


async def test_who_is_new_hears_more_and_who_is_gone_hears_less() -> None:
    """By name, with the story and the times on both sides."""
    game = await played([an_audience("a")], [an_audience("b")], the_past())
    assert {name: set(known) for name, known in game.differences.items()} == {
        "a": {Difference.LESS},
        "b": {Difference.MORE},
    }
    (example,) = game.differences["a"][Difference.LESS].examples
    assert example.title
    assert (len(example.now) >= 3, example.then) == (True, ())


async def test_quiet_hours_tell_later_and_what_waits_is_counted_once() -> None:
    """A single announcement that waits for the end of the quiet hours."""
    past = the_past()[:1]
    night = an_audience(quiet_hours=(QuietHours(start=12 * 60, end=12 * 60 + 15),))
    game = await played([an_audience()], [night], past)
    ((difference, known),) = game.differences["ops"].items()
    assert (difference, known.count) == (Difference.LATER, 1)
    back = await played([night], [an_audience()], past)
    assert set(back.differences["ops"]) == {Difference.EARLIER}


async def test_a_group_is_told_when_it_goes_out() -> None:
    """What is folded counts as told at the flush, not at the decision."""
    folded = an_audience(group=Group(by=("kind",), wait=3 * MINUTE), grouped=True)
    game = await played([an_audience()], [folded], the_past()[:1])
    (example,) = game.differences["ops"][Difference.LATER].examples
    assert example.then[0].at == START + 3 * MINUTE


async def test_orders_of_persons_hold_in_both() -> None:
    """What was silenced in fact is silenced in what might have been."""
    order = Silence(
        id="s", author="a", match=Matcher(), starts_at=START - DAY, ends_at=START + 9 * DAY, reason="rebuild"
    )
    game = await played([an_audience("a")], [an_audience("b")], the_past(), [order])
    assert game.differences == {}


async def test_what_is_over_is_forgotten() -> None:
    """A month of a story a day leaves no more in memory than the last days of it."""
    past = [signal for day in range(12) for signal in the_past(START + day * DAY)]
    game = await played([an_audience()], [an_audience()], past[:-9])
    assert game.stories >= 10
    small = await played([an_audience()], [an_audience()], past[: len(past) // 3])
    assert await _rows(game) <= await _rows(small) + 200


async def _rows(game: WhatIf) -> int:
    stories = game.present.stories
    return sum([1 async for name in stories.partitions() async for _ in stories.scan(name, "", "~")])


def test_channels_count_when_times_are_alike() -> None:
    """One more channel is more, one less is less, another is otherwise."""
    mail, both, chat = (Told(START, one) for one in (("email",), ("chat", "email"), ("chat",)))
    assert compare([mail], [both]) is Difference.MORE
    assert compare([both], [mail]) is Difference.LESS
    assert compare([mail], [chat]) is Difference.OTHERWISE
    assert compare([mail], [mail]) is None


async def test_a_severity_let_through_makes_a_channel_more() -> None:
    """A channel whose floor was too high is told."""
    high = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/a",), min_severity=Severity.CRITICAL)
    low = ChannelConfig(kind="webhook", targets=("https://hooks.example.com/a",))
    mail = ChannelConfig(kind="email", targets=("a@example.com",))
    now, then = (Audience(name="ops", channels=(mail, one)) for one in (high, low))
    game = await played([now], [then], the_past()[:1])
    assert set(game.differences["ops"]) == {Difference.MORE}
