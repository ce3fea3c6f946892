"""One story hides others while it is open."""

from __future__ import annotations

import pytest
from rulebook import NOW, PROD, TEST, config, located, machine, mute, story

from notbefore.config.model import Inhibition, Matcher
from notbefore.muting import Holds
from notbefore.schema import UNKNOWN_SUBSCRIPTION, Kind, Severity, Story, Verdict

RULE = Inhibition(
    name="a region-wide incident hides its resources' own alerts",
    when=Matcher(kind=(Kind.SERVICE_ISSUE,), min_severity=Severity.ERROR),
    hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)),
    same=("subscription", "region"),
)
HOLDS = Holds(config(inhibit=(RULE,)))


def incident(**more: object) -> Story:
    """A region-wide incident of today."""
    facts = {"kind": Kind.SERVICE_ISSUE, "severity": Severity.ERROR, "regions": ("westeurope", "northeurope")}
    return story("incident", **(facts | more))


def alert(**more: object) -> Story:
    """A machine's own alert in West Europe."""
    return story("alert", **({"kind": Kind.RESOURCE_HEALTH, "regions": ("westeurope",)} | more))


def test_an_open_incident_hides_its_resources_alerts() -> None:
    """The hold names the rule and the story, and nobody knows its end."""
    held = HOLDS.weigh(alert(), [], NOW, inhibitors=[incident()])
    assert held.hold is not None
    assert (held.hold.kind, held.hold.name, held.hold.until) == (Verdict.INHIBITED, RULE.name, None)
    assert held.hold.reason == f"{RULE.name}: hidden by “about incident”, still open"


@pytest.mark.parametrize(
    "more",
    [
        {"over": True},
        {"merged_into": "other"},
        {"severity": Severity.WARNING, "highest_severity": Severity.CRITICAL},
        {"kind": Kind.HEALTH_ADVISORY},
        {"subscription_id": TEST},
        {"regions": ("northeurope",)},
        {"regions": ()},
        {"regions": ("global",)},
    ],
    ids=["over", "merged", "no longer severe", "other kind", "other subscription", "elsewhere", "nowhere", "global"],
)
def test_what_does_not_hide_others(more: dict[str, object]) -> None:
    """It counts while it is open, by today's severity, and must be alike in all that `same` says."""
    assert HOLDS.weigh(alert(), [], NOW, inhibitors=[incident(**more)]).hold is None


def test_global_equals_only_global() -> None:
    """A global incident hides global alerts, and no others."""
    globally = incident(regions=("global",))
    assert HOLDS.weigh(alert(regions=("global",)), [], NOW, inhibitors=[globally]).hold is not None
    assert HOLDS.weigh(alert(regions=("westeurope",)), [], NOW, inhibitors=[globally]).hold is None


def test_one_region_in_common_is_enough() -> None:
    """Two regions each, one of them the same."""
    both = alert(regions=("eastus", "northeurope"))
    assert HOLDS.weigh(both, [], NOW, inhibitors=[incident()]).hold is not None


def test_an_alert_without_a_region_is_where_its_machine_is() -> None:
    """Resource Health often says no region; what is known of the resource does, for each of them."""
    here, there = machine("here"), machine("there")
    facts = located(here, "westeurope") | located(there, "eastus")
    held = HOLDS.weigh(alert(regions=()), [here, there], NOW, inhibitors=[incident()], facts=facts)
    assert held.hold is None
    assert held.resources == (there,)
    assert [hold.kind for hold in held.left_out] == [Verdict.INHIBITED]


def test_nobody_knows_whether_two_unknown_subscriptions_are_the_same() -> None:
    """Stories without a subscription do not hide one another."""
    unknown = UNKNOWN_SUBSCRIPTION
    inhibitors = [incident(subscription_id=unknown)]
    assert HOLDS.weigh(alert(subscription_id=unknown), [], NOW, inhibitors=inhibitors).hold is None


