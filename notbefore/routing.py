"""The route tree: a story and its resources → audiences, each with the path taken. Pure.

The first route that fits decides, unless it says `continue`; children refine; a node that fits and has no
fitting child is itself the answer if it has a `to`. Decided for each resource, and folded: an audience gets
one answer, with its own resources only. Severity is the highest the story has had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from notbefore.config.model import OWNER, Owners, Route, RoutingConfig
from notbefore.config.targets import is_address
from notbefore.matching import Condition, Question, compile_condition, owner_tag_of, subscription_ids
from notbefore.schema import ResourceFacts, ResourceState, Story

Subject = tuple[ResourceState, ResourceFacts | None]
"""One resource of the story, with what is known of it."""

_REMEMBERED = 4096
"""Subscriptions whose routes are kept at hand."""


class Routed(Struct, frozen=True):
    """One audience that a story is for. `route` is the path of names, joined by ` > `."""

    audience: str
    route: str
    resources: tuple[ResourceState, ...] = ()
    """This audience's, in the order given; empty for a story without resources."""
    owner_tag: str = ""
    """`owner=payments`, when it was resources that named the audience; `owner=` when they named nobody."""


class Unowned(Struct, frozen=True):
    """A resource whose tag names nobody: told to the fallback, shown on the coverage page."""

    resource: str
    tag: str
    value: str


class Routing(Struct, frozen=True):
    """Everybody a story is for, in the order of the routes; `silent` are the paths that end in `to: []`."""

    audiences: tuple[Routed, ...]
    silent: tuple[str, ...] = ()
    unowned: tuple[Unowned, ...] = ()


class _Node(Struct, frozen=True):
    """A compiled route."""

    path: str
    condition: Condition
    to: tuple[str, ...] | None
    go_on: bool
    children: tuple[_Node, ...]
    ready: _Open | None = None
    """The route as it applies to every story: nothing of it asks about the story, and it has no children."""


class _Open(Struct):
    """A route that may still apply to a story: `question` is left for each resource, None when it applies to all."""

    node: _Node
    question: Question | None
    children: tuple[_Open, ...]

    @property
    def stops(self) -> bool:
        """Whatever comes after it among its siblings is never reached."""
        return self.question is None and self.node.to is not None and not self.node.go_on


class Router:
    """A routing file's tree, compiled once. Top-level routes are found by subscription, in their order."""

    def __init__(self, config: RoutingConfig) -> None:
        self._owners = config.owners
        self._names = {name.casefold(): name for name in config.audiences}
        self._nodes = tuple(_compile(route, "", config) for route in config.routes)
        self._found = list(self._nodes)
        self._by_id: dict[str, list[int]] = {}
        self._general: list[int] = []
        for at, route in enumerate(config.routes):
            self._index(at, route, config)
        self._at_hand: dict[str, tuple[_Node, ...]] = {}

    def _index(self, at: int, route: Route, config: RoutingConfig) -> None:
        """Routes that name their subscriptions plainly lie under these; all others are asked every time."""
        patterns = route.match.subscription if route.match else ()
        ids, globs = subscription_ids(patterns, config.subscriptions)
        if not patterns or globs:
            self._general.append(at)
            return
        self._found[at] = _made_ready(replace(self._nodes[at], condition=_without_subscription(route, config)))
        for subscription in ids:
            self._by_id.setdefault(subscription, []).append(at)

    def _candidates(self, subscription: str) -> tuple[_Node, ...]:
        known = self._at_hand.get(subscription)
        if known is None:
            order = sorted([*self._by_id.get(subscription, ()), *self._general])
            known = tuple(self._found[at] for at in order)
            if len(self._at_hand) >= _REMEMBERED:
                self._at_hand.clear()
            self._at_hand[subscription] = known
        return known

    def route(self, story: Story, subjects: Sequence[Subject] = ()) -> Routing:
        """Who hears of this story. Without subjects the story itself is routed, as one that has no resources."""
        return self._fold(_open(self._candidates(story.subscription_id), story), subjects)

    def route_one_by_one(self, story: Story, subjects: Sequence[Subject] = ()) -> Routing:
        """The same answer without the index: what the index is measured and tested against."""
        return self._fold(_open(self._nodes, story), subjects)

    def _fold(self, routes: tuple[_Open, ...], subjects: Sequence[Subject]) -> Routing:
        folded = _Folded(self._owners, self._names)
        if not subjects:
            folded.take(_answers(routes, None, None), None, None)
        elif all(_about_all(route) for route in routes):
            answers = _answers(routes, None, None)
            for state, facts in subjects:
                folded.take(answers, state, facts)
        else:
            for state, facts in subjects:
                folded.take(_answers(routes, state, facts), state, facts)
        return folded.routing()


