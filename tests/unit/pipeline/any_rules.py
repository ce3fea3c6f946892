"""Routing files and events of any kind, for tests that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from memory_house import START, SUBSCRIPTION, a_config, a_machine, an_audience, an_event

from notbefore.config.model import (
    OWNER,
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
    Owners,
    QuietHours,
    Route,
    RoutingConfig,
)
from notbefore.muting import Silence
from notbefore.schema import (
    Impact,
    InitiatedBy,
    Kind,
    MaintenanceEvent,
    Phase,
    ResourceFacts,
    SelfServiceWindow,
    Severity,
    Source,
    Window,
)

NAMES = ("a", "b", "c")
MINUTE = timedelta(minutes=1)
_severities = st.sampled_from(tuple(Severity))
_kinds = st.sampled_from((Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE, Kind.SERVICE_ISSUE, Kind.RESOURCE_HEALTH))
_spans = st.integers(1, 180).map(lambda minutes: minutes * MINUTE)
_waits = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)
_days = st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True).map(tuple)
_times = st.integers(0, 48).map(lambda half: half * 30)

quiet_hours = st.builds(QuietHours, days=_days, start=_times.filter(lambda at: at < 1440), end=_times).filter(
    lambda one: one.start != one.end
)
zones = st.sampled_from(
    ("UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe")
)
STARTS = (
    START,
    datetime(2026, 10, 24, 20, tzinfo=UTC),  # Amsterdam's clocks go back in that night
    datetime(2027, 3, 27, 20, tzinfo=UTC),  # and forward
    datetime(2026, 10, 3, 10, tzinfo=UTC),  # Lord Howe's go forward, by half an hour
    datetime(2028, 2, 28, 18, tzinfo=UTC),  # a leap day begins
)
_group_keys: tuple[tuple[GroupKey, ...], ...] = (
    ("story",), ("kind",), ("subscription", "impact"), ("phase",), ("severity", "region"), ("story", "phase"),
)  # fmt: skip # a set reads best in rows


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
    group = Group(by=draw(st.sampled_from(_group_keys)), wait=draw(_waits), interval=draw(_spans))
    digest = st.builds(Digest, at=_times.filter(lambda at: at < 1440), days=_days, max_severity=_severities)
    return an_audience(
        name,
        channels=draw(st.sampled_from((channels, channels[:1]))),
        time_zone=draw(zones),
        quiet_hours=tuple(draw(st.lists(quiet_hours, max_size=2))),
        quiet_hours_let_through=draw(st.none() | _severities),
        reminders=draw(st.sampled_from(((), (60 * MINUTE,), (240 * MINUTE, 60 * MINUTE)))),
        self_service_reminders=draw(st.sampled_from(((), (120 * MINUTE, 30 * MINUTE)))),
        escalate=draw(st.none() | rule) if rule is not None else None,
        group=group if grouped else Group(),
        grouped=grouped,
        digest=draw(st.none() | digest),
        budget=draw(st.none() | st.builds(Budget, messages=st.integers(1, 3), per=_spans)),
    )


_texts = {
    "kind": ((Kind.HOST_MAINTENANCE,), (Kind.PLANNED_MAINTENANCE, Kind.SERVICE_ISSUE)),
    "phase": ((Phase.STARTED,), (Phase.COMPLETED, Phase.CANCELED)),
    "impact": ((Impact.REBOOT, Impact.FREEZE),),
    "initiated_by": ((InitiatedBy.CUSTOMER,),),
    "source": ((Source.RESOURCE_HEALTH,),),
    "region": (("West Europe",), ("*north*",)),
    "service": (("virtual*",),),
    "subscription": (("1111*",), (SUBSCRIPTION,)),
    "resource": (("*/vm1",), ("*/vm?",)),
    "resource_group": (("RG",), ("other",)),
    "resource_type": (("*/virtualmachines",),),
    "tag": ({"env": ("prod*",)}, {"ENV": ("lab",)}),
}
_others: dict[str, st.SearchStrategy[object]] = {
    "has_owner": st.booleans(),
    "test": st.booleans(),
    "min_severity": _severities,
    "max_severity": _severities,
    "notice_under": _spans,
    "notice_over": _spans,
}
_keys: dict[str, st.SearchStrategy[object]] = {name: st.sampled_from(some) for name, some in _texts.items()} | _others


@st.composite
def matchers(draw: st.DrawFn) -> Matcher:
    """One or two keys of a match."""
    names = draw(st.lists(st.sampled_from(sorted(_keys)), min_size=1, max_size=2, unique=True))
    return Matcher(**{name: draw(_keys[name]) for name in names})  # type: ignore[arg-type] # each key with its own


_targets = st.lists(st.sampled_from((*NAMES, OWNER)), max_size=3, unique=True).map(tuple)


@st.composite
def routes(draw: st.DrawFn, depth: int = 0) -> tuple[Route, ...]:
    """A few routes, with children that refine them."""
    return tuple(
        Route(
            name=f"r{depth}{number}",
            match=draw(matchers()),
            match_not=draw(st.none() | matchers()),
            to=draw(_targets),
            go_on=draw(st.booleans()),
            routes=draw(routes(depth + 1)) if depth == 0 and draw(st.booleans()) else (),
        )
        for number in range(draw(st.integers(0, 3 - depth)))
    )


@dataclass(frozen=True)
class Life:
    """A routing file, what happens under it, and what a person orders meanwhile."""

    config: RoutingConfig
    events: list[MaintenanceEvent]
    facts: dict[str, ResourceFacts]
    order: Silence | None


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Three audiences, routes and a catch-all, owners, a mute, an inhibition, a silence; up to six events."""
    start = draw(st.sampled_from(STARTS))
    minutes = sorted(draw(st.lists(st.integers(0, 600), min_size=1, max_size=6, unique=True)))
    mute = Mute(name="m", match=draw(matchers()), until=start + draw(_spans), reason="rebuild")
    hides = Inhibition(
        name="i",
        when=Matcher(kind=(Kind.SERVICE_ISSUE,)),
        hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)),
        same=draw(st.sampled_from((("subscription",), ("region",), ("service", "region")))),
    )
    config = a_config(
        *(draw(audiences(name)) for name in NAMES),
        owners=Owners(tag="team", fallback=draw(st.sampled_from(NAMES))),
        routes=(*draw(routes()), Route(name="everything", to=(draw(st.sampled_from(NAMES)),))),
        mutes=draw(st.sampled_from(((), (mute,)))),
        inhibit=draw(st.sampled_from(((), (hides,)))),
    )
    order = Silence(
        id="s",
        author="ann",
        match=draw(matchers()),
        starts_at=start,
        ends_at=start + draw(_spans),
        reason="quiet, please",
    )
    return Life(
        config,
        [draw(_event_at(start, minute)) for minute in minutes],
        {name: draw(_facts(name, start)) for name in ("vm1", "vm2")},
        draw(st.sampled_from((None, order))),
    )


