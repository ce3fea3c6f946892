"""Each key of a match: what fits it, what does not, and what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notbefore.config.model import Matcher, Owners, RoutingConfig
from notbefore.matching import compile_condition, compile_matcher, notice_of
from notbefore.schema import (
    Impact,
    InitiatedBy,
    Kind,
    Phase,
    Resource,
    ResourceFacts,
    ResourceState,
    Severity,
    Source,
    Story,
    Window,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP = "33333333-3333-4333-8333-333333333333"
CONFIG = RoutingConfig(version_id="v", subscriptions={"Shop-Prod": SHOP}, owners=Owners(tag="team", fallback="ops"))
VM = f"/subscriptions/{SHOP}/resourcegroups/web/providers/microsoft.compute/virtualmachines/vm-1"


def _story(**changed: Any) -> Story:  # noqa: ANN401 - any field of a story
    usual: dict[str, Any] = {
        "id": "s",
        "subscription_id": SHOP,
        "kind": Kind.PLANNED_MAINTENANCE,
        "kinds": (Kind.PLANNED_MAINTENANCE, Kind.HOST_MAINTENANCE),
        "sources": (Source.SERVICE_HEALTH, Source.SCHEDULED_EVENTS),
        "phase": Phase.ANNOUNCED,
        "impact": Impact.REBOOT,
        "initiated_by": InitiatedBy.PLATFORM,
        "regions": ("westeurope",),
        "services": ("Virtual Machines",),
        "window": Window(NOW + timedelta(hours=6)),
        "noticed_at": NOW,
        "opened_at": NOW,
        "updated_at": NOW,
        "occurred_at": NOW,
    }
    return Story(**(usual | changed))


def _state(
    id_: str | None = VM, name: str = "vm-1", type_: str | None = "microsoft.compute/virtualmachines"
) -> ResourceState:
    return ResourceState(
        resource=Resource(id_, name, type_),
        phase=Phase.ANNOUNCED,
        impact=Impact.REBOOT,
        severity=Severity.WARNING,
        occurred_at=NOW,
    )


def _facts(**tags: str) -> ResourceFacts:
    return ResourceFacts(id=VM, tags=tags, seen_at=NOW)


FITS = [
    {"subscription": ("Shop-Prod",)},
    {"subscription": ("shop-prod",)},
    {"subscription": (SHOP.upper(),)},
    {"subscription": ("shop*",)},
    {"subscription": ("33333333*",)},
    {"region": ("West Europe",)},
    {"region": ("westeurope",)},
    {"region": ("W* europe", "elsewhere")},
    {"service": ("virtual*",)},
    {"source": (Source.SCHEDULED_EVENTS,)},
    {"kind": (Kind.HOST_MAINTENANCE,)},
    {"phase": (Phase.STARTED, Phase.ANNOUNCED)},
    {"impact": (Impact.REBOOT,)},
    {"initiated_by": (InitiatedBy.PLATFORM,)},
    {"test": False},
    {"min_severity": Severity.WARNING},
    {"max_severity": Severity.WARNING},
    {"notice_under": timedelta(hours=7)},
    {"notice_over": timedelta(hours=6)},
    {"subscription": ("shop*",), "region": ("westeurope",), "test": False},
]
DOES_NOT = [
    {"subscription": ("payments",)},
    {"subscription": ("pay*",)},
    {"region": ("northeurope",)},
    {"region": ("global",)},
    {"service": ("Virtual",)},
    {"source": (Source.RESOURCE_HEALTH,)},
    {"kind": (Kind.EVICTION,)},
    {"phase": (Phase.STARTED,)},
    {"impact": (Impact.FREEZE,)},
    {"initiated_by": (InitiatedBy.CUSTOMER,)},
    {"test": True},
    {"min_severity": Severity.ERROR},
    {"max_severity": Severity.INFORMATIONAL},
    {"notice_under": timedelta(hours=6)},
    {"notice_over": timedelta(hours=7)},
    {"subscription": ("shop*",), "region": ("northeurope",)},
]


@pytest.mark.parametrize("keys", FITS, ids=str)
def test_a_story_fits(keys: dict[str, Any]) -> None:
    """A list means any of, several keys mean all of, and case is ignored."""
    assert compile_matcher(Matcher(**keys), CONFIG).fits(_story(), Severity.WARNING)


@pytest.mark.parametrize("keys", DOES_NOT, ids=str)
def test_a_story_does_not_fit(keys: dict[str, Any]) -> None:
    """One key that does not fit is enough."""
    assert not compile_matcher(Matcher(**keys), CONFIG).fits(_story(), Severity.WARNING)


def test_an_empty_story_fits_only_what_asks_nothing() -> None:
    """What a story does not know fits no key, and an empty matcher fits everything."""
    bare = Story(id="s", subscription_id="unknown", opened_at=NOW, updated_at=NOW, occurred_at=NOW)
    assert compile_matcher(Matcher(), CONFIG).fits(bare, Severity.INFORMATIONAL)
    for key in ({"region": ("*",)}, {"service": ("*",)}, {"source": tuple(Source)}, {"notice_over": timedelta()}):
        assert not compile_matcher(Matcher(**key), CONFIG).fits(bare, Severity.INFORMATIONAL)


OF_RESOURCE = [
    ({"resource": ("*/virtualmachines/vm-?",)}, {}, True),
    ({"resource": ("*/VIRTUALMACHINES/*",)}, {}, True),
    ({"resource": ("vm-1",)}, {}, False),
    ({"resource_group": ("WEB",)}, {}, True),
    ({"resource_group": ("db",)}, {}, False),
    ({"resource_type": ("Microsoft.Compute/virtualMachines",)}, {}, True),
    ({"resource_type": ("microsoft.compute/disks",)}, {}, False),
    ({"tag": {"Env": ("prod*",)}}, {"env": "Production"}, True),
    ({"tag": {"env": ("prod",), "tier": ("gold",)}}, {"env": "prod"}, False),
    ({"tag": {"env": ("*",)}}, {}, False),
    ({"has_owner": True}, {"Team": "dev"}, True),
    ({"has_owner": True}, {"other": "dev"}, False),
    ({"has_owner": False}, {"team": "dev"}, False),
    ({"has_owner": False}, {}, True),
]


@pytest.mark.parametrize(("keys", "tags", "fits"), OF_RESOURCE, ids=str)
def test_keys_about_a_resource(keys: dict[str, Any], tags: dict[str, str], *, fits: bool) -> None:
    """Decided by the resource and what is known of it; tag names ignore case, as Azure does."""
    matcher = compile_matcher(Matcher(**keys), CONFIG)
    assert matcher.fits(_story(), Severity.WARNING, _state(), _facts(**tags)) is fits
    assert not matcher.fits(_story(), Severity.WARNING), "a story without resources does not fit"


def test_a_resource_nobody_knows_more_of() -> None:
    """A name alone fits a glob on it; group, type and tags are unknown and fit nothing."""
    named = _state(None, "VM-1", None)
    assert compile_matcher(Matcher(resource=("vm-*",)), CONFIG).fits_resource(named, None)
    for keys in ({"resource_group": ("*",)}, {"resource_type": ("*",)}, {"tag": {"env": ("*",)}}, {"has_owner": True}):
        assert not compile_matcher(Matcher(**keys), CONFIG).fits_resource(named, None)
    facts = ResourceFacts(id="x", type="a/b", resource_group="g", seen_at=NOW)
    assert compile_matcher(Matcher(resource_group=("G",), resource_type=("A/*",)), CONFIG).fits_resource(named, facts)


def test_notice_is_from_the_first_word_to_the_window() -> None:
    """Below zero is none; unknown is unknown, except for a scheduled event that may begin at any moment."""
    assert notice_of(_story()) == timedelta(hours=6)
    assert notice_of(_story(window=Window(NOW - timedelta(hours=1)))) == timedelta()
    assert notice_of(_story(window=Window())) is None
    assert notice_of(_story(noticed_at=None)) is None
    assert notice_of(_story(window=Window(), phase=Phase.SCHEDULED)) == timedelta()
    assert notice_of(_story(window=Window(), phase=Phase.SCHEDULED, sources=(Source.COMPUTE,))) is None


def test_unknown_notice_fits_neither_side() -> None:
    """Without a window a story is neither under nor over any notice."""
    for asked in (Matcher(notice_under=timedelta(days=9)), Matcher(notice_over=timedelta())):
        assert not compile_matcher(asked, CONFIG).fits(_story(window=Window()), Severity.WARNING)


def test_every_notice_is_either_under_or_over() -> None:
    """`notice_under: 6h` and `notice_over: 6h` share no story and miss none whose notice is known."""
    for hours in (5, 6, 7):
        story = _story(window=Window(NOW + timedelta(hours=hours)))
        limit = timedelta(hours=6)
        under = compile_matcher(Matcher(notice_under=limit), CONFIG).fits(story, Severity.WARNING)
        over = compile_matcher(Matcher(notice_over=limit), CONFIG).fits(story, Severity.WARNING)
        assert under is not over


def test_match_not_excludes() -> None:
    """What fits match_not is left out; its keys about a resource leave out that resource only."""
    rule = compile_condition(None, Matcher(region=("westeurope",)), CONFIG)
    assert not rule.fits(_story(), Severity.WARNING)
    assert rule.fits(_story(regions=("northeurope",)), Severity.WARNING)
    rule = compile_condition(Matcher(impact=(Impact.REBOOT,)), Matcher(tag={"env": ("dev",)}), CONFIG)
    assert not rule.fits(_story(), Severity.WARNING, _state(), _facts(env="dev"))
    assert rule.fits(_story(), Severity.WARNING, _state(), _facts(env="prod"))
    assert rule.fits(_story(), Severity.WARNING), "a story without resources is not left out by their keys"


def test_a_story_settles_what_it_can() -> None:
    """Yes or no for all resources at once, or a question for each of them."""
    story = _story()
    assert compile_condition(Matcher(test=True), None, CONFIG).settle(story, Severity.WARNING) is False
    assert compile_condition(Matcher(test=False), None, CONFIG).settle(story, Severity.WARNING) is True
    question = compile_condition(Matcher(has_owner=True), None, CONFIG).settle(story, Severity.WARNING)
    assert callable(question)
    assert question(_state(), _facts(team="dev"))
    assert not question(_state(), None)
