"""The link by which a reader of a message takes its story on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from notbefore import signed
from notbefore.rendering import links
from notbefore.schema import Delivery, Severity, Story

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "thirty-two-bytes-or-more-made-up-for-a-test"
STORY = Story(id="story-1", subscription_id="s", title="Reboot", opened_at=AT, updated_at=AT, occurred_at=AT)
DELIVERY = Delivery(
    id="d-1", partition="s", story_id="story-1", revision=1, audience="ops", channel="email", target="ops@example.com",
    route="everything", reason="first told", severity=Severity.ERROR, story=STORY, created_at=AT, due_at=AT,
    give_up_at=AT + timedelta(days=1),
)  # fmt: skip


def link(
    delivery: Delivery = DELIVERY, url: str | None = "https://board.example.com", key: str | None = KEY
) -> str | None:
    """The link of a delivery."""
    return links.acknowledge_page(url, key, delivery)


def test_the_link_opens_the_page_of_this_story_for_this_audience() -> None:
    """Its pass can be read with the key, names story and audience, and lasts two weeks."""
    address, _, token = (link() or "").partition("?token=")
    assert address == "https://board.example.com/stories/story-1/acknowledge"
    permit = signed.read(token, KEY, AT)
    assert permit == signed.Pass(signed.ACKNOWLEDGE, "story-1", "ops", AT + timedelta(days=14))
    assert signed.read(token, KEY, AT + timedelta(days=14)) is None


def test_two_keys_hold_while_one_takes_the_place_of_the_other() -> None:
    """The new one signs, links of the old one open until it is taken away."""
    new = "another-key-of-thirty-two-bytes-or-more"
    old_token, new_token = ((link(key=key) or "").partition("?token=")[2] for key in (KEY, f"{new} {KEY}"))
    assert signed.read(old_token, f"{new} {KEY}", AT) == signed.read(new_token, new, AT) is not None
    assert signed.read(old_token, new, AT) is None
    assert signed.read(new_token, KEY, AT) is None
    assert signed.read(new_token, "", AT) is None


def test_a_second_attempt_has_the_same_link() -> None:
    """What is rendered does not change between two attempts of one delivery."""
    assert link() == link(replace(DELIVERY, attempts=3, due_at=AT + timedelta(hours=2)))


def test_there_is_no_link_where_it_would_be_of_no_use() -> None:
    """No board, no key, a story that is over or that somebody has, a digest of several: no link."""
    assert link(url=None) is None
    assert link(key=None) is None
    assert link(replace(DELIVERY, story=replace(STORY, over=True))) is None
    assert link(replace(DELIVERY, story=replace(STORY, acknowledged_by="Ada", acknowledged_at=AT))) is None
    assert link(replace(DELIVERY, folded=(STORY,), folded_total=1)) is None
