"""The route tree: who a story is for, by which path, and with which of its resources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from notbefore.config.loading import parse
from notbefore.routing import Router, Routing, Subject, Unowned
from notbefore.schema import Impact, Phase, Resource, ResourceFacts, ResourceState, Severity, Story

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHOP, PAYMENTS = "33333333-3333-4333-8333-333333333333", "11111111-1111-4111-8111-111111111111"
HEAD = f"""\
version: 1
subscriptions: {{payments: {PAYMENTS}, shop: {SHOP}}}
audiences:
  ops: &a {{channels: [{{runbook: {{url: "https://a.example.com"}}}}]}}
  Dev: *a
  web: *a
  db: *a
"""


def _router(routes: str, owners: str = "{tag: team, fallback: ops}") -> Router:
    catch_all = "  - {name: rest, to: [ops]}\n"
    lines = "".join(f"  {line}\n" for line in routes.splitlines() if line.strip())
    return Router(parse(f"{HEAD}owners: {owners}\nroutes:\n{lines}{catch_all}".encode(), "x"))


def _story(subscription: str = SHOP, **changed: Any) -> Story:  # noqa: ANN401 - any field of a story
    highest = {"highest_severity": Severity.WARNING} | changed
    return Story(id="s", subscription_id=subscription, opened_at=NOW, updated_at=NOW, occurred_at=NOW, **highest)


def _vm(name: str, **tags: str) -> Subject:
    id_ = f"/subscriptions/{SHOP}/resourcegroups/g/providers/microsoft.compute/virtualmachines/{name}"
    state = ResourceState(
        resource=Resource(id_, name),
        phase=Phase.STARTED,
        impact=Impact.REBOOT,
        severity=Severity.ERROR,
        occurred_at=NOW,
    )
    return state, ResourceFacts(id=id_, tags=tags, seen_at=NOW)


def _paths(routing: Routing) -> dict[str, str]:
    return {routed.audience: routed.route for routed in routing.audiences}


def _names(routing: Routing) -> dict[str, list[str | None]]:
    return {routed.audience: [state.resource.name for state in routed.resources] for routed in routing.audiences}


def test_the_first_that_fits_decides() -> None:
    """Later routes are not tried."""
    router = _router("""
- {name: one, match: {subscription: shop}, to: [web]}
- {name: two, match: {subscription: shop}, to: [db]}
""")
    assert _paths(router.route(_story())) == {"web": "one"}
    assert _paths(router.route(_story(PAYMENTS))) == {"ops": "rest"}


def test_continue_tries_the_routes_after_it() -> None:
    """Each audience keeps the first path that led to it."""
    router = _router("""
- {name: one, match: {subscription: shop}, to: [web], continue: true}
- {name: two, match: {subscription: shop}, to: [web, db], continue: true}
""")
    assert _paths(router.route(_story())) == {"web": "one", "db": "two", "ops": "rest"}


def test_children_refine() -> None:
    """A child that fits answers for its parent; without one the parent is itself the answer."""
    router = _router("""
- name: shop
  match: {subscription: shop}
  to: [web]
  routes:
    - {name: quiet, match: {initiated_by: customer}, to: []}
    - {name: loud, match: {impact: reboot}, to: [db]}
""")
    assert _paths(router.route(_story())) == {"web": "shop"}
    assert _paths(router.route(_story(impact=Impact.REBOOT))) == {"db": "shop > loud"}
    silent = router.route(_story(initiated_by="customer"))
    assert (silent.audiences, silent.silent) == ((), ("shop > quiet",))


def test_continue_in_a_child_is_about_its_siblings() -> None:
    """The parent's own `continue` decides about the parent's siblings."""
    children = "routes: [{name: a, to: [web], continue: true}, {name: b, to: [db]}, {name: c, to: [Dev]}]"
    router = _router(f"- {{name: shop, match: {{subscription: shop}}, to: [ops], {children}}}")
    assert _paths(router.route(_story())) == {"web": "shop > a", "db": "shop > b"}
    router = _router(f"- {{name: shop, match: {{subscription: shop}}, to: [ops], continue: true, {children}}}")
    assert _paths(router.route(_story())) == {"web": "shop > a", "db": "shop > b", "ops": "rest"}


def test_a_node_without_an_answer_lets_the_next_try() -> None:
    """A route without `to` whose children do not fit has not answered."""
    router = _router("- {name: shop, match: {subscription: shop}, routes: [{name: a, match: {test: true}, to: [web]}]}")
    assert _paths(router.route(_story())) == {"ops": "rest"}
    assert _paths(router.route(_story(test=True))) == {"web": "shop > a"}


def test_silence_on_purpose_ends_the_search() -> None:
    """`to: []` is an answer: nobody."""
    router = _router("- {name: none, match: {subscription: shop}, to: []}")
    assert router.route(_story()) == Routing((), ("none",))


def test_the_highest_severity_decides() -> None:
    """A story that was critical stays with those who hear of critical ones."""
    router = _router("- {name: bad, match: {min_severity: critical}, to: [web]}")
    calm = _story(severity=Severity.INFORMATIONAL, highest_severity=Severity.CRITICAL)
    assert _paths(router.route(calm)) == {"web": "bad"}


def test_resources_are_decided_one_by_one_and_folded() -> None:
    """Each audience gets one answer, with its own resources only, in their order."""
    router = _router("""
