"""Jira Cloud by REST v3: one issue a story, tied by a label; texts are Atlassian documents."""

from __future__ import annotations

import re
from typing import Any

from notbefore.channels.itsm import Api, Ticket, host
from notbefore.errors import Permanent
from notbefore.outbound import Outbound
from notbefore.schema import Message, Receipt

_API = "/rest/api/3"
_ENDS = ("done", "closed", "resolved")
_NO_LABEL = re.compile(r"[^A-Za-z0-9_-]")
_TITLE = 250


async def send(outbound: Outbound, message: Message, what: Ticket, default: str | None) -> Receipt:
    """Makes the story's issue, or comments on it. Raises: Transient, Permanent."""
    api = Api(outbound, message, default)
    story, told = f"nb-{_NO_LABEL.sub('-', what.story)}", f"nbd-{what.delivery}"
    issue = await _found(api, story)
    if issue is None:
        issue = await api.call("POST", f"{_API}/issue", _made(what, [story, told]))
    elif told not in issue["fields"]["labels"]:
        where = f"{_API}/issue/{issue['key']}"
        if message.attempt == 1 or not await _commented(api, where, what):
            await api.call("POST", f"{where}/comment", {"body": document(_signed(what))})
        labels = [*issue["fields"]["labels"], told]
        await api.call("PUT", where, {"fields": {"summary": what.title[:_TITLE], "labels": labels}})
    details = {"ticket": str(issue["key"]), "at": host(api)}
    return Receipt(details | (await _closed(api, issue["key"]) if what.over else {}))


def document(text: str) -> dict[str, Any]:
    """Plain text as an Atlassian document: a paragraph for each line that says something."""
    lines = [line for line in text.split("\n") if line.strip()]
    content = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": content}


def _signed(what: Ticket) -> str:
    """The text with the delivery's id in it, by which a repeat is known; the shipped templates have it."""
    return what.text if what.delivery in what.text else f"{what.text}\n{what.delivery}"


async def _commented(api: Api, where: str, what: Ticket) -> bool:
    """An earlier attempt may have left its comment and died before the label."""
    answer = await api.call("GET", f"{where}/comment?orderBy=-created&maxResults=50") or {}
    return any(what.delivery in str(one.get("body", "")) for one in answer.get("comments", []))


async def _found(api: Api, label: str) -> dict[str, Any] | None:
    """The story's issue. A fresh one may not be found for seconds; then two are made, rather than none."""
    query = {"jql": f'labels = "{label}"', "maxResults": 1, "fields": ["labels"]}
    issues = (await api.call("POST", f"{_API}/search/jql", query) or {}).get("issues", [])
    return next((issue for issue in issues if label in issue["fields"].get("labels", [])), None)


def _made(what: Ticket, labels: list[str]) -> dict[str, Any]:
    if not what.place:
        raise Permanent("Jira needs a project")
    return {
        "fields": {
            "project": {"key": what.place},
            "issuetype": {"name": what.options.get("issue_type", "Task")},
            "summary": what.title[:_TITLE],
            "description": document(what.text),
            "labels": labels,
        }
    }


async def _closed(api: Api, key: str) -> dict[str, str]:
    """By the name of the transition: ids differ in each workflow."""
    where = f"{_API}/issue/{key}/transitions"
    known = (await api.call("GET", where) or {}).get("transitions", [])
    end = next((one for one in known if str(one["name"]).lower() in _ENDS), None)
    if end is None:
        return {"left_open": "no transition is called Done"}
    return await api.close("POST", where, {"transition": {"id": end["id"]}})
