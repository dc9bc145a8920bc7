"""What workers may do together: properties of the decisions, by a clock of the test's own."""

import heapq
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.quota.limiter import LONGEST_TURN, TURN, TURNS_A_SECOND, Ask, Limiter
from pipeline.sources.quota.rate import CALM, FIRST, KEPT, LONGEST, LONGEST_ASKED, Rate
from pipeline.sources.quota.slots import Slots

#: How late a worker comes back, and what it wants: by turns.
TURNS = st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.04, 0.3]), st.integers(1, 40)), min_size=1, max_size=12)


def given_leave(rate, workers, seconds, turns):
    """The times at which workers that always want more get leave, each as often as it is for."""
    due, found, turn = [(0.0, worker) for worker in range(workers)], [], 0
    while due[0][0] < seconds:
        now, worker = heapq.heappop(due)
        late, wanted = turns[turn % len(turns)]
        turn += 1
        count, wait = rate.take(worker, wanted, now)
        found += [now] * count
        heapq.heappush(due, (now + wait + late + 0.001, worker))
    return found


def most_in_a_second(times):
    """Requests that a second may see when each is sent whenever its leave allows."""
    return max(bisect_left(times, start + 1) - bisect_left(times, start - KEPT) for start in times)


@given(st.sampled_from([1, 2, 7, 50, 300]), st.integers(1, 9), TURNS)
def test_no_second_sees_more_requests_than_allowed(requests, workers, turns):
    assert most_in_a_second(given_leave(Rate(requests, 0.0), workers, 3.0, turns)) <= requests


@pytest.mark.parametrize(("requests", "workers"), [(1, 3), (50, 1), (50, 8), (1000, 64)])
def test_workers_that_come_in_time_get_nearly_all_of_it(requests, workers):
    times = given_leave(Rate(requests, 0.0), workers, 10.0, [(0.0, 16)])
    assert 0.8 * requests * 10 <= len(times) <= requests * 10


def test_leave_is_shared_evenly():
    rate, counts = Rate(100, 0.0), [0, 0, 0, 0]
    due = [(0.0, worker) for worker in range(4)]
    while due[0][0] < 10:
        now, worker = heapq.heappop(due)
        count, wait = rate.take(worker, 16, now)
        counts[worker] += count
        heapq.heappush(due, (now + wait + 0.001, worker))
    assert max(counts) < 1.2 * min(counts)


def test_nobody_sends_in_a_pause_and_then_all_at_half_the_rate():
    rate = Rate(100, 0.0)
    full = rate.rate(0.0)
    _, wait = [rate.take(worker, 16, 0.0) for worker in range(3)][-1]
    cut = rate.throttled(0.0, 0.01)
    assert (cut.number, cut.pause, cut.rate) == (1, FIRST, full / 2)
    assert rate.take(2, 16, wait) == (0, pytest.approx(0.01 + FIRST - wait, abs=0.1))  # what was promised is void
    assert rate.throttled(0.0, 0.5) is None  # what was under way
    times = [0.01 + FIRST + time for time in given_leave(rate, 3, 0.5, [(0.0, 16)])]
    assert all(time > 0.01 + FIRST for time in times)


def test_the_pause_doubles_while_throttling_goes_on():
    rate, now, pauses = Rate(100, 0.0), 1.0, []
    for _ in range(7):
        cut = rate.throttled(0.0, now)
        pauses.append(cut.pause)
        now += cut.pause + 0.1
    assert pauses == [1, 2, 4, 8, 16, LONGEST, LONGEST]
    assert 0 < rate.rate(now) < 0.05 * rate.rate(now + 100)
    assert rate.throttled(0.0, now + CALM).pause == FIRST


def test_the_rate_recovers_step_by_step():
    rate = Rate(100, 0.0)
    full = rate.rate(0.0)
    rate.throttled(0.0, 0.0)
    seen = [rate.rate(FIRST + seconds) / full for seconds in range(0, 14, 2)]
    assert seen == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1])


def test_what_the_source_asks_for_is_heeded_up_to_a_bound():
    rate = Rate(100, 0.0)
    assert rate.throttled(7.0, 0.0).pause == 7
    assert rate.throttled(20.0, 3.0) is None  # longer than what it said before
    assert rate.take(0, 1, 8.0)[1] == pytest.approx(15, abs=0.1)
    assert rate.throttled(1e9, 100.0).pause == LONGEST_ASKED


