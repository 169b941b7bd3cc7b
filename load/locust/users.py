"""Users for Locust: each is a connection that runs iteration after iteration, or a source of open arrivals.

What belongs to one Locust process is here too: the target, the engine, the statistics, the promises and their verdict.
Imports gevent and Locust; `python3 -m load` does without this.
"""

from __future__ import annotations

import contextlib
import logging
import random
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter
from typing import Any, ClassVar
from urllib.parse import urlsplit

import gevent
from gevent.event import Event
from gevent.lock import RLock
from locust import User, constant, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_INIT, MasterRunner, WorkerRunner

from fixtures.errors import BadTarget, CannotTest, NotOffered
from fixtures.making_targets.embedded import embedded_target
from fixtures.making_targets.typed import EMBEDDED, choose
from fixtures.reference import Running, serve_in_process
from fixtures.target import Target
from load.judging.promise_counts import TEXTS, PromiseCounts
from load.judging.verdict import INTERRUPTED, INVALID, KEPT, MISSED, REFUSED, USAGE
from load.locust.shapes import SHAPES
from load.locust.statistics import LocustStatistics
from load.measuring.measurement import Measurement
from load.plan.arrivals import poisson
from load.plan.safety import Refused, check
from load.running.generator import Generator
from load.running.messages import GeneratorSettings, Report, counts_from_json, counts_to_json
from load.running.surveying import surveys
from load.scenarios.catalogue import AUTO, find
from load.traffic.closed_model import ClosedTraffic
from load.traffic.engine import Engine
from load.traffic.iteration import Iterations
from load.traffic.open_model import OpenTraffic

KEY = "promises"
"""Where a worker's report to its master holds what it saw of the promises."""

PLENTY = 2_000
"""How many iterations are prepared for where nobody says how many there will be."""

PREPARING = "preparing"
"""The state, beside Locust's own, of a worker that has connected and has yet to get ready."""

LAST_ANSWER = 0.5
"""Seconds that the call under way may still take when a user is ended."""

LONG = 86_400.0
_log = logging.getLogger("load")


class OAuthUser(User):
    """A user of Locust: with --arrivals a source of that many open arrivals a second, else a closed connection."""

    wait_time = constant(0)

    @task
    def run_iterations(self) -> None:
        """Run iterations until Locust ends this user."""
        process = ThisProcess.of(self.environment)
        iterations = process.iterations()
        process.require_host()
        rate = process.options.arrivals
        if rate:
            plan = poisson(rate, LONG, random.randrange(1 << 30))  # noqa: S311 - no secret
            traffic = OpenTraffic(
                process.engine,
                iterations,
                plan.instants(),
                begin=perf_counter() + 0.1,
                origin=process.generator.origin(0),
                connections=process.options.connections,
                drain=1.0,
            )
            traffic.run()
        else:
            self._repeat(ClosedTraffic(process.engine, iterations, origin=process.generator.origin(0)))

    def _repeat(self, traffic: ClosedTraffic) -> None:
        """Let a connection take iterations, and the last one end, for a moment, when Locust ends this user."""
        running = gevent.spawn(traffic.run)
        try:
            running.join()
        except gevent.GreenletExit:
            traffic.stop()
            running.join(LAST_ANSWER)
            traffic.interrupt()
            raise