@st.composite
def _facts(draw: st.DrawFn, name: str, start: datetime) -> ResourceFacts:
    return ResourceFacts(
        id=a_machine(name).id or "",
        location=draw(st.sampled_from((None, "westeurope", "northeurope"))),
        tags=draw(st.sampled_from(({}, {"Team": "A", "env": "prod"}, {"team": "nobody"}, {"env": "LAB", "team": "b"}))),
        seen_at=start,
    )


@st.composite
def _event_at(draw: st.DrawFn, start: datetime, minute: int) -> MaintenanceEvent:
    at = start + minute * MINUTE
    ahead = st.integers(10, 2_000).map(lambda minutes: at + minutes * MINUTE)
    opens, closes = draw(st.none() | ahead), draw(st.none() | ahead)
    return an_event(
        id=f"e{minute}",
        source=draw(st.sampled_from((Source.SERVICE_HEALTH, Source.RESOURCE_HEALTH))),
        kind=draw(_kinds),
        phase=draw(st.sampled_from((Phase.ANNOUNCED, Phase.STARTED, Phase.UPDATED, Phase.COMPLETED, Phase.CANCELED))),
        impact=draw(st.sampled_from((Impact.NONE, Impact.FREEZE, Impact.REBOOT))),
        severity=draw(_severities),
        initiated_by=draw(st.sampled_from((InitiatedBy.PLATFORM, InitiatedBy.CUSTOMER))),
        subscription_id=SUBSCRIPTION,
        regions=draw(st.sampled_from(((), ("westeurope",), ("global",)))),
        services=draw(st.sampled_from(((), ("Virtual Machines",)))),
        keys={"tracking_id": draw(st.sampled_from(("A", "B", "C")))},
        text=draw(st.sampled_from(("one", "two", "three"))),
        resources=tuple(map(a_machine, draw(st.sampled_from(((), ("vm1",), ("vm1", "vm2")))))),
        window=Window(opens, opens and opens + 60 * MINUTE),
        self_service_window=SelfServiceWindow(at, closes) if closes else None,
        occurred_at=at,
    )
