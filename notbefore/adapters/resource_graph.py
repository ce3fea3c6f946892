"""Resource Graph, by its REST interface (Azure docs: Resources, API version 2022-10-01; throttled requests)."""

from __future__ import annotations

from typing import Any

from notbefore.adapters.arm import Arm
from notbefore.errors import Permanent
from notbefore.ports import Found

PATH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
PAGE = 1000
"""Rows of one answer; Azure gives no more."""

PAGES = 200
"""After this many an answer counts as a part: no question of ours has 200,000 rows."""

SUBSCRIPTIONS = 1000
"""Named in one question; Azure takes no more."""


class ResourceGraph:
    """Asks over these subscriptions, or over all that the identity may read (`all`)."""

    def __init__(self, arm: Arm, subscriptions: tuple[str, ...]) -> None:
        self._arm = arm
        self._subscriptions = subscriptions

    async def ask(self, query: str) -> Found:
        """Every row of every page. Raises: Transient, Permanent."""
        if self._subscriptions == ("all",):
            return await self._over(query, None)
        answers = [
            await self._over(query, self._subscriptions[start : start + SUBSCRIPTIONS])
            for start in range(0, len(self._subscriptions), SUBSCRIPTIONS)
        ]
        rows = tuple(row for answer in answers for row in answer.rows)
        return Found(rows, all(answer.complete for answer in answers))

    async def _over(self, query: str, subscriptions: tuple[str, ...] | None) -> Found:
        rows: list[dict[str, Any]] = []
        token: str | None = None
        for _ in range(PAGES):
            answer = await self._arm.call("POST", PATH, _question(query, subscriptions, token))
            if answer is None:
                raise Permanent("Resource Graph is not at this address")
            page = answer.get("data")
            rows += [row for row in page if isinstance(row, dict)] if isinstance(page, list) else []
            token = answer.get("$skipToken") or None
            if token is None:
                cut = str(answer.get("resultTruncated", "false")).lower() == "true"
                return Found(tuple(rows), isinstance(page, list) and not cut)
        return Found(tuple(rows), complete=False)


def _question(query: str, subscriptions: tuple[str, ...] | None, token: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
    if token is not None:
        options["$skipToken"] = token
    question: dict[str, Any] = {"query": query, "options": options}
    return question if subscriptions is None else {**question, "subscriptions": list(subscriptions)}
