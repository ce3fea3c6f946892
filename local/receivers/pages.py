"""The mail box: a page that lists what arrived, and one that shows a message without letting it do anything."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import EmailMessage
from html import escape
from pathlib import Path
from typing import Any

from aiohttp import web

from local.receivers.arrivals import Inbox
from local.receivers.inward import subject
from local.receivers.looks import invitation, look, ticket_name

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .8rem .3rem 0 }
tr + tr { border-top: 1px solid #8884 } time, .kind { color: #888; white-space: nowrap }
td { overflow-wrap: anywhere } td time { overflow-wrap: normal }
pre { white-space: pre-wrap; overflow-wrap: anywhere } iframe { width: 100%; height: 36rem; border: 1px solid #8884 }
article { border: 1px solid #8886; border-radius: .5rem; padding: .5rem 1.2rem 1rem; max-width: 40rem }
article p { margin: .5rem 0 } .large { font-size: 1.3rem } .soft { color: #888 } .attention { color: #c4314b }
.warning { color: #a86600 } .good { color: #1a7f37 } th { font-weight: 600; vertical-align: top; white-space: nowrap }
.bold { font-weight: 600 }
.button { display: inline-block; margin-top: .6rem; padding: .3rem .9rem; border: 1px solid #8886; border-radius: 4px }
"""
_INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class MailBox:
    """The pages over an inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def add_routes(self, app: web.Application) -> None:
        """The list, a message, and a mail's HTML by itself."""
        app.router.add_get("/", self.list)
        app.router.add_get("/received/{kind}/{name}", self.message)
        app.router.add_get("/received/mail/{name}/html", self.html)

    async def list(self, _request: web.Request) -> web.Response:
        """Everything, the newest first."""
        rows = "".join(_row(path) for path in self._inbox.files()[:500])
        table = f"<table><tr><th>when (UTC)<th>how<th>to<th>what{rows}</table>" if rows else "<p>Nothing arrived yet."
        return _page("What arrived", table, refresh=True)

    async def message(self, request: web.Request) -> web.Response:
        """One message: a mail with its parts, anything else as text."""
        path = self._path(request)
        if path.suffix == ".json":
            text = path.read_text(encoding="utf-8")
            seen = look(path.parent.name, json.loads(text))
            asis = f"<details{'' if seen else ' open'}><summary>as it came</summary><pre>{escape(text)}</pre></details>"
            return _page(_summary(path)[1] or path.name, f"{seen}<hr>{asis}" if seen else asis)
        mail = _mail(path)
        heads = "".join(f"<tr><th>{escape(name)}<td>{escape(str(value))}" for name, value in mail.items())
        text = _part(mail, "plain")
        frame = f'<iframe sandbox src="{escape(request.path)}/html"></iframe>' if _part(mail, "html") else ""
        return _page(str(mail["Subject"]), f"{invitation(mail)}<table>{heads}</table><pre>{escape(text)}</pre>{frame}")

    async def html(self, request: web.Request) -> web.Response:
        """The HTML of a mail, sandboxed: no script, no picture from elsewhere, no form."""
        text = _part(_mail(self._path(request)), "html")
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": _INERT})

    def _path(self, request: web.Request) -> Path:
        kind, name = request.match_info.get("kind", "mail"), request.match_info["name"]
        path = self._inbox.root / kind / name
        if {"/", "\\", ".."} & {*kind, *name, kind, name} or not path.is_file():
            raise web.HTTPNotFound
        return path


def _row(path: Path) -> str:
    to, about = _summary(path)
    at = path.stat().st_mtime
    where = f"/received/{path.parent.name}/{path.name}"
    return (
        f"<tr><td><time>{escape(_clock(at))}</time><td class=kind>{escape(path.parent.name)}"
        f'<td>{escape(to)}<td><a href="{escape(where)}">{escape(about or path.name)}</a>'
    )


def _summary(path: Path) -> tuple[str, str]:
    if path.suffix == ".eml":
        mail = _mail(path)
        return str(mail["X-RcptTo"] or mail["To"]), str(mail["Subject"])
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    about = ticket_name(kept) if "record" in kept else subject(str(kept.get("body", "")))
    return str(kept.get("to", "")), about


def _mail(path: Path) -> EmailMessage:
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(found, EmailMessage)  # noqa: S101 - what this policy makes
    return found


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _clock(at: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(at, UTC):%d %b %H:%M:%S}"


def _page(title: str, body: str, *, refresh: bool = False) -> web.Response:
    again = '<meta http-equiv="refresh" content="5">' if refresh else '<p><a href="/">all that arrived</a>'
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{again}<h1>{escape(title)}</h1>{body}</html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})
