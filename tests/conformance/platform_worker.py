"""Runs inside an environment of its own: Microsoft's worker library loads an app and calls some of its functions.

`python platform_worker.py DIRECTORY` reads a JSON list of calls from standard input, each `{"function"}` and its value
as `http`, `string` or `json`, and prints the names of all functions and what came of each call. The library ships no
messages of the worker protocol; those below have the protocol's names and are plain.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from types import SimpleNamespace
from typing import Any


class Message:
    """A message: whatever fields it was made with; any other is None, as an unset one."""

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - a protocol's message
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a protocol's message
        if name[0] == "_" or name[0].isupper():  # no field: the library asks whether there is a part of that name
            raise AttributeError(name)
        return None

    def WhichOneof(self, group: str) -> str | None:  # noqa: N802 - protobuf's own name
        """The field that is set: a parameter's is always `data`, a value's the one that it was made with."""
        return "data" if group == "rpc_data" else next(iter(vars(self)), None)


class BindingInfo(Message):
    """Directions and data types as the protocol numbers them."""

    undefined, out, inout = 0, 1, 2


class StatusResult(Message):
    """Failure is the default, as in the protocol."""

    Failure, Success = 0, 1


PLAIN = [
    "FunctionEnvironmentReloadResponse",
    "FunctionLoadResponse",
    "FunctionMetadataResponse",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "ParameterBinding",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcHttpCookie",
    "RpcRetryOptions",
    "Timestamp",
    "TypedData",
    "WorkerInitResponse",
    "WorkerMetadata",
]
PROTOS = SimpleNamespace(
    **{name: type(name, (Message,), {}) for name in PLAIN},
    BindingInfo=BindingInfo,
    StatusResult=StatusResult,
)


def asked(**part: object) -> SimpleNamespace:
    """A request as the worker's coroutines take it."""
    return SimpleNamespace(request=Message(**part), properties={"host": "127.0.0.1", "protos": PROTOS})


def require(result: Message) -> None:
    """Ends with the library's own words when it reports a failure."""
    if result.status != StatusResult.Success:
        sys.exit(f"the worker library refuses: {result.exception.message}\n{result.exception.stack_trace}")


async def main(directory: str, calls: list[dict[str, Any]]) -> dict[str, Any]:
    """Loads the app as the platform does and makes the calls."""
    from azure_functions_runtime import (  # type: ignore[import-not-found] # it is in the other environment
        functions_metadata_request,
        start_threadpool_executor,
        stop_threadpool_executor,
        worker_init_request,
    )

    sys.path.insert(0, directory)
    start_threadpool_executor()
    init = Message(function_app_directory=directory, capabilities={})
    require((await worker_init_request(asked(worker_init_request=init))).result)
    metadata = await functions_metadata_request(asked(functions_metadata_request=Message()))
    require(metadata.result)
    found = {one.name: one for one in metadata.function_metadata_results or ()}
    results = [await call(found[one["function"]], one) for one in calls]
    stop_threadpool_executor()
    return {"functions": sorted(found), "calls": results}


async def call(function: Message, wish: dict[str, Any]) -> dict[str, Any]:
    """One call, loaded first, and what came of it."""
    from azure_functions_runtime import function_load_request, invocation_request

    loading = Message(function_id=function.function_id, metadata=function)
    require((await function_load_request(asked(function_load_request=loading))).result)
    trigger = next(name for name, one in function.bindings.items() if str(one.type).lower().endswith("trigger"))
    invocation = Message(
        invocation_id="one",
        function_id=function.function_id,
        input_data=[PROTOS.ParameterBinding(name=trigger, data=value(wish))],
        trigger_metadata={"DequeueCount": PROTOS.TypedData(json="1")} if "string" in wish else {},
        trace_context=Message(trace_parent="", trace_state="", attributes={}),
        retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
    )
    answer = await invocation_request(asked(invocation_request=invocation))
    good = answer.result.status == StatusResult.Success
    http = answer.return_value.http if answer.return_value else None
    return {
        "good": good,
        "problem": None if good else f"{answer.result.exception.message}\n{answer.result.exception.stack_trace}",
        "status": int(http.status_code) if http else None,
        "body": text(http.body) if http else None,
        "outputs": {one.name: text(one.data) for one in answer.output_data or ()},
    }


def value(wish: dict[str, Any]) -> Any:  # noqa: ANN401 - a protocol's message
    """The trigger's value: an HTTP request, a queue message's text or a timer's JSON."""
    if "http" not in wish:
        return PROTOS.TypedData(**{kind: wish[kind] for kind in ("string", "json") if kind in wish})
    asked_for = wish["http"]
    body = PROTOS.TypedData(bytes=base64.b64decode(asked_for.get("body", "")))
    http = PROTOS.RpcHttp(
        method=asked_for["method"],
        url=asked_for["url"],
        headers=asked_for.get("headers", {}),
        params=asked_for.get("params", {}),
        query={},
        body=body,
    )
    return PROTOS.TypedData(http=http)


def text(typed: Message) -> str:
    """A value as text, whichever kind it is of."""
    kind = typed.WhichOneof("data")
    content = getattr(typed, kind) if kind else ""
    return content.decode() if isinstance(content, bytes) else str(content)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], json.load(sys.stdin)))))  # noqa: T201 - this is its answer
