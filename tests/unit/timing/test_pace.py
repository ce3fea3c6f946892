"""Groups, the interval of small changes, budgets."""

from __future__ import annotations

from datetime import datetime, timedelta

from almanac import audience, hours, story, utc
from hypothesis import given
from hypothesis import strategies as st

from notbefore.config.model import Budget, Group
from notbefore.schema import Impact, Kind, Severity
from notbefore.timing import flush_too_soon, group_key, grouped, over_budget, too_soon

NOW = utc("2026-11-24T12:00")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
STORM = audience(
    grouped=True, group=Group(by=("subscription", "kind", "impact"), wait=30 * SECOND, interval=10 * MINUTE)
)


def test_the_first_of_a_group_waits_for_others() -> None:
    """A new group goes out `wait` after its first story."""
    due = grouped(STORM, NOW, None)
    assert due is not None
    assert due.at == NOW + 30 * SECOND
    assert due.reason == "waits 30 seconds for others of its group"


def test_what_joins_a_waiting_group_goes_out_with_it() -> None:
    """A story that comes 20 seconds later is not told 20 seconds later."""
    due = grouped(STORM, NOW + 20 * SECOND, None, NOW + 30 * SECOND)
    assert due is not None
    assert due.at == NOW + 30 * SECOND


def test_after_a_flush_the_interval_holds() -> None:
    """What comes after the first flush goes out when the interval is over, then a new wait begins."""
    due = grouped(STORM, NOW + MINUTE, NOW)
    assert due is not None
    assert due.at == NOW + 10 * MINUTE
    later = grouped(STORM, NOW + 10 * MINUTE, NOW)
    assert later is not None
    assert later.at == NOW + 10 * MINUTE + 30 * SECOND


def test_a_group_that_has_just_gone_out_does_not_go_again() -> None:
    """The due time of a story that joined a group before it went out is no reason to send what came after."""
    due = flush_too_soon(STORM, NOW + 50 * SECOND, NOW + 30 * SECOND)
    assert due is not None
    assert due.at == NOW + 10 * MINUTE + 30 * SECOND
    assert flush_too_soon(STORM, due.at, NOW + 30 * SECOND) is None
    assert flush_too_soon(STORM, NOW, None) is None
    assert flush_too_soon(audience(), NOW, NOW) is None


def test_who_does_not_group_waits_for_no_group() -> None:
    """The interval of a file without `group` is about small changes only."""
    assert grouped(audience(), NOW, NOW - SECOND) is None


def test_a_group_without_a_wait_tells_the_first_at_once() -> None:
    """With `wait` 0, the default, only the interval folds."""
    prompt = audience(grouped=True, group=Group())
    assert grouped(prompt, NOW, None) is None
    assert grouped(prompt, NOW, NOW - SECOND) is not None


def test_equal_keys_are_one_group() -> None:
    """Stories alike in `by` share a key, whatever else differs; unlike ones do not."""
    reboot = story(NOW, impact=Impact.REBOOT, kind=Kind.HOST_MAINTENANCE)
    error = story(NOW, impact=Impact.REBOOT, kind=Kind.HOST_MAINTENANCE, severity=Severity.ERROR)
    freeze = story(NOW, impact=Impact.FREEZE, kind=Kind.HOST_MAINTENANCE)
    assert group_key(STORM, reboot) == group_key(STORM, error) == "subscription=sub kind=host_maintenance impact=reboot"
    assert group_key(STORM, reboot) != group_key(STORM, freeze)
    assert group_key(audience(), reboot) == "story=s"


def test_the_order_of_regions_makes_no_other_group() -> None:
    """Two stories of the same two regions are alike."""
    by_region = audience(group=Group(by=("region",)))
    one, other = story(NOW, regions=("westeurope", "northeurope")), story(NOW, regions=("northeurope", "westeurope"))
    assert group_key(by_region, one) == group_key(by_region, other)


def test_the_first_small_change_is_told_at_once_and_later_ones_are_folded() -> None:
    """Small changes are told at most once an interval, counted from the last one that was told."""
    assert too_soon(audience(), NOW, None) is None
    due = too_soon(audience(), NOW + MINUTE, NOW)
    assert due is not None
    assert due.at == NOW + 10 * MINUTE
    assert too_soon(audience(), NOW + 10 * MINUTE, NOW) is None


def test_a_spent_budget_has_room_again_when_the_oldest_leaves_the_span() -> None:
    """Three messages a day: the fourth waits until the first of the last three is a day old."""
    thrifty = audience(budget=Budget(messages=3, per=hours(24)))
    sent = [NOW - hours(25), NOW - hours(20), NOW - hours(10), NOW - hours(1)]
    due = over_budget(thrifty, NOW, sent)
    assert due is not None
    assert due.at == NOW + hours(4)
    assert due.reason == "the budget of 3 messages in 1 day is spent; what is not critical comes together"
    assert over_budget(thrifty, NOW + hours(4), sent) is None
    overdrawn = over_budget(thrifty, NOW, [*sent, NOW])
    assert overdrawn is not None
    assert overdrawn.at == NOW + hours(14)


def test_there_is_room_below_the_budget_and_without_one() -> None:
    """Two of three leave room; who has no budget always has."""
    assert over_budget(audience(budget=Budget(messages=3, per=hours(24))), NOW, [NOW, NOW]) is None
    assert over_budget(audience(), NOW, [NOW] * 1000) is None


@given(st.integers(1, 6), st.lists(st.integers(0, 3000), max_size=30))
def test_no_span_ever_holds_more_than_the_budget(messages: int, minutes: list[int]) -> None:
    """Whoever sends only when there is room stays within the budget in every span of `per`."""
    thrifty = audience(budget=Budget(messages=messages, per=hours(24)))
    sent: list[datetime] = []
    for minute in sorted(minutes):
        now = NOW + minute * MINUTE
        due = over_budget(thrifty, now, sent)
        assert due is None or now < due.at <= now + hours(24)
        if due is None:
            sent.append(now)
    for begin in sent:
        assert sum(begin <= at < begin + hours(24) for at in sent) <= messages
