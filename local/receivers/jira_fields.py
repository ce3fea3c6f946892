"""The fields of the stand-in for Jira: what a screen asks for, and what it refuses, in Jira's own form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

_LONG = ("description", "environment", "comment")
_SUMMARY = 255


def check_fields(fields: dict[str, Any], mandatory: Sequence[str], *, made: bool = False) -> None:
    """Raises: HTTPBadRequest naming each field that is missing or wrong."""
    documents_only(fields)
    wrong = {}
    if made:
        wanted = ("project", "issuetype", "summary", *mandatory)
        wrong = {name: f"{name} is required." for name in wanted if not fields.get(name)}
    summary = str(fields.get("summary", ""))
    if len(summary) > _SUMMARY or "\n" in summary:
        wrong["summary"] = "The summary is invalid because it is too long or contains newline characters."
    if any(" " in str(label) for label in fields.get("labels", [])):
        wrong["labels"] = "The label contains spaces which is invalid."
    if wrong:
        raise refused(wrong)


def documents_only(fields: dict[str, Any]) -> None:
    """Long texts are documents there; a plain string is refused. Raises: HTTPBadRequest."""
    wrong = {
        name: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        for name in _LONG
        if isinstance(fields.get(name), str)
    }
    if wrong:
        raise refused(wrong)


def about_fields(mandatory: Sequence[str]) -> list[dict[str, Any]]:
    """The metadata of a create screen."""
    known = {"project": True, "issuetype": True, "summary": True, "description": False, "labels": False}
    wanted = known | dict.fromkeys(mandatory, True)
    return [
        {"fieldId": name, "key": name, "name": name.title(), "required": required, "hasDefaultValue": False}
        for name, required in wanted.items()
    ]


def refused(errors: dict[str, str], *messages: str) -> web.HTTPBadRequest:
    """400 with what is wrong, by field or as a whole."""
    said = {"errorMessages": list(messages), "errors": errors}
    return web.HTTPBadRequest(text=json.dumps(said), content_type="application/json")
