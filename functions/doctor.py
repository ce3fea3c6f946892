"""The doctor from inside the app: with its own settings, its own identity and its own way out."""

from __future__ import annotations

from collections.abc import Callable

import azure.functions as func

from functions.answers import answer, never_500
from functions.house import judge
from notbefore import bootstrap
from notbefore.entra import Entra
from notbefore.settings import wants_token

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type


@bp.function_name("doctor")
@bp.route(
    route="doctor",
    methods=["GET"],
    auth_level=func.AuthLevel.ANONYMOUS if wants_token() else func.AuthLevel.FUNCTION,
)
async def doctor(req: func.HttpRequest) -> func.HttpResponse:
    """For who may send signals. A house that cannot even start says what is wrong."""
    return await never_500(examined(req, judge))


async def examined(req: func.HttpRequest, judge: Callable[[], Entra | None]) -> func.HttpResponse:
    """All findings. Raises: Refused, Transient; ConfigError when a token is wanted and nobody can judge it."""
    from notbefore.doctor.examination import examine

    if (entra := judge()) is not None:
        await entra.judge(req.headers.get("authorization"))
    return answer(200, {"findings": [finding async for finding in examine(None, bootstrap.now)]})
