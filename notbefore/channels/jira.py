"""Jira Cloud by REST v3: one issue a story, tied by a label; texts are Atlassian documents.

Its search is eventually consistent: an issue that was made just now may not be found for seconds. What the ledger
knows is used first, and after a write that nobody answered the next attempt waits until the search can tell.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from notbefore.channels.documents import document, documented
from notbefore.channels.instance import Instance
from notbefore.channels.itsm import STAGE, Move, Ticket
from notbefore.errors import Permanent
from notbefore.schema import Receipt

_API = "/rest/api/3"
_FIELDS = "labels,status"
_NO_LABEL = re.compile(r"[^A-Za-z0-9_-]")
_TITLE = 250
_DONE = "done"
"""The key of the status category of all that is finished, whatever a workflow calls it."""


async def send(at: Instance, what: Ticket) -> Receipt:
    """Makes the story's issue, or comments on it, and moves it. Raises: Transient, Permanent."""
    story, told = f"nb-{_NO_LABEL.sub('-', what.story)}", f"nbd-{what.delivery}"
    issue = await _found(at, what, story)
    if issue is None:
        at.be_sure()
        issue = await at.write("POST", f"{_API}/issue", {"fields": _made(what, [story, told])})
    elif told not in issue["fields"]["labels"]:
        await _noted(at, issue, what, told)
    known = {"ticket": str(issue["key"]), "at": at.host, "record": str(issue["key"])}
    return Receipt(known | await _moved(at, issue, what, known))


async def _found(at: Instance, what: Ticket, label: str) -> dict[str, Any] | None:
    """The story's issue, by what the ledger knows of it, else by its label."""
    known = what.before.get("record")
    if known:
        issue = await at.read(f"{_API}/issue/{quote(known, safe='')}?fields={_FIELDS}")
        if issue and label in issue["fields"].get("labels", []):
            return dict(issue)
    query = {"jql": f'labels = "{label}"', "maxResults": 1, "fields": _FIELDS.split(",")}
    issues = (await at.post(f"{_API}/search/jql", query) or {}).get("issues", [])
    return next((issue for issue in issues if label in issue["fields"].get("labels", [])), None)


def _made(what: Ticket, labels: list[str]) -> dict[str, Any]:
    if not what.place:
        raise Permanent("Jira needs a project")
    issue = {"project": {"key": what.place}, "issuetype": {"name": what.options.get("issue_type", "Task")}}
    return issue | {"description": document(what.text)} | _own(what, labels)


def _own(what: Ticket, labels: list[str]) -> dict[str, Any]:
    """The title and the operator's own fields; their labels stand beside ours."""
    fields = {"summary": what.title[:_TITLE]} | {name: documented(value) for name, value in what.fields.items()}
    theirs = fields.get("labels", [])
    return fields | {"labels": list(dict.fromkeys([*labels, *(theirs if isinstance(theirs, list) else [theirs])]))}


async def _noted(at: Instance, issue: dict[str, Any], what: Ticket, told: str) -> None:
    """The comment, and our mark. Raises: Transient, Permanent where the issue takes neither."""
    where = f"{_API}/issue/{issue['key']}"
    try:
        if not await _commented(at, where, what):
            await at.write("POST", f"{where}/comment", {"body": document(_signed(what))})
        await at.write("PUT", where, {"fields": _own(what, [*issue["fields"]["labels"], told])})
    except Permanent as problem:
        why = f"{issue['key']} takes no note ({problem}); reopen or mend it there and send again"
        raise Permanent(why, known={"ticket": str(issue["key"]), "record": str(issue["key"])}) from problem


def _signed(what: Ticket) -> str:
    """The text with the delivery's id in it, by which a repeat is known; the shipped templates have it."""
    return what.text if what.delivery in what.text else f"{what.text}\n{what.delivery}"


async def _commented(at: Instance, where: str, what: Ticket) -> bool:
    """An earlier attempt may have left its comment and no label: it died, or the label was refused."""
    answer = await at.read(f"{where}/comment?orderBy=-created&maxResults=50") or {}
    return any(what.delivery in str(one.get("body", "")) for one in answer.get("comments", []))


async def _moved(at: Instance, issue: dict[str, Any], what: Ticket, known: dict[str, str]) -> dict[str, str]:
    """The transition that the routing file names, at the end the one to what is done. Raises: Transient, Permanent.

    A refusal is told by the audience's fail-over channel, and ends when somebody sends the message again.
    """
    step = {STAGE: what.stage}
    if not what.moves() or not (what.move.to if what.move else what.over):
        return step
    ended = {"closed": "yes"} if what.over else {}
    status = issue.get("fields", {}).get("status", {})
    if _is(status, what.move):
        return step | ended
    where = f"{_API}/issue/{issue['key']}/transitions"
    offered = (await at.read(where) or {}).get("transitions", [])
    try:
        body = {"transition": {"id": _chosen(offered, what.move)}} | _with_fields(what.move)
        await at.write("POST", where, body)
    except Permanent as problem:
        to, left = what.move.to if what.move else "a status that is done", {"left_open": "yes"} if what.over else {}
        why = f"{known['ticket']} has the note, but may not go to {to} ({problem}); move it there, or mend `states`"
        raise Permanent(f"{why} and send again", known=known | left) from problem
    return step | ended


def _is(status: dict[str, Any], move: Move | None) -> bool:
    """It is there already, by us or by somebody."""
    if move is None:
        return bool(status.get("statusCategory", {}).get("key") == _DONE)
    return str(status.get("name", "")).casefold() == move.to.casefold()


def _leads(transition: dict[str, Any], move: Move | None) -> bool:
    """By the name of the transition or of the status it leads to: ids differ in each workflow."""
    to = transition.get("to", {})
    if move is None:
        return _is(to, None)
    return move.to.casefold() in {str(transition.get("name", "")).casefold(), str(to.get("name", "")).casefold()}


def _chosen(offered: list[dict[str, Any]], move: Move | None) -> str:
    """The transition's id. Raises: Permanent when the workflow does not offer it from where the issue is."""
    chosen = next((one for one in offered if _leads(one, move)), None)
    if chosen is None:
        names = ", ".join(str(one.get("name", "")) for one in offered[:6])
        raise Permanent(f"its workflow offers {names}" if names else "its workflow offers nothing to this user")
    return str(chosen["id"])


def _with_fields(move: Move | None) -> dict[str, Any]:
    fields = {name: documented(value) for name, value in move.fields.items()} if move else {}
    return {"fields": fields} if fields else {}
