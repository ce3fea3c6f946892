"""Microseconds of CPU an event, next to json.loads of the same bytes; the median over a set of payloads.

    python bench/normalise.py [FOLDER…]

Without folders: our own examples, and the corpus when it lies beside the repository. A maintenance says the same
words for each machine and subscription, and what was read of a text is remembered; the cost of a payload whose every
text is new is printed beside.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from notbefore.normalization import normalize  # noqa: E402 - found only with the root on the path
from notbefore.reading import Remembered  # noqa: E402

ARRIVAL = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROUNDS = 60
NOT_PAYLOADS = {"README.md", "labels.jsonl"}
BUDGET = 60
REMEMBERED = [one for one in gc.get_objects() if isinstance(one, Remembered)]


def main(folders: list[str]) -> int:
    """Prints the table; 1 when the median is over the budget."""
    found = [Path(folder) for folder in folders] or [
        ROOT / "tests/unit/sources/examples",
        ROOT.parent / "shared/corpus",
    ]
    files = [path for folder in found for path in sorted(folder.rglob("*")) if path.is_file()]
    bodies = [path.read_bytes() for path in files if path.name not in NOT_PAYLOADS and ".expected." not in path.name]
    ours, parsing, new = [], [], []
    for body in bodies:
        events = len(normalize(body, ARRIVAL).events)
        if events:
            new.append(fastest(lambda body=body: normalize(body, ARRIVAL), forget) / events)  # type: ignore[misc]
            ours.append(fastest(lambda body=body: normalize(body, ARRIVAL)) / events)  # type: ignore[misc]
            parsing.append(fastest(lambda body=body: _loads(body)) / events)  # type: ignore[misc]
    ours_median, parsing_median = median(ours), median(parsing)
    print(f"payloads with events  {len(ours)}")
    print(f"normalize             {ours_median:7.1f} µs an event (budget {BUDGET}), slowest {max(ours):.1f}")
    print(f"  every text new      {median(new):7.1f} µs an event")
    print(f"json.loads            {parsing_median:7.1f} µs an event")
    print(f"ratio                 {ours_median / parsing_median:7.1f}")
    return int(ours_median > BUDGET)


def forget() -> None:
    """What was read of texts is read again."""
    for known in REMEMBERED:
        known.clear()


def fastest(run: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Microseconds of process time of the fastest of many runs."""
    best = float("inf")
    for _ in range(ROUNDS):
        before()
        start = time.process_time_ns()
        run()
        best = min(best, (time.process_time_ns() - start) / 1000)
    return best


def _loads(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
