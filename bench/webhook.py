"""P7: processor time of one webhook send, beside Apprise's `json://` notification to the same receiver.

    pip install --target DIR apprise
    python bench/webhook.py [DIR]

The receiver is a process of its own on loopback; only the sender's processor time counts. Ours is signed, judged
by address, and carries the whole CloudEvent; Apprise's carries a title and a line.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from msgspec.structs import replace  # noqa: E402 - found only with the root on the path

from notbefore.channels.webhook import Webhook  # noqa: E402
from notbefore.config.model import Audience  # noqa: E402
from notbefore.outbound import Outbound, networks  # noqa: E402
from notbefore.rendering import RenderContext, render  # noqa: E402
from notbefore.rendering.examples import examples  # noqa: E402
from notbefore.schema import Message  # noqa: E402

REPETITIONS = 7
SENDS = 200
BAR = 0.25
SECRETS = "whsec_" + "a2V5" * 8

RECEIVER = """
import asyncio
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            length = next(int(l[15:]) for l in head.split(b"\\r\\n") if l.lower().startswith(b"content-length"))
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def main(folders: list[str]) -> int:
    """Prints the table; 1 when the ratio is over the bar."""
    sys.path[:0] = folders
    with subprocess.Popen([sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True) as receiver:
        try:
            assert receiver.stdout is not None  # noqa: S101 - asked for above
            return compared(int(receiver.stdout.readline()))
        finally:
            receiver.terminate()


def compared(port: int) -> int:
    """Interleaved repetitions of both."""
    with asyncio.Runner() as runner:
        outbound = Outbound(networks(["127.0.0.0/8"]))
        message = replace(webhook(), target=f"http://127.0.0.1:{port}/")
        sends: dict[str, Callable[[], object]] = {"webhook": lambda: runner.run(ours(outbound, message))}
        theirs = apprise(port)
        if theirs:
            sends["apprise"] = theirs
        seen: dict[str, list[float]] = {name: [] for name in sends}
        for _ in range(REPETITIONS):
            for name, run in sends.items():
                start = time.process_time_ns()
                run()
                seen[name].append((time.process_time_ns() - start) / SENDS / 1000)
        runner.run(outbound.close())
    medians = {name: median(values) for name, values in seen.items()}
    for name, microseconds in medians.items():
        print(f"{name:<10}{microseconds:9.1f} µs a send")
    if "apprise" not in medians:
        print("apprise is not here: pip install --target DIR apprise, and name DIR")
        return 0
    ratio = medians["webhook"] / medians["apprise"]
    print(f"ratio     {ratio:9.3f}    bar {BAR:g}")
    return int(ratio > BAR)


async def ours(outbound: Outbound, message: Message) -> None:
    """One send after the other, as a queue hands them out."""
    channel = Webhook(outbound)
    for _ in range(SENDS):
        await channel.send(message)


def webhook() -> Message:
    """A rendered example, two secrets in use."""
    delivery = replace(examples()["moved"], channel="webhook")
    context = RenderContext(clock=lambda: delivery.created_at)
    rendered = render(delivery, Audience(name="bench", channels=()), context)
    return replace(rendered, options={"secrets": f"{SECRETS} {SECRETS}"})


def apprise(port: int) -> Callable[[], object] | None:
    """Apprise's notification of the same story, None when it is not installed."""
    try:
        from apprise import Apprise  # type: ignore[import-not-found,unused-ignore]  # installed for this bench only
    except ImportError:
        return None
    sender = Apprise()
    sender.add(f"json://127.0.0.1:{port}/")

    def run() -> None:
        for _ in range(SENDS):
            sender.notify(title="Redeploy moved", body="vm-batch-01 and 31 more")

    return run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
