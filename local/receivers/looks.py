"""What came, as its receiver would show it: a ticket, a card, a runbook's start, a calendar entry. HTML, inert."""

from __future__ import annotations

import json
import re
from email.message import EmailMessage
from html import escape
from typing import Any

_SHOWN = ("state", "impact", "urgency", "start_date", "end_date", "close_code", "severity", "labels")
_CALENDAR = {
    "SUMMARY": "what",
    "DTSTART": "from",
    "DTEND": "to",
    "STATUS": "status",
    "SEQUENCE": "sequence",
    "UID": "uid",
}


def look(kind: str, kept: dict[str, Any]) -> str:
    """The message as HTML; nothing when it is best read as it came."""
    looks = {"itsm": _ticket, "chat": _chat, "runbook": _job}
    return looks[kind](kept) if kind in looks else ""


def invitation(mail: EmailMessage) -> str:
    """The calendar entry that a mail brings; nothing when it brings none."""
    part = next((one for one in mail.walk() if one.get_content_type() == "text/calendar"), None)
    if part is None:
        return ""
    lines = str(part.get_content()).replace("\r\n", "\n").replace("\n ", "").split("\n")
    said = {name.partition(";")[0]: value for name, colon, value in (line.partition(":") for line in lines) if colon}
    rows = [("", said.get("METHOD", "")), *((_CALENDAR[name], _time(said[name])) for name in _CALENDAR if name in said)]
    return f"<article><p class=large>Calendar entry</p>{_table(rows)}</article>"


def ticket_name(kept: dict[str, Any]) -> str:
    """`INC0000001 …`: number and title."""
    record = kept["record"]
    fields = record.get("fields", record)
    return f"{kept['number']} {fields.get('short_description') or fields.get('summary') or ''}"


def _time(value: str) -> str:
    """`20261127T200000Z` and escaped text, as a person reads them."""
    at = re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ", value)
    return "{}-{}-{} {}:{} UTC".format(*at.groups()) if at else value.replace("\\", "")


def _ticket(kept: dict[str, Any]) -> str:
    record = kept["record"]
    fields = record.get("fields", record)
    status = fields.get("status", {}).get("name") if "fields" in record else None
    rows = [("system", kept["system"]), ("state", status or record.get("state", ""))]
    rows += [(name, _plain(fields[name])) for name in _SHOWN if name != "state" and name in fields]
    notes = "".join(_note(one) for one in kept["history"])
    return f"{_table(rows)}<h2>What was written</h2>{notes}"


def _note(one: dict[str, Any]) -> str:
    sent = one["sent"]
    fields = sent.get("fields", sent)
    text = sent.get("work_notes") or _text(sent.get("body")) or fields.get("description") or ""
    text = _text(text) if isinstance(text, dict) else str(text)
    moved = fields.get("state") or (f"transition {sent['transition']['id']}" if "transition" in sent else "")
    said = text or (f"state: {moved}" if moved else "")
    when = escape(str(one["at"])[:19].replace("T", " "))
    first = escape(said.splitlines()[0] if said else "fields")
    return f"<details><summary><time>{when}</time> {first}</summary><pre>{escape(said)}</pre></details>"


def _chat(kept: dict[str, Any]) -> str:
    message = json.loads(kept["body"])
    payload = message.get("payload") or {}
    attachments = payload.get("attachments") or []
    if attachments:
        card = attachments[0]["content"]
        return f"<article>{''.join(_element(one) for one in card['body'])}{_buttons(card.get('actions', []))}</article>"
    blocks = payload.get("blocks") or []
    return f"<article>{''.join(_block(one) for one in blocks)}</article>" if blocks else ""


def _element(one: dict[str, Any]) -> str:
    if one["type"] == "FactSet":
        return _table([(fact["title"], _unmarked(fact["value"])) for fact in one["facts"]])
    large = "large" if one.get("size") == "large" else "soft" if one.get("isSubtle") else ""
    text = escape(_unmarked(one["text"])).replace("\n", "<br>")
    bold = "bold" if one.get("weight") == "bolder" else ""
    return f'<p class="{large} {bold} {escape(str(one.get("color", "")))}">{text}</p>'


def _buttons(actions: list[dict[str, Any]]) -> str:
    return "".join(f'<a class="button" href="{escape(one["url"])}">{escape(one["title"])}</a> ' for one in actions)


def _block(one: dict[str, Any]) -> str:
    texts = [one["text"]["text"]] if "text" in one else [part["text"] for part in one.get("elements", [])]
    tag = "h2" if one["type"] == "header" else "p"
    return "".join(f"<{tag}>{escape(text)}</{tag}>".replace("\n", "<br>") for text in texts)


def _job(kept: dict[str, Any]) -> str:
    event = json.loads(kept["body"])
    story = event.get("data", {}).get("story", {})
    names = ", ".join(str(one.get("name")) for one in story.get("resources", []))
    rows = [
        ("because", event.get("data", {}).get("reason", "")),
        ("phase", story.get("phase", "")),
        ("machines", names),
    ]
    rows += [("delivery", event.get("id", "")), ("story", event.get("subject", ""))]
    return f"<h2>A runbook was started</h2>{_table(rows)}"


def _table(rows: list[tuple[str, Any]]) -> str:
    return f"<table>{''.join(f'<tr><th>{escape(name)}<td>{escape(str(value))}' for name, value in rows)}</table>"


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _text(document: Any) -> str:  # noqa: ANN401 - an Atlassian document, or none
    if not isinstance(document, dict):
        return ""
    paragraphs = document.get("content", [])
    return "\n".join("".join(str(part.get("text", "")) for part in one.get("content", [])) for one in paragraphs)


def _unmarked(text: str) -> str:
    """A card's text without the signs that keep its Markdown plain."""
    return text.replace("\\", "")
