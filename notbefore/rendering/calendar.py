"""A story as a calendar entry: RFC 5545, with the properties of the circuit-maintenance standard.

Composed by hand: a feed holds thousands of entries, and a library takes ten times as long for each. The tests
read every entry back with `icalendar`, and with the network trade's own parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

from notbefore.rendering import headline, phrases
from notbefore.rendering.clean import LONGEST_ID, line
from notbefore.rendering.headline import Named, Part
from notbefore.rendering.ical import escaped, folded, stamp
from notbefore.rendering.times import Times
from notbefore.schema import REBOOT_CLASS, Impact, Phase, Window

PROVIDER = "azure.microsoft.com"
_PROVIDED = f"X-MAINTNOTE-PROVIDER:{PROVIDER}"
_IDS = 2_000
"""Lines with identifiers remembered: mails and feeds name the same ones again and again."""
ASSUMED = timedelta(hours=1)
"""How long an entry lasts when nobody said when it ends; its text says so."""

_MOST = 10
"""Resources of one entry."""
_NO_ID = re.compile(r'[\x00-\x1f\x7f";:,]')
_STATUS = {
    Phase.ANNOUNCED: "TENTATIVE",
    Phase.UNKNOWN: "TENTATIVE",
    Phase.STARTED: "IN-PROCESS",
    Phase.COMPLETED: "COMPLETED",
    Phase.FAILED: "COMPLETED",
    Phase.CANCELED: "CANCELLED",
}
_MILD = {Impact.NONE: "NO-IMPACT", Impact.FREEZE: "DEGRADED", Impact.DEGRADED: "DEGRADED"}


class Dated(Named, Protocol):
    """As much of a story as its entry is made of: the whole head, or what a feed reads of it."""

    @property
    def id(self) -> str:
        """The story."""

    @property
    def subscription_id(self) -> str:
        """Whose."""

    @property
    def revision(self) -> int:
        """How often it has changed."""

    @property
    def impact(self) -> Impact:
        """What happens."""

    @property
    def window(self) -> Window:
        """When."""

    @property
    def keys(self) -> Mapping[str, tuple[str, ...]]:
        """What Azure calls it."""

    @property
    def title(self) -> str:
        """Azure's words."""

    @property
    def test(self) -> bool:
        """A drill."""

    @property
    def updated_at(self) -> datetime:
        """When it last changed."""

    @property
    def occurred_at(self) -> datetime:
        """When the newest news was observed."""

    @property
    def over(self) -> bool:
        """Nothing more is expected."""


def has_entry(story: Dated) -> bool:
    """A story stands in calendars when it has a start and is no drill."""
    return story.window.not_before is not None and not story.test


def uid(story_id: str, audience: str) -> str:
    """The entry's identity, in mails and in the feed: one for each story and audience, for ever."""
    return blake2b(f"{story_id}\n{audience}".encode("utf-8", "replace"), digest_size=16).hexdigest() + "@notbefore"


def invitation(entry: str, *, canceled: bool, organizer: str, attendee: str) -> tuple[str, bytes]:
    """The method and the calendar of a mail: a request that makes, moves or ends the entry."""
    method = "CANCEL" if canceled else "REQUEST"
    people = (
        f"ORGANIZER;CN=NotBefore:mailto:{organizer}",
        f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:{attendee}",
    )
    return method, calendar([entry], method, people=people)


def calendar(entries: Iterable[str], method: str, *, name: str = "", people: Sequence[str] = ()) -> bytes:
    """A whole calendar. `people` stand in each entry; `name` is what a calendar program shows for a feed."""
    own = "".join([f"{folded(one)}\r\n" for one in people])
    events = [f"BEGIN:VEVENT\r\n{own}{entry}END:VEVENT\r\n" for entry in entries]
    return "".join((_head(method, name), *events, "END:VCALENDAR\r\n")).encode("utf-8", "replace")


