"""A stand-in for Jira Cloud's REST API v3: issues with comments and transitions, found again by label."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from local.receivers.records import Records, original_address

_API = "/itsm/rest/api/3"
_ISSUE = _API + "/issue/{key}"
_TRANSITIONS = {"11": "To Do", "21": "In Progress", "31": "Done"}


class Jira:
    """The issues. A status changes by its transition's id, as there."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add_routes(self, app: web.Application) -> None:
        """Opens the doors of the API."""
        app.router.add_post(_API + "/issue", self.create)
        app.router.add_get(_ISSUE, self.read)
        app.router.add_put(_ISSUE, self.change)
        app.router.add_post(_ISSUE + "/comment", self.comment)
        app.router.add_get(_ISSUE + "/comment", self.comments)
        app.router.add_get(_ISSUE + "/transitions", self.transitions)
        app.router.add_post(_ISSUE + "/transitions", self.transition)
        app.router.add_route("*", _API + "/search/jql", self.search)

    async def create(self, request: web.Request) -> web.Response:
        """201 with id, key and self; 400 for a text that is no Atlassian document."""
        sent = json.loads(await request.read())
        fields = dict(sent["fields"])
        _documents_only(fields)
        number = self._records.next_number()
        key = f"{fields.get('project', {}).get('key', 'NB')}-{number}"
        issue = {"id": str(10000 + number), "key": key, "fields": {"status": {"name": "To Do"}} | fields}
        issue["comments"] = []
        self._records.put("jira", key, issue, original_address(request), sent)
        where = f"{request.url.origin()}{_API}/issue/{issue['id']}"
        return web.json_response({"id": issue["id"], "key": key, "self": where}, status=201)

    async def read(self, request: web.Request) -> web.Response:
        """200 with the issue."""
        return web.json_response(self._found(request))

    async def change(self, request: web.Request) -> web.Response:
        """204; the fields are replaced."""
        issue, sent = self._found(request), json.loads(await request.read())
        _documents_only(sent.get("fields", {}))
        issue["fields"] |= sent.get("fields", {})
        return self._kept(request, issue, sent)

    async def comment(self, request: web.Request) -> web.Response:
        """201 with the comment's id."""
        issue, sent = self._found(request), json.loads(await request.read())
        _documents_only({"comment": sent.get("body")})
        comment = {"id": str(len(issue["comments"]) + 1)} | sent
        issue["comments"].append(comment)
        self._kept(request, issue, sent)
        return web.json_response(comment, status=201)

    async def comments(self, request: web.Request) -> web.Response:
        """The issue's comments, the newest first."""
        return web.json_response({"comments": self._found(request)["comments"][::-1]})

    async def transitions(self, request: web.Request) -> web.Response:
        """What can be done with the issue, each with its id."""
        self._found(request)
        possible = [{"id": id_, "name": name, "to": {"name": name}} for id_, name in _TRANSITIONS.items()]
        return web.json_response({"transitions": possible})

    async def transition(self, request: web.Request) -> web.Response:
        """204 and a new status; 400 for an id that is none."""
        issue, sent = self._found(request), json.loads(await request.read())
        name = _TRANSITIONS.get(str(sent["transition"]["id"]))
        if name is None:
            raise _refused({"transition": "Transition id is not valid for this issue."})
        issue["fields"]["status"] = {"name": name}
        return self._kept(request, issue, sent)

    async def search(self, request: web.Request) -> web.Response:
        """The issues whose labels hold every quoted word of the query; all of them when it names no label."""
        query = request.query.get("jql") or json.loads(await request.read() or b"{}").get("jql", "")
        labels = set(re.findall(r'labels?\s*(?:=|in\s*\()\s*"?([^")\s]+)', query))
        found = [one for one in self._records.all("jira") if labels <= set(one["fields"].get("labels", []))]
        return web.json_response({"issues": found, "isLast": True})

    def _kept(self, request: web.Request, issue: dict[str, Any], sent: dict[str, Any]) -> web.Response:
        self._records.put("jira", issue["key"], issue, original_address(request), sent)
        return web.Response(status=204)

    def _found(self, request: web.Request) -> dict[str, Any]:
        for issue in self._records.all("jira"):
            if request.match_info["key"] in {issue["key"], issue["id"]}:
                return issue
        missing = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
        raise web.HTTPNotFound(text=json.dumps(missing), content_type="application/json")


def _documents_only(fields: dict[str, Any]) -> None:
    """Long texts are documents there; a plain string is refused."""
    wrong = {
        name: "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        for name in ("description", "environment", "comment")
        if isinstance(fields.get(name), str)
    }
    if wrong:
        raise _refused(wrong)


def _refused(errors: dict[str, str]) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"errorMessages": [], "errors": errors}), content_type="application/json")
