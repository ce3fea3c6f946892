"""What an instance itself says of the tickets that are to be made there: asked, never written.

ServiceNow's dictionary knows mandatory fields and choices, not the rules of UI and data policies. Jira's metadata of
a create screen is what its create call goes by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from notbefore.channels.instance import Instance
from notbefore.errors import Permanent, Transient

_LEFT = frozenset({"number", "opened_by", "opened_at"})
_SNOW = frozenset(
    {
        "short_description",
        "description",
        "work_notes",
        "impact",
        "urgency",
        "correlation_id",
        "correlation_display",
        "state",
    }
)
_SNOW_TIMES = frozenset({"start_date", "end_date"})
_JIRA = frozenset({"project", "issuetype", "summary", "description", "labels"})
_API = "/rest/api/3"
_PAGE = 200


async def problems(at: Instance, target: str, options: Mapping[str, str]) -> list[str]:
    """What will be refused, in words; nothing when all is well, or the system has nothing that can be asked."""
    system, _, place = target.partition(":")
    asks = {"servicenow": _servicenow, "jira": _jira}.get(system)
    if asks is None:
        return []
    try:
        return await asks(at, place, options)
    except (Permanent, Transient) as problem:
        return [f"{at.host} cannot be asked: {problem}"]


async def _servicenow(at: Instance, table: str, options: Mapping[str, str]) -> list[str]:
    await at.read(f"/api/now/table/{quote(table)}?sysparm_limit=1&sysparm_fields=sys_id")
    query = f"nameIN{table},task^mandatory=true^active=true"
    rows = await _rows(at, "sys_dictionary", query, "element,default_value")
    mapped = _mapped(options)
    filled = _SNOW | _LEFT | mapped | (_SNOW_TIMES if table == "change_request" else frozenset())
    filled |= {"assignment_group"} if "assignment_group" in options else frozenset()
    wanted = {str(row["element"]) for row in rows if row.get("element") and not row.get("default_value")}
    missing = sorted(name for name in wanted - filled if not name.startswith("sys_"))
    choices = await _rows(at, "sys_choice", f"nameIN{table},task^element=state^inactive=false", "value")
    known = {str(row["value"]) for row in choices if row.get("value")}
    unknown = sorted(_states(options) - known) if known else []
    found = [f"{table} wants `{name}`, which `fields` does not give" for name in missing]
    return found + [f"{table} has no state {state}" for state in unknown]


async def _rows(at: Instance, table: str, query: str, fields: str) -> Sequence[Mapping[str, Any]]:
    asked = urlencode({"sysparm_query": query, "sysparm_fields": fields, "sysparm_limit": 1000})
    found: Sequence[Mapping[str, Any]] = (await at.read(f"/api/now/table/{table}?{asked}") or {}).get("result", [])
    return found


async def _jira(at: Instance, project: str, options: Mapping[str, str]) -> list[str]:
    wished = options.get("issue_type", "Task")
    where = f"{_API}/issue/createmeta/{quote(project)}/issuetypes"
    types = await _pages(at, where, "issueTypes")
    if not types:
        return [f"there is no project {project}, or this user may not make issues in it"]
    kind = next((one for one in types if str(one.get("name", "")).casefold() == wished.casefold()), None)
    if kind is None:
        return [f"{project} has no issue type {wished}: it has {', '.join(str(one.get('name')) for one in types[:8])}"]
    fields = await _pages(at, f"{where}/{kind['id']}", "fields")
    given = _JIRA | _mapped(options)
    names = {str(one.get("fieldId") or one.get("key")): one for one in fields}
    missing = [name for name, one in names.items() if one.get("required") and not one.get("hasDefaultValue")]
    found = [
        f"{project} wants `{name}` ({names[name].get('name', name)}), which `fields` does not give"
        for name in missing
        if name not in given and name != "reporter"
    ]
    return found + [f"`{name}` is not on the create screen of {wished}" for name in sorted(given - set(names))]


async def _pages(at: Instance, path: str, name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    while True:
        answer = await at.read(f"{path}?startAt={len(found)}&maxResults={_PAGE}") or {}
        page = answer.get(name, [])
        found += page
        if not page or len(found) >= int(answer.get("total", 0)):
            return found


def _mapped(options: Mapping[str, str]) -> frozenset[str]:
    return frozenset(json.loads(options.get("fields", "{}")))


def _states(options: Mapping[str, str]) -> set[str]:
    return {move["to"] for move in json.loads(options.get("states", "{}")).values() if move["to"]}
