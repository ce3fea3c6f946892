"""Routing files and events of any kind, for tests that hold for all of them."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from memory_house import START, SUBSCRIPTION, a_config, a_machine, an_audience, an_event

from notbefore.config.model import (
    Audience,
    Budget,
    ChannelConfig,
    Digest,
    Escalation,
    Group,
    GroupKey,
    Inhibition,
    Matcher,
    Mute,
    QuietHours,
    Route,
    RoutingConfig,
)
from notbefore.schema import Impact, Kind, MaintenanceEvent, Phase, Severity, Source, Window

NAMES = ("a", "b", "c")
MINUTE = timedelta(minutes=1)
_severities = st.sampled_from(tuple(Severity))
_kinds = st.sampled_from((Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SERVICE_ISSUE, Kind.RESOURCE_HEALTH))
_spans = st.integers(1, 180).map(lambda minutes: minutes * MINUTE)
_days = st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True).map(tuple)
_times = st.integers(0, 48).map(lambda half: half * 30)

quiet_hours = st.builds(QuietHours, days=_days, start=_times.filter(lambda at: at < 1440), end=_times).filter(
    lambda one: one.start != one.end
)
zones = st.sampled_from(("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata"))


@st.composite
def audiences(draw: st.DrawFn, name: str) -> Audience:
    """One audience with any pace, hours and floors."""
    channels = (
        ChannelConfig(kind="email", targets=(f"{name}@example.com",), min_severity=draw(_severities)),
        ChannelConfig(kind="webhook", targets=(f"https://hooks.example.com/{name}",)),
    )
    later = [other for other in NAMES if other > name]
    rule = st.builds(Escalation, after=_spans, to=st.sampled_from(later), min_severity=_severities) if later else None
    grouped = draw(st.booleans())
    keys: tuple[tuple[GroupKey, ...], ...] = (("story",), ("kind",), ("subscription", "impact"))
    by = draw(st.sampled_from(keys))
    group = Group(by=by, wait=draw(_spans), interval=draw(_spans)) if grouped else Group()
    return an_audience(
        name,
        channels=draw(st.sampled_from((channels, channels[:1]))),
        time_zone=draw(zones),
        quiet_hours=tuple(draw(st.lists(quiet_hours, max_size=2))),
        quiet_hours_let_through=draw(st.none() | _severities),
        reminders=draw(st.sampled_from(((), (60 * MINUTE,), (240 * MINUTE, 60 * MINUTE)))),
        escalate=draw(st.none() | rule) if rule is not None else None,
        group=group,
        grouped=grouped,
        digest=draw(st.none() | st.builds(Digest, at=_times.filter(lambda at: at < 1440), max_severity=_severities)),
        budget=draw(st.none() | st.builds(Budget, messages=st.integers(1, 3), per=_spans)),
    )


_matchers = st.builds(
    Matcher,
    kind=st.sampled_from(((), (Kind.HOST_MAINTENANCE,), (Kind.PLANNED_MAINTENANCE, Kind.SERVICE_ISSUE))),
    resource=st.sampled_from(((), ("*/vm1",), ("*/vm*",))),
    min_severity=st.none() | _severities,
)
_targets = st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple)


@st.composite
def configs(draw: st.DrawFn) -> RoutingConfig:
    """Three audiences, a few routes and a catch-all, a mute, an inhibition."""
    routes = tuple(
        Route(name=f"r{number}", match=draw(_matchers), to=draw(_targets), go_on=draw(st.booleans()))
        for number in range(draw(st.integers(0, 3)))
    )
    mute = Mute(name="m", match=draw(_matchers), until=START + draw(_spans), reason="rebuild")
    hides = Inhibition(
        name="i",
        when=Matcher(kind=(Kind.SERVICE_ISSUE,)),
        hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)),
        same=("subscription",),
    )
    return a_config(
        *(draw(audiences(name)) for name in NAMES),
        routes=(*routes, Route(name="everything", to=(draw(st.sampled_from(NAMES)),))),
        mutes=draw(st.sampled_from(((), (mute,)))),
        inhibit=draw(st.sampled_from(((), (hides,)))),
    )


@st.composite
def events(draw: st.DrawFn) -> list[MaintenanceEvent]:
    """Up to six events of up to three stories, in order of time."""
    minutes = sorted(draw(st.lists(st.integers(0, 600), min_size=1, max_size=6, unique=True)))
    return [draw(_event_at(minute)) for minute in minutes]


@st.composite
def _event_at(draw: st.DrawFn, minute: int) -> MaintenanceEvent:
    at = START + minute * MINUTE
    opens = draw(st.none() | st.integers(10, 2_000).map(lambda ahead: at + ahead * MINUTE))
    return an_event(
        id=f"e{minute}",
        source=draw(st.sampled_from((Source.SERVICE_HEALTH, Source.RESOURCE_HEALTH))),
        kind=draw(_kinds),
        phase=draw(st.sampled_from((Phase.ANNOUNCED, Phase.STARTED, Phase.UPDATED, Phase.COMPLETED, Phase.CANCELED))),
        impact=draw(st.sampled_from((Impact.NONE, Impact.FREEZE, Impact.REBOOT))),
        severity=draw(_severities),
        subscription_id=SUBSCRIPTION,
        keys={"tracking_id": draw(st.sampled_from(("A", "B", "C")))},
        text=draw(st.sampled_from(("one", "two", "three"))),
        resources=tuple(map(a_machine, draw(st.sampled_from(((), ("vm1",), ("vm1", "vm2")))))),
        window=Window(opens, opens and opens + 60 * MINUTE),
        occurred_at=at,
    )