@lru_cache(maxsize=64)
def _head(method: str, name: str) -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//NotBefore//NotBefore 1//EN", f"METHOD:{method}"]
    if name:
        text = escaped(line(name))
        head += [
            f"NAME:{text}",
            f"X-WR-CALNAME:{text}",
            "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
            "X-PUBLISHED-TTL:PT15M",
        ]
    return "".join(f"{folded(one)}\r\n" for one in head)


def entry(story: Dated, audience: str, resources: Sequence[Part], times: Times, link: str | None) -> str:
    """The lines of one story's entry, without its frame. `resources` are the audience's own.

    The caller has seen that `has_entry` holds. SEQUENCE is the revision and DTSTAMP the time of the last change, so
    that the same revision is the same text.
    """
    start = story.window.not_before or story.occurred_at
    end, known = _end(story, start)
    status = status_of(story)
    shown = "CANCELLED" if status == "CANCELLED" else "TENTATIVE" if status == "TENTATIVE" else "CONFIRMED"
    places = ", ".join(story.regions[:8])
    short = (
        f"UID:{uid(story.id, audience)}\r\nSEQUENCE:{story.revision}\r\nDTSTAMP:{stamp(story.updated_at)}\r\n"
        f"DTSTART:{stamp(start)}\r\nDTEND:{stamp(end)}\r\nSTATUS:{shown}\r\nTRANSP:TRANSPARENT\r\n"
    )
    lines = [
        folded(f"SUMMARY:{escaped(summary(story, times))}"),
        folded(f"DESCRIPTION:{escaped(_text(story, times, link, known=known))}"),
        *([folded(f"LOCATION:{escaped(line(places))}")] if places else []),
        *([folded(f"URL:{link}")] if link else []),
        *_maintenance(story, status, resources),
    ]
    return short + "\r\n".join(lines) + "\r\n"


def status_of(story: Dated) -> str:
    """The phase in the words of the circuit-maintenance standard, which knows no failure: that is closed too."""
    if story.over and story.phase not in (Phase.CANCELED, Phase.FAILED):
        return "COMPLETED"
    return _STATUS.get(story.phase, "CONFIRMED")


def impact_of(impact: Impact) -> str:
    """The impact in the standard's words. Unknown is never made harmless."""
    return "OUTAGE" if impact in REBOOT_CLASS or impact is Impact.UNKNOWN else _MILD[impact]


def summary(story: Dated, times: Times) -> str:
    """`Reboot scheduled: vm-web-01`."""
    what = phrases.heading(times, headline.stage(story), story.kind, story.impact)
    about = headline.about(story)
    return line(f"{what}: {about}" if about else what, 160)


def _end(story: Dated, start: datetime) -> tuple[datetime, bool]:
    end = story.window.not_after
    return (end, True) if end is not None and end > start else (start + ASSUMED, False)


def _text(story: Dated, times: Times, link: str | None, *, known: bool) -> str:
    lines = [
        times.window(story.window),
        *([] if known else [times.words["calendar"]["no_end"]]),
        phrases.what(times, story.kind, story.impact, story.phase),
        line(story.title),
        link or "",
    ]
    return "\n".join(filter(None, lines))


def _maintenance(story: Dated, status: str, resources: Sequence[Part]) -> list[str]:
    """The standard's own properties; without resources the object is the subscription."""
    impact = impact_of(story.impact)
    objects = [(state.resource.key, impact_of(state.impact)) for state in resources[:_MOST]]
    known = story.keys.get("tracking_id", ())
    return [
        _PROVIDED,
        _identified("X-MAINTNOTE-ACCOUNT", story.subscription_id),
        _identified("X-MAINTNOTE-MAINTENANCE-ID", (known[0] if known else story.id)[:LONGEST_ID]),
        *[
            _identified(f"X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT={effect}", name[:LONGEST_ID])
            for name, effect in objects or [(story.subscription_id, impact)]
        ],
        f"X-MAINTNOTE-IMPACT:{impact}",
        f"X-MAINTNOTE-STATUS:{status}",
    ]


@lru_cache(maxsize=_IDS)
def _identified(name: str, text: str) -> str:
    """A line with an identifier as it is; what would end the line or need escaping is not part of one."""
    return folded(f"{name}:{_NO_ID.sub('_', text)}")
