"""A stand-in for ServiceNow's Table API: records that are made, read, searched and changed by an instance's rules."""

from __future__ import annotations

import json
import uuid
from typing import Any

from aiohttp import web

from local.receivers.records import Records, original_address
from local.receivers.set_up import SetUp

_PREFIXES = {"incident": "INC", "change_request": "CHG", "em_event": "EVT", "problem": "PRB"}
_FIRST = {"change_request": "-5"}
_JOURNALS = ("work_notes", "comments")
_TABLE = "/itsm/api/now/table/{table}"
_ABORTED = "Operation against file '{table}' was aborted by Business Rule '{rule}'"


class ServiceNow:
    """The tables. A record is what was sent, with a `sys_id` and a `number`."""

    def __init__(self, records: Records, set_up: SetUp) -> None:
        self._records = records
        self._set_up = set_up

    def add_routes(self, app: web.Application) -> None:
        """Opens the doors of the Table API."""
        app.router.add_post(_TABLE, self.create)
        app.router.add_get(_TABLE, self.search)
        app.router.add_get(_TABLE + "/{sys_id}", self.read)
        app.router.add_patch(_TABLE + "/{sys_id}", self.change)
        app.router.add_put(_TABLE + "/{sys_id}", self.change)

    async def create(self, request: web.Request) -> web.Response:
        """201 with the record; 403 where a data policy misses a field."""
        table, sent = self._table(request), json.loads(await request.read())
        missing = [name for name in self._set_up.mandatory.get(table, ()) if not str(sent.get(name, "")).strip()]
        if missing:
            raise _refused(403, "Data Policy Exception", f"The following fields are mandatory: {', '.join(missing)}")
        number = f"{_PREFIXES[table]}{self._records.next_number():07d}"
        state = _FIRST.get(table, "1")
        record = {"sys_id": uuid.uuid4().hex, "number": number, "state": state, "sys_class_name": table} | sent
        self._records.put("servicenow", number, record, original_address(request), sent)
        return web.json_response({"result": record}, status=201)

    async def search(self, request: web.Request) -> web.Response:
        """200 with the rows of the table that fit `sysparm_query` (`a=b^cINd,e`); what is no query fits them all."""
        table = self._table(request)
        about = {"sys_dictionary": self._dictionary, "sys_choice": self._choices}
        rows = about[table]() if table in about else self._rows(table)
        for term in request.query.get("sysparm_query", "").split("^"):
            rows = [row for row in rows if _fits(row, term)]
        rows = rows[: int(request.query.get("sysparm_limit", "10000"))]
        return web.json_response({"result": [_shown(row, request) for row in rows]})

    async def read(self, request: web.Request) -> web.Response:
        """200 with the record, 404 in ServiceNow's own words."""
        return web.json_response({"result": _shown(self._found(request), request)})

    async def change(self, request: web.Request) -> web.Response:
        """200 with the changed record; journal fields grow, as they do there. 403 where a rule says no."""
        record = self._found(request)
        sent = json.loads(await request.read())
        self._allowed(record, sent)
        grown = {name: f"{record[name]}\n\n{sent[name]}" for name in _JOURNALS if name in sent and record.get(name)}
        record |= sent | grown
        self._records.put("servicenow", record["number"], record, original_address(request), sent)
        return web.json_response({"result": record})

    def _allowed(self, record: dict[str, Any], sent: dict[str, Any]) -> None:
        table, now = record["sys_class_name"], str(record["state"])
        if now in self._set_up.read_only:
            raise _refused(403, _ABORTED.format(table=table, rule="closed records are read only"), "")
        to, rules = str(sent.get("state", now)), self._set_up.moves.get(table)
        if to != now and rules is not None and to not in rules.get(now, ()):
            rule = f"Check State Transition: {now} to {to} is not allowed"
            raise _refused(403, _ABORTED.format(table=table, rule=rule), "")

    def _table(self, request: web.Request) -> str:
        table = request.match_info["table"]
        if self._set_up.refuses(request):
            raise _refused(401, "User Not Authenticated", "Required to provide Auth information")
        if table not in _PREFIXES and table not in ("sys_dictionary", "sys_choice"):
            raise _refused(400, f"Invalid table {table}", "")
        return table

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return [one for one in self._records.all("servicenow") if one["sys_class_name"] == table]

    def _dictionary(self) -> list[dict[str, Any]]:
        """What an instance says of its mandatory fields."""
        return [
            {"name": table, "element": name, "mandatory": "true", "active": "true", "default_value": ""}
            for table, names in self._set_up.mandatory.items()
            for name in names
        ]

    def _choices(self) -> list[dict[str, Any]]:
        """The states that its rules know."""
        return [
            {"name": table, "element": "state", "value": state, "inactive": "false"}
            for table, rules in self._set_up.moves.items()
            for state in rules
        ]

    def _found(self, request: web.Request) -> dict[str, Any]:
        for record in self._rows(self._table(request)):
            if record["sys_id"] == request.match_info["sys_id"]:
                return record
        raise _refused(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def _fits(row: dict[str, Any], term: str) -> bool:
    name, equals, value = term.partition("=")
    if equals:
        return str(row.get(name, "")) == value
    name, within, values = term.partition("IN")
    return not within or str(row.get(name, "")) in values.split(",")


def _shown(row: dict[str, Any], request: web.Request) -> dict[str, Any]:
    wanted = request.query.get("sysparm_fields")
    return row if not wanted else {name: row.get(name, "") for name in wanted.split(",")}


def _refused(status: int, message: str, detail: str) -> web.HTTPException:
    said = {"error": {"message": message, "detail": detail}, "status": "failure"}
    kinds = {400: web.HTTPBadRequest, 401: web.HTTPUnauthorized, 403: web.HTTPForbidden, 404: web.HTTPNotFound}
    return kinds[status](text=json.dumps(said), content_type="application/json")
