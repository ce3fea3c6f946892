"""A feed of 5,000 stories: processor time of the first calendar, of the next one, and of the same by the library.

    python bench/calendar_feed.py

Stories lie in memory; what is measured is reading, deciding whose they are, composing and the tag.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "shared"), str(ROOT / "tests" / "unit" / "pipeline")]

import icalendar  # noqa: E402 - found only with the root on the path
import msgspec  # noqa: E402
from memory_house import START, House, a_config, an_audience, an_event  # noqa: E402
from msgspec.structs import replace  # noqa: E402

from notbefore import rowkeys  # noqa: E402
from notbefore.board import Board  # noqa: E402
from notbefore.board.calendar import FRESH, Feed, Feeds  # noqa: E402
from notbefore.ports import Put, Write  # noqa: E402
from notbefore.schema import Window  # noqa: E402

STORIES = 5_000
URL = "https://board.example.com"


async def furnished() -> House:
    """A house with 5,000 stories in ten subscriptions, told to one audience."""
    there = House(a_config(an_audience("ops")))
    await there.hears(an_event())
    (story,) = await there.stories()
    for number in range(STORIES - 1):
        start = START + timedelta(hours=number)
        window = Window(start, start + timedelta(hours=2))
        subscription = f"{number % 10:08}-1111-4111-8111-111111111111"
        one = replace(story, id=f"story-{number:05}", subscription_id=subscription, window=window)
        write = Write(Put.INSERT, rowkeys.head(one.id), msgspec.json.encode(one))
        await there.outside.stories.commit(subscription, [write])
    return there


async def measured(there: House, feeds: Feeds) -> tuple[float, Feed]:
    """Milliseconds of processor time for one calendar, and the calendar."""
    audience = there.rules.config.audiences["ops"]
    before = time.process_time()
    feed = await feeds.of(Board(there.outside), audience, URL)
    return (time.process_time() - before) * 1000, feed


async def main() -> None:
    """Prints milliseconds."""
    there = await furnished()
    await measured(there, Feeds())
    first = sorted([(await measured(there, Feeds()))[0] for _ in range(5)])
    feeds = Feeds()
    _, feed = await measured(there, feeds)
    there.at += 2 * FRESH
    next_one, same = await measured(there, feeds)
    kept, _ = await measured(there, feeds)
    if same.tag != feed.tag or feed.body.count(b"BEGIN:VEVENT") != STORIES:
        sys.exit("the feed is not what it should be")
    before = time.process_time()
    known = icalendar.Calendar.from_ical(feed.body)
    known.to_ical()
    library = (time.process_time() - before) * 1000
    print(f"{STORIES} stories, {len(feed.body) / 1e6:.1f} MB, processor milliseconds")
    print(f"  first calendar of a process  {first[2]:8.1f}   (median of 5, {first[0]:.1f} to {first[-1]:.1f})")
    print(f"  a minute later, all the same {next_one:8.1f}")
    print(f"  within the minute            {kept:8.1f}")
    print(f"  icalendar: read and write it {library:8.1f}   for comparison")


if __name__ == "__main__":
    asyncio.run(main())