def _compile(route: Route, above: str, config: RoutingConfig) -> _Node:
    path = f"{above} > {route.name}" if above else route.name
    children = tuple(_compile(child, path, config) for child in route.routes)
    condition = compile_condition(route.match, route.match_not, config)
    return _made_ready(_Node(path, condition, route.to, route.go_on, children))


def _made_ready(node: _Node) -> _Node:
    match, never = node.condition.match, node.condition.match_not
    if match.of_story or never is not None or node.children:
        return replace(node, ready=None)
    return replace(node, ready=_Open(node, match.fits_resource if match.of_resource else None, ()))


def _without_subscription(route: Route, config: RoutingConfig) -> Condition:
    """What is left to ask of a route that was found by its subscription."""
    left = replace(route.match, subscription=()) if route.match else None
    return compile_condition(left, route.match_not, config)


def _open(nodes: Iterable[_Node], story: Story) -> tuple[_Open, ...]:
    """The routes that may apply to the story, up to the first that surely ends the search."""
    found: list[_Open] = []
    for node in nodes:
        if node.ready is not None:
            found.append(node.ready)
            if node.ready.stops:
                break
            continue
        answer = node.condition.settle(story, story.highest_severity)
        if answer is False:
            continue
        question = None if answer is True else answer
        route = _Open(node, question, _open(node.children, story) if node.children else ())
        found.append(route)
        if route.stops:
            break
    return tuple(found)


def _about_all(route: _Open) -> bool:
    return route.question is None and all(map(_about_all, route.children))


def _answers(routes: Iterable[_Open], state: ResourceState | None, facts: ResourceFacts | None) -> tuple[_Node, ...]:
    """The nodes that answer for one resource, or for a story without any (state None)."""
    answers: list[_Node] = []
    for route in routes:
        if route.question is not None and not route.question(state, facts):
            continue
        refined = _answers(route.children, state, facts) if route.children else ()
        if not refined and route.node.to is None:
            continue
        answers.extend(refined or (route.node,))
        if not route.node.go_on:
            break
    return tuple(answers)


class _Folded(Struct):
    """Answers of single resources, gathered by audience; the first path that led to one is kept."""

    owners: Owners | None
    names: Mapping[str, str]
    paths: dict[str, str] = field(default_factory=dict)
    resources: dict[str, list[ResourceState]] = field(default_factory=dict)
    silent: dict[str, None] = field(default_factory=dict)
    unowned: dict[str, Unowned] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def take(self, answers: Sequence[_Node], state: ResourceState | None, facts: ResourceFacts | None) -> None:
        """Adds the answers for one resource."""
        heard: set[str] = set()
        for node in answers:
            if not node.to:
                self.silent[node.path] = None
            for written in node.to or ():
                audience, tag = self._owner(state, facts) if written == OWNER else (written, "")
                if audience not in self.paths:
                    self.paths[audience], self.tags[audience] = node.path, tag
                if audience not in heard and state is not None:
                    self.resources.setdefault(audience, []).append(state)
                heard.add(audience)

    def _owner(self, state: ResourceState | None, facts: ResourceFacts | None) -> tuple[str, str]:
        """The audience a resource's tag names, else the fallback; and the tag, without a value when it names none."""
        if self.owners is None:
            raise ValueError("`to: [owner]` without `owners` passed the checks of the routing file")
        value = (owner_tag_of(facts, self.owners.tag) or "").strip()
        named = self.names.get(value.casefold()) or self._address(value)
        if named is None and value and state is not None:
            self.unowned[state.resource.key] = Unowned(state.resource.key, self.owners.tag, value)
        return named or self.owners.fallback, f"{self.owners.tag}={value if named else ''}"

    def _address(self, value: str) -> str | None:
        allowed = self.owners is not None and self.owners.allow_addresses
        return value.lower() if allowed and is_address(value) else None

    def routing(self) -> Routing:
        """What was gathered."""
        audiences = tuple(
            Routed(name, path, tuple(self.resources.get(name, ())), self.tags[name])
            for name, path in self.paths.items()
        )
        return Routing(audiences, tuple(self.silent), tuple(self.unowned.values()))
