"""The index answers as a plain walk over all routes does, whatever the tree and the story."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from notbefore.config.model import Audience, Matcher, Owners, Route, RoutingConfig
from notbefore.matching import compile_condition
from notbefore.routing import Router, Subject
from notbefore.schema import Impact, Phase, Resource, ResourceFacts, ResourceState, Severity, Story

NOW = datetime(2026, 11, 24, tzinfo=UTC)
IDS = tuple(f"{digit * 8}-1111-4111-8111-111111111111" for digit in "12345")
NAMES = {"shop": IDS[0], "shop-test": IDS[1], "payments": IDS[2]}
AUDIENCES = ("a", "b", "c")

_optional = st.one_of(st.none(), st.booleans())
_subscriptions = st.lists(st.sampled_from([*NAMES, *IDS, "shop*", "*test", "1*", "*", "SHOP"]), max_size=2)
_matchers = st.builds(
    lambda subscription, test, severity, impact, tag, has_owner: Matcher(
        subscription=tuple(subscription),
        test=test,
        min_severity=severity,
        impact=tuple(impact),
        tag={"tier": (tag,)} if tag else {},
        has_owner=has_owner,
    ),
    _subscriptions,
    _optional,
    st.one_of(st.none(), st.sampled_from(Severity)),
    st.lists(st.sampled_from([Impact.REBOOT, Impact.FREEZE]), max_size=1),
    st.sampled_from(["", "", "web", "w*"]),
    st.one_of(st.none(), st.none(), st.booleans()),
)
_to = st.one_of(st.none(), st.lists(st.sampled_from([*AUDIENCES, "owner"]), max_size=2, unique=True).map(tuple))


def _routes(children: st.SearchStrategy[tuple[Route, ...]]) -> st.SearchStrategy[tuple[Route, ...]]:
    route = st.builds(
        lambda match, match_not, to, go_on, below: Route(
            name="r", match=match, match_not=match_not, to=to, go_on=go_on, routes=below
        ),
        st.one_of(st.none(), _matchers),
        st.one_of(st.none(), st.none(), _matchers),
        _to,
        st.booleans(),
        children,
    )
    return st.lists(route, max_size=5).map(tuple)


_trees = _routes(_routes(st.just(())))
_tags = st.dictionaries(st.sampled_from(["team", "tier"]), st.sampled_from(["a", "b", "web", "gone"]))
_stories = st.builds(
    lambda subscription, test, severity, impact: Story(
        id="s",
        subscription_id=subscription,
        test=test,
        highest_severity=severity,
        impact=impact,
        opened_at=NOW,
        updated_at=NOW,
        occurred_at=NOW,
    ),
    st.sampled_from([*IDS, "unknown"]),
    st.booleans(),
    st.sampled_from(Severity),
    st.sampled_from([Impact.REBOOT, Impact.FREEZE, Impact.UNKNOWN]),
)


def _subject(number: int, tags: dict[str, str] | None) -> Subject:
    id_ = f"/subscriptions/x/resourcegroups/g/providers/m.c/vms/{number}"
    state = ResourceState(
        resource=Resource(id_), phase=Phase.STARTED, impact=Impact.REBOOT, severity=Severity.ERROR, occurred_at=NOW
    )
    return state, None if tags is None else ResourceFacts(id=id_, tags=tags, seen_at=NOW)


def _numbered(routes: tuple[Route, ...], above: str = "") -> tuple[Route, ...]:
    """The same tree with a name of its own for every route."""
    return tuple(
        Route(
            name=f"{above}{number}",
            match=route.match,
            match_not=route.match_not,
            to=route.to,
            go_on=route.go_on,
            routes=_numbered(route.routes, f"{above}{number}."),
        )
        for number, route in enumerate(routes)
    )


def _plainly(config: RoutingConfig, story: Story, subjects: list[Subject]) -> dict[str, tuple[str, list[str]]]:
    """The tree read aloud: depth first, left to right, for each resource by itself, nothing remembered."""
    found: dict[str, tuple[str, list[str]]] = {}

    def walk(routes: tuple[Route, ...], above: str, state: Any, facts: Any) -> list[tuple[str, tuple[str, ...]]]:  # noqa: ANN401 - as given
        answers: list[tuple[str, tuple[str, ...]]] = []
        for route in routes:
            if not compile_condition(route.match, route.match_not, config).fits(
                story, story.highest_severity, state, facts
            ):
                continue
            path = above + route.name
            below = walk(route.routes, f"{path} > ", state, facts)
            own = [] if route.to is None else [(path, route.to)]
            answers += below or own
            if (below or own) and not route.go_on:
                break
        return answers

    everything: list[tuple[ResourceState | None, ResourceFacts | None]] = [*subjects] or [(None, None)]
    for state, facts in everything:
        for path, to in walk(config.routes, "", state, facts):
            for name in to:
                value = (facts.tags.get("team") if facts else None) or "a"
                audience = name if name != "owner" else value if value in AUDIENCES else "a"
                resources = found.setdefault(audience, (path, []))[1]
                if state is not None and state.resource.key not in resources:
                    resources.append(state.resource.key)
    return found


@settings(max_examples=400, deadline=None)
@given(_trees, _stories, st.lists(st.one_of(st.none(), _tags), max_size=4))
def test_the_index_changes_nothing(routes: tuple[Route, ...], story: Story, tags: list[dict[str, str] | None]) -> None:
    """Indexed and pruned routing gives the audiences, paths and resources of a plain walk, in their order."""
    config = RoutingConfig(
        version_id="v",
        subscriptions=NAMES,
        audiences={name: Audience(name=name, channels=()) for name in AUDIENCES},
        owners=Owners(tag="team", fallback="a"),
        routes=_numbered(routes),
    )
    subjects = [_subject(number, one) for number, one in enumerate(tags)]
    routing = Router(config).route(story, subjects)
    found = {
        routed.audience: (routed.route, [state.resource.key for state in routed.resources])
        for routed in routing.audiences
    }
    assert found == _plainly(config, story, subjects)
    assert list(found) == list(_plainly(config, story, subjects))
    assert routing == Router(config).route_one_by_one(story, subjects)


def test_many_subscriptions_do_not_pile_up() -> None:
    """Answers kept at hand are bounded, however many subscriptions ask."""
    config = RoutingConfig(
        version_id="v",
        audiences={"a": Audience(name="a", channels=())},
        routes=(Route(name="all", to=("a",)),),
    )
    router = Router(config)
    for number in range(10_000):
        story = Story(id="s", subscription_id=str(number), opened_at=NOW, updated_at=NOW, occurred_at=NOW)
        assert router.route(story).audiences[0].route == "all"
    assert len(router._at_hand) <= 4096
