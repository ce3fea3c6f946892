"""Which row holds what in the table `stories`, and what the keys of all tables are made of.

A partition is a subscription (or `unknown`):
    s|STORY                     head of a story
    k|DIGEST                    a key → the story it belongs to
    e|STORY|TIME|DIGEST         an event of the story
    r|STORY|DIGEST              where one of its resources stands
    d|STORY|DELIVERY            a delivery: the ledger
    h|STORY|TIME|…              decisions, with their reasons
    f|DIGEST                    facts about a resource
    q|DUE|DIGEST                resources whose facts are to be asked for
    p|DIGEST                    who was present in a reporter's last document
    v|DIGEST                    stories that name a machine: announcements, and what nobody announced
    n|DIGEST|TIME|DIGEST        what a runbook or a hook says it did about a story, or a scheduled event
and a partition is an audience, `audience|NAME`:
    t|DUE|ID                    what is due when
    i|GROUP|STORY               what waits for a group or a digest
    g|GROUP                     when a group was last sent
    d|GROUP|DELIVERY            deliveries that fold several stories
    b|TIME|DELIVERY             what counts against the budget
    u|machines                  what the last digest said of machines of which nobody hears
In both, y|DIGEST is the last delivery that a fail-over channel got about a story.
In both, o|TIME|ID is the outbox: what a transaction promised and nobody has finished yet; x|DELIVERY is the list
of dead deliveries, so that they are found without reading the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

AUDIENCE = "audience|"


def digest(*parts: str) -> str:
    """A short stand-in for text that a key may not hold; without regard to case."""
    return blake2b("\n".join(parts).lower().encode(), digest_size=12).hexdigest()


@lru_cache(maxsize=256)
def stamp(at: datetime) -> str:
    """A UTC time that sorts as text, `YYYYMMDDTHHMMSSffffff`. One moment is in the keys of several rows."""
    moment = at.isoformat(timespec="microseconds")
    return moment[:26].replace("-", "").replace(":", "").replace(".", "")


def span(prefix: str) -> tuple[str, str]:
    """Start and stop of a scan over every key that begins with the prefix."""
    return prefix, prefix + "~"


def head(story: str) -> str:
    """The head of a story."""
    return f"s|{story}"


def tie(kind: str, value: str) -> str:
    """The row that says which story a key belongs to."""
    return f"k|{digest(kind, value)}"


def event(story: str, event_id: str) -> str:
    """An event of a story; the same event again has the same row."""
    return f"e|{story}|{digest(event_id)}"


def resource(story: str, resource_key: str) -> str:
    """Where one resource of a story stands."""
    return f"r|{story}|{digest(resource_key)}"


def resource_called(story: str, name: str) -> str:
    """The same, of a resource whose key has this digest."""
    return f"r|{story}|{name}"


def delivery(story: str, delivery_id: str) -> str:
    """One line of the ledger."""
    return f"d|{story}|{delivery_id}"


def decisions(story: str, at: datetime, cause: str) -> str:
    """The decisions taken at once about one story because of one signal or due row."""
    return f"h|{story}|{stamp(at)}|{digest(cause)}"


def facts(resource_id: str) -> str:
    """What is known of a resource."""
    return f"f|{digest(resource_id)}"


def wanted(at: datetime, story: str, ids: Iterable[str]) -> str:
    """Resources of a story whose facts are to be asked for from then on."""
    return f"q|{stamp(at)}|{digest(story, *ids)}"


def presence(reporter: str) -> str:
    """What a reporter's last document said is there."""
    return f"p|{digest(reporter)}"


def announced(resource_key: str) -> str:
    """Stories that name a machine."""
    return f"v|{digest(resource_key)}"


def steps(about: str) -> str:
    """What begins the rows of the steps about a story, or a scheduled event."""
    return f"n|{digest(about)}|"


def step(about: str, at: datetime, what: str) -> str:
    """One step that a runbook or a hook took."""
    return f"{steps(about)}{stamp(at)}|{digest(what)}"


def outbox(at: datetime, thing: str) -> str:
    """A promise of a transaction; it sorts by the time from which it may be kept."""
    return f"o|{stamp(at)}|{thing}"


def audience(name: str) -> str:
    """The partition of an audience."""
    return AUDIENCE + name


def dead(delivery_id: str) -> str:
    """A delivery that was given up; the row's body is the key of its line in the ledger."""
    return f"x|{delivery_id}"


def failover_lane(story: str, audience: str, channel: str, target: str) -> str:
    """The last delivery of a story that went to a fail-over channel."""
    return f"y|{digest(story, audience, channel, target)}"


def due(at: datetime, thing: str) -> str:
    """Something to be decided at a time."""
    return f"t|{stamp(at)}|{thing}"


def folded(group: str, story: str) -> str:
    """A story that waits for its group or digest."""
    return f"i|{digest(group)}|{story}"


def group(name: str) -> str:
    """When a group was last sent."""
    return f"g|{digest(name)}"


def spent(at: datetime, delivery_id: str) -> str:
    """One message against an audience's budget."""
    return f"b|{stamp(at)}|{delivery_id}"


def hour(at: datetime) -> str:
    """The hour that signal ids begin with, and the partition of their outcomes."""
    return stamp(at.astimezone(UTC))[: len("YYYYMMDDTHH")]


def minute(at: datetime) -> str:
    """What the ids of one minute's signals begin with."""
    return stamp(at.astimezone(UTC))[: len("YYYYMMDDTHHMM")]


def newest_first(at: datetime) -> str:
    """A time that sorts the newest first."""
    return f"{99999999999999 - int(at.timestamp() * 1000):014d}"