#: Which worker asks, what it could use, and whether it closes what it is told to before.
ASKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 16), st.booleans()), max_size=60)


@given(st.integers(1, 20), ASKS)
def test_no_more_connections_are_held_than_there_are(total, asks):
    slots, holding, allowed = Slots(total), [0] * 6, [0] * 6
    for worker, needed, obeys in asks:
        if obeys:
            holding[worker] = min(holding[worker], allowed[worker])
        allowed[worker], _ = slots.share(worker, needed, holding[worker])
        holding[worker] = max(holding[worker], allowed[worker])
        assert sum(holding) <= total
        assert allowed[worker] >= 0


@given(st.integers(1, 40), st.lists(st.integers(1, 16), min_size=1, max_size=8))
def test_who_obeys_has_its_part_in_the_end(total, needs):
    slots, holding = Slots(total), [0] * len(needs)
    for _ in range(6):
        for worker, needed in enumerate(needs):
            holding[worker], _ = slots.share(worker, needed, holding[worker])
    fair = max(1, total // len(needs))
    if total >= len(needs):
        assert all(held >= min(needed, fair) for held, needed in zip(holding, needs, strict=True))
    assert sum(holding) == min(total, sum(needs))


def plain_share(total, workers, worker, needed, holding):
    """What `Slots.share` says, by passing over all workers; `workers` has what each could use and holds."""
    others = [each for key, each in workers.items() if key != worker]
    free = total - holding - sum(held for _, held in others)
    fair = max(1, total // max(1, (needed > 0) + sum(wants > 0 for wants, _ in others)))
    poor = sum(max(0, min(wants, fair) - held) for wants, held in others)
    lacked = [wants - held for wants, held in others if wants > held]
    granted = max(0, min(min(needed, fair) - holding, free))
    granted += max(0, min(needed - holding - granted, free - granted - poor))
    workers[worker] = needed, holding + granted
    if granted:
        return holding + granted, len(lacked)
    idle = max(0, min(holding - needed, sum(lacked) - free))
    rich = max(0, min(holding - idle - fair, poor - free - idle))
    return min(holding - idle - rich, total), len(lacked)


@given(st.integers(1, 20), ASKS)
def test_sums_that_are_kept_say_what_passing_over_all_workers_says(total, asks):
    slots, workers, holding = Slots(total), {}, [0] * 6
    for worker, needed, stays in asks:
        said = slots.share(worker, needed, holding[worker])
        assert said == plain_share(total, workers, worker, needed, holding[worker])
        holding[worker] = said.connections
        if not stays:
            slots.forget(worker)
            del workers[worker]
            holding[worker] = 0


def test_connections_stay_while_nobody_lacks_one():
    slots = Slots(10)
    assert slots.share(0, 8, 0) == (8, 0)
    assert slots.share(0, 0, 8) == (8, 0)
    assert slots.share(1, 2, 0) == (2, 0)
    assert slots.share(1, 5, 2) == (2, 0)
    assert slots.share(0, 0, 8) == (5, 1)  # three are lacking
    assert slots.share(0, 0, 5) == (5, 1)
    assert slots.share(1, 5, 2) == (5, 0)


@pytest.mark.parametrize(("workers", "turn"), [(3, TURN), (500, 499 / TURNS_A_SECOND), (5000, LONGEST_TURN)])
def test_the_more_workers_lack_connections_the_longer_is_their_turn(workers, turn):
    limiter = Limiter(100, 1)
    answers = [limiter.ask(limiter.enter(), Ask(1, 4, 0)) for _ in range(workers)]
    assert (answers[-1].connections, answers[-1].turn) == (0, turn)


def test_what_a_dead_worker_held_is_free():
    now = [0.0]
    limiter = Limiter(100, 4, lambda: now[0])
    dead, alive = limiter.enter(), limiter.enter()
    assert limiter.ask(dead, Ask(1, 4, 0)).connections == 4
    refused = limiter.ask(alive, Ask(1, 4, 0))
    assert (refused.requests, refused.connections) == (0, 0)
    limiter.leave(dead)
    answer = limiter.ask(alive, Ask(1, 4, 0))
    assert (answer.connections, answer.requests > 0, answer.contended) == (4, True, False)
