"""`notbefore preview`: what people and machines would read, from the examples or a delivery of one's own."""

from __future__ import annotations

import argparse
import sys
import tempfile
import webbrowser
from pathlib import Path

from msgspec.structs import replace

from notbefore.commands.preview_page import Shown, indented, measure, page_of
from notbefore.commands.routes import add_routes
from notbefore.config.model import Audience
from notbefore.errors import ConfigError, Mistake, NotBeforeError
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import delivery_in, examples
from notbefore.rendering.words import languages
from notbefore.schema import Delivery, Message

CHANNELS = ("email", "sms", "chat", "webhook")
READ = frozenset({"email", "sms", "chat"})
"""Channels whose messages are in the reader's language."""

BOARD = "https://board.example.com"
EXAMPLE_SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which story, which channel, for whom, and where to."""
    parser.add_argument(
        "--story", metavar="FILE", help="an example's name, or a delivery as JSON; all examples if none"
    )
    parser.add_argument("--channel", choices=(*CHANNELS, "itsm", "eventgrid", "runbook"), help="all of them if none")
    parser.add_argument("--audience", metavar="NAME", help="an audience of the routing file: its language and zone")
    parser.add_argument("--language", metavar="CODE", help="instead of the audience's; `all` for every language")
    parser.add_argument("--zone", metavar="ZONE", help="instead of the audience's: an IANA name")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page that shows all of it as it looks")
    parser.add_argument("--open", action="store_true", help="open that page in the browser")
    add_routes(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the messages, or writes them as a page."""
    audiences = chosen_audiences(options)
    channels = (options.channel,) if options.channel else CHANNELS
    shown = [
        Shown(name, audience.language, message_of(delivery, channel, audience))
        for name, delivery in chosen(options.story).items()
        for channel in channels
        for audience in (audiences if channel in READ else audiences[:1])
    ]
    if options.html or options.open:
        page = options.html or Path(tempfile.gettempdir()) / "notbefore-preview.html"
        _write(page, page_of(shown))
        if options.open:
            webbrowser.open(page.resolve().as_uri())
        else:
            print(page)
    else:
        sys.stdout.write("\n".join(_printed(one) for one in shown))
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


def chosen_audiences(options: argparse.Namespace) -> list[Audience]:
    """The audience of the routing file, or one that is nobody in particular; once for each language that is asked for.

    Raises: ConfigError.
    """
    audience = Audience(name="preview", channels=())
    if options.audience:
        from notbefore.commands.routes import load_routes

        routes = load_routes(options)
        found = routes.audience(options.audience)
        if found is None:
            raise NotBeforeError(f"{routes.file} knows no audience {options.audience!r}")
        audience = found
    spoken = languages() if options.language == "all" else (options.language or audience.language,)
    return [replace(audience, language=one, time_zone=options.zone or audience.time_zone) for one in spoken]


def message_of(delivery: Delivery, channel: str, audience: Audience) -> Message:
    """The message as it would have gone out when the delivery was made; secrets stay as they are written."""
    context = RenderContext(
        clock=lambda: delivery.created_at, public_url=BOARD, subscription_name=_subscription_name, local=True
    )
    return render(replace(delivery, channel=channel), audience, context)


def _subscription_name(subscription_id: str) -> str:
    return "payments-prod" if subscription_id == EXAMPLE_SUBSCRIPTION else subscription_id


def _printed(one: Shown) -> str:
    message = one.message
    head = f"── {one.name} · {message.channel} · {one.language} "
    if message.channel == "sms":
        body = f"{message.text}\n({measure(message.text)})\n"
    elif message.channel == "email":
        body = f"Subject: {message.subject}\n\n{message.text}"
    else:
        body = message.text if message.channel == "chat" else indented(message.body)
    return f"{head:─<100}\n{body.rstrip()}\n"


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as problem:
        raise NotBeforeError(f"{path}: {problem.strerror or problem}") from problem
