"""An S3 server that is ill: restarted, or behind a proxy that refuses, delays, loses and cuts answers."""

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from random import Random

from benchmarks.drills.drill import Drill
from benchmarks.drills.kills import has
from benchmarks.drills.proxy import FAULTS, Proxy
from benchmarks.drills.seaweed import Seaweed
from benchmarks.drills.world import World

#: The share of requests that go wrong.
SHARES = (0.05, 0.3)


def drills(server: Seaweed, proxy: Proxy) -> Iterator[Drill]:
    for prefix, count, seconds, number in (
        ("plan/", 1, 1, signal.SIGTERM),
        ("units/", 3, 20, signal.SIGTERM),
        ("units/", 3, 1, signal.SIGKILL),
        ("dataset/data/", 1, 5, signal.SIGKILL),
    ):
        name = f"S3 server ended by {signal.Signals(number).name}, {seconds} s away, when {prefix} has {count}"
        yield Drill(name, partial(_restart, server, prefix, count, seconds, number))
    for fault in FAULTS:
        for share in SHARES if fault != "late" else SHARES[:1]:
            yield Drill(f"{share:.0%} of requests {fault}", partial(_share, proxy, fault, share))
    for method in ("PUT", "POST", "DELETE", "HEAD"):
        yield Drill(f"every third {method} unanswered", partial(_third, proxy, method, "unanswered"))
    yield Drill("every PUT unavailable for 15 s", partial(_burst, proxy, "PUT", "unavailable", 15))
    yield Drill("every request refused for 10 s", partial(_burst, proxy, "", "refused", 10))
    yield Drill("every request unavailable for 60 s", partial(_burst, proxy, "", "unavailable", 60))
    for path in ("run.json", "plan/", "units/", "dataset/"):
        yield Drill(f"PUT of {path} unavailable thrice", partial(_first, proxy, path, 3))


def _through(proxy: Proxy, world: World) -> str:
    """A build through the fault: it succeeds or says in one line why not."""
    ended = world.build()
    proxy.rule = lambda method, path, number: None
    return "" if ended.clear else f"the run through it ended with {ended.status}: {ended.error[-600:]}"


def _restart(server: Seaweed, prefix: str, count: int, seconds: float, number: signal.Signals, world: World) -> str:
    driver = world.start()
    driver.until(partial(has, prefix, count))
    server.stop(number)
    time.sleep(seconds)
    server.start()
    ended = driver.wait()
    return "" if ended.clear else f"the run through it ended with {ended.status}: {ended.error[-600:]}"


def _share(proxy: Proxy, fault: str, share: float, world: World) -> str:
    chance, lock = Random(f"{fault} {share}"), threading.Lock()

    def rule(method: str, path: str, number: int) -> str | None:
        with lock:
            return fault if chance.random() < share else None

    proxy.rule = rule
    return _through(proxy, world)


def _third(proxy: Proxy, wanted: str, fault: str, world: World) -> str:
    lock, seen = threading.Lock(), [0]

    def rule(method: str, path: str, number: int) -> str | None:
        with lock:
            seen[0] += method == wanted
            return fault if method == wanted and seen[0] % 3 == 0 else None

    proxy.rule = rule
    return _through(proxy, world)


def _burst(proxy: Proxy, wanted: str, fault: str, seconds: float, world: World) -> str:
    begun: list[float] = []

    def rule(method: str, path: str, number: int) -> str | None:
        if "/units/" in path and not begun:
            begun.append(time.monotonic())
        ill = begun and time.monotonic() < begun[0] + seconds and wanted in ("", method)
        return fault if ill else None

    proxy.rule = rule
    return _through(proxy, world)


def _first(proxy: Proxy, part: str, times: int, world: World) -> str:
    lock, left = threading.Lock(), [times]

    def rule(method: str, path: str, number: int) -> str | None:
        with lock:
            ill = method == "PUT" and f"/{part}" in path and left[0] > 0
            left[0] -= ill
            return "unavailable" if ill else None

    proxy.rule = rule
    return _through(proxy, world)
