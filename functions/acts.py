"""What a person does at the board: take a story on, be silent, speak again, send again."""

from __future__ import annotations

import msgspec

from functions.queries import one_of
from functions.showing import Ask, Shown, fields
from notbefore import signed
from notbefore.board.silences import advice, preview, words
from notbefore.board.story_page import name_of
from notbefore.errors import Refused
from notbefore.pipeline import orders
from notbefore.pipeline.resend import Wish, resend
from notbefore.pipeline.wishes import read_silence
from notbefore.schema import Story


async def ask_to_acknowledge(ask: Ask) -> Shown:
    """The page behind a link in a mail: the story and a button. It changes nothing."""
    token = ask.param("token")
    _taker(ask, token)
    story = await _story(ask)
    view = {"story": story, "title": name_of(story), "token": token}
    return Shown(_acknowledged(story), "acknowledge", view)


async def acknowledge(ask: Ask) -> Shown:
    """The story says from now on who has it."""
    token = str(fields(ask.req).get("token") or ask.param("token"))
    taker = _taker(ask, token)
    story = await _story(ask)
    taken = await orders.acknowledge(ask.house.outside, story.subscription_id, story.id, taker)
    ask.house.board.forget()
    back = f"/stories/{story.id}" + (f"/acknowledge?token={token}" if token else "")
    return Shown(_acknowledged(taken), go_on=back)


def _taker(ask: Ask, token: str) -> str:
    """A good link speaks for its audience; without one a signed-in person who may act is needed."""
    permit = signed.read(token, ask.house.settings.signing_key or "", ask.house.board.now)
    if permit is not None and permit.use == signed.ACKNOWLEDGE and permit.story == ask.route("id"):
        return f"{permit.audience}, by link"
    if token:
        raise Refused(403, "this link is not (or no longer) good; sign in and open the story on the board")
    who = ask.signed_in()
    if not who.may_act:
        raise Refused(403, f"this needs the role {ask.house.settings.acting_role}")
    return who.name


async def _story(ask: Ask) -> Story:
    found = await ask.house.board.story(ask.route("id"))
    if found is None:
        raise Refused(404, "there is no such story")
    return found[0]


def _acknowledged(story: Story) -> dict[str, object]:
    return {"story": story.id, "acknowledged_by": story.acknowledged_by, "acknowledged_at": story.acknowledged_at}


async def silence(ask: Ask) -> Shown:
    """Keeps a silence; with `?preview=1` shows first what it would have held."""
    written = fields(ask.req)
    order = read_silence(written, ask.signed_in().name, ask.house.board.now)
    if one_of(ask, "preview", ["1"]):
        seen = await preview(ask.house.board, order)
        kept = {name: str(value) for name, value in written.items()}
        view = {"preview": seen, "silence": order, "words": words(order), "form": kept, "advice": advice(order)}
        return Shown({"silence": order, "preview": seen, "advice": view["advice"]}, "silence", view, "/silences")
    await orders.silence(ask.house.outside, order)
    return Shown(msgspec.to_builtins(order) | {"advice": advice(order)}, go_on="/silences", status=201)


async def lift(ask: Ask) -> Shown:
    """A silence ends now."""
    lifted = await orders.lift(ask.house.outside, ask.route("id"), ask.signed_in().name)
    return Shown(lifted, go_on="/silences")


async def replay(ask: Ask) -> Shown:
    """A dead delivery is sent again under its own id."""
    done = await resend(ask.house.outside, Wish(delivery=ask.route("id")), by=ask.signed_in().name)
    if not done:
        raise Refused(404, "there is no such dead delivery")
    if done[0].refused:
        raise Refused(409, done[0].refused)
    return Shown(done[0], go_on="/deliveries?state=waiting", status=202)


async def replay_many(ask: Ask) -> Shown:
    """All dead deliveries of a story, an audience or a channel; `all` for every one."""
    given = fields(ask.req)
    story, audience, channel = (str(given.get(name) or "") for name in ("story", "audience", "channel"))
    wish = Wish(story=story, audience=audience, channel=channel)
    if wish == Wish() and given.get("all") not in (True, "true", "yes"):
        raise Refused(400, "say which: `story`, `audience` or `channel`; or `all`, which is true")
    done = await resend(ask.house.outside, wish, by=ask.signed_in().name)
    if not done:
        raise Refused(404, "no dead delivery fits")
    ask.house.board.forget()
    return Shown({"items": done}, go_on="/deliveries?state=waiting", status=202)
