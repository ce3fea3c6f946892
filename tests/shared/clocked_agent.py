"""The agent on a machine whose wall clock jumps: it is as many seconds off as a file says.

clocked_agent.py CLOCK AGENT [ARGUMENTS]
"""

from __future__ import annotations

import runpy
import sys
import time
from pathlib import Path

CLOCK, AGENT = Path(sys.argv[1]), sys.argv[2]
true_time = time.time


def now() -> float:
    """The wall clock of this machine."""
    try:
        return true_time() + float(CLOCK.read_text())
    except (OSError, ValueError):
        return true_time()


time.time = now
time.time_ns = lambda: int(now() * 1e9)
sys.argv = sys.argv[2:]
runpy.run_path(AGENT, run_name="__main__")
