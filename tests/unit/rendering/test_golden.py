"""What every example looks like, kept beside the test: a change of words or looks is seen in a review."""

import re
from pathlib import Path

import msgspec
import pytest

from notbefore.commands.preview import message_of
from notbefore.config.model import Audience
from notbefore.rendering.examples import examples
from notbefore.schema import Message

GOLDEN = Path(__file__).parent / "golden"
ZONES = {"en": "UTC", "nl": "Europe/Amsterdam", "es": "America/Bogota", "ja": "Asia/Tokyo"}


def parts(message: Message) -> dict[str, str]:
    """File ending → content."""
    if message.channel == "email":
        return {"txt": f"Subject: {message.subject}\n\n{message.text}", "html": read(message.html)}
    if message.channel == "sms":
        return {"sms": message.text}
    return {"json": msgspec.json.format(message.body, indent=1).decode()}


def read(html: str) -> str:
    """The page with the letters that stand in it as references, so that a review can read them."""
    return re.sub(r"&#(\d{3,});", lambda match: chr(int(match[1])), html)


@pytest.mark.parametrize("language", sorted(ZONES))
@pytest.mark.parametrize("name", sorted(examples()))
def test_as_it_was(name: str, language: str, *, rewrite_golden: bool) -> None:
    """Mail, SMS and webhook of each example are what they were; `--rewrite-golden` makes them what they are."""
    audience = Audience(name="x", channels=(), language=language, time_zone=ZONES[language])
    channels = ("email", "sms", "webhook") if language == "en" else ("email", "sms")
    for channel in channels:
        for ending, content in parts(message_of(examples()[name], channel, audience)).items():
            path = GOLDEN / f"{name}.{language}.{ending}"
            if rewrite_golden:
                path.write_text(content.rstrip() + "\n", encoding="utf-8")
            assert path.read_text("utf-8") == content.rstrip() + "\n", path.name
