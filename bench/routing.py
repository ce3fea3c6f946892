"""P5: what routing one story costs at 100, 1,000 and 10,000 routes, beside a walk over all of them.

    python bench/routing.py [--repeat N]

Every subscription has ten routes; one route in a hundred names no subscription and is asked for every story.
A story is routed with one tagged resource, and ends in its own subscription's routes or in the catch-all.
Only ratios of one run count.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from notbefore.config.model import Audience, Matcher, Owners, Route, RoutingConfig
from notbefore.routing import Router, Routing, Subject
from notbefore.schema import Impact, Kind, Phase, Resource, ResourceFacts, ResourceState, Severity, Story

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SIZES = (100, 1_000, 10_000)
STORIES = 200
PER_SUBSCRIPTION = 10
GENERAL = 100
STREAMALERT_US = 436
"""An event over 1,000 rules, measured beside a loop of ours on one machine; only an order of magnitude here."""


def subscription(number: int) -> str:
    """A made-up id."""
    return f"{number:08x}-1111-4111-8111-111111111111"


def config(size: int) -> RoutingConfig:
    """So many routes: by subscription and impact, now and then by tag alone, and the catch-all."""
    routes = [_route(number) for number in range(size - 1)]
    return RoutingConfig(
        version_id="bench",
        audiences={"ops": Audience(name="ops", channels=())},
        owners=Owners(tag="team", fallback="ops"),
        routes=(*routes, Route(name="everything else", to=("ops",))),
    )


def _route(number: int) -> Route:
    if number % GENERAL == 0:
        match = Matcher(tag={"tier": (f"tier-{number}-*",)})
    else:
        impact = (tuple(Impact)[number % PER_SUBSCRIPTION],)
        match = Matcher(subscription=(subscription(number // PER_SUBSCRIPTION),), impact=impact)
    return Route(name=f"route {number}", match=match, to=("ops",))


def stories(size: int) -> list[tuple[Story, list[Subject]]]:
    """Stories spread over the subscriptions that have routes."""
    found: list[tuple[Story, list[Subject]]] = []
    for number in range(STORIES):
        own = subscription(number * (size // PER_SUBSCRIPTION) // STORIES)
        story = Story(
            id=str(number), subscription_id=own, kind=Kind.HOST_MAINTENANCE, impact=tuple(Impact)[number % len(Impact)],
            highest_severity=Severity.WARNING, opened_at=NOW, updated_at=NOW, occurred_at=NOW,
        )  # fmt: skip
        id_ = f"/subscriptions/{own}/resourcegroups/g/providers/microsoft.compute/virtualmachines/vm"
        state = ResourceState(
            resource=Resource(id_, "vm"), phase=Phase.SCHEDULED, impact=Impact.REBOOT, severity=Severity.WARNING,
            occurred_at=NOW,
        )  # fmt: skip
        subjects: list[Subject] = [(state, ResourceFacts(id=id_, tags={"team": "ops", "tier": "web"}, seen_at=NOW))]
        found.append((story, subjects))
    return found


def microseconds(route: Callable[[Story, list[Subject]], Routing], asked: list[tuple[Story, list[Subject]]]) -> float:
    """Time of one routing, averaged over all stories."""
    started = process_time()
    for story, subjects in asked:
        route(story, subjects)
    return (process_time() - started) / len(asked) * 1e6


def main() -> None:
    """Interleaved repetitions; medians and ratios."""
    parser = argparse.ArgumentParser(description="P5: cost of routing by number of routes")
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    routers = {size: (Router(config(size)), stories(size)) for size in SIZES}
    indexed: dict[int, list[float]] = {size: [] for size in SIZES}
    plain: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(repeat):
        for size, (router, asked) in routers.items():
            indexed[size].append(microseconds(router.route, asked))
            plain[size].append(microseconds(router.route_one_by_one, asked[:20] if size == SIZES[-1] else asked))
    print("routes    indexed    one by one")
    for size in SIZES:
        print(f"{size:>6}  {median(indexed[size]):>7.1f} us  {median(plain[size]):>9.1f} us")
    growth = median(indexed[SIZES[-1]]) / median(indexed[SIZES[0]])
    share = median(indexed[1_000]) / median(plain[1_000])
    print(f"P5 growth: 10,000 routes / 100 routes = {growth:.1f} (bar 15)")
    print(
        f"P5 at 1,000 routes: {share:.3f} of a walk over all of them; "
        f"{median(indexed[1_000]) / STREAMALERT_US:.3f} of StreamAlert's {STREAMALERT_US} us (bar 0.05)"
    )


if __name__ == "__main__":
    main()
