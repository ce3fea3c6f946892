"""Views → HTML. Every text is escaped, cleaned of direction tricks, and styled by classes only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notbefore.rendering.clean import prose
from notbefore.rendering.links import safe

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).resolve().parent / "templates"
_TEXT_LIMIT = 20_000
_DAY_AND_TIME = "%a %-d %b %H:%M"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def page(name: str, nonce: str, now: datetime, **view: Any) -> str:  # noqa: ANN401 # what a template shows
    """The page of that name. `nonce` is also in the answer's Content-Security-Policy."""
    return _environment().get_template(f"{name}.html").render(nonce=nonce, now=now, **view)


def policy(nonce: str) -> Mapping[str, str]:
    """Headers of every page: nothing from elsewhere, no script but our own, no frame around it."""
    rules = (
        "default-src 'none'",
        f"style-src 'nonce-{nonce}'",
        f"script-src 'nonce-{nonce}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(rules),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    made.filters.update(time=time, away=away, span=span, words=words, count=count, azure=safe)
    made.filters.update(exact=exact, length_of=length_of, occasion=occasion)
    return made


def _plain(value: object) -> object:
    """Foreign text without control characters and direction marks; what is markup already is ours."""
    return prose(value, _TEXT_LIMIT) if type(value) is str else value


def words(value: object) -> str:
    """`planned_maintenance` → `planned maintenance`."""
    return str(value).replace("_", " ").replace(":", " ")


def occasion(name: str) -> str:
    """What a message or a due row is for, in words: `reminder:24h` → `reminder, 24h before`."""
    what, _, which = name.partition(":")
    said = {
        "digest": "digest",
        "group": "group",
        "flush": "group or digest",
        "escalation": "escalation, unless somebody has it",
        "overdue": "word that it is overdue, unless it has moved on",
    }
    return said.get(what) or (f"{words(what)}, {which} before" if which else words(what))


def count(number: int, one: str, many: str = "") -> str:
    """`1 story`, `3 stories`, `12,000 resources`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def time(at: datetime | None, form: str = "%a %-d %b %H:%M") -> Markup | str:
    """A moment in UTC, on one line; a few lines of script add the viewer's own time beside it."""
    from markupsafe import Markup

    if at is None:
        return "—"
    return Markup('<time datetime="{}">{}</time>').format(f"{at:%Y-%m-%dT%H:%M:%SZ}", _together(f"{at:{form}} UTC"))


def exact(at: datetime | None) -> Markup | str:
    """The same to the second."""
    return time(at, "%a %-d %b %H:%M:%S")


def span(opens: datetime | None, closes: datetime | None) -> Markup | str:
    """A window; the day is said once if it is one day."""
    from markupsafe import Markup

    if opens is None or closes is None or opens == closes:
        return time(opens or closes)
    last = f"{closes:%H:%M} UTC" if opens.date() == closes.date() else f"{closes:{_DAY_AND_TIME}} UTC"
    return Markup(
        '<span class="span"><span class="utc"><time datetime="{}">{}</time>–<time datetime="{}">{}</time></span></span>'
    ).format(
        f"{opens:%Y-%m-%dT%H:%M:%SZ}",
        _together(f"{opens:{_DAY_AND_TIME}}"),
        f"{closes:%Y-%m-%dT%H:%M:%SZ}",
        _together(last),
    )


def _together(text: str) -> str:
    """Never broken over two lines."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def away(at: datetime | None, now: datetime) -> str:
    """`in 4 h 10 min`, `12 min ago`: two units at most."""
    if at is None:
        return ""
    seconds = int((at - now).total_seconds())
    size = length(timedelta(seconds=abs(seconds)))
    if abs(seconds) < _MINUTE:
        return "now"
    return f"in {size}" if seconds > 0 else f"{size} ago"


def length(span_: timedelta) -> str:
    """`45 s`, `12 min`, `4 h 10 min`, `3 d 4 h`."""
    seconds = int(span_.total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h" + (f" {rest} min" if (rest := seconds % _HOUR // _MINUTE) else "")
    return f"{seconds // _DAY} d" + (f" {rest} h" if (rest := seconds % _DAY // _HOUR) else "")


def length_of(seconds: int) -> str:
    """The same of a number of seconds."""
    return length(timedelta(seconds=seconds))
