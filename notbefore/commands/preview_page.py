"""One page of all that people and machines would read: mails as a desktop and a telephone show them, SMS counted."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import NamedTuple

import msgspec

from notbefore.rendering.short import segments
from notbefore.schema import Message

_FIRST = 60
"""Characters of an SMS that a locked telephone shows."""


class Shown(NamedTuple):
    """A message, of which example, and in which language."""

    name: str
    language: str
    message: Message


def page_of(shown: Iterable[Shown]) -> str:
    """The page. Nothing in it runs, and nothing is loaded from elsewhere."""
    stories = [(name, list(some)) for name, some in groupby(shown, key=lambda one: one.name)]
    links = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name, _ in stories)
    parts = "\n".join(_story(name, some) for name, some in stories)
    return _PAGE.replace("{links}", links).replace("{parts}", parts)


def measure(text: str) -> str:
    """`142 characters, 1 segment`."""
    number = segments(text)
    return f"{len(text)} characters, {number} segment{'' if number == 1 else 's'}"


def indented(body: bytes) -> str:
    """JSON for a person."""
    return msgspec.json.format(body, indent=2).decode()


def _story(name: str, some: list[Shown]) -> str:
    return f'<section id="{escape(name)}"><h2>{escape(name)}</h2>' + "".join(map(_message, some)) + "</section>"


def _message(one: Shown) -> str:
    """Mails stand in frames of their own, in which nothing runs."""
    message = one.message
    head = f"<h3>{escape(message.channel)} · {escape(one.language)}</h3>"
    if message.html:
        frame = f'sandbox title="{escape(message.subject)}" srcdoc="{escape(message.html)}"></iframe>'
        wide = f'<iframe class="desk" {frame}<iframe class="phone" {frame}'
        return f"{head}<p><b>{escape(message.subject)}</b></p><div>{wide}</div>"
    if message.channel == "sms":
        text = f"<mark>{escape(message.text[:_FIRST])}</mark>{escape(message.text[_FIRST:])}"
        return f'{head}<p class="sms">{text}</p><p>{measure(message.text)}</p>'
    text = message.text if message.channel == "chat" else indented(message.body)
    return f"{head}<details><summary>{len(text):,} characters</summary><pre>{escape(text)}</pre></details>"


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>NotBefore: what people read</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
iframe { height: 900px; border: 1px solid #8886; max-width: 100%; vertical-align: top; margin: 0 8px 8px 0; }
.desk { width: 660px; } .phone { width: 390px; }
pre, .sms { white-space: pre-wrap; padding: 1rem; border: 1px solid #8886; overflow-wrap: anywhere; }
.sms { max-width: 360px; border-radius: 14px; } mark { background: #8884; color: inherit; }
</style></head>
<body><h1>What people read</h1>
<p>The first 60 characters of an SMS are marked: a locked telephone shows no more. Mails follow this browser's
light or dark. {links}</p>
{parts}
</body></html>
"""
