"""Silences and mutes: what they hold, until when, and which resources they leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from rulebook import DAY, NOW, PROD, config, machine, mute, silence, story

from notbefore.config.model import Matcher
from notbefore.muting import Holds, Silence
from notbefore.schema import Severity, Verdict

ALL = Matcher()
WEB = Matcher(resource_group=("web",))


def test_a_mute_holds_until_its_end_and_says_why() -> None:
    """The reason of the routing file is kept, and the end is when it is decided again."""
    held = Holds(config(mutes=(mute(Matcher(subscription=("prod",))),))).weigh(story(), [], NOW)
    assert held.hold is not None
    assert (held.hold.kind, held.hold.name, held.hold.until) == (Verdict.MUTED, "rebuild", NOW + DAY)
    assert held.hold.reason == "mute “rebuild” until 2026-11-25 12:00 UTC: see CHG0031337"
    assert held.by(Verdict.MUTED) is held.hold
    assert held.by(Verdict.SILENCED) is None


def test_a_mute_is_over_at_its_end() -> None:
    """An expired mute holds nothing."""
    holds = Holds(config(mutes=(mute(ALL),)))
    assert holds.weigh(story(), [], NOW + DAY - timedelta(microseconds=1)).hold is not None
    assert holds.weigh(story(), [], NOW + DAY).hold is None


def test_what_does_not_match_is_not_held() -> None:
    """Another subscription, an excluded severity: told."""
    other = Holds(config(mutes=(mute(Matcher(subscription=("test",))),)))
    assert other.weigh(story(), [], NOW).hold is None
    but_errors = Holds(config(mutes=(mute(ALL, match_not=Matcher(min_severity=Severity.ERROR)),)))
    assert but_errors.weigh(story(), [], NOW).hold is not None
    assert but_errors.weigh(story(severity=Severity.ERROR), [], NOW).hold is None


def test_severities_look_at_today() -> None:
    """A story that was critical once is a warning for a mute today."""
    holds = Holds(config(mutes=(mute(Matcher(max_severity=Severity.WARNING)),)))
    assert holds.weigh(story(highest_severity=Severity.CRITICAL), [], NOW).hold is not None


def test_a_silence_is_a_persons_order() -> None:
    """It says whose it is, why, and until when."""
    held = Holds(config()).weigh(story(), [], NOW, silences=[silence(ALL)])
    assert held.hold is not None
    assert (held.hold.kind, held.hold.until) == (Verdict.SILENCED, NOW + DAY)
    assert held.hold.reason == "silenced by ann until 2026-11-25 12:00 UTC: I am on it"


@pytest.mark.parametrize(
    "order",
    [
        silence(ALL, ends=NOW),
        silence(ALL, starts_at=NOW + timedelta(minutes=1)),
        silence(ALL, lifted_at=NOW - timedelta(minutes=1), lifted_by="bob"),
        silence(ALL, lifted_at=NOW, lifted_by="bob"),
    ],
    ids=["over", "not begun", "lifted", "lifted now"],
)
def test_a_silence_that_does_not_hold(order: Silence) -> None:
    """Over, not begun, or lifted: it holds nothing."""
    assert Holds(config()).weigh(story(), [], NOW, silences=[order]).hold is None


def test_a_silence_that_changes_is_read_again() -> None:
    """The same silence with another matcher holds what that says, also in the process that knew the old one."""
    holds = Holds(config())
    assert holds.weigh(story(), [], NOW, silences=[silence(ALL)]).hold is not None
    assert holds.weigh(story(), [], NOW, silences=[silence(Matcher(subscription=("test",)))]).hold is None


def test_a_silence_goes_before_a_mute() -> None:
    """When both hold, the silence is the reason and its end decides when to look again."""
    order = silence(ALL, ends=NOW + 2 * DAY)
    held = Holds(config(mutes=(mute(ALL),))).weigh(story(), [], NOW, silences=[order])
    assert held.hold is not None
    assert (held.hold.kind, held.hold.until) == (Verdict.SILENCED, NOW + 2 * DAY)


def test_resources_that_are_held_are_left_out() -> None:
    """A mute about one resource group leaves the others to be told of."""
    web, db = machine("web1"), machine("db1", "db")
    held = Holds(config(mutes=(mute(WEB),))).weigh(story(), [web, db], NOW)
    assert held.hold is None
    assert held.resources == (db,)
    assert [hold.name for hold in held.left_out] == ["rebuild"]


def test_a_story_is_held_when_all_its_resources_are() -> None:
    """One resource silenced, the other muted: held by the silence, decided again at the earlier end."""
    web, db = machine("web1"), machine("db1", "db")
    order = silence(Matcher(resource_group=("db",)), ends=NOW + 2 * DAY)
    held = Holds(config(mutes=(mute(WEB),))).weigh(story(), [web, db], NOW, silences=[order])
    assert held.hold is not None
    assert (held.hold.kind, held.hold.until) == (Verdict.SILENCED, NOW + DAY)
    assert "I am on it" in held.hold.reason
    assert "CHG0031337" in held.hold.reason
    assert held.resources == ()


def test_without_holds_everything_is_told() -> None:
    """No rule, no silence: every resource is left, nothing is left out."""
    web = machine("web1")
    held = Holds(config()).weigh(story(), [web], NOW)
    assert (held.hold, held.resources, held.left_out) == (None, (web,), ())


def test_keys_about_a_resource_do_not_fit_a_story_without_any() -> None:
    """A mute of a resource group does not hold a story that names no resource, and cannot except it either."""
    assert Holds(config(mutes=(mute(WEB),))).weigh(story(), [], NOW).hold is None
    all_but_web = Holds(config(mutes=(mute(ALL, match_not=WEB),)))
    assert all_but_web.weigh(story(), [], NOW).hold is not None
    assert all_but_web.weigh(story(), [machine("web1")], NOW).hold is None


def test_a_silence_survives_being_stored() -> None:
    """As JSON and back it is the same."""
    order = silence(Matcher(subscription=("prod",), min_severity=Severity.ERROR, tag={"team": ("shop*",)}))
    assert msgspec.json.decode(msgspec.json.encode(order), type=Silence) == order


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"ends_at": NOW - DAY}, "end after it starts"),
        ({"reason": "  "}, "needs a reason"),
        ({"ends_at": datetime(2026, 12, 1, tzinfo=timezone(timedelta(hours=1)))}, "aware UTC"),
    ],
)
def test_a_silence_needs_an_end_and_a_reason(wrong: dict[str, object], problem: str) -> None:
    """One without an end after its start, without a reason, or in another zone is refused where it is made."""
    facts: dict[str, object] = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + DAY, "reason": "why"} | wrong
    with pytest.raises(ValueError, match=problem):
        Silence(id="1", author="ann", match=ALL, **facts)  # type: ignore[arg-type] # fields by name


def test_a_hundred_resources_keep_their_order() -> None:
    """What is left comes in the order in which it was given."""
    states = [machine(f"vm{number}", "web" if number % 3 else "db") for number in range(100)]
    held = Holds(config(mutes=(mute(WEB),))).weigh(story(), states, NOW)
    assert held.resources == tuple(states[::3])
    assert all(f"/subscriptions/{PROD}/" in (state.resource.id or "") for state in held.resources)
    assert held.left_out[0].until == datetime(2026, 11, 25, 12, tzinfo=UTC)
