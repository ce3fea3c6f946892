"""One audience: what it hears on which channels, by which routes, and how that is changed. Mails lead here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from notbefore.board.board import Board
from notbefore.board.ledger import DeliveryItem, Wanted, deliveries
from notbefore.board.trials import Trial, trials
from notbefore.config.model import EVERY_DAY, OWNER, Audience, QuietHours, Route
from notbefore.timing.due import words

LATEST = 10
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class AudiencePage(Struct, frozen=True, kw_only=True):
    """What the page shows. `rules` are pairs of a name and words."""

    name: str
    rules: tuple[tuple[str, str], ...]
    routes: tuple[str, ...]
    by_owner: bool
    """Resources may name it by their owner tag."""
    targets: tuple[Trial, ...]
    undelivered: tuple[DeliveryItem, ...]
    """Dead or waiting, the newest first."""


async def audience_page(board: Board, name: str) -> AudiencePage | None:
    """The page; None when the routing file knows no such audience. Raises: StorageUnavailable."""
    config = board.config
    audience = config.audience(name)
    if audience is None:
        return None
    dead = await deliveries(board, Wanted(state="dead", audience=name), limit=LATEST)
    waiting = await deliveries(board, Wanted(state="waiting", audience=name), limit=LATEST)
    return AudiencePage(
        name=name,
        rules=tuple(_rules(audience)),
        routes=tuple(_leading(config.routes, name)),
        by_owner=config.owners is not None,
        targets=await trials(board, [audience]),
        undelivered=dead.items + waiting.items,
    )


def _rules(audience: Audience) -> Iterator[tuple[str, str]]:
    yield "Language and time zone", f"{audience.language}, {audience.time_zone}"
    for hours in audience.quiet_hours:
        through = audience.quiet_hours_let_through
        yield "Quiet hours", _hours(hours) + (f"; {through} and above comes through" if through else "")
    if audience.digest:
        yield "Digest", f"at {_clock(audience.digest.at)}, up to {audience.digest.max_severity}"
    if audience.reminders:
        yield "Reminders", ", ".join(f"{words(span)} before" for span in audience.reminders)
    if audience.escalate:
        yield "Escalates to", f"{audience.escalate.to}, after {words(audience.escalate.after)} without an answer"
    if audience.budget:
        yield "Budget", f"{audience.budget.messages} messages in {words(audience.budget.per)}"


def _hours(hours: QuietHours) -> str:
    days = "" if hours.days == EVERY_DAY else ", ".join(_DAYS[day] for day in hours.days) + " "
    return f"{days}{_clock(hours.start)}–{_clock(hours.end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _leading(routes: Iterable[Route], name: str, above: str = "") -> Iterator[str]:
    """The routes that tell this audience, each with those above it."""
    for route in routes:
        path = f"{above} / {route.name}" if above else route.name
        if route.to and (name in route.to or OWNER in route.to):
            yield path + ("" if name in route.to else " (by the owner tag)")
        yield from _leading(route.routes, name, path)
