"""What a reload says in the log."""

from __future__ import annotations

from pathlib import Path

from notbefore.config.differences import differences
from notbefore.config.loading import parse

WHOLE = (Path(__file__).parent / "good" / "whole-language.yaml").read_text()


def _changed(*swaps: tuple[str, str]) -> tuple[str, ...]:
    text = WHOLE
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return differences(parse(WHOLE.encode(), "a"), parse(text.encode(), "b"))


def test_the_same_rules_in_other_lines_are_no_difference() -> None:
    """Comments and empty lines change the version, not what is decided."""
    assert _changed(("audiences:\n", "\n\n# who\naudiences:\n")) == ()


def test_what_is_new_gone_and_changed_is_named() -> None:
    """One line a change, by its name."""
    said = _changed(
        ("name: rebuild", "name: renewal"),
        (
            "  payments-prod: 1",
            "  payments-new: 4\n  payments-prod: 1".replace("4\n", "55555555-1111-4111-8111-111111111111\n"),
        ),
        ("after: 30m", "after: 15m"),
        ("impact: freeze", "impact: none"),
        ("same: [subscription, region]", "same: [region]"),
        ("tag: Team, fallback", "tag: owner, fallback"),
    )
    assert said == (
        "subscription `payments-new` is new",
        "audience `first` changed",
        "owner's tag `owner` is new",
        "owner's tag `Team` is gone",
        "route `everything that can be asked > nobody at all` changed",
        "mute `renewal` is new",
        "mute `rebuild` is gone",
        "inhibition `incident` changed",
    )


def test_a_new_order_of_routes_is_a_difference() -> None:
    """The first that fits decides, so the order counts."""
    head, _, tail = WHOLE.partition("mutes:")
    one = head.replace(
        "  - {name: the rest, to: second}",
        "  - {name: a, match: {test: true}, to: second}\n"
        "  - {name: b, match: {test: true}, to: second}\n  - {name: the rest, to: second}",
    )
    other = one.replace("{name: a,", "{name: x,").replace("{name: b,", "{name: a,").replace("{name: x,", "{name: b,")
    old, new = (parse((text + "mutes:" + tail).encode(), "x") for text in (one, other))
    assert differences(old, new) == ("the order of the routes changed",)


def test_no_secret_and_no_address_is_said() -> None:
    """A change of an address names its audience only."""
    assert _changed(("a@example.com", "z@example.com")) == ("audience `first` changed",)
