"""Our own examples, one for each branch of the sources, against what they are expected to read as."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notbefore.commands.normalize import lines
from notbefore.normalization import normalize

EXAMPLES = Path(__file__).parent / "examples"
ARRIVAL = datetime(2026, 5, 4, 10, 0, 30, tzinfo=UTC)
PAYLOADS = sorted(path for path in EXAMPLES.glob("*/*") if ".expected." not in path.name)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_reads_as_expected(payload: Path, rewrite_golden: bool) -> None:  # noqa: FBT001 - a fixture
    """The printed lines are those kept beside the payload; `--rewrite-golden` keeps the new ones."""
    golden = payload.with_name(f"{payload.stem}.expected.jsonl")
    printed = "".join(f"{line}\n" for line in lines(payload.name, normalize(payload.read_bytes(), ARRIVAL)))
    if rewrite_golden:
        golden.write_text(printed, encoding="utf-8")
    assert printed == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_read_by_the_source_whose_folder_it_lies_in(payload: Path) -> None:
    """No example makes an event of another source."""
    events = normalize(payload.read_bytes(), ARRIVAL).events
    assert {event.source.value for event in events} <= {payload.parent.name}


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_who_names_a_machine_by_its_id_names_the_subscription(payload: Path) -> None:
    """So no story waits in `unknown` with a machine by which others find it: rows of machines need not move."""
    nowhere = [event for event in normalize(payload.read_bytes(), ARRIVAL).events if event.subscription_id is None]
    assert [resource.id for event in nowhere for resource in event.resources if resource.id] == []


def test_every_expected_output_has_its_payload() -> None:
    """No expected output is left over from a payload that is gone."""
    expected = {path.name.removesuffix(".expected.jsonl") for path in EXAMPLES.rglob("*.expected.jsonl")}
    assert expected == {path.stem for path in PAYLOADS}


def test_every_example_that_the_page_on_sources_names_is_there() -> None:
    """`Examples:` names a folder once, and then files of it."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
    named = []
    for listed in re.findall(r"Examples: (.+)", page):
        folder = ""
        for name in re.findall(r"`([\w/-]+)`", listed):
            folder, _, file = name.rpartition("/") if "/" in name else (folder, "", name)
            named.append((folder, file))
    assert named
    assert [name for name in named if not list((EXAMPLES / name[0]).glob(f"{name[1]}.*"))] == []
