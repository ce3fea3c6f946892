"""Texts as Atlassian documents: what Jira Cloud's REST v3 wants of every text of several lines."""

from __future__ import annotations

from typing import Any

_LONGEST = 30_000
"""Characters; Jira refuses more than 32,767, and does not say whether it counts the frame of a line."""
_FRAME = 70
"""Characters around each line."""
_CUT, _LAST = "…", 500


def document(text: str) -> dict[str, Any]:
    """Plain text as an Atlassian document: a paragraph for each line that says something, as many as fit, and the last.

    The last names the delivery, by which a comment is known again.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    content, room = [], _LONGEST
    for line in lines:
        room -= len(line) + _FRAME
        if room < 0:
            content += [_paragraph(_CUT), _paragraph(lines[-1][-_LAST:])]
            break
        content.append(_paragraph(line))
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(line: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}]}


def documented(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A field's value, `{document: TEXT}` in it made into one."""
    if isinstance(value, dict):
        if value.keys() == {"document"} and isinstance(value["document"], str):
            return document(value["document"])
        return {name: documented(one) for name, one in value.items()}
    return [documented(one) for one in value] if isinstance(value, list) else value
