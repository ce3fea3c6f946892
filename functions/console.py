"""The board: pages for people, JSON for scripts, a few orders, and the probe. Who may come in is judged in code."""

from __future__ import annotations

import azure.functions as func

from functions.answers import answer, never_500
from functions.house import House, house
from functions.showing import FORMS, Need, show

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type
OPEN = func.AuthLevel.ANONYMOUS


@bp.function_name("board")
@bp.route(route="{ignored:maxlength(0)?}", methods=["GET"], auth_level=OPEN)
async def board(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /`; an empty route would be named after the function."""
    from functions import views

    return await show(req, views.overview)


@bp.function_name("stories")
@bp.route(route="stories", methods=["GET"], auth_level=OPEN)
async def stories(req: func.HttpRequest) -> func.HttpResponse:
    """All stories."""
    from functions import views

    return await show(req, views.story_list)


@bp.function_name("story")
@bp.route(route="stories/{id}", methods=["GET"], auth_level=OPEN)
async def story(req: func.HttpRequest) -> func.HttpResponse:
    """One story."""
    from functions import views

    return await show(req, views.story)


@bp.function_name("acknowledge_page")
@bp.route(route="stories/{id}/acknowledge", methods=["GET"], auth_level=OPEN)
async def acknowledge_page(req: func.HttpRequest) -> func.HttpResponse:
    """What a link in a mail opens."""
    from functions import acts

    return await show(req, acts.ask_to_acknowledge, Need.LINK)


@bp.function_name("acknowledge")
@bp.route(route="stories/{id}/acknowledge", methods=["POST"], auth_level=OPEN)
async def acknowledge(req: func.HttpRequest) -> func.HttpResponse:
    """I have it."""
    from functions import acts

    return await show(req, acts.acknowledge, Need.LINK)


@bp.function_name("deliveries")
@bp.route(route="deliveries", methods=["GET"], auth_level=OPEN)
async def deliveries(req: func.HttpRequest) -> func.HttpResponse:
    """The ledger."""
    from functions import views

    return await show(req, views.delivery_list)


@bp.function_name("replay")
@bp.route(route="deliveries/{id}/replay", methods=["POST"], auth_level=OPEN)
async def replay(req: func.HttpRequest) -> func.HttpResponse:
    """Send a dead delivery again."""
    from functions import acts

    return await show(req, acts.replay, Need.ACT)


@bp.function_name("replay_many")
@bp.route(route="deliveries/replay", methods=["POST"], auth_level=OPEN)
async def replay_many(req: func.HttpRequest) -> func.HttpResponse:
    """Send again what is dead of a story, an audience or a channel."""
    from functions import acts

    return await show(req, acts.replay_many, Need.ACT)


@bp.function_name("audit")
@bp.route(route="audit", methods=["GET"], auth_level=OPEN)
async def audit(req: func.HttpRequest) -> func.HttpResponse:
    """Who was told what, when and why."""
    from functions import views

    return await show(req, views.audit, forms=(*FORMS, "jsonl"))


@bp.function_name("quarantine")
@bp.route(route="quarantine", methods=["GET"], auth_level=OPEN)
async def quarantine(req: func.HttpRequest) -> func.HttpResponse:
    """What could not be read."""
    from functions import views

    return await show(req, views.quarantine)


@bp.function_name("signal")
@bp.route(route="signals/{id}", methods=["GET"], auth_level=OPEN)
async def signal(req: func.HttpRequest) -> func.HttpResponse:
    """The bytes of a signal as they came; never shown by a browser as anything but text."""
    from functions import views

    return await show(req, views.signal)


@bp.function_name("coverage")
@bp.route(route="coverage", methods=["GET"], auth_level=OPEN)
async def coverage(req: func.HttpRequest) -> func.HttpResponse:
    """Who is heard, and who would hear."""
    from functions import views

    return await show(req, views.coverage)


@bp.function_name("audience")
@bp.route(route="audiences/{name}", methods=["GET"], auth_level=OPEN)
async def audience(req: func.HttpRequest) -> func.HttpResponse:
    """One audience."""
    from functions import views

    return await show(req, views.audience)


@bp.function_name("silences")
@bp.route(route="silences", methods=["GET"], auth_level=OPEN)
async def silences(req: func.HttpRequest) -> func.HttpResponse:
    """Silences on record."""
    from functions import views

    return await show(req, views.silences)


@bp.function_name("silence")
@bp.route(route="silences", methods=["POST"], auth_level=OPEN)
async def silence(req: func.HttpRequest) -> func.HttpResponse:
    """A new silence."""
    from functions import acts

    return await show(req, acts.silence, Need.ACT)


@bp.function_name("lift")
@bp.route(route="silences/{id}/lift", methods=["POST"], auth_level=OPEN)
async def lift(req: func.HttpRequest) -> func.HttpResponse:
    """A silence ends."""
    from functions import acts

    return await show(req, acts.lift, Need.ACT)


@bp.function_name("calendar")
@bp.route(route="calendar/{file}", methods=["GET"], auth_level=OPEN)
async def calendar(req: func.HttpRequest) -> func.HttpResponse:
    """`GET /calendar/{audience}.ics?token=`: what a calendar program subscribes to."""
    from functions.calendar import feed

    return await never_500(feed(req))


@bp.function_name("health")
@bp.route(route="health", methods=["GET"], auth_level=OPEN)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """For probes: 200, or 503 with what is wrong."""
    del req
    return await pulse()


async def pulse(inside: House | None = None) -> func.HttpResponse:
    """The answer to a probe. A house that cannot even start says so."""
    from notbefore.board.health import Check
    from notbefore.board.health import health as look

    try:
        here = inside or await house()
        found = await look(here.board, here.routes_problem())
    except Exception as error:  # noqa: BLE001 # a probe is answered whatever is wrong
        return answer(503, {"status": "failing", "checks": [Check("start", ok=False, detail=type(error).__name__)]})
    return answer(200 if found.status == "ok" else 503, found)
