"""A small app with one function of each kind, which writes down what it was called with."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import typing
from pathlib import Path

import azure.functions as func

STORE = "AzureWebJobsStorage"
app = func.FunctionApp()


def note(**seen: object) -> None:
    """One line a call."""
    with Path(os.environ["SAMPLE_NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(seen) + "\n")


@app.route(route="things/{name}", methods=["GET", "POST"])
async def thing(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answers with what it saw."""
    seen = {
        "name": req.route_params["name"],
        "query": dict(req.params),
        "body": req.get_body().decode(),
        "function": context.function_name,
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, mimetype="application/json", headers={"X-Seen": "yes"})


@app.route(route="things/fixed", methods=["GET"])
def fixed(req: func.HttpRequest) -> str:
    """A plain function, in a thread; its fixed path goes before the one with a parameter."""
    return f"{req.method} {threading.current_thread() is threading.main_thread()}"


@app.route(route="broken")
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    """Fails."""
    raise RuntimeError(req.url)


@app.route(route="enqueue", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%SAMPLE_QUEUE%", connection=STORE)
async def enqueue(req: func.HttpRequest, out: func.Out[typing.List[str]]) -> func.HttpResponse:  # noqa: UP006 - list[str] breaks the platform's worker
    """Puts each line of the body into the queue."""
    out.set(req.get_body().decode().splitlines())
    return func.HttpResponse(status_code=202)


@app.queue_trigger(arg_name="message", queue_name="%SAMPLE_QUEUE%", connection=STORE)
async def worker(message: func.QueueMessage) -> None:
    """Writes the message down; some fail, some take long."""
    text = message.get_body().decode()
    note(function="worker", text=text, dequeued=message.dequeue_count)
    if text.startswith("bad"):
        raise RuntimeError(text)
    if text.startswith("slow"):
        await asyncio.sleep(1)
        note(function="worker", text="done " + text)


@app.queue_trigger(arg_name="message", queue_name="%SAMPLE_QUEUE%-poison", connection=STORE)
def poison(message: func.QueueMessage) -> None:
    """Writes down what was put aside."""
    note(function="poison", text=message.get_body().decode())


@app.event_grid_trigger(arg_name="event")
async def grid(event: func.EventGridEvent) -> None:
    """Writes the event's id down."""
    note(function="grid", id=event.id, type=event.event_type)


@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
async def ticking(timer: func.TimerRequest) -> None:
    """Every second."""
    note(function="ticking", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 3 * * *")
def nightly(timer: func.TimerRequest) -> None:
    """Once a night."""
    note(function="nightly", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None:
    """When the host starts."""
    note(function="at_start", past_due=timer.past_due)
