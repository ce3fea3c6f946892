"""The agent's files, so that a bare machine installs it with one line. They are public, and hold nothing secret."""

from __future__ import annotations

from pathlib import Path

import azure.functions as func

from functions.answers import never_500
from notbefore.errors import Refused

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type

_ROOT = Path(__file__).resolve().parents[1] / "agent"
FILES = {
    "install.sh": "linux",
    "notbefore_agent.py": "linux",
    "notbefore-agent.service": "linux",
    "install.ps1": "windows",
    "notbefore-agent.ps1": "windows",
}
"""Name → folder. Nothing else is ever read."""


@bp.function_name("agent")
@bp.route(route="agent/{file}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def agent(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /agent/install.sh` and what it installs."""
    return await never_500(file(req))


async def file(req: func.HttpRequest) -> func.HttpResponse:
    """One file as it is shipped. Raises: Refused."""
    name = req.route_params.get("file") or ""
    if name not in FILES:
        raise Refused(404, f"the agent's files are {', '.join(FILES)}")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    body = (_ROOT / FILES[name] / name).read_bytes()
    return func.HttpResponse(body, mimetype="text/plain", charset="utf-8", headers=headers)
