"""Several stories in one message: what is counted, and what is not."""

import pytest
from msgspec.structs import replace

from notbefore.config.model import Audience
from notbefore.rendering import RenderContext, render
from notbefore.rendering.examples import examples

DIGEST = examples()["digest"]
CONTEXT = RenderContext(clock=lambda: DIGEST.created_at, public_url="https://board.example.com")


@pytest.mark.parametrize(("folded", "numbered"), [(3, True), (14, False)])
def test_kinds_are_counted_only_where_all_stories_are_at_hand(folded: int, numbered: bool) -> None:  # noqa: FBT001 # a case
    """Of fourteen stories three are shown: "planned maintenance (3)" beside "14 maintenances" would be a lie."""
    message = render(replace(DIGEST, folded_total=folded), Audience(name="ops", channels=()), CONTEXT)
    assert f"{folded} maintenances] planned maintenance" in message.subject
    assert message.subject.endswith("(3)") is numbered


def test_one_is_no_plural() -> None:
    """A group or a digest of one story says so without a number beside its kind."""
    alone = replace(DIGEST, folded=DIGEST.folded[:1], folded_total=1)
    message = render(alone, Audience(name="ops", channels=()), CONTEXT)
    assert ": 1 maintenance] " in message.subject
    assert "(1)" not in message.subject