- {name: web, match: {tag: {tier: web}}, to: [web], continue: true}
- {name: data, match: {tag: {tier: "*"}}, to: [db]}
""")
    routing = router.route(_story(), [_vm("a", tier="web"), _vm("b", tier="sql"), _vm("c"), _vm("d", tier="web")])
    assert _names(routing) == {"web": ["a", "d"], "db": ["a", "b", "d"], "ops": ["c"]}


def test_a_story_without_resources_fits_no_key_about_them() -> None:
    """What is asked of a resource cannot be answered by a story that has none."""
    router = _router("- {name: web, match: {resource: '*'}, to: [web]}")
    assert _paths(router.route(_story())) == {"ops": "rest"}
    assert _paths(router.route(_story(), [_vm("a")])) == {"web": "web"}


def test_children_may_ask_about_resources_of_a_story() -> None:
    """A parent about the story and a child about a resource split the story between them."""
    child = "routes: [{name: own, match: {has_owner: true}, to: [owner]}]"
    router = _router(f"- {{name: shop, match: {{subscription: shop}}, to: [web], {child}}}")
    routing = router.route(_story(), [_vm("a", team="db"), _vm("b")])
    assert _names(routing) == {"db": ["a"], "web": ["b"]}
    assert _paths(routing) == {"db": "shop > own", "web": "shop"}


def test_the_owner_is_named_by_the_tag() -> None:
    """Tag names and audience names ignore case; a missing tag goes to the fallback and is no fault."""
    router = _router("- {name: own, match: {subscription: shop}, to: [owner]}")
    routing = router.route(_story(), [_vm("a", Team="DEV"), _vm("b"), _vm("c", team=" web ")])
    assert _names(routing) == {"Dev": ["a"], "ops": ["b"], "web": ["c"]}
    assert routing.unowned == ()
    assert {one.audience: one.owner_tag for one in routing.audiences} == {
        "Dev": "team=DEV",
        "ops": "team=",
        "web": "team=web",
    }
    assert _paths(router.route(_story())) == {"ops": "own"}


def test_a_tag_that_names_nobody_goes_to_the_fallback_and_is_reported() -> None:
    """The coverage page can show it: which resource, which tag, which value."""
    router = _router("- {name: own, match: {subscription: shop}, to: [owner]}")
    subject = _vm("a", team="gone")
    routing = router.route(_story(), [subject])
    assert _names(routing) == {"ops": ["a"]}
    assert routing.unowned == (Unowned(subject[0].resource.key, "team", "gone"),)


@pytest.mark.parametrize(
    ("value", "audience"),
    [
        ("Ann@Example.com", "ann@example.com"),
        ("ann@example", "ops"),
        ("ann@example.com, bob@example.com", "ops"),
        ("Ann <ann@example.com>", "ops"),
        ("ann@example.com\r\nBcc: x@example.com", "ops"),
        ("a@b@example.com", "ops"),
        ("@example.com", "ops"),
    ],
)
def test_a_tag_may_hold_an_address_where_that_is_allowed(value: str, audience: str) -> None:
    """One plain address, and only with `allow_addresses`; anything else goes to the fallback."""
    routes = "- {name: own, match: {subscription: shop}, to: [owner]}"
    allowed = _router(routes, "{tag: team, fallback: ops, allow_addresses: true}")
    assert list(_names(allowed.route(_story(), [_vm("a", team=value)]))) == [audience]
    assert list(_names(_router(routes).route(_story(), [_vm("a", team=value)]))) == ["ops"]


def test_the_owner_and_another_are_told_once() -> None:
    """An audience named twice for one resource has that resource once."""
    router = _router("- {name: own, match: {subscription: shop}, to: [web, owner]}")
    assert _names(router.route(_story(), [_vm("a", team="web")])) == {"web": ["a"]}


def test_a_glob_over_subscriptions_fits_names_and_ids_nobody_named() -> None:
    """Found whether the pattern means the operator's name or the id itself."""
    router = _router("""
- {name: by name, match: {subscription: "sh*"}, to: [web]}
- {name: by id, match: {subscription: "99*"}, to: [db]}
""")
    assert _paths(router.route(_story())) == {"web": "by name"}
    assert _paths(router.route(_story("99999999-1111-4111-8111-111111111111"))) == {"db": "by id"}
