"""What every door answers with: JSON, a page, a refusal, and never a 500."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from typing import Any

import azure.functions as func
import msgspec

from notbefore.errors import Refused, StorageError, Transient

log = logging.getLogger(__name__)

LATER = "10"
"""Seconds, for Retry-After: storage's own throttling is over by then."""


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> func.HttpResponse:  # noqa: ANN401 # anything that is JSON
    """JSON, not to be kept by anybody between us and the reader."""
    kept = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    body = msgspec.json.encode(value)
    return func.HttpResponse(body, status_code=status, mimetype="application/json", headers=kept)


async def never_500(work: Awaitable[func.HttpResponse]) -> func.HttpResponse:
    """The answer of the work; 401, 403, 404 or 413 for what is refused, 503 for whatever goes wrong.

    A 500 is final to an action group and the alert would be gone; a 503 is tried again (Azure docs: Action groups).
    """
    try:
        return await work
    except Refused as refused:
        return answer(refused.status, {"error": str(refused)}, _asks(refused.status))
    except (StorageError, Transient) as problem:
        log.warning("a door could not do its work: %s", problem)
        return answer(503, {"error": "not now, try again"}, {"Retry-After": LATER})
    except Exception:
        log.exception("a door failed")
        return answer(503, {"error": "not now, try again"}, {"Retry-After": LATER})


def _asks(status: int) -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004 # RFC 9110 wants it with a 401