class ThisProcess:
    """What all users of one Locust process share. Made in the init event, and found again by the environment."""

    _made: ClassVar[dict[int, ThisProcess]] = {}

    def __init__(self, environment: Environment, options: Namespace) -> None:
        self.environment = environment
        self.options = options
        self.counts = PromiseCounts()
        self._unsent = PromiseCounts()
        self._lock = RLock()
        self._target = Event()
        self._targets: list[Target] = []
        self._iterations: Iterations | None = None
        self._started = False
        self._open = ExitStack()
        self._embedded: dict[str, Any] = {}
        measurement = Measurement(time.time(), perf_counter())
        self.engine = Engine(measurement)
        self.statistics = LocustStatistics(environment, measurement)
        self.statistics.attach()
        self._made[id(environment)] = self

    @classmethod
    def of(cls, environment: Environment) -> ThisProcess:
        """What belongs to an environment."""
        return cls._made[id(environment)]

    @property
    def is_worker(self) -> bool:
        """Whether a master elsewhere decides."""
        return isinstance(self.environment.runner, WorkerRunner)

    @property
    def _runner(self) -> Any:
        """Locust's runner of this process, of whatever kind."""
        return self.environment.runner

    def join(self) -> None:
        """Find the target, and take part in Locust's events. Refused, BadTarget."""
        events: Any = self.environment.events
        events.quitting.add_listener(self._on_quitting)
        events.report_to_master.add_listener(self._on_report_to_master)
        events.worker_report.add_listener(self._on_worker_report)
        events.test_start.add_listener(self._on_test_start)
        runner = self.environment.runner
        if isinstance(runner, MasterRunner):
            # before anything that takes time: a worker that connects meanwhile is not to be taken for a prepared one
            events.worker_connect.add_listener(self._on_worker_connect)
            runner.register_message("load-target-wanted", self._on_target_wanted)
            for client_id in list(runner.clients):
                self._hold_back(client_id)
        if isinstance(runner, WorkerRunner):
            runner.worker_state = PREPARING
        if isinstance(runner, WorkerRunner) and self.options.target == EMBEDDED:
            runner.register_message("load-target", self._on_target, concurrent=True)
            gevent.spawn(self._ask_for_the_target)
            return
        if self.options.target == EMBEDDED:
            running = self._open.enter_context(serve_in_process())
            self._embedded = {"issuer": running.issuer, "admin": running.admin, "secrets": running.secrets}
            target = self._at(running)
        else:
            target = self._open.enter_context(choose(self.options.target).opened())
        check(target, allowed=self.options.allow_host, rate=0, seconds=0)
        if self.options.host and not _same_origin(self.options.host, target):
            raise BadTarget([f"--host {self.options.host} is not the server of --target, {target.issuer}."])
        self._know(target)
        if not isinstance(runner, MasterRunner):
            self.iterations()  # what takes time is done before the test begins

    def _know(self, target: Target) -> None:
        """The target is known: Locust's page and tables name it too."""
        self._targets = [target]
        self.environment.host = target.issuer
        self._target.set()
        _log.info("Load goes to %s (%s).", target.issuer, target.name)

    def require_host(self) -> None:
        """End a user where somebody typed another host into Locust's page: a host has no clients."""
        host = self.environment.host
        if host and not _same_origin(host, self._targets[0]):
            _log.error(
                "Nothing is sent to %s: load goes to the server of --target, %s.",
                host,
                self._targets[0].issuer,
            )
            raise StopUser

    def _on_test_start(self, **_: object) -> None:
        self._started = True

    def _on_worker_connect(self, client_id: str, **_: object) -> None:
        """Let no test begin with a worker that still prepares, so that its time is the time of the load."""
        gevent.spawn(self._hold_back, client_id)  # Locust adds the worker to its own after it has called this

    def _hold_back(self, client_id: str) -> None:
        client = self._runner.clients.get(client_id)
        if client is not None:
            client.state = PREPARING  # until its first heartbeat, which holds its own state

    def _ask_for_the_target(self) -> None:
        """A master that has only just begun may not listen yet."""
        while not self._target.wait(1.0):
            self._runner.send_message("load-target-wanted")

    def _on_target_wanted(self, msg: Any, **_: object) -> None:
        """Tell a worker where the embedded server is, now or as soon as it is there."""
        if self._embedded:
            self._runner.send_message("load-target", self._embedded, msg.node_id)

    def iterations(self) -> Iterations:
        """Begins an iteration of the scenario, which is prepared when a user first asks."""
        with self._lock:
            if self._iterations is None:
                self._target.wait()
                self.generator = Generator(self._settings(), _no_report)
                self.generator.prepare()
                self._iterations = self.generator.iterations(0)
                if isinstance(self._runner, WorkerRunner) and self._runner.worker_state == PREPARING:
                    self._runner.worker_state = STATE_INIT
        return self._iterations

    def _settings(self) -> GeneratorSettings:
        scenario = find(self.options.scenario, self._targets[0])
        return GeneratorSettings(
            scenario=scenario,
            targets=self._targets,
            surveys=surveys(self._targets, owners=scenario.asks_owners),
            count=PLENTY,
            seconds=0,
            seed=random.randrange(1 << 30),  # noqa: S311 - no secret
            connections=self.options.connections,
        )

    def _at(self, running: Running) -> Target:
        from fixtures.discovery import discovered  # noqa: PLC0415 - the same
        from fixtures.http.connection import Connection  # noqa: PLC0415 - after Locust's patches of ssl

        connection = Connection()
        try:
            return discovered(embedded_target(running), connection.send)
        finally:
            connection.close()

    def _on_target(self, msg: Any, **_: object) -> None:
        """The master's embedded server: its secrets are made for one run on this machine and die with it."""
        if not self._target.is_set():
            running = Running(**msg.data, ca_file=None, pid=None, crashes=None, stop=_nothing)
            self._know(self._at(running))
            self.iterations()

    def _take(self) -> None:
        if self._iterations is not None:
            taken = self.generator.counts(0)
            self.counts.merge(taken)
            self._unsent.merge(taken)

    def _on_report_to_master(self, data: dict[str, Any], **_: object) -> None:
        self._take()
        sent, self._unsent = self._unsent, PromiseCounts()
        data[KEY] = counts_to_json(sent)

    def _on_worker_report(self, data: dict[str, Any], **_: object) -> None:
        if KEY in data:
            self.counts.merge(counts_from_json(data[KEY]))

    def _on_quitting(self, **_: object) -> None:
        """Say what became of the promises, and let the exit code say it too."""
        self._take()
        self._open.close()
        if self.is_worker:
            return
        checked = sum(self.counts.checked.values())
        broken = {name: times for name, times in self.counts.broken.items() if times}
        for name, times in broken.items():
            _log.error("Broken promise, %d times: %s (%s)", times, TEXTS[name][0], name)
        errors = self.environment.stats.errors.values()
        if broken:
            self.environment.process_exit_code = MISSED
        elif self._started and not self.environment.stats.total.num_requests:
            self.environment.process_exit_code = INVALID
            _log.error("Nothing was sent, so nothing is known of the server: look at what is said above.")
        elif self._started and not checked:
            self.environment.process_exit_code = INVALID
            _log.error("No promise was checked: no answer came that says anything of one.")
        elif all(str(each.error).startswith("interrupted") for each in errors):
            self.environment.process_exit_code = KEPT  # what the end of a test cuts off is no failure
        if checked and not broken:
            _log.info("Every promise was kept; checked %d times.", checked)


