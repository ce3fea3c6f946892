"""Every kind, phase, channel and language renders, strictly; the words of all languages match."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import msgspec
import pytest
from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.rendering import RenderContext, render
from notbefore.rendering.checks import template_mistakes
from notbefore.rendering.examples import example_of, examples, template_names
from notbefore.rendering.templates import fill
from notbefore.rendering.times import times
from notbefore.rendering.view import view
from notbefore.rendering.words import TEMPLATES, languages, words_of
from notbefore.schema import OVER, Delivery, Impact, Kind, Phase

NOW = datetime(2026, 11, 21, 1, 10, tzinfo=UTC)
CONTEXT = RenderContext(clock=lambda: NOW, public_url="https://board.example.com")
EXAMPLES = examples()
ZONES = {"en": "America/New_York", "nl": "Europe/Amsterdam", "es": "America/Bogota", "ja": "Asia/Tokyo"}
OCCASIONS = ("news", "reminder:24h", "self-service:7d", "escalation", "overdue", "digest:2026-11-21", "group:x")


def of(example: str, **changes: object) -> Delivery:
    """An example whose story is changed."""
    delivery = EXAMPLES[example]
    return replace(delivery, story=replace(delivery.story, **changes))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_phase_and_template(kind: Kind, language: str) -> None:
    """No combination leaves a template with something undefined, or a person without subject, lead and action."""
    for phase, impact in itertools.product(Phase, Impact):
        delivery = of("reboot-in-an-hour", kind=kind, phase=phase, impact=impact, over=phase in OVER)
        shown = view(delivery, times(language, ZONES[language]), CONTEXT, NOW)
        assert shown["headline"]
        assert shown["todo"]
        assert all(shown[name].isprintable() for name in ("headline", "tag", "state", "subject"))
        assert "vm-web-01" in shown["touched"]
        if impact in (Impact.REBOOT, Impact.UNKNOWN):
            for name in template_names():
                assert shown["headline"] in unescape(fill(name, shown)) or name == "sms.txt"


@pytest.mark.parametrize("channel", ["email", "sms", "chat", "itsm", "webhook", "eventgrid", "runbook"])
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_every_example_on_every_channel(channel: str, occasion: str) -> None:
    """Each example renders for each channel and occasion, in one line of subject and within the limits."""
    for name, example in EXAMPLES.items():
        delivery = replace(example, channel=channel, occasion=occasion)
        message = render(delivery, Audience(name="x", channels=()), CONTEXT)
        assert message.text or message.body, name
        assert "\n" not in message.subject
        assert len(message.subject) <= 180
        assert "Undefined" not in message.text


@pytest.mark.parametrize("template", template_names())
def test_every_template_carries_its_example(template: str) -> None:
    """A template names its example in the first line, and can be filled with it."""
    assert fill(template, view(example_of(template), times("en", "UTC"), CONTEXT, NOW)).strip()


def test_templates_and_words_are_right() -> None:
    """What ships has no mistake that `check` would name."""
    assert template_mistakes() == ()


@pytest.mark.parametrize("language", languages())
def test_languages_say_the_same(language: str) -> None:
    """Each language has every word of English, no other, with the same places to fill."""
    english, own = words_of("en"), words_of(language)
    assert {section: set(texts) for section, texts in own.items()} == {
        section: set(texts) for section, texts in english.items()
    }
    for section, texts in english.items():
        for key, text in texts.items():
            assert set(re.findall(r"\{\w+\}", own[section][key])) == set(re.findall(r"\{\w+\}", text)), (section, key)


def test_a_language_without_words_reads_english() -> None:
    """An unknown language, or one with a path in it, falls back; a region falls back to its language."""
    assert words_of("tlh") == words_of("../../en") == words_of("en")
    assert words_of("nl-BE") == words_of("nl")
    assert (TEMPLATES / "words" / "en.toml").is_file()


@pytest.mark.parametrize("language", languages())
def test_the_subject_keeps_its_topic(language: str) -> None:
    """What stands after the brackets is the same from the first news to the last: mail threads hold."""
    subjects = set()
    audience = Audience(name="x", channels=(), language=language)
    for phase in Phase:
        moved = of("reboot-in-an-hour", phase=phase, window=EXAMPLES["moved"].story.window)
        subject = render(moved, audience, CONTEXT).subject
        subjects.add(subject.partition("] ")[2])
        assert subject.startswith("[")
    assert len(subjects) == 1


def test_the_stage_is_that_of_the_readers_machines() -> None:
    """Azure's word for the whole lags behind: what has begun, or is done, on these machines is what is said."""
    rows = EXAMPLES["moved"].resources[:2]
    first, second = rows

    def said(*phases: Phase) -> str:
        states = tuple(replace(row, phase=phase) for row, phase in zip(rows, phases, strict=True))
        delivery = replace(EXAMPLES["moved"], resources=states, resources_total=2)
        return render(delivery, Audience(name="x", channels=()), CONTEXT).subject.partition("]")[0]

    assert first != second
    assert said(Phase.STARTED, Phase.SCHEDULED) == "[Warning: redeploy now"
    assert said(Phase.COMPLETED, Phase.COMPLETED) == "[Done on yours: redeploy"
    assert said(Phase.SCHEDULED, Phase.COMPLETED).startswith("[Warning: redeploy moved to")


