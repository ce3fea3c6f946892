"""Timers: what is due, what was left behind, and what Azure says only when it is asked."""

from __future__ import annotations

import azure.functions as func

from notbefore import bootstrap

bp = func.Blueprint()  # type: ignore[no-untyped-call] # the library gives it no type


@bp.function_name("due")
@bp.timer_trigger(arg_name="timer", schedule="*/10 * * * * *", use_monitor=False)
async def due(timer: func.TimerRequest) -> None:
    """Every ten seconds: reminders, digests, groups, escalations, ends of quiet hours."""
    del timer
    from notbefore.pipeline.due import run_due

    await run_due(await bootstrap.dependencies())


@bp.function_name("sweep")
@bp.timer_trigger(arg_name="timer", schedule="*/30 * * * * *", use_monitor=False)
async def sweep(timer: func.TimerRequest) -> None:
    """Every half minute: signals and deliveries that nobody finished within a minute."""
    del timer
    from notbefore.pipeline.sweep import sweep as sweep_up

    await sweep_up(await bootstrap.dependencies())


@bp.function_name("poll")
@bp.timer_trigger(arg_name="timer", schedule="5 * * * * *", use_monitor=False)
async def poll(timer: func.TimerRequest) -> None:
    """Every minute: the questions whose turn it is; none are asked of what the settings do not name."""
    del timer
    from notbefore.pipeline.polls.poll import run_polls

    house = await bootstrap.wired()
    await run_polls(house.outside, house.asking)


@bp.function_name("retention")
@bp.timer_trigger(arg_name="timer", schedule="0 17 3 * * *")
async def retention(timer: func.TimerRequest) -> None:
    """Every night: what is over since more than a year goes; and a word when nothing has come in for days."""
    del timer
    from notbefore.pipeline.quiet import look_for_silence
    from notbefore.pipeline.retention import forget

    outside = await bootstrap.dependencies()
    await look_for_silence(outside)
    await forget(outside)
