"""The watermark of the logs: no row is skipped and none is sent twice, however late and in whatever order they come."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from azure_rows import Row, a_syslog_row
from azure_says import Asker
from memory_house import START, House

from notbefore.normalization import normalize
from notbefore.pipeline.polls import poll_logs as polling
from notbefore.pipeline.polls.asking import Asking
from notbefore.pipeline.polls.poll import run_polls
from notbefore.pipeline.polls.poll_logs import poll_logs
from notbefore.ports import Put, Write
from notbefore.schema import Phase


@pytest.fixture
def azure() -> Asker:
    """A house, and the workspace that it asks."""
    return Asker(House())


def told(azure: Asker) -> list[str]:
    """Ids of the scheduled events in every signal of the logs, in order."""
    signals = [signal for signal in azure.signals() if signal.origin == "poll:logs"]
    return [event.keys["event_id"] for one in signals for event in normalize(one.body, one.received_at).events]


async def a_minute(azure: Asker) -> None:
    """The timer once more, a minute later."""
    azure.house.at += timedelta(minutes=1)
    await run_polls(azure.house.outside, Asking(logs=azure.logs))
    await azure.house.runs()


async def test_a_scheduled_event_in_a_table_becomes_a_story(azure: Asker) -> None:
    """A row of Syslog is read like one that was pushed, for its machine and its time."""
    azure.logs.takes_in(a_syslog_row("E-1"), START, START)
    await a_minute(azure)
    (story,) = await azure.house.stories()
    assert (story.phase, story.keys["event_id"]) == (Phase.SCHEDULED, ("E-1",))
    assert story.window.not_before == START + timedelta(minutes=30)


async def test_a_row_of_the_event_table_is_read_as_well(azure: Asker) -> None:
    """Windows machines write the same to another table, in another column."""
    row: Row = {**a_syslog_row("E-2"), "Table": "Event", "EventLog": "Application", "Source": "AzureScheduledEvents"}
    row["RenderedDescription"] = row.pop("SyslogMessage")
    azure.logs.takes_in(row, START, START)
    await a_minute(azure)
    assert told(azure) == ["E-2"]


@pytest.mark.parametrize("seed", range(8))
async def test_neither_skipped_nor_doubled(azure: Asker, seed: int) -> None:
    """Rows seen up to nine minutes after their ingestion, out of order, each reach the door once."""
    chance = random.Random(seed)  # noqa: S311 # the same each time
    names = [f"E-{seed}-{number}" for number in range(60)]
    for name in names:
        ingested = START + timedelta(seconds=chance.uniform(0, 3600))
        azure.logs.takes_in(a_syslog_row(name), ingested, ingested + timedelta(seconds=chance.uniform(0, 540)))
    for _ in range(75):
        if chance.random() < 0.8:
            await a_minute(azure)
        else:
            azure.house.at += timedelta(minutes=chance.randrange(1, 5))
    await a_minute(azure)
    assert sorted(told(azure)) == sorted(names)


async def test_a_process_that_dies_after_sending_skips_nothing(azure: Asker) -> None:
    """Rows that were sent and not marked are sent again; their story is told once."""
    azure.logs.takes_in(a_syslog_row("E-3"), START, START)
    await a_minute(azure)
    await azure.house.outside.control.commit(polling.PARTITION, [Write(Put.DELETE, "mark")])
    await a_minute(azure)
    assert told(azure) == ["E-3", "E-3"]
    assert len(azure.house.mail.got) == 1


async def test_more_rows_than_a_page_are_all_taken(azure: Asker) -> None:
    """A backlog of many pages, with one instant that fills more than one, is taken within one poll."""
    for number in range(polling.ROWS + 500):
        azure.logs.takes_in(a_syslog_row(f"E-{number}"), START, START)
    for number in range(700):
        azure.logs.takes_in(a_syslog_row(f"F-{number}"), START + timedelta(seconds=number / 100), START)
    azure.house.at += timedelta(minutes=1)
    assert await poll_logs(azure.house.outside, azure.logs) == polling.ROWS + 500 + 700
    assert await poll_logs(azure.house.outside, azure.logs) == 0


async def test_a_partial_answer_is_asked_for_again_in_smaller_parts(azure: Asker) -> None:
    """When Azure gives a part of the rows, fewer are asked for until they are whole, and none is lost."""
    azure.logs.most = 300
    names = [f"E-{number}" for number in range(1000)]
    for number, name in enumerate(names):
        azure.logs.takes_in(a_syslog_row(name), START + timedelta(milliseconds=number), START)
    for _ in range(3):
        await a_minute(azure)
    assert sorted(told(azure)) == sorted(names)


async def test_a_workspace_that_gives_only_parts_holds_the_mark(azure: Asker) -> None:
    """As long as even the smallest question is answered in part, the mark stays, and what came is not sent twice."""
    azure.logs.most = 10
    names = [f"E-{number}" for number in range(40)]
    for name in names:
        azure.logs.takes_in(a_syslog_row(name), START - timedelta(minutes=30), START)
    await a_minute(azure)
    part = told(azure)
    assert 0 < len(part) < len(names)
    azure.house.at += timedelta(minutes=30)
    azure.logs.most = 1000
    await a_minute(azure)
    assert sorted(told(azure)) == sorted(names)
