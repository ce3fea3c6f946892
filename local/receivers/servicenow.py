"""A stand-in for ServiceNow's Table API: records that can be made, read, searched and changed."""

from __future__ import annotations

import json
import uuid

from aiohttp import web

from local.receivers.records import Records, original_address

_PREFIXES = {"incident": "INC", "change_request": "CHG", "em_event": "EVT", "problem": "PRB"}
_JOURNALS = ("work_notes", "comments")
_TABLE = "/itsm/api/now/table/{table}"


class ServiceNow:
    """The tables. A record is what was sent, with a `sys_id` and a `number`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add_routes(self, app: web.Application) -> None:
        """Opens the doors of the Table API."""
        app.router.add_post(_TABLE, self.create)
        app.router.add_get(_TABLE, self.search)
        app.router.add_get(_TABLE + "/{sys_id}", self.read)
        app.router.add_patch(_TABLE + "/{sys_id}", self.change)
        app.router.add_put(_TABLE + "/{sys_id}", self.change)

    async def create(self, request: web.Request) -> web.Response:
        """201 with the record."""
        table = request.match_info["table"]
        sent = json.loads(await request.read())
        number = f"{_PREFIXES.get(table, 'REC')}{self._records.next_number():07d}"
        record = {"sys_id": uuid.uuid4().hex, "number": number, "state": "1", "sys_class_name": table} | sent
        self._records.put("servicenow", number, record, original_address(request), sent)
        return web.json_response({"result": record}, status=201)

    async def search(self, request: web.Request) -> web.Response:
        """200 with the records of the table that fit `sysparm_query` (`a=b^c=d`) and plain `field=value`."""
        wanted = {name: value for name, value in request.query.items() if not name.startswith("sysparm_")}
        for term in request.query.get("sysparm_query", "").split("^"):
            name, equals, value = term.partition("=")
            if equals and not term.startswith("ORDERBY"):
                wanted[name] = value
        found = [
            record
            for record in self._records.all("servicenow")
            if record["sys_class_name"] == request.match_info["table"]
            and all(str(record.get(name, "")) == value for name, value in wanted.items())
        ]
        limit = int(request.query.get("sysparm_limit", "10000"))
        return web.json_response({"result": found[:limit]})

    async def read(self, request: web.Request) -> web.Response:
        """200 with the record, 404 in ServiceNow's own words."""
        return web.json_response({"result": self._found(request)})

    async def change(self, request: web.Request) -> web.Response:
        """200 with the changed record; journal fields grow, as they do there."""
        record = self._found(request)
        sent = json.loads(await request.read())
        for name in _JOURNALS:
            if name in sent and record.get(name):
                sent = sent | {name: f"{record[name]}\n\n{sent[name]}"}
        record |= sent
        self._records.put("servicenow", record["number"], record, original_address(request), sent)
        return web.json_response({"result": record})

    def _found(self, request: web.Request) -> dict[str, str]:
        for record in self._records.all("servicenow"):
            if record["sys_id"] == request.match_info["sys_id"]:
                return record
        missing = {"error": {"message": "No Record found", "detail": "Record doesn't exist"}, "status": "failure"}
        raise web.HTTPNotFound(text=json.dumps(missing), content_type="application/json")