def test_a_story_never_hides_itself() -> None:
    """A rule whose two sides fit the same story does not hold it."""
    broad = Holds(config(inhibit=(Inhibition(name="all", when=Matcher(), hold=Matcher()),)))
    one = story("one")
    assert broad.weigh(one, [], NOW, inhibitors=[one]).hold is None
    of_group = Holds(config(inhibit=(Inhibition(name="all", when=Matcher(), hold=Matcher(resource_group=("web",))),)))
    assert of_group.weigh(one, [machine("web1")], NOW, inhibitors=[one]).hold is None
    assert of_group.weigh(one, [machine("web1")], NOW, inhibitors=[story("other")]).hold is not None


def test_two_that_fit_both_sides_do_not_hide_each_other() -> None:
    """Else neither would ever be told."""
    rule = Inhibition(name="by subscription", when=Matcher(min_severity=Severity.WARNING), hold=Matcher())
    holds = Holds(config(inhibit=(rule,)))
    one, other = story("one"), story("other")
    light = story("light", severity=Severity.INFORMATIONAL)
    assert holds.weigh(one, [], NOW, inhibitors=[one, other]).hold is None
    assert holds.weigh(light, [], NOW, inhibitors=[one, other]).hold is not None


def test_the_same_resource_is_the_same_machine() -> None:
    """`same: [resource]` holds what the other story is about, and leaves the rest."""
    rule = Inhibition(
        name="maintenance explains health",
        when=Matcher(kind=(Kind.HOST_MAINTENANCE,)),
        hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)),
        same=("resource",),
    )
    known, other = machine("known"), machine("other")
    upkeep = story("upkeep", resources=(known,))
    held = Holds(config(inhibit=(rule,))).weigh(alert(), [known, other], NOW, inhibitors=[upkeep])
    assert held.resources == (other,)
    assert Holds(config(inhibit=(rule,))).weigh(alert(), [known], NOW, inhibitors=[upkeep]).hold is not None
    assert Holds(config(inhibit=(rule,))).weigh(alert(), [], NOW, inhibitors=[upkeep]).hold is None


def test_the_same_service_is_compared_without_case() -> None:
    """One service in common."""
    rule = Inhibition(name="service", when=Matcher(kind=(Kind.SERVICE_ISSUE,)), hold=Matcher(), same=("service",))
    holds = Holds(config(inhibit=(rule,)))
    inhibitors = [incident(services=("Virtual Machines", "SQL Database"))]
    assert holds.weigh(alert(services=("virtual machines",)), [], NOW, inhibitors=inhibitors).hold is not None
    assert holds.weigh(alert(services=("Storage",)), [], NOW, inhibitors=inhibitors).hold is None


def test_a_rule_about_resources_looks_at_those_the_other_story_shows() -> None:
    """A `when` with a resource group needs a story that shows a machine of that group."""
    rule = Inhibition(name="group", when=Matcher(resource_group=("web",)), hold=Matcher(kind=(Kind.RESOURCE_HEALTH,)))
    holds = Holds(config(inhibit=(rule,)))
    assert holds.may_inhibit(story("upkeep", resources=(machine("web1"),)))
    assert not holds.may_inhibit(story("upkeep", resources=(machine("db1", "db"),)))
    assert not holds.may_inhibit(story("upkeep"))


def test_only_what_fits_a_rule_may_hide_others() -> None:
    """The pipeline keeps those at hand that fit the `when` of a rule and are open."""
    assert HOLDS.may_inhibit(incident())
    assert not HOLDS.may_inhibit(incident(over=True))
    assert not HOLDS.may_inhibit(alert())
    assert not Holds(config()).may_inhibit(incident())


def test_a_mute_goes_before_an_inhibition() -> None:
    """When both hold, the mute is the reason, and its end is known."""
    both = Holds(config(mutes=(mute(Matcher(subscription=(PROD,))),), inhibit=(RULE,)))
    held = both.weigh(alert(), [], NOW, inhibitors=[incident()])
    assert held.by(Verdict.MUTED) is not None
