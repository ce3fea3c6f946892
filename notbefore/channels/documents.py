"""Texts as Atlassian documents: what Jira Cloud's REST v3 wants of every text of several lines."""

from __future__ import annotations

from typing import Any

_LONGEST = 30_000
"""Characters; Jira refuses a text of more than 32,767."""


def document(text: str) -> dict[str, Any]:
    """Plain text as an Atlassian document: a paragraph for each line that says something."""
    lines = [line for line in text[:_LONGEST].split("\n") if line.strip()]
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


def documented(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A field's value, `{document: TEXT}` in it made into one."""
    if isinstance(value, dict):
        if value.keys() == {"document"} and isinstance(value["document"], str):
            return document(value["document"])
        return {name: documented(one) for name, one in value.items()}
    return [documented(one) for one in value] if isinstance(value, list) else value
