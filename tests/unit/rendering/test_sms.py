"""What a telephone shows: what to do first, no more than two segments, whatever happens and in every language."""

import itertools
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.rendering import RenderContext, advice, headline, render
from notbefore.rendering.examples import examples
from notbefore.rendering.short import segments, spelled
from notbefore.rendering.times import times
from notbefore.rendering.words import languages
from notbefore.schema import OVER, Delivery, Impact, Kind, Phase

NOW = datetime(2026, 11, 21, 1, 10, tzinfo=UTC)
PUBLIC = "https://func-notbefore-production-a1b2.azurewebsites.net"
CONTEXT = RenderContext(clock=lambda: NOW, public_url=PUBLIC, signing_key="k" * 32)
ZONES = {"en": "America/New_York", "nl": "Europe/Amsterdam", "es": "America/Bogota", "ja": "Asia/Tokyo"}
OCCASIONS = ("news", "reminder:24h", "self-service:7d", "escalation", "overdue", "acknowledged")
EXAMPLES = examples()


def sms(delivery: Delivery, language: str) -> tuple[str, str]:
    """The text, and what is to be done in a few words."""
    audience = Audience(name="x", channels=(), language=language, time_zone=ZONES[language])
    spoken = times(language, ZONES[language])
    few = advice.todo(delivery, headline.stage_here(delivery), spoken, NOW)[1]
    text = render(replace(delivery, channel="sms", target="+31201234567"), audience, CONTEXT).text
    return text, headline.act(delivery, few, spoken.words)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", ["reboot-in-an-hour", "planned-with-own-time", "drill"])
def test_what_to_do_comes_first_and_two_segments_hold_it(name: str, language: str) -> None:
    """In every kind, phase, impact and for every occasion the action ends within the first 60 characters."""
    example = EXAMPLES[name]
    occasions = itertools.cycle(OCCASIONS)
    for kind, phase, impact in itertools.product(Kind, Phase, Impact):
        occasion = next(occasions)
        if name != "reboot-in-an-hour" and impact is not Impact.REBOOT:
            continue
        story = replace(example.story, kind=kind, phase=phase, impact=impact, over=phase in OVER)
        text, act = sms(replace(example, story=story, occasion=occasion), language)
        assert segments(text) <= 2
        assert spelled(act) in text[:60]


@pytest.mark.parametrize("language", languages())
def test_the_hour_has_its_zone_and_utc_beside_it(language: str) -> None:
    """No other form stands beside it that would say which three o'clock is meant."""
    text, _ = sms(EXAMPLES["reboot-in-an-hour"], language)
    assert "(01:50 UTC)" in text


def test_a_drill_says_so_before_anything_else() -> None:
    """Nobody drains a machine for a drill."""
    assert sms(EXAMPLES["drill"], "en")[0].startswith("Drill: ")


def test_a_link_is_whole_or_not_there() -> None:
    """What does not fit is left out from the least: the link to answer by, the place, any link."""
    for name, language in itertools.product(EXAMPLES, languages()):
        text, _ = sms(EXAMPLES[name], language)
        for word in text.split():
            _, https, rest = word.partition("https://")
            assert not https or not rest.endswith("..."), text