def test_times_in_the_zone_of_the_reader_and_in_utc() -> None:
    """The hour is the reader's, UTC stands beside it, and a day that differs is said."""
    start = datetime(2026, 11, 21, 2, 15, tzinfo=UTC)
    end = start + timedelta(hours=1)
    assert times("nl", "Europe/Amsterdam").span(start, end) == "za 21 nov 2026, 03:15–04:15 CET (02:15–03:15 UTC)"
    york = times("en", "America/New_York").span(start, end)
    assert york == "Fri, Nov 20, 2026, 21:15–22:15 EST (Sat, Nov 21, 02:15–03:15 UTC)"
    assert times("ja", "Asia/Tokyo").span(start, None) == "2026年11月21日(土), 11:15 JST (02:15 UTC)"
    assert times("en", "UTC").span(start, start + timedelta(days=1)).endswith("02:15 – Sun, Nov 22, 02:15 UTC")


def test_the_night_the_clocks_change() -> None:
    """A window over the end of summer time shows both names, so that 02:30 is not two hours."""
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    shown = times("en", "Europe/Amsterdam").span(start, start + timedelta(hours=1))
    assert shown == "Sun, Oct 25, 2026, 02:30 CEST – 02:30 CET (00:30–01:30 UTC)"


def test_the_message_says_why() -> None:
    """At the foot: audience, route and reason, and the ids to ask about."""
    delivery = EXAMPLES["reboot-in-an-hour"]
    text = render(delivery, Audience(name="x", channels=()), CONTEXT).text
    foot = text.partition("\n-- \n")[2]
    for part in (delivery.audience, delivery.route, delivery.id, delivery.story_id, "Critical passes the quiet hours"):
        assert part in foot


@pytest.mark.parametrize("language", languages())
def test_the_foot_is_in_the_readers_words(language: str) -> None:
    """Owner tag, first word, change and fail-over are said in the language of the frame; English only in English."""
    plain = EXAMPLES["reboot-in-an-hour"]
    audience = Audience(name="x", channels=(), language=language)
    reason = "webhook could not be told (the receiver answered 404); phase: scheduled → started"
    for changed in (
        replace(plain, reason=reason, owner_tag="owner=Team Blue"),
        replace(plain, reason="first told, by route everything else", owner_tag="owner="),
    ):
        foot = render(changed, audience, CONTEXT).text.partition("\n-- \n")[2]
        assert ("could not" in foot or "first you hear" in foot) == (language == "en")
        assert ("Team Blue" in foot) == ("Blue" in changed.owner_tag)
        assert "by route" not in foot


def test_only_known_links() -> None:
    """A link in the story is shown only to a known host by https; else the portal's own page."""
    for url in (
        "https://evil.example.com/", "http://portal.azure.com/", "https://azure.com.evil.example/", "javascript:x",
        "https://portal.azure.com@evil.example/", "https://portal.azure.com:8443/", 'https://x.azure.com/"><script>',
    ):  # fmt: skip  # a list of links reads best in rows
        message = render(of("service-issue", url=url), Audience(name="x", channels=()), CONTEXT)
        assert url not in message.text
        assert "evil" not in message.html
    good = "https://app.azure.com/h/9VKT-3T0"
    assert good in render(of("service-issue", url=good), Audience(name="x", channels=()), CONTEXT).html


def test_a_webhook_speaks_schema_v1() -> None:
    """The body is a CloudEvent with the delivery's id, and holds every word of the event schema that a story has."""
    delivery = replace(EXAMPLES["moved"], channel="webhook")
    message = render(delivery, Audience(name="x", channels=()), CONTEXT)
    event = msgspec.json.decode(message.body)
    assert event["specversion"] == "1.0"
    assert event["type"] == "notbefore.story.rescheduled"
    assert (event["id"], event["subject"]) == (delivery.id, delivery.story_id)
    assert event["source"] == "https://board.example.com"
    story = event["data"]["story"]
    assert story["window"]["not_before"] == "2026-12-19T22:00:00Z"
    assert story["resources"][0]["name"] == "vm-batch-01"
    assert event["data"]["changes"] == list(delivery.changes)
    assert len(message.body) < 20_000
    again = render(delivery, Audience(name="x", channels=()), RenderContext(clock=lambda: NOW + timedelta(hours=1)))
    assert msgspec.json.decode(again.body)["time"] == event["time"]
