"""`dev.py run`: storage, receivers and the host together, a story played to them, and an orderly end."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from pathlib import Path

from local import azurite
from local.environment import Addresses, settings, stand_ins
from local.host.running import Stop, listen_for_signals
from local.machines import machines
from local.play import play
from local.receivers import receivers
from local.receivers.arrivals import Arrival
from local.scenario import MACHINES
from local.state import State
from local.supervisor import Supervisor
from local.waiting import Watch, delivered
from notbefore.config.loading import load
from notbefore.errors import ConfigError
from notbefore.rules import compile_rules

_DEFAULT_PORT = 8700
_PORTS = 65536
_MAIL_STAYS = ", but mail to the mail box, since NOTBEFORE_SMTP is not set"
_CHANNELS = {"mail": "email"}


def run(options: argparse.Namespace) -> int:
    """Runs until INT or TERM, or with --once until all is delivered; the exit status.

    A routing file with mistakes stops the start: each is named with its line.
    """
    if not options.routes.is_file():
        return _fail(f"there is no routing file {options.routes}")
    try:
        known = os.environ if options.real else stand_ins(options.routes.read_text(encoding="utf-8")) | os.environ
        compile_rules(load(options.routes, known.get))
    except UnicodeDecodeError:
        return _fail(f"{options.routes}: is not UTF-8 text, nothing is started")
    except ConfigError as mistakes:
        return _fail(f"the routing file has mistakes, nothing is started:\n{mistakes}")
    try:
        return asyncio.run(_run(options))
    except OSError as problem:
        return _fail(str(problem))


async def _run(options: argparse.Namespace) -> int:
    stop = Stop()
    listen_for_signals(stop)
    state = await asyncio.to_thread(State, options.state, _say)
    try:
        return await _everything(options, state, stop)
    finally:
        state.leave()


async def _everything(options: argparse.Namespace, state: State, stop: Stop) -> int:
    port = _free(options.port)
    storage = await asyncio.to_thread(azurite.start, state.store, _say)
    watch = Watch()
    url = f"http://127.0.0.1:{port}"
    inward = await receivers.start(
        state.received, lambda arrival: _arrived(arrival, watch), _mail_box_port(port), signals=f"{url}/signals"
    )
    addresses = Addresses(storage.connection_string, inward.url, inward.smtp, url, state.signing_key())
    environment = settings(options.routes, addresses, real=options.real)
    supervisor = Supervisor(state, storage, addresses, environment, _say)
    try:
        await supervisor.start()
        return await _live(options, stop, supervisor, addresses, watch, state)
    finally:
        await supervisor.stop()
        await inward.close()


async def _live(
    options: argparse.Namespace,
    stop: Stop,
    supervisor: Supervisor,
    addresses: Addresses,
    watch: Watch,
    state: State,
) -> int:
    """Plays and waits; what ends first, the wish to stop or the host for good, ends this."""
    life = asyncio.create_task(_life(options, stop, addresses, watch, state.directory / "agents"))
    ends = [life, asyncio.create_task(stop.wait()), asyncio.create_task(supervisor.watch())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in ends:
        task.cancel()
    await asyncio.wait(ends)
    for task in ends:
        if not task.cancelled() and (failure := task.exception()):
            raise failure
    if not life.cancelled():
        return life.result()
    return 1 if options.once else 0


async def _life(options: argparse.Namespace, stop: Stop, addresses: Addresses, watch: Watch, folder: Path) -> int:
    """The story, told and waited for; without one just a life. The machines live as long as the run."""
    if options.empty:
        return await _last(options, stop, addresses, watch)
    async with machines(folder, MACHINES, f"{addresses.url}/signals") as there:
        _say(f"agents run in {' and '.join(there)}; {folder} has what they keep")
        await play(addresses.url, addresses.storage, there, _say)
        return await _last(options, stop, addresses, watch)


async def _last(options: argparse.Namespace, stop: Stop, addresses: Addresses, watch: Watch) -> int:
    missing = ""
    if options.once:
        missing = await delivered(addresses.url, addresses.storage, watch, anything=not options.empty)
    _introduce(addresses, real=options.real)
    if options.once:
        return _fail(missing) if missing else 0
    await stop.wait()
    return 0


def _free(wished: int | None) -> int:
    """The wished port, which must be free; without a wish the usual one, or any when that is taken.

    Raises: OSError when the wished port is taken.
    """
    port = _DEFAULT_PORT if wished is None else wished
    try:
        with socket.create_server(("127.0.0.1", port)) as taken:
            return int(taken.getsockname()[1])
    except OSError as problem:
        if wished is not None:
            raise OSError(f"port {wished} cannot be used: {problem.strerror}") from problem
        return azurite.free_port()


def _mail_box_port(port: int) -> int:
    """The same at each start for the same port, and not the neighbour that a second copy may want."""
    return port + 1000 if port + 1000 < _PORTS else 0


def _arrived(arrival: Arrival, watch: Watch) -> None:
    watch.note()
    channel = _CHANNELS.get(arrival.kind, arrival.kind)
    print(f"{arrival.at:%H:%M:%S}  {channel:8} {arrival.to}  {arrival.subject}", flush=True)


def _introduce(addresses: Addresses, *, real: bool) -> None:
    where = "to the mail box; nothing leaves this machine"
    if real:
        where = "to the addresses of the routing file" + ("" if os.environ.get("NOTBEFORE_SMTP") else _MAIL_STAYS)
    print(
        f"\n  board        {addresses.url}/\n"
        f"  mail box     {addresses.receivers}/\n"
        f"  signal door  {addresses.url}/signals\n"
        f"  calendars    {addresses.url}/calendar/AUDIENCE.ics, for each audience of the routing file\n"
        f"  everything is sent {where}; all doors are open, on the loopback address only\n",
        flush=True,
    )


def _say(text: str) -> None:
    print(f"-- {text}", flush=True)


def _fail(problem: str) -> int:
    print(f"dev.py: {problem}", file=sys.stderr)
    return 1
