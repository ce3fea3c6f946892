"""Queue `signals` → stories and deliveries. What only this needs is imported when it is needed: a door is no queue."""

from __future__ import annotations

import azure.functions as func

from notbefore import bootstrap

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type


@bp.function_name("process")
@bp.queue_trigger(arg_name="message", queue_name="signals", connection="AzureWebJobsStorage")
async def process(message: func.QueueMessage) -> None:
    """One signal; what fails is tried again by the queue, and seen in the poison queue in the end."""
    from notbefore.pipeline.process import process as process_message
    from notbefore.pipeline.versions import or_newer

    outside, body = await bootstrap.dependencies(), message.get_body()
    await or_newer(outside.signal_queue, body, process_message(outside, body))
