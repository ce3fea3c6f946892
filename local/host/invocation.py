"""Calling a function: arguments in, outputs out, one line in the log, and a failure that stays a value."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from azure.functions import Context, Out

from local.host.functions import LocalFunction
from local.host.storage import Storage

log = logging.getLogger("host")


@dataclass(frozen=True)
class Outcome:
    """What came of a call: what it returned, or what it raised."""

    value: Any = None
    failure: BaseException | None = None


class Cell(Out[Any]):
    """Where a function puts what an output binding sends."""

    def __init__(self) -> None:
        self.value: Any = None

    def set(self, val: Any) -> None:  # noqa: ANN401 - the binding's type is the function's affair
        """Keeps the value; the last one counts."""
        self.value = val

    def get(self) -> Any:  # noqa: ANN401 - the binding's type is the function's affair
        """What was set, or None."""
        return self.value


class LocalContext(Context):
    """What a function may ask about its own call."""

    thread_local_storage = threading.local
    trace_context: Any = None  # nothing is traced here
    retry_context: Any = None  # the queue retries, not the host

    def __init__(self, function_name: str) -> None:
        self._function_name = function_name
        self._invocation_id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        """A new id for each call."""
        return self._invocation_id

    @property
    def function_name(self) -> str:
        """The name in the app."""
        return self._function_name

    @property
    def function_directory(self) -> str:
        """Where the app lies; the host works in its directory."""
        return "."


class Invoker:
    """Calls functions: coroutines on the loop, plain ones in threads."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._threads = ThreadPoolExecutor(thread_name_prefix="function")
        self._watchers: list[Callable[[], None]] = []

    def after_each(self, watcher: Callable[[], None]) -> None:
        """Calls `watcher` after each call of a function that may have put a message somewhere."""
        self._watchers.append(watcher)

    async def call(self, function: LocalFunction, argument: object, about: str) -> Outcome:
        """Calls it and sends its outputs; what it raises is in the outcome. `about` stands in the log."""
        started = time.perf_counter()
        task = asyncio.create_task(self._run(function, argument))
        await asyncio.wait([task])
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        took = (time.perf_counter() - started) * 1000
        if failure is not None:
            log.error("%s failed after %.0f ms %s", function.name, took, about, exc_info=failure)
            return Outcome(failure=failure)
        log.info("%s ok %.0f ms %s", function.name, took, about)
        for watcher in self._watchers:
            watcher()
        return Outcome(task.result())

    async def _run(self, function: LocalFunction, argument: object) -> object:
        outs = {str(one["name"]): Cell() for one in function.outputs if one["name"] != "$return"}
        arguments = {str(function.trigger["name"]): argument, **outs}
        if "context" in inspect.signature(function.call).parameters:
            arguments["context"] = LocalContext(function.name)
        if inspect.iscoroutinefunction(function.call):
            result = await function.call(**arguments)
        else:
            loop = asyncio.get_running_loop()
            result = await loop.run_in_executor(self._threads, lambda: function.call(**arguments))
        for binding in function.outputs:
            value = outs[binding["name"]].value if binding["name"] in outs else result
            if str(binding["type"]).lower() == "queue":
                await self._storage.put(binding, _messages(value))
        return result

    def close(self) -> None:
        """Waits for no thread: what still runs ends with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _messages(value: object) -> Iterable[str | bytes]:
    """An output is nothing, one message or a list of them."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str | bytes) else tuple(value)  # type: ignore[arg-type] # List[str] is all else
