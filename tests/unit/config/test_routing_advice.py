"""What `check` thinks was probably not meant; each kind of advice, and that it never cries wolf."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notbefore.config.advice import warnings
from notbefore.config.loading import parse

AT = datetime(2026, 11, 24, tzinfo=UTC)
HEAD = """\
version: 1
subscriptions:
  payments: 11111111-1111-4111-8111-111111111111
  shop: 33333333-3333-4333-8333-333333333333
audiences:
  ops: {channels: [{webhook: {url: "https://hooks.example.com/a", secret: a}}]}
  dev: {channels: [{webhook: {url: "https://hooks.example.com/b", secret: a}}]}
owners: {tag: team, fallback: ops}
"""
CATCH_ALL = "  - {name: the rest, to: [ops, dev]}\n"


def _said(routes: str, more: str = "", at: datetime = AT) -> list[str]:
    text = HEAD + "routes:\n" + "".join(f"  - {route}\n" for route in routes.splitlines() if route) + CATCH_ALL + more
    return [warning.problem for warning in warnings(parse(text.encode(), "routes.yaml"), at)]


def test_a_file_without_faults_is_not_warned_about() -> None:
    """Nothing is said when there is nothing to say."""
    assert _said("{name: a, match: {subscription: shop}, to: [dev]}") == []


def test_a_mute_that_is_over_is_named() -> None:
    """Judged at the time given: a mute ends at `until`, not after it."""
    mute = "mutes:\n  - {name: m, match: {test: true}, until: 2026-11-24T00:00:00Z, reason: r}\n"
    assert _said("", mute) == ["the mute `m` is over since 2026-11-24T00:00:00Z"]
    assert _said("", mute, datetime(2026, 11, 23, 23, 59, tzinfo=UTC)) == []


REGULAR = [
    '{resource: ".*foo$"}',
    '{resource: ["*/vm-1", "web$"]}',
    '{service: "Virtual.Machines$"}',
    '{tag: {env: "(prod|test)"}}',
    '{resource_group: "rg-[0-9]"}',
    '{service: "Azure\\\\.SQL"}',
]


@pytest.mark.parametrize("match", REGULAR)
@pytest.mark.parametrize("where", ["route", "nested", "mute", "inhibition", "match_not"])
def test_what_looks_like_a_regular_expression_is_advised_of(match: str, where: str) -> None:
    """Wherever a match stands: as a glob it fits nothing, and that looks like nothing to tell."""
    route, more = "", ""
    if where in {"route", "match_not"}:
        route = f"{{name: a, {where.replace('route', 'match')}: {match}, to: [dev], continue: true}}"
    elif where == "nested":
        route = f"{{name: a, routes: [{{name: b, match: {match}, to: [dev]}}], continue: true}}"
    elif where == "mute":
        more = f"mutes:\n  - {{name: m, match: {match}, until: 2027-01-01T00:00:00Z, reason: r}}\n"
    else:
        more = f"inhibit:\n  - {{name: i, when: {{kind: service_issue}}, hold: {match}, same: [region]}}\n"
    (said,) = _said(route, more)
    assert "looks like a regular expression: texts are globs" in said


@pytest.mark.parametrize("text", ["microsoft.*", "*.example.com", "rg (old)", "v1.?", "web-*", "US$ 5"])
def test_a_glob_that_a_name_can_fit_is_not(text: str) -> None:
    """A dot before a star is a dot, parentheses stand in names of groups."""
    assert _said(f'{{name: a, match: {{tag: {{team: "{text}"}}}}, to: [dev], continue: true}}') == []


UNREACHABLE = [
    ("{subscription: shop}", "{subscription: shop}"),
    ("{subscription: shop}", "{subscription: 33333333-3333-4333-8333-333333333333}"),
    ('{subscription: "sh*"}', "{subscription: shop, kind: eviction}"),
    ('{subscription: "33333333*"}', "{subscription: shop}"),
    ("{region: West Europe}", "{region: westeurope}"),
    ('{region: "*"}', "{region: westeurope}"),
    ("{kind: [eviction, termination]}", "{kind: eviction}"),
    ("{min_severity: warning}", "{min_severity: error}"),
    ("{max_severity: error}", "{max_severity: warning, test: false}"),
    ("{notice_under: 24h}", "{notice_under: 1h}"),
    ("{notice_over: 1h}", "{notice_over: 24h}"),
    ("{test: true}", "{test: true, kind: eviction}"),
    ('{tag: {Env: "prod*"}}', "{tag: {env: production}}"),
    ("{has_owner: true}", "{has_owner: true, impact: reboot}"),
    ('{resource: "*/vm-?"}', '{resource: "*/vm-?", resource_group: web}'),
    ("{min_severity: informational}", "{kind: eviction}"),
]


@pytest.mark.parametrize(("wide", "narrow"), UNREACHABLE)
def test_a_route_that_an_earlier_one_makes_impossible_is_named(wide: str, narrow: str) -> None:
    """Whatever fits the second fits the first, which lets nothing go on."""
    said = _said(f"{{name: wide, match: {wide}, to: [ops]}}\n{{name: narrow, match: {narrow}, to: [dev]}}")
    assert said[0] == "the route `narrow` is never reached: `wide` in line 10 takes everything that would come here"


REACHABLE = [
    ("{subscription: shop}", "{subscription: [shop, payments]}"),
    ("{subscription: shop}", '{subscription: "shop*"}'),
    ("{subscription: shop}", "{kind: eviction}"),
    ("{region: westeurope}", "{region: [westeurope, northeurope]}"),
    ("{kind: eviction}", "{kind: [eviction, termination]}"),
    ("{min_severity: error}", "{min_severity: warning}"),
    ("{max_severity: warning}", "{min_severity: warning}"),
    ("{notice_under: 1h}", "{notice_under: 24h}"),
    ("{notice_over: 24h}", "{notice_over: 1h}"),
    ("{test: true}", "{test: false}"),
    ("{tag: {env: prod}}", "{tag: {tier: prod}}"),
    ("{has_owner: true}", "{has_owner: false}"),
    ('{resource: "*/vm-?"}', "{resource_group: web}"),
    ('{resource_type: "*"}', "{kind: eviction}"),
]


@pytest.mark.parametrize(("first", "second"), REACHABLE)
def test_a_route_that_something_can_reach_is_left_alone(first: str, second: str) -> None:
    """No false alarm: something fits the second and not the first."""
    assert _said(f"{{name: a, match: {first}, to: [ops]}}\n{{name: b, match: {second}, to: [dev]}}") == []


def test_continue_exceptions_and_missing_answers_keep_later_routes_alive() -> None:
    """An earlier route that goes on, leaves something out or has no answer of its own takes nothing away."""
    second = "{name: b, match: {test: true}, to: [dev]}"
    assert _said(f"{{name: a, match: {{test: true}}, to: [ops], continue: true}}\n{second}") == []
    assert _said(f"{{name: a, match: {{test: true}}, match_not: {{kind: eviction}}, to: [ops]}}\n{second}") == []
    child = "routes: [{name: c, match: {kind: eviction}, to: [ops]}]"
    assert _said(f"{{name: a, match: {{test: true}}, {child}}}\n{second}") == []


def test_children_are_judged_among_themselves() -> None:
    """A child that its elder sibling makes impossible is named too."""
    children = "[{name: c, match: {impact: reboot}, to: [ops]}, {name: d, match: {impact: reboot}, to: [dev]}]"
    said = _said(f"{{name: a, match: {{test: true}}, to: [ops], routes: {children}}}")
    assert said == ["the route `d` is never reached: `c` in line 10 takes everything that would come here"]


def test_a_catch_all_behind_another_is_named() -> None:
    """What takes everything before the end is the catch-all; whom the last route names would wait for ever."""
    said = _said("{name: early, to: [dev]}")
    assert said == ["the route `the rest` is never reached: `early` in line 10 takes everything that would come here"]


@pytest.mark.parametrize("url", ["http://hooks.example.com/b", "https://hooks.example.com:8443/b"])
def test_a_url_that_only_a_private_network_may_have_is_told(url: str) -> None:
    """It would be refused when the first message is sent to a public address; the usual form is left alone."""
    text = HEAD.replace("https://hooks.example.com/b", url) + "routes:\n" + CATCH_ALL
    (said,) = warnings(parse(text.encode(), "x"), AT)
    assert (said.line, said.problem[:28]) == (7, "`http` or a port of its own ")


def test_an_audience_that_nothing_names_is_told() -> None:
    """An audience is used by a route or an escalation, and any of them may be named by a tag."""
    lost = HEAD.replace("  dev:", "  lost: {channels: [{runbook: {url: 'https://a.example.com'}}]}\n  dev:")
    text = lost + "routes:\n" + CATCH_ALL
    said = [warning.problem for warning in warnings(parse(text.encode(), "x"), AT)]
    assert said == ["nothing is routed to the audience `lost`"]
    owned = lost + "routes:\n  - {name: o, match: {has_owner: true}, to: [owner]}\n" + CATCH_ALL
    assert warnings(parse(owned.encode(), "x"), AT) == ()


def test_a_subscription_nobody_hears_about_is_told() -> None:
    """A named subscription all of whose news ends in `to: []`; drills do not count as news."""
    drills = "{name: drills, match: {test: true}, to: [dev]}\n"
    silent = "{name: quiet, match: {subscription: shop}, to: []}"
    assert _said(drills + silent) == ["nobody hears of the subscription `shop`: `quiet` tells nobody"]
    assert _said("{name: loud, match: {subscription: shop, min_severity: error}, to: [dev]}\n" + silent) == []
    assert _said("{name: quiet, match: {subscription: shop, max_severity: warning}, to: []}") == []
    assert (
        _said("{name: q, match: {subscription: shop}, to: [], routes: [{name: c, match: {impact: reboot}, to: [ops]}]}")
        == []
    )


def test_people_without_a_group_are_warned_of_storms() -> None:
    """Mail, SMS and chat without `group` get a message for every machine; machines may."""
    text = HEAD.replace('webhook: {url: "https://hooks.example.com/b", secret: a}', "email: {to: dev@example.com}")
    found = warnings(parse((text + "routes:\n" + CATCH_ALL).encode(), "x"), AT)
    assert [(one.line, one.advice) for one in found] == [(7, "group: {by: [subscription, kind, impact], wait: 30s}")]
    grouped = text.replace("dev: {", "dev: {group: {by: [subscription]}, ")
    assert warnings(parse((grouped + "routes:\n" + CATCH_ALL).encode(), "x"), AT) == ()
