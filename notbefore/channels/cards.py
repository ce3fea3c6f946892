"""The forms of two chats, made from what is shown. Pure: a dictionary in, a dictionary out."""

from __future__ import annotations

import re
from typing import Any

_COLOURS = {"#b3261e": "attention", "#b8420f": "attention", "#8a6100": "warning", "#1a7f37": "good"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_SLACK_TEXT, _SLACK_HEADER = 2900, 150
_PROSE = 1500


def adaptive_card(shown: dict[str, Any], rows: int) -> dict[str, Any]:
    """A message for a Teams workflow: one Adaptive Card 1.4. Only links: submitting does nothing from a webhook."""
    body: list[dict[str, Any]] = [
        _block(shown["headline"], size="large", weight="bolder", color=_COLOURS.get(shown["tone"], "accent")),
        _block(shown["lead"], weight="bolder"),
        _block(f"{shown['label']['todo']}: {shown['todo']}"),
        *[_block(change, isSubtle=True) for change in shown["changes"]],
        {"type": "FactSet", "facts": [{"title": name, "value": _plain(value)} for name, value in shown["facts"]]},
        *[_block(f"{name}: {state}", spacing="none") for name, _, state in shown["resources"][:rows]],
        *([_block(shown["more"], isSubtle=True)] if shown["more"] else []),
        *([_block(shown["prose"][:_PROSE], isSubtle=True, separator=True)] if shown["prose"] and rows else []),
        _block(shown["why"][0], isSubtle=True, size="small", separator=True),
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "full"},
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": name, "url": url} for name, url in shown["links"]],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    return {
        "type": "message",
        "summary": shown["subject"],
        "attachments": [{"contentType": content_type, "contentUrl": None, "content": card}],
    }


def slack_blocks(shown: dict[str, Any]) -> dict[str, Any]:
    """A message for a Slack webhook. `text` is what a notification on a phone shows."""
    lines = [f"*{_slack(shown['lead'])}*", f"*{_slack(shown['label']['todo'])}:* {_slack(shown['todo'])}"]
    lines += [f"_{_slack(change)}_" for change in shown["changes"]]
    facts = "\n".join(f"*{_slack(name)}:* {_slack(value)}" for name, value in shown["facts"])
    rows = "\n".join(f"• {_slack(name)}: {_slack(state)}" for name, _, state in shown["resources"])
    links = " · ".join(f"<{url}|{_slack(name)}>" for name, url in shown["links"])
    texts = ("\n".join(lines), facts, "\n".join(part for part in (rows, _slack(shown["more"])) if part), links)
    return {
        "text": _slack(shown["subject"]),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": shown["headline"][:_SLACK_HEADER]}},
            *[_section(text) for text in texts if text],
            {"type": "context", "elements": [{"type": "mrkdwn", "text": _slack(shown["why"][0])}]},
        ],
    }


def _block(text: str, **style: object) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _plain(text), "wrap": True, **style}


def _plain(text: str) -> str:
    """Text that a card's Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_SLACK_TEXT]}}


def _slack(text: str) -> str:
    """Slack wants these three escaped, and nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
