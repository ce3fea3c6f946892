"""A stand-in for Jira Cloud's REST API v3: issues with comments and transitions, found again by label after a while."""

from __future__ import annotations

import json
import re
from typing import Any

from aiohttp import web

from local.receivers.jira_fields import about_fields, check_fields, documents_only, refused
from local.receivers.records import Records, original_address
from local.receivers.set_up import SetUp

API = "/itsm/rest/api/3"
_ISSUE = API + "/issue/{key}"
_DONE = ("done", "closed", "resolved")


class Jira:
    """The issues. A status changes by its transition's id, as there."""

    def __init__(self, records: Records, set_up: SetUp) -> None:
        self._records = records
        self._set_up = set_up
        self._indexed: dict[tuple[str, str], float] = {}
        """Issue and label → when the search begins to know of it."""

    def add_routes(self, app: web.Application) -> None:
        """Opens the doors of the API."""
        app.router.add_post(API + "/issue", self.create)
        app.router.add_get(API + "/issue/createmeta/{project}/issuetypes", self.issue_types)
        app.router.add_get(API + "/issue/createmeta/{project}/issuetypes/{type}", self.fields)
        app.router.add_get(_ISSUE, self.read)
        app.router.add_put(_ISSUE, self.change)
        app.router.add_post(_ISSUE + "/comment", self.comment)
        app.router.add_get(_ISSUE + "/comment", self.comments)
        app.router.add_get(_ISSUE + "/transitions", self.transitions)
        app.router.add_post(_ISSUE + "/transitions", self.transition)
        app.router.add_route("*", API + "/search/jql", self.search)

    async def create(self, request: web.Request) -> web.Response:
        """201 with id, key and self; 400 by field for what is missing or wrong."""
        self._signed_in(request)
        sent = json.loads(await request.read())
        fields = dict(sent["fields"])
        project = fields.get("project", {}).get("key", "")
        check_fields(fields, self._set_up.mandatory.get(project, ()), made=True)
        number = self._records.next_number()
        key = f"{project}-{number}"
        issue = {"id": str(10000 + number), "key": key, "fields": {"status": _status("To Do")} | fields}
        issue["comments"] = []
        self._put(request, issue, sent)
        where = f"{request.url.origin()}{API}/issue/{issue['id']}"
        return web.json_response({"id": issue["id"], "key": key, "self": where}, status=201)

    async def issue_types(self, request: web.Request) -> web.Response:
        """The types that can be made in a project."""
        self._signed_in(request)
        return web.json_response({"issueTypes": [{"id": "10001", "name": "Task"}], "total": 1})

    async def fields(self, request: web.Request) -> web.Response:
        """What the create screen of a type asks for."""
        self._signed_in(request)
        found = about_fields(self._set_up.mandatory.get(request.match_info["project"], ()))
        return web.json_response({"fields": found, "total": len(found)})

    async def read(self, request: web.Request) -> web.Response:
        """200 with the issue."""
        return web.json_response(self._found(request))

    async def change(self, request: web.Request) -> web.Response:
        """204; the fields are replaced."""
        issue, sent = self._editable(request), json.loads(await request.read())
        check_fields(sent.get("fields", {}), ())
        issue["fields"] |= sent.get("fields", {})
        return self._put(request, issue, sent)

    async def comment(self, request: web.Request) -> web.Response:
        """201 with the comment's id."""
        issue, sent = self._editable(request), json.loads(await request.read())
        documents_only({"comment": sent.get("body")})
        comment = {"id": str(len(issue["comments"]) + 1)} | sent
        issue["comments"].append(comment)
        self._put(request, issue, sent)
        return web.json_response(comment, status=201)

    async def comments(self, request: web.Request) -> web.Response:
        """The issue's comments, the newest first."""
        return web.json_response({"comments": self._found(request)["comments"][::-1]})

    async def transitions(self, request: web.Request) -> web.Response:
        """What can be done with the issue from where it is, each with its id."""
        return web.json_response({"transitions": self._offered(self._found(request))})

    async def transition(self, request: web.Request) -> web.Response:
        """204 and a new status; 400 for an id that is none, or a screen without its resolution."""
        issue, sent = self._found(request), json.loads(await request.read())
        wanted = str(sent["transition"]["id"])
        chosen = next((one for one in self._offered(issue) if one["id"] == wanted), None)
        if chosen is None:
            raise refused({"transition": "Transition id is not valid for this issue."})
        ends = chosen["to"]["statusCategory"]["key"] == "done"
        if self._set_up.wants_resolution and ends and "resolution" not in sent.get("fields", {}):
            raise refused({"resolution": "Resolution is required."})
        issue["fields"] |= {"status": chosen["to"]} | sent.get("fields", {})
        return self._put(request, issue, sent)

    async def search(self, request: web.Request) -> web.Response:
        """The issues whose labels hold every quoted word of the query, as far as the index knows them by now."""
        self._signed_in(request)
        query = request.query.get("jql") or json.loads(await request.read() or b"{}").get("jql", "")
        labels = set(re.findall(r'labels?\s*(?:=|in\s*\()\s*"?([^")\s]+)', query))
        found = [one for one in self._records.all("jira") if all(self._knows(one, label) for label in labels)]
        return web.json_response({"issues": found, "isLast": True})

    def _knows(self, issue: dict[str, Any], label: str) -> bool:
        known = self._indexed.get((issue["key"], label), 0.0) <= self._set_up.clock()
        return known and label in issue["fields"].get("labels", [])

    def _offered(self, issue: dict[str, Any]) -> list[dict[str, Any]]:
        names = self._set_up.workflow.get(issue["fields"]["status"]["name"], ())
        every = list(self._set_up.workflow)
        return [{"id": str(11 + 10 * every.index(name)), "name": name, "to": _status(name)} for name in names]

    def _put(self, request: web.Request, issue: dict[str, Any], sent: dict[str, Any]) -> web.Response:
        for label in issue["fields"].get("labels", []):
            self._indexed.setdefault((issue["key"], label), self._set_up.clock() + self._set_up.index_lag)
        self._records.put("jira", issue["key"], issue, original_address(request), sent)
        return web.Response(status=204)

    def _editable(self, request: web.Request) -> dict[str, Any]:
        issue = self._found(request)
        if issue["fields"]["status"]["name"] in self._set_up.read_only:
            raise refused({}, "You can not edit this issue because of its workflow status.")
        return issue

    def _found(self, request: web.Request) -> dict[str, Any]:
        self._signed_in(request)
        for issue in self._records.all("jira"):
            if request.match_info["key"] in {issue["key"], issue["id"]}:
                return issue
        missing = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
        raise web.HTTPNotFound(text=json.dumps(missing), content_type="application/json")

    def _signed_in(self, request: web.Request) -> None:
        if self._set_up.refuses(request):
            raise web.HTTPUnauthorized(text="Client must be authenticated to access this resource.")


def _status(name: str) -> dict[str, Any]:
    key = "done" if name.lower() in _DONE else "new" if name == "To Do" else "indeterminate"
    return {"name": name, "statusCategory": {"key": key}}
