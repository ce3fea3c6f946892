"""An image upgrade that stopped says in words what to do, in the message and on the board."""

from __future__ import annotations

import pytest
from asking import seen
from board_site import doors, house
from memory_house import an_event
from msgspec.structs import replace

from functions import views
from notbefore.rendering.advice import failure
from notbefore.rendering.examples import examples
from notbefore.rendering.words import languages, words_of
from notbefore.schema import EventError, Kind, Phase, Source, Story, Window

CODES = (
    "RollingUpgradeInProgressWithFailedUpgradedVMs",
    "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade",
    "MaxUnhealthyInstancePercentExceededInRollingUpgrade",
    "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade",
    "InternalExecutionError",
    "RollingUpgradeTimeoutError",
)
"""Azure docs: Automatic OS image upgrades, troubleshooting."""


def _with(story: Story, code: str | None, kind: Kind) -> Story:
    return replace(story, kind=kind, kinds=(kind,), error=EventError(code, None))


@pytest.mark.parametrize("language", languages())
def test_each_documented_error_has_a_sentence_of_its_own(language: str) -> None:
    """Six codes in any case, six sentences; a code that nobody documented has none."""
    story = examples()["upgrade-stopped"].story
    words = words_of(language)

    def case(code: str | None, kind: Kind = Kind.OS_IMAGE_UPGRADE) -> str | None:
        return failure(_with(story, code, kind))

    cases = [case(code) for code in (*CODES, *map(str.upper, CODES))]
    assert len({words["todo"][one] for one in cases if one}) == len(CODES)
    assert all(one and words["act"][one] for one in cases)
    assert (case("SomethingElse"), case(None), case(CODES[4], Kind.GUEST_PATCHING)) == (None, None, None)


async def test_the_board_says_it_beside_the_code() -> None:
    """The story's page has Azure's code and what to do about it."""
    there = house()
    await there.hears(
        an_event(
            source=Source.COMPUTE, kind=Kind.OS_IMAGE_UPGRADE, phase=Phase.FAILED, keys={"operation_id": "u"},
            window=Window(), error=EventError(CODES[5], None),
        )
    )  # fmt: skip  # one event
    (story,) = await there.stories()
    page = await seen(doors(there), f"/stories/{story.id}", views.story, id=story.id)
    assert CODES[5] in page
    assert "took longer than Azure allows" in page
