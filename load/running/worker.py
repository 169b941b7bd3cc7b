"""A worker of a run: it prepares, runs the windows that its master names, reports, and leaves when it is told to.

Imports gevent and Locust. It is the same whether it was forked or runs on another host.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event

from fixtures.errors import CannotTest, NotOffered
from load.plan.windows import Window
from load.running.generator import Generator
from load.running.messages import GeneratorSettings
from load.running.workers import LOOK_EVERY

MASTER_SILENCE = 4
"""Seconds without a heartbeat of the master after which a worker stops. Locust's own worker would go on."""


def serve(
    settings: GeneratorSettings, runner: Any, left: Event, is_orphan: Callable[[], bool] = lambda: False
) -> bool:
    """Be a worker until the master lets it go; False where it went away without a word.

    runner: Locust's, which is connected. left: set to leave, as load-leave asks for. is_orphan: whether the master's
    process is known to be gone.
    """
    generator = Generator(settings, lambda report: runner.send_message("load-report", report.to_json()))

    def run_window(msg: Any, **_: Any) -> None:
        window = Window.from_json(msg.data["window"])
        generator.run_window(window, msg.data["begin"], ahead=msg.data["ahead"])

    def revoke_issued(**_: Any) -> None:
        counts = generator.revoke_issued().to_json()
        runner.send_message("load-revoked", {"share": settings.share, "counts": counts})

    runner.register_message("load-run-window", run_window, concurrent=True)
    runner.register_message("load-stop", lambda **_: generator.stop())
    runner.register_message("load-revoke", revoke_issued, concurrent=True)
    runner.send_message("load-ready", prepared(generator))
    heard, silent = None, 0
    while not left.wait(LOOK_EVERY):
        # looks are counted and not seconds: a worker that stood still itself has yet to hear what came meanwhile
        beat = runner.last_heartbeat_timestamp
        heard, silent = beat, silent + 1 if beat == heard and beat is not None else 0
        if is_orphan() or silent * LOOK_EVERY > MASTER_SILENCE:
            generator.stop()
            return False
    generator.stop()
    gevent.sleep(0)
    return True


def prepared(generator: Generator) -> dict[str, Any]:
    """What a worker answers once it has prepared: its notes, or the problem that stood in its way."""
    share = generator.settings.share
    try:
        return {"share": share, "notes": generator.prepare(), "problem": ""}
    except (CannotTest, NotOffered) as problem:
        return {"share": share, "notes": [], "problem": str(problem)}
