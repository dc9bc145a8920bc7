"""Patience with a source: what fails is tried again, and all threads together notice whether the source is down."""

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random

from pipeline.sources.deadline import clock
from pipeline.sources.transport import Missing, Refused, Throttled, TooLarge, Transient
from schemas.errors import Outage

T = TypeVar("T")

LOG = logging.getLogger("medconcept")

#: After so many failed attempts without an answer in between, one thread alone tries and the others wait for it.
_DOWN = 3

#: So often is an object tried at least while the source answers for others.
_ATTEMPTS = 3


@dataclass(frozen=True)
class Policy:
    """How long the source is given; times in seconds.

    A source that does not answer for `patience` is down; an object that fails for that long while others answer is
    given up. Before the n-th retry lies `wait` * 2^(n-1), at most `max_wait`, and a random part of `wait`. `deadline`
    holds for all attempts at an object together.
    """

    patience: float = 90.0
    wait: float = 0.5
    max_wait: float = 5.0
    deadline: float = 300.0


class Health:
    """What the threads that read from a source know of it together.

    `answers_now` asks the source for something else than what fails, being told whether only one object fails: one that
    fails by itself, while nobody asks for another, is no outage.
    """

    def __init__(self, uri: str, policy: Policy, answers_now: Callable[[bool], bool]) -> None:
        self._uri, self._policy, self._answers_now = uri, policy, answers_now
        self._changed = threading.Condition()
        self._answers = 0
        self._failures, self._failing = 0, set[str]()  # since the last answer, and the objects that failed
        self._silent_since = math.inf  # the beginning of the first of these
        self._ill_since, self._last_failure = math.inf, -math.inf  # since when objects fail and none recovers
        self._error: Transient = Transient()
        self._probing, self._last_probe, self._next_probe = False, 0.0, 0.0
        self._declared = False  # that it is down, once patience is over

    def attempt(self, name: str, action: Callable[[float], T]) -> T:
        """The result of `action`, which asks for the object `name` and gets the time to give up at.

        Raises:
            Transient: it failed until the object's time was over, but the source answers.
            Outage: nothing has answered for as long as patience lasts.
        """
        until = clock() + self._policy.deadline
        answers = self._answers

        def hopeless(state: RetryCallState) -> bool:
            if clock() >= until:
                return True
            now = time.monotonic()
            since = min(state.start_time, self._ill_since)
            if state.attempt_number < _ATTEMPTS or now - since < self._policy.patience:
                return False
            return self._answers > answers or self._asked()

        for attempt in Retrying(
            stop=hopeless,
            wait=wait_exponential(self._policy.wait, self._policy.max_wait) + wait_random(0, self._policy.wait),
            retry=retry_if_exception_type(Transient),
            reraise=True,
        ):
            with attempt, self._turn(name, until):
                result = action(until)
        if attempt.retry_state.attempt_number > 1:  # what was ill recovers
            self._ill_since = math.inf
        return result

    @contextmanager
    def _turn(self, name: str, until: float) -> Iterator[None]:
        """One attempt: at once while the source answers, else when no other thread tries."""
        probe = self._wait_for_turn(until)
        began = time.monotonic()
        try:
            yield
        except Transient as error:
            self._failed(name, error, began)
            raise
        except (Missing, TooLarge, Refused):
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if probe:
                with self._changed:
                    self._probing = False
                    self._changed.notify_all()

    def _wait_for_turn(self, until: float) -> bool:
        """Wait as long as the source is down; returns whether this thread is the one that tries."""
        while True:
            with self._changed:
                now = time.monotonic()
                if self._failures < _DOWN:
                    return False
                if not self._probing and now >= self._next_probe:
                    self._probing, self._last_probe = True, now
                    return True
                end = self._silent_since + self._policy.patience
                if self._probing:  # it may be the one that brings the answer
                    end = max(end, self._last_probe + self._policy.max_wait)
                end = min(end, now + until - clock())
                if now < end:
                    self._changed.wait((end if self._probing else min(end, self._next_probe)) - now)
                    continue
            if clock() >= until:
                raise Transient(str(self._error))
            if self._declared or not self._asked():
                raise self._outage()

    def _answered(self) -> None:
        with self._changed:
            self._answers += 1
            self._failures, self._silent_since = 0, math.inf
            self._failing.clear()
            self._declared = False
            self._changed.notify_all()

    def _failed(self, name: str, error: Transient, began: float) -> None:
        """Note a failed attempt; raises Outage once patience is over."""
        with self._changed:
            now = time.monotonic()
            if began - self._last_failure > self._policy.patience:  # nobody has asked since: this is another outage
                self._ill_since = self._silent_since = math.inf
                self._failures = 0
            self._last_failure, self._error = now, error
            self._ill_since, self._silent_since = min(self._ill_since, began), min(self._silent_since, began)
            pause = self._policy.wait * 2.0 ** min(self._failures, 20)
            self._failures += 1
            self._failing.add(name)
            if self._failures == _DOWN:
                does = "throttles us" if isinstance(error, Throttled) else "does not answer"
                LOG.info("%s %s (%s): tried for %g s", self._uri, does, error, self._policy.patience)
            self._next_probe = now + min(pause, self._policy.max_wait)
            over = now - self._silent_since >= self._policy.patience
        if over and not self._asked():
            raise self._outage() from error

    def _asked(self) -> bool:
        """Whether the source answers for another object; if not, it is declared down."""
        answers = self._answers_now(len(self._failing) <= 1)
        if answers:
            self._answered()
        else:
            self._declared = True
        return answers

    def _outage(self) -> Outage:
        lasted = time.monotonic() - self._silent_since
        if isinstance(self._error, Throttled):
            return Outage(f"{self._uri} throttles us: {self._error}; for {lasted:.0f} s it gave nothing")
        return Outage(f"{self._uri} is down, it cannot be reached: {self._error}; for {lasted:.0f} s nothing answered")
