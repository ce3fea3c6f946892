"""`python -m local.host`: the host as a process of its own. Its settings are its environment."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from local.cache import ROOT
from local.host.host import serve
from local.host.running import Stop, listen_for_parent, listen_for_signals


def main() -> None:
    """Runs until INT, TERM or, with --stop-with-stdin, until standard input ends."""
    options = _options()
    options.state.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> None:
    stop = Stop()
    listen_for_signals(stop)
    if options.stop_with_stdin:
        listen_for_parent(stop)
    await serve(options.app.resolve(), options.port, options.state, stop, _say_ready)
    # The app cannot know that its process ends, so its connections are still open: no news for the log.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def _say_ready(port: int) -> None:
    print(f"listening on http://127.0.0.1:{port}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=main.__doc__)
    parser.add_argument("--app", type=Path, default=ROOT / "function_app.py", help="the app, host.json beside it")
    parser.add_argument("--port", type=int, default=8700, help="0 takes a free one")
    parser.add_argument("--state", type=Path, default=ROOT / ".local", help="where due times are kept")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    return parser.parse_args()


if __name__ == "__main__":
    main()
