"""P6: render and compose a mail, beside the bare sandboxed render of the same two templates with ready values.

    python bench/render.py

Interleaved repetitions in one process; every delivery differs in id, window, title and resources. Prints
microseconds, the ratio, and the cost of the parts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from jinja2 import FileSystemLoader, StrictUndefined, Template  # noqa: E402 - found only with the root on the path
from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: E402
from msgspec.structs import replace  # noqa: E402

from notbefore.channels import mime  # noqa: E402
from notbefore.config.model import Audience  # noqa: E402
from notbefore.rendering import RenderContext, render  # noqa: E402
from notbefore.rendering.examples import examples  # noqa: E402
from notbefore.rendering.times import times  # noqa: E402
from notbefore.rendering.view import view  # noqa: E402
from notbefore.rendering.words import TEMPLATES  # noqa: E402
from notbefore.schema import Delivery, Message, Window  # noqa: E402

REPETITIONS = 11
MAILS = 200
BAR = 2.0
AUDIENCE = Audience(name="payments-oncall", channels=(), language="nl", time_zone="Europe/Amsterdam")


def main() -> int:
    """Prints the table; 1 when the ratio is over the bar."""
    deliveries = list(varied(MAILS))
    context = RenderContext(clock=lambda: deliveries[0].created_at, public_url="https://board.example.com")
    bare = stock()
    views = [view(one, times("nl", "Europe/Amsterdam"), context, one.created_at) for one in deliveries]
    messages = [render(one, AUDIENCE, context) for one in deliveries]
    subjects: dict[str, Callable[[], object]] = {
        "bare sandboxed render": lambda: [[template.render(one) for template in bare] for one in views],
        "render and compose": lambda: [composed(render(one, AUDIENCE, context)) for one in deliveries],
        "  of it composing": lambda: [composed(message) for message in messages],
        "  EmailMessage instead": lambda: [standard(message) for message in messages],
    }
    measured = interleaved(subjects)
    for name, microseconds in measured.items():
        print(f"{name:<24}{microseconds:8.1f} µs")
    ratio = measured["render and compose"] / measured["bare sandboxed render"]
    print(f"ratio                   {ratio:8.2f}    bar {BAR:g}")
    return int(ratio > BAR)


def varied(number: int) -> Iterable[Delivery]:
    """Deliveries that are all different."""
    known = [one for one in examples().values() if not one.folded]
    for index in range(number):
        one = known[index % len(known)]
        start = one.created_at + timedelta(hours=index)
        story = replace(one.story, title=f"{one.story.title} {index}", window=Window(start, start + timedelta(hours=2)))
        rows = tuple(replace(row, window=story.window) for row in one.resources)
        yield replace(one, id=f"{one.id[:-4]}{index:04}", story=story, resources=rows, target="oncall@example.com")


def stock() -> list[Template]:
    """The same templates in Jinja2's own sandbox, escaped and strict as ours are."""
    found = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return [found.get_template(name) for name in ("mail.txt", "mail.html")]


def composed(message: Message) -> bytes:
    """The mail's bytes."""
    return mime.compose(message, "notbefore@example.org", "example.org")


def standard(message: Message) -> bytes:
    """The same mail by the standard library."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "notbefore@example.org", message.target, message.subject
    mail["Message-ID"] = f"<{message.delivery_id}@example.org>"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail.as_bytes()


def interleaved(subjects: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median microseconds of CPU for one mail, the subjects taking turns."""
    seen: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(REPETITIONS):
        for name, run in subjects.items():
            start = time.process_time_ns()
            run()
            seen[name].append((time.process_time_ns() - start) / MAILS / 1000)
    return {name: median(values) for name, values in seen.items()}


if __name__ == "__main__":
    sys.exit(main())
