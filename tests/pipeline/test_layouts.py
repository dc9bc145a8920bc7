"""Which machines a plan takes: what a layout does of the work, what it costs, and the cheapest that ends in time."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commands.layouts import Choice, cheapest, choose, earliest
from pipeline.commands.machines import Cloud, Layout, Machine, load_machines, parse_layout
from pipeline.commands.needs import DRIVER, GPUS, ITEMS, REQUESTS, Need, Site, Work, cost, wall
from pipeline.commands.plan_report import choices, too_late
from pipeline.sources.quota.rate import SHARE

SITE = Site({"aws": Cloud(get=0, put=1e6, gb_month=0, between_regions=0, internet=0)}, 0, gpu_speedup=10)
KNOWN = load_machines()


def work(items=100, worker=0.0, serial=0.0, network=0.0, driver=0.0, puts=0.0, source_gets=0.0):
    return Work(items, worker, serial, network, driver, 0, 0, 0, puts, source_gets)


def machine(cores=4, hour=1.0, gpus=0, memory=64, region="us-east-1", **more):
    return Machine(cloud="aws", region=region, cores=cores, memory_gib=memory, gpus=gpus, hour=hour, **more)


CPU, GPU = machine(), machine(hour=3.0, gpus=1)


def test_what_a_phase_needs():
    need = Need.of(work(worker=10, serial=1, driver=0.1, puts=7), Layout((machine(cores=1),), (10,)), SITE)
    assert need.wall_h == pytest.approx(0.9 + 1 + 0.1)  # what one worker does alone, and what the driver does
    assert need.cost == pytest.approx(10 * need.wall_h + 7)
    assert (need.core_h, need.driver_h, need.bound) == (10, 0.1, "one worker")


def test_few_items_keep_few_cores_busy():
    need = Need.of(work(items=2, worker=10), Layout((CPU,), (3,)), SITE)
    assert (need.wall_h, need.bound) == (5, ITEMS)


def test_gpus_take_the_networks_from_the_cores_and_go_after_curate():
    layout = Layout((CPU, GPU), (2, 1))
    curate = Need.of(work(worker=112, network=100), layout, SITE)
    assert (curate.core_h, curate.gpu_h) == (12, 10)
    assert (curate.wall_h, curate.bound) == (10, GPUS)  # twelve cores do theirs in an hour meanwhile
    assert curate.cost == 10 * (2 + 3)
    publish = Need.of(work(worker=8), layout, SITE)
    assert (publish.wall_h, publish.cost) == (1, 2)
    assert Need.of(work(worker=8), Layout((GPU,), (1,)), SITE).cost == 6  # there is nothing else to do it


def test_the_source_is_asked_at_the_pace_that_a_run_keeps():
    site = Site(SITE.clouds, 1000, 10)
    need = Need.of(work(worker=4, source_gets=7_200_000), Layout((CPU,), (1,)), site)
    assert (need.wall_h, need.bound) == (pytest.approx(2 / SHARE), REQUESTS)


def test_a_core_without_the_memory_of_a_worker_is_none():
    assert (machine(memory=4).workers, machine(memory=8).workers) == (2, 4)


def test_the_fastest_cores_are_busy_first():
    slow, fast = machine(cores=4, speed=1.0), machine(cores=4, speed=2.0)
    assert float(Layout((slow, fast), (1, 1)).cores(6)) == 4 * 2 + 2
    assert Need.of(work(driver=2), Layout((slow, fast), (1, 1)), SITE).bounds[DRIVER] == 1


WORKS = st.lists(
    st.builds(
        lambda items, shared, serial, network, driver, gets: work(
            items, shared + serial + network, serial, network, driver, source_gets=gets
        ),
        st.integers(1, 40), *[st.floats(0, 50)] * 4, st.floats(0, 1e7),
    ),
    min_size=1,
    max_size=3,
)  # fmt: skip
MACHINES = st.builds(machine, st.integers(1, 8), st.floats(0.1, 9), st.just(0), speed=st.floats(0.5, 2))
WITH_GPUS = st.builds(machine, st.integers(1, 8), st.floats(0.1, 9), st.integers(1, 4), gpu_speedup=st.floats(1, 40))
TYPES = st.one_of(st.tuples(MACHINES), st.tuples(WITH_GPUS), st.tuples(MACHINES, WITH_GPUS))
SITES = st.sampled_from([SITE, Site(SITE.clouds, 1000, 10)])


@given(WORKS, TYPES, SITES, st.floats(0.1, 100))
def test_the_cheapest_is_the_cheapest_of_all_that_end_in_time(works, types, site, deadline):
    layouts = [Layout(types, counts) for counts in product(range(1, 41), repeat=len(types))]
    reckoned = [(sum(float(f(work, each, site)) for work in works) for f in (wall, cost)) for each in layouts[::7]]
    prices = [price for hours, price in reckoned if hours <= deadline * (1 - 1e-9)]
    found = cheapest(works, types, site, deadline)
    assert found is not None or not prices
    if found:
        assert found.need.wall_h <= deadline * (1 + 1e-9)
        assert all(found.need.cost <= price * (1 + 1e-9) for price in prices)


@given(WORKS, TYPES, SITES, st.floats(0.1, 100), st.floats(1, 10))
def test_a_longer_deadline_never_costs_more(works, types, site, deadline, longer):
    first, second = (cheapest(works, types, site, each) for each in (deadline, deadline * longer))
    assert first is None or second.need.cost <= first.need.cost


@given(WORKS, TYPES, SITES, st.integers(1, 20), st.integers(1, 20))
def test_more_machines_are_never_slower(works, types, site, count, more):
    one, other = (Layout(types, (number,) * len(types)) for number in (count, count + more))
    assert all(wall(each, other, site) <= wall(each, one, site) * (1 + 1e-9) for each in works)


def test_each_type_alone_and_the_best_mix_are_told():
    cheap = machine(hour=1.2, gpus=1)
    far = machine(hour=9, gpus=1, region="eu-west-1")  # a layout is in one region
    found = choose([work(worker=440, network=400), work(worker=400)], [CPU, cheap, far], SITE, 25)
    assert [choice.layout.machines for choice in found] == [(CPU, cheap), (cheap,), (CPU,), (far,)]


@pytest.mark.parametrize(
    ("phase", "told"),
    [
        (work(source_gets=36e6), "11.5 hours go to 36,000,000 requests to the source, 870 a second by --requests"),
        (work(driver=12), "12 hours go to the driver, which works alone"),
        (work(items=2, worker=30), "15 hours go to phases that have fewer items than there are cores"),
    ],
)
def test_a_deadline_that_nothing_meets_is_told_with_what_bounds_it(phase, told):
    site = Site(SITE.clouds, 1000, 10)
    assert choose([phase], [CPU], site, 2) == []
    line = too_late("120m", *earliest([phase], [CPU], site), site, "USD")
    assert line.startswith(f"nothing ends within 120m: {told}")
    assert "; the earliest end is after 1" in line


def test_where_nothing_ends_in_time_the_cheapest_that_ends_about_first_is_told():
    works = [work(items=4000, worker=4, source_gets=0), work(driver=10)]
    first, near = earliest(works, [CPU], SITE)  # a thousand machines save half an hour that two of them take
    assert (first, near.layout.counts) == (pytest.approx(10.001), (2,))
    assert too_late("9h", first, near, SITE, "USD").endswith("within 5% of that is 2 : 10.5 hours, 21.00 USD")


def test_a_table_of_layouts_is_no_wider_than_a_terminal():
    names = ["n2-standard-16", "g2-standard-16"]
    layout = Layout(tuple(KNOWN.machines[name] for name in names), (9, 12))
    lines = list(choices([Choice.of([work(worker=1)], layout, Site(KNOWN.clouds, 0, 20))], "2m", SITE, "USD"))
    assert lines[1].startswith("Within 2m, ")
    assert max(map(len, lines)) <= 80
    assert lines[-1].strip() == "g2-standard-16"


def test_machines_of_the_package():
    layout = parse_layout(["c7i.4xlarge", "g6.4xlarge:2"], KNOWN)
    assert str(layout) == "1 c7i.4xlarge + 2 g6.4xlarge"
    assert (layout.total("workers"), layout.total("gpus")) == (48, 2)
    assert all(machine.workers == machine.cores for machine in KNOWN.machines.values())
    assert np.isclose(layout.hour, 0.714 + 2 * 1.3232)
