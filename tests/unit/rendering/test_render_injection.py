"""R11: what comes from outside is text, whatever it looks like."""

from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from msgspec.structs import replace

from notbefore.channels import mime
from notbefore.config.model import Audience
from notbefore.errors import ConfigError
from notbefore.rendering import RenderContext, render
from notbefore.rendering.clean import line, prose
from notbefore.rendering.examples import examples
from notbefore.rendering.markup import written
from notbefore.rendering.short import segments, short
from notbefore.rendering.templates import OUTPUT_LIMIT, compiled, environment, fill
from notbefore.schema import Delivery, EventError, Message, Resource

CONTEXT = RenderContext(clock=lambda: datetime(2026, 11, 21, 1, 10, tzinfo=UTC))
EVIL = (
    "{{ 7*7 }}{% raw %}", "{{ ''.__class__.__mro__ }}", "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
    "a\r\nBcc: victim@example.com", "a\n\n.\nQUIT", "x\x00y\x08z", "\u202egnp.exe", "\u2066hidden\u2069", "\ud800",
    "=?utf-8?q?fake?=", "x" * 3_000_000, "\U000e0041tag", "a\u2028b", "</td></table>", "&lt;b&gt;", "${env:PATH}",
)  # fmt: skip  # a list of tricks reads best in rows
CHANNELS = ("email", "sms", "chat", "itsm", "webhook")


def poisoned(text: str, channel: str) -> Delivery:
    """A delivery with the text in every field that comes from outside."""
    example = examples()["started"]
    state = example.resources[0]
    resource = Resource(id=None, name=text, type=text)
    states = (replace(state, resource=resource),)
    story = replace(
        example.story, title=text, text=text, regions=(text,), services=(text,), url=text, resources=states,
        keys={"tracking_id": (text,)}, error=EventError(text, text), azure_level=text,
    )  # fmt: skip  # fields read best in rows
    return replace(
        example, story=story, resources=states, reason=text, route=text, changes=(text,), channel=channel,
        owner_tag=f"owner={text}",
    )  # fmt: skip  # fields read best in rows


def rendered(text: str, channel: str) -> Message:
    """The poisoned message."""
    return render(poisoned(text, channel), Audience(name="x", channels=()), CONTEXT)


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
@pytest.mark.parametrize("channel", CHANNELS)
def test_inert(text: str, channel: str) -> None:
    """No trick is executed, none breaks a line, none makes a message over 1 MB."""
    message = rendered(text, channel)
    everything = message.subject + message.text + message.html + message.body.decode()
    assert len(everything) < OUTPUT_LIMIT
    assert "49" not in message.subject
    assert "<script>" not in message.html
    assert "<img" not in message.html
    assert "</td></table>&" not in message.html
    assert not set("\r\n\x00\u202e\u2028") & set(message.subject)
    assert message.html.isascii()
    assert not set("\x00\x08\u202e\u2066\u2028\ud800\U000e0041") & set(message.text + unescape(message.html))


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_no_header_is_added(text: str) -> None:
    """A mail of poisoned parts has the headers it should have, each once."""
    mail = mime.compose(replace(rendered(text, "email"), target="a@example.com"), "nb@example.com", "example.com")
    head = mail.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")
    names = [header.partition(b":")[0] for header in head]
    assert len(mail) < OUTPUT_LIMIT
    assert b"Bcc" not in names
    assert len(names) == len(set(names))
    assert all(len(header) < 998 for header in mail.split(b"\r\n"))


@given(st.one_of(st.text(st.characters()), st.integers(), st.builds(Markup, st.text())))
def test_any_value_is_escaped(value: object) -> None:
    """A value stands in a page as MarkupSafe has it, with references for what is not ASCII."""
    assert written(value) == escape(value).encode("ascii", "xmlcharrefreplace").decode()


@given(st.text(st.characters(), max_size=300))
def test_any_text_is_one_clean_line(text: str) -> None:
    """Whatever is said, a line is one line, printable and encodable, and cleaning it again changes nothing."""
    clean = line(text)
    assert "\n" not in clean
    assert "\r" not in clean
    assert clean.encode().decode() == clean
    assert line(clean) == clean
    assert "\r" not in prose(text)
    assert prose(text).encode().decode() == prose(text)


@given(st.text(max_size=2000))
def test_any_text_fits_a_telephone(text: str) -> None:
    """No text makes more than two segments."""
    assert segments(short(text)) <= 2


def test_a_mistake_has_its_line() -> None:
    """What is undefined is named with the template's own line."""
    with pytest.raises(ConfigError) as caught:
        fill("mail.txt", {"headline": "h", "lead": "l", "label": {"todo": "t"}})
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == ("config/templates/mail.txt", 5)


def test_segments_are_counted() -> None:
    """160 and 153 in the telephone's alphabet, 70 and 67 outside; a brace counts twice."""
    assert [segments("a" * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [segments("日" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert segments("{" * 81) == 2
    assert short("Crítico – ya…") == "Critico - ya..."


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'x' * 1000000000 }}", "{{ 10 ** 10 ** 9 }}", "{{ '%1000000000d' % 1 }}", "{{ 'x'.center(10**9) }}",
        "{{ '{:>999999999}'.format(1) }}", "{{ range(10) }}", "{{ nothing }}", "{{ label.nothing }}",
        "{{ ''.__class__ }}", "{{ links.append(1) }}", "{% include '/etc/passwd' %}", "{% include '../routes.yaml' %}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "{% if %}",
        "{% for a in s %}{{ loop.__class__ }}{% endfor %}", "{% for a in s %}{{ loop._iterator }}{% endfor %}",
        "{% for a in s %}{% for b in s %}{% for c in s %}{{ s }}{% endfor %}{% endfor %}{% endfor %}",
    ],
)  # fmt: skip  # a list of tricks reads best in rows
def test_a_template_cannot_run_wild(source: str) -> None:
    """A template that reaches out, grows or is undefined is a mistake with a name, not a crash."""
    from jinja2 import DictLoader

    fenced = environment()
    kept, fenced.loader = fenced.loader, DictLoader({"wild.html": source})
    try:
        with pytest.raises(ConfigError, match=r"wild\.html"):
            fill("wild.html", {"label": {}, "links": [], "s": "y" * 300})
    finally:
        fenced.loader = kept
        compiled.cache_clear()
        assert fenced.cache is not None
        fenced.cache.clear()
