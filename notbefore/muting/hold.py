"""What holds a story back for an audience, and which of its resources are left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from notbefore.schema import ResourceFacts, ResourceState, Verdict

Subject = tuple[ResourceState | None, ResourceFacts | None]
"""One resource with what is known of it; no resource stands for the story itself."""

Fits = Callable[[ResourceState | None, ResourceFacts | None], bool]


class Hold(Struct, frozen=True):
    """One rule that holds. `kind` is silenced, muted or inhibited; `until` is None when nobody knows the end."""

    kind: Verdict
    name: str
    reason: str
    until: datetime | None


class Held(Struct, frozen=True):
    """What the holds leave of a story for one audience.

    `hold` is set when nothing is left: the story is held. Else `resources` are those to be told of, and
    `left_out` the holds of those that are not.
    """

    hold: Hold | None
    resources: tuple[ResourceState, ...] = ()
    left_out: tuple[Hold, ...] = ()

    def by(self, verdict: Verdict) -> Hold | None:
        """The hold, if it is of this kind."""
        return self.hold if self.hold is not None and self.hold.kind is verdict else None


Claim = tuple[Hold, bool | Fits]
"""A hold that applies to the whole story (True) or to the resources that fit."""


def sift(claims: Sequence[Claim], subjects: Iterable[Subject]) -> Held:
    """Every subject falls to the first claim that takes it; what none takes is left.

    When all are taken the story is held, by the first of those claims, until the earliest of their ends: then it
    is decided again.
    """
    left: list[Subject] = []
    taken: dict[Hold, None] = {}
    for state, facts in subjects:
        hold = next((hold for hold, fits in claims if fits is True or (fits and fits(state, facts))), None)
        if hold is None:
            left.append((state, facts))
        else:
            taken[hold] = None
    holds = tuple(hold for hold, _ in claims if hold in taken)
    resources = tuple(state for state, _ in left if state is not None)
    if left or not holds:
        return Held(None, resources, holds)
    return Held(_together(holds))


def _together(holds: tuple[Hold, ...]) -> Hold:
    reasons = "; ".join(dict.fromkeys(hold.reason for hold in holds))
    ends = [hold.until for hold in holds if hold.until is not None]
    return replace(holds[0], reason=reasons, until=min(ends, default=None))
