"""The keys of an audience and of owners."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, get_args

from notbefore.config.calendar import Days, Language, TimeOfDay, Zone
from notbefore.config.channel_keys import Channel
from notbefore.config.model import Audience, Budget, Digest, Escalation, Group, GroupKey, Owners, QuietHours
from notbefore.config.names import AudienceName
from notbefore.config.report import Report
from notbefore.config.scalars import Choice, Duration, Flag, Number, Text
from notbefore.config.shapes import Key, ListOf, Record
from notbefore.schema import Severity

if TYPE_CHECKING:
    from yaml import Node

DAY = 24 * 60
By = StrEnum("GroupKey", {word.upper(): word for word in get_args(GroupKey)})  # type: ignore[misc]  # names from GroupKey


def _has_length(quiet: QuietHours, node: Node, report: Report) -> None:
    if quiet.start == quiet.end:
        report.at(node, "a window of no length", 'for a whole day write from: "00:00", to: "24:00"')
    elif quiet.start == DAY:
        report.at(node, '"24:00" ends a day and begins none', 'from: "00:00" of the day after')


def _speaks(audience: Audience, node: Node, report: Report) -> None:
    """Checks of an audience as a whole: time that is not quiet, targets that differ."""
    if _always_quiet(audience.quiet_hours):
        report.at(node, f"`{audience.name}` is quiet all week", "leave time in which it can be told")
    if audience.channels and all(channel.failover for channel in audience.channels):
        report.at(node, f"`{audience.name}` has only channels for fail-over", "leave one without `failover`")
    seen: set[tuple[str, str]] = set()
    for channel in audience.channels:
        for target in channel.targets:
            if (channel.kind, target) in seen:
                report.at_line(channel.line, f"the same {channel.kind} target twice", "it would be told twice")
            seen.add((channel.kind, target))


def _always_quiet(windows: tuple[QuietHours, ...]) -> bool:
    """The windows cover every minute of a week."""
    spans = sorted(
        (day * DAY + quiet.start, day * DAY + quiet.end + (DAY if quiet.end <= quiet.start else 0))
        for quiet in windows
        if quiet.start != quiet.end
        for day in (*quiet.days, *(day - 7 for day in quiet.days))
    )
    reached = 0
    for start, end in spans:
        if start <= reached:
            reached = max(reached, end)
    return reached >= 7 * DAY


QUIET_HOURS = Record(
    "quiet_hours",
    QuietHours,
    {
        "days": Key(Days(), about="on which it begins; every day without it"),
        "from": Key(TimeOfDay(), "start", required=True, about="wall clock of the audience"),
        "to": Key(TimeOfDay(), "end", required=True, about="at or before `from` is the day after"),
    },
    also=_has_length,
)
ESCALATION = Record(
    "escalation",
    Escalation,
    {
        "after": Key(Duration(), required=True, about="without an acknowledgement"),
        "to": Key(AudienceName(), required=True, about="an audience"),
        "min_severity": Key(Choice(Severity), about="below it nobody is called"),
    },
)
GROUP = Record(
    "group",
    Group,
    {
        "by": Key(ListOf(Choice(By), alone=True), about="what is alike in these is one message"),
        "wait": Key(Duration(zero=True), about="how long the first waits for others"),
        "interval": Key(Duration(), about="between two messages of a group"),
    },
)
DIGEST = Record(
    "digest",
    Digest,
    {
        "at": Key(TimeOfDay(), required=True, about='such as "08:00"'),
        "days": Key(Days(), about="every day without it"),
        "max_severity": Key(Choice(Severity), about="this and below come together"),
    },
)
BUDGET = Record(
    "budget",
    Budget,
    {
        "messages": Key(Number(1, 1_000_000), required=True, about="so many"),
        "per": Key(Duration(), required=True, about="in any span this long"),
    },
)


def _audience(*, grouped: Group | None = None, **values: object) -> Audience:
    """`group` is always there in the model; whether the file says it is kept beside it."""
    return Audience(group=grouped or Group(), grouped=grouped is not None, **values)  # type: ignore[arg-type]  # by AUDIENCE


AUDIENCE = Record(
    "audience",
    _audience,
    {
        "time_zone": Key(Zone(), about="of its wall clock; UTC without it"),
        "language": Key(Language(), about="of our text; Azure's own prose stays as it came"),
        "quiet_hours": Key(ListOf(QUIET_HOURS), about="what comes in here waits until it ends"),
        "quiet_hours_let_through": Key(Choice(Severity), about="at least this severe does not wait"),
        "channels": Key(ListOf(Channel(), once=False), required=True, stand_in=(), about="at least one"),
        "reminders": Key(ListOf(Duration()), about="before the window opens"),
        "self_service_reminders": Key(ListOf(Duration()), about="before the chance to pick one's own time ends"),
        "escalate": Key(ESCALATION, about="whom to call when nobody acknowledges"),
        "group": Key(GROUP, "grouped", about="what is folded into one message"),
        "digest": Key(DIGEST, about="what comes once a day, together"),
        "budget": Key(BUDGET, about="over it, what is not critical is folded"),
        "calendar": Key(Flag(), about="mails bring the window as a calendar entry; true without it"),
    },
    lined=True,
    also=_speaks,
)
OWNERS = Record(
    "owners",
    Owners,
    {
        "tag": Key(Text(longest=512), required=True, stand_in="?", about="its value names the audience"),
        "fallback": Key(AudienceName(), required=True, stand_in="?", about="when the tag is missing or names nobody"),
        "allow_addresses": Key(Flag(), about="the tag may hold a mail address"),
    },
    lined=True,
)
