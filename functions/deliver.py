"""Queue `deliveries` → one send each; and the poison queues, so that nothing ends there unseen."""

from __future__ import annotations

import azure.functions as func

from notbefore import bootstrap

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type


@bp.function_name("deliver")
@bp.queue_trigger(arg_name="message", queue_name="deliveries", connection="AzureWebJobsStorage")
async def deliver(message: func.QueueMessage) -> None:
    """One delivery, as far as it gets now."""
    from notbefore.pipeline.deliver import deliver as deliver_message
    from notbefore.pipeline.versions import or_newer

    outside, body = await bootstrap.dependencies(), message.get_body()
    await or_newer(outside.delivery_queue, body, deliver_message(outside, body))


@bp.function_name("signals_poison")
@bp.queue_trigger(arg_name="message", queue_name="signals-poison", connection="AzureWebJobsStorage")
async def signals_poison(message: func.QueueMessage) -> None:
    """A signal that could not be processed again and again: shown in quarantine."""
    from notbefore.pipeline.poison import poisoned

    await poisoned(await bootstrap.dependencies(), "signals", message.get_body())


@bp.function_name("deliveries_poison")
@bp.queue_trigger(arg_name="message", queue_name="deliveries-poison", connection="AzureWebJobsStorage")
async def deliveries_poison(message: func.QueueMessage) -> None:
    """A delivery that could not even be judged: shown in quarantine; the sweeper still knows it."""
    from notbefore.pipeline.poison import poisoned

    await poisoned(await bootstrap.dependencies(), "deliveries", message.get_body())
