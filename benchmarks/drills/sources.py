"""A source that is ill for a while: wrong answers for a window of requests, an outage, a mount that goes away."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.drills.drill import Drill
from benchmarks.drills.world import World
from benchmarks.loopback import Answer, cut_off, damaged, page, reset, slow, status

#: How an answer goes wrong.
ANSWERS: dict[str, Answer] = {
    "403": status(403),
    "404": status(404),
    "429": status(429),
    "500": status(500),
    "an HTML page with status 200": page,
    "a wrong byte": damaged,
    "half an answer": cut_off,
    "no answer": reset,
    "an answer after 3 s": slow(3),
}

#: From which request on, and for how many: a few, and more than any outage rate bears.
WINDOWS = ((5, 3), (12, 30))


def drills(every: bool) -> Iterator[Drill]:
    """All of them, or those that an engine beside the first is tried with."""
    for name, answer in ANSWERS.items():
        for first, count in WINDOWS if every else WINDOWS[1:]:
            yield Drill(f"{name} for {count} requests", partial(_window, answer, first, count, ""))
    yield Drill("403 for pictures for 30 requests", partial(_window, status(403), 12, 30, ".jpg"))
    yield Drill("404 for all metadata for 5 s", partial(_for, 5, status(404), "/metadata/PMC"))
    for seconds in (5, 60) if every else (5,):
        yield Drill(f"503 for {seconds} s", partial(_for, seconds, status(503), ""))
    if every:
        yield Drill("no answer for 20 s", partial(_for, 20, reset, ""))
        yield Drill("the mirror away for 2 s", partial(_away, 2))
        yield Drill("the mirror away for 15 s", partial(_away, 15))


def _window(answer: Answer, first: int, count: int, ending: str, world: World) -> str:
    world.server.rule = lambda path, number: (
        answer if first <= number < first + count and path.endswith(ending) and "PMC" in path else None
    )
    return _run(world, lambda: None)


def _for(seconds: float, answer: Answer, part: str, world: World) -> str:
    """Every answer is wrong from the sixth request for an article's file on, for so long."""
    over: list[float] = []

    def rule(path: str, number: int) -> Answer | None:
        if number < 6 or part not in path:
            return None
        over[:] = over or [time.monotonic() + seconds]
        return answer if time.monotonic() < over[0] else None

    world.server.rule = rule
    return _run(world, lambda: None)


def _away(seconds: float, world: World) -> str:
    """The source is the folder of the mirror, not the server, and is empty for a while."""
    mirror, aside = world.mirror, world.mirror.with_name("away")

    def away() -> None:
        while not world.place.paths():
            time.sleep(0.02)
        mirror.rename(aside)
        mirror.mkdir()
        time.sleep(seconds)
        mirror.rmdir()
        aside.rename(mirror)

    world.source = str(mirror)
    thread = threading.Thread(target=away)
    return _run(world, thread.start, thread.join)


def _run(world: World, before: Callable[[], None], after: Callable[[], None] = lambda: None) -> str:
    """A build through the fault: it succeeds or says in one line why not."""
    before()
    ended = world.build()
    after()
    world.server.rule = lambda path, number: None
    if not ended.clear:
        return f"the run through it ended with {ended.status}: {ended.error[-600:]}"
    return ""