def add_options(parser: Any, **_: object) -> None:
    """The options that this file adds to Locust's own."""
    group = parser.add_argument_group("OAuth")
    add = group.add_argument
    add("--target", default=EMBEDDED, help="NAME, FILE or URL of the server; default: the embedded one")
    add("--scenario", default="default", help="what is asked; python3 -m load --list shows all")
    add("--arrivals", type=float, default=0.0, help="each user stands for so many open arrivals a second")
    add("--connections", type=int, default=16, help="connections of a source of open arrivals")
    add(
        "--allow-host",
        action="append",
        default=[],
        help="send load to this host too; see [load] of the target file",
    )
    add("--shape", default="", help=f"users over time: {', '.join(SHAPES)}")


def begin(environment: Environment, **_: object) -> None:
    """Make what the users of this process share; a mistake ends the program with one line."""
    options = environment.parsed_options
    if options is None:
        return
    with _ending_with_one_line():
        find("default" if options.scenario == AUTO else options.scenario)
        if options.host and options.target == EMBEDDED:
            raise BadTarget(
                [
                    f"--host {options.host}: a host alone has no clients. Give --target FILE; see fixtures/targets."
                ]
            )
        if options.shape:
            if options.shape not in SHAPES:
                raise BadTarget([f"There is no shape {options.shape!r}. There are: {', '.join(SHAPES)}."])
            environment.shape_class = shape = SHAPES[options.shape]()
            shape.seconds, shape.users = options.run_time or shape.seconds, options.num_users or shape.users
        ThisProcess(environment, options).join()


@contextlib.contextmanager
def _ending_with_one_line() -> Iterator[None]:
    try:
        yield
    except BadTarget as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(USAGE)
    except (CannotTest, NotOffered) as problem:
        sys.stderr.write(f"Nothing was sent: the run could not be prepared. {problem}\n")
        sys.exit(INVALID)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted before the first request.\n")
        sys.exit(INTERRUPTED)
    except Refused as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(REFUSED)


def _same_origin(host: str, target: Target) -> bool:
    """Whether a host, as it is typed into Locust, is where the target is."""
    typed, issuer = (urlsplit(url if "//" in url else f"//{url}") for url in (host, target.issuer))
    return typed.netloc.lower() == issuer.netloc.lower() and typed.scheme in {"", issuer.scheme}


def _no_report(_: Report) -> None:
    """Locust has its own way to report."""


def _nothing() -> None:
    """The server belongs to the master."""
