"""The agent as it is shipped, for as long as standard input is held open: a run that is killed leaves none behind.

python3 -m local.agent
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
from pathlib import Path

AGENT = Path(__file__).resolve().parents[1] / "agent" / "linux" / "notbefore_agent.py"


def main() -> None:
    """Runs it; what it is to do stands in the environment."""
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    sys.argv = [str(AGENT)]
    runpy.run_path(str(AGENT), run_name="__main__")


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
