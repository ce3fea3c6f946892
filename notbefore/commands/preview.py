"""`notbefore preview`: what people and machines would read, from the examples or a delivery of one's own."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path

from msgspec.structs import replace

from notbefore.commands.routes import add_routes
from notbefore.config.model import Audience
from notbefore.errors import ConfigError, Mistake, NotBeforeError
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import delivery_in, examples
from notbefore.schema import Delivery, Message

CHANNELS = ("email", "sms", "chat", "webhook")
BOARD = "https://board.example.com"
EXAMPLE_SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which story, which channel, for whom, and where to."""
    parser.add_argument(
        "--story", metavar="FILE", help="an example's name, or a delivery as JSON; all examples if none"
    )
    parser.add_argument("--channel", choices=(*CHANNELS, "itsm", "eventgrid", "runbook"), help="all of them if none")
    parser.add_argument("--audience", metavar="NAME", help="an audience of the routing file: its language and zone")
    parser.add_argument("--language", metavar="CODE", help="instead of the audience's")
    parser.add_argument("--zone", metavar="ZONE", help="instead of the audience's: an IANA name")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page that shows mails as they look")
    parser.add_argument("--open", action="store_true", help="and open it in the browser")
    add_routes(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the messages, or writes them as a page."""
    audience = chosen_audience(options)
    shown = [
        (name, message_of(delivery, channel, audience))
        for name, delivery in chosen(options.story).items()
        for channel in ((options.channel,) if options.channel else CHANNELS)
    ]
    if options.html:
        _write(options.html, shown)
        if options.open:
            webbrowser.open(options.html.resolve().as_uri())
    else:
        sys.stdout.write("\n".join(_printed(name, message) for name, message in shown))
    return 0


def chosen(story: str | None) -> dict[str, Delivery]:
    """The examples, one of them, or the delivery in a file. Raises: ConfigError."""
    known = examples()
    if story is None:
        return known
    if story in known:
        return {story: known[story]}
    if not Path(story).is_file():
        raise ConfigError((Mistake(story, 0, "is no file and no example", "examples: " + ", ".join(known)),))
    return {Path(story).stem: delivery_in(Path(story))}


def chosen_audience(options: argparse.Namespace) -> Audience:
    """The audience of the routing file, or one that is nobody in particular. Raises: ConfigError."""
    audience = Audience(name="preview", channels=())
    if options.audience:
        from notbefore.commands.routes import load_routes

        routes = load_routes(options)
        found = routes.audience(options.audience)
        if found is None:
            raise NotBeforeError(f"{routes.file} knows no audience {options.audience!r}")
        audience = found
    return replace(
        audience, language=options.language or audience.language, time_zone=options.zone or audience.time_zone
    )


def message_of(delivery: Delivery, channel: str, audience: Audience) -> Message:
    """The message as it would have gone out when the delivery was made; secrets stay as they are written."""
    context = RenderContext(
        clock=lambda: delivery.created_at, public_url=BOARD, subscription_name=_subscription_name, local=True
    )
    return render(replace(delivery, channel=channel), audience, context)


def _subscription_name(subscription_id: str) -> str:
    return "payments-prod" if subscription_id == EXAMPLE_SUBSCRIPTION else subscription_id


def _printed(name: str, message: Message) -> str:
    from notbefore.rendering.short import segments

    head = f"── {name} · {message.channel} "
    if message.channel == "sms":
        body = f"{message.text}\n({len(message.text)} characters, {segments(message.text)} segments)\n"
    elif message.channel == "email":
        body = f"Subject: {message.subject}\n\n{message.text}"
    else:
        body = message.text if message.channel == "chat" else _indented(message.body)
    return f"{head:─<100}\n{body.rstrip()}\n"


def _indented(body: bytes) -> str:
    import msgspec

    return msgspec.json.format(body, indent=2).decode()


def _write(path: Path, shown: list[tuple[str, Message]]) -> None:
    """Mails stand in frames of their own, in which nothing runs."""
    from html import escape

    parts = []
    for name, message in shown:
        parts.append(f"<h2>{escape(name)} · {escape(message.channel)}</h2><p><b>{escape(message.subject)}</b></p>")
        if message.html:
            parts.append(f'<iframe sandbox srcdoc="{escape(message.html)}"></iframe>')
        else:
            parts.append(f"<pre>{escape(message.text or _indented(message.body))}</pre>")
    try:
        path.write_text(_PAGE.replace("{parts}", "\n".join(parts)), encoding="utf-8")
    except OSError as problem:
        raise NotBeforeError(f"{path}: {problem.strerror or problem}") from problem


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>NotBefore: what people read</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem; }
iframe { width: 100%; height: 900px; border: 1px solid #8886; }
pre { white-space: pre-wrap; padding: 1rem; border: 1px solid #8886; overflow-wrap: anywhere; }
</style></head>
<body><h1>What people read</h1>
{parts}
</body></html>
"""
