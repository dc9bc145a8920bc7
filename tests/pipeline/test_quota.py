"""A source sees no more requests and connections than allowed, however many workers there are, and is let alone when it
asks for that: real workers, and a server that counts.
"""

import json
import logging
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import formatdate
from functools import partial
from types import SimpleNamespace

import corpora
import pyarrow as pa
import pytest
from servers import Handler, Server, free_ports, kill, status

import dags
from dags import local
from dags.stage import silent
from pipeline.engines import LOOPBACK, MANY, reach
from pipeline.sources import Opening, Policy
from pipeline.sources.deadline import clock
from pipeline.sources.http import Web
from pipeline.sources.quota import channel, lines
from pipeline.sources.quota.desk import Desk
from pipeline.sources.quota.guest import Guest
from pipeline.sources.quota.limiter import Ask, Limiter
from pipeline.sources.quota.lines import Invitation, OwnLine
from pipeline.sources.quota.rate import FIRST, KEPT, LONGEST_ASKED
from pipeline.sources.retry import Client
from pipeline.sources.transport import Throttled
from tests.graphs import ROWS, Double, graph, items, numbers

#: Another address of this machine stands for another machine.
ELSEWHERE = "127.0.0.2"

KEYS = [f"{number}.txt" for number in range(40)]

SLOW_DOWN = b"<Error><Code>SlowDown</Code></Error>"

#: More than any test here asks for.
PLENTY = 10**6


def is_open(connection) -> bool:
    """Whether the other side has it open still."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


class Counting(Handler):
    """Notes when requests come, and the most connections that were open at once."""

    def setup(self):
        super().setup()
        with self.server.counting:
            self.server.most = max(self.server.most, sum(map(is_open, list(self.server.open))))

    def do_GET(self):
        self.server.times.append(time.monotonic())
        self.server.before(len(self.server.times))
        super().do_GET()


class CountingServer(Server):
    """`before` is told the number of each request before it is answered."""

    def __init__(self, folder):
        super().__init__(folder, 0, None)
        self.RequestHandlerClass = partial(Counting, directory=str(folder))
        self.times, self.most, self.counting, self.before = [], 0, threading.Lock(), lambda number: None
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        kill(self)

    @property
    def most_in_a_second(self):
        return max(sum(start <= each < start + 1 for each in self.times) for start in self.times)


@pytest.fixture
def server(tmp_path):
    """Serves 40 small files."""
    folder = tmp_path / "served"
    folder.mkdir()
    for key in KEYS:
        (folder / key).write_text(key)
    with closing(CountingServer(folder)) as found:
        yield found


@pytest.fixture
def desk():
    """Opens a desk on loopback with so many requests and connections, for as many workers as come."""
    desks = []

    def serve(requests=PLENTY, connections=PLENTY, workers=1, on_cut=lambda cut: None, host=LOOPBACK) -> Invitation:
        desks.append(opened := Desk(requests, connections, on_cut))
        return opened.serve(host, workers)

    serve.cut = lambda: [each.shutdown(socket.SHUT_RDWR) for desk in desks for each in list(desk._server.open)]
    serve.end = lambda: [each.__exit__(None, None, None) for each in desks]
    yield serve
    serve.end()


def worker(server, bounds, policy=None) -> Client:
    """What reads from a server, with four threads."""
    return Client(Web(server.uri, 4, bounds=bounds), policy or Policy())


def fetch(client, keys=KEYS) -> list[str]:
    with ThreadPoolExecutor(4) as pool:
        return [data.decode() for data in pool.map(client.get, keys)]


def fetch_together(clients) -> None:
    with ThreadPoolExecutor(len(clients)) as pool:
        assert list(pool.map(fetch, clients)) == [KEYS] * len(clients)


def throttle(server) -> list[float]:
    """Throttle from the 30th request on, for nearly as long as the first pause; when that was."""
    times = []

    def slow_down(number):
        ill = number >= 30 and time.monotonic() < server.times[29] + 0.9 * FIRST
        server.ill = status(503, SLOW_DOWN) if ill else None
        if ill:
            times.append(server.times[number - 1])

    server.before = slow_down
    return times


class Fetches(Double):
    """Fetches the file that a number names, by four threads."""

    name, batch = "fetches", 100

    def __init__(self, uri, bounds):
        self.uri, self.bounds = uri, bounds

    def setup(self):
        self.client = Client(Web(self.uri, 4, bounds=self.bounds), Policy())

    def __call__(self, table):
        fetched = fetch(self.client, [f"{number}.txt" for number in table["number"].to_pylist()])
        rows = [{"number": int(text.removesuffix(".txt"))} for text in fetched]
        return pa.Table.from_pylist(rows, schema=ROWS)


def test_workers_keep_to_the_bounds_and_fall_silent_together(server, desk, tmp_path):
    cuts, work = [], items(*[list(range(14, 40))] * 4)
    bounds = desk(requests=60, connections=6, workers=4, on_cut=cuts.append)
    throttled = throttle(server)
    outcomes = local.run(graph(tmp_path, Fetches(server.uri, bounds)), work, silent, workers=4, preload=[])
    assert numbers(outcomes) == {item.key: item.payload for item in work}
    assert server.most_in_a_second <= 60
    assert server.most <= 6
    assert [cut.pause for cut in cuts] == [FIRST]
    assert 0 < len(throttled) <= 2 * 6
    assert not [each for each in server.times if 0.9 * FIRST < each - throttled[0] < FIRST]


@pytest.mark.parametrize(
    "engine", ["inline", *(pytest.param(name, marks=pytest.mark.full) for name in ("local", "ray"))]
)
def test_a_build_from_a_source_that_throttles(run, tmp_path, engine):
    folder, out = tmp_path / "mirror", tmp_path / "out"
    corpora.mirror(folder, *([number] for number in range(1, 13)))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("unit_articles: 3\npanels: whole\n")
    assert run("build", folder, out, "--recipe", recipe, "--engine", "inline")[0] == 0
    with closing(CountingServer(folder)) as server:
        throttle(server)
        bounds = ("--requests", 60, "--connections", 6)
        where = ("--recipe", recipe, "--engine", engine, "--log", tmp_path / "log")
        ended, _, told = run("build", server.uri, tmp_path / "far", *where, *bounds)
    assert (ended, told.count("the source throttles us")) == (0, 1)
    assert run("digest", tmp_path / "far") == run("digest", out)
    assert server.most_in_a_second <= 60
    assert server.most <= 6
    events = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [event["pause"] for event in events if event["event"] == "source_throttled"] == [FIRST]


def test_a_plan_keeps_to_the_bounds_of_a_build(run, tmp_path):
    corpora.mirror(tmp_path / "mirror", *([number] for number in range(1, 13)))
    with closing(CountingServer(tmp_path / "mirror")) as server:
        ended, told, _ = run("plan", server.uri, "--requests", 60, "--connections", 2)
    assert ended == 0
    assert server.most <= 2
    assert "52 requests a second to the source, of --requests 60" in " ".join(told.split())


def test_a_rate_is_that_of_all_workers(server, desk):
    bounds = desk(requests=60)
    fetch_together([worker(server, bounds) for _ in range(3)])
    assert server.most_in_a_second <= 60


def test_connections_live_on(server, desk):
    client = worker(server, desk())
    fetch(client)
    fetch(client)
    assert server.count["connections"] <= 4


def test_connections_are_those_of_all_workers(server, desk):
    bounds = desk(connections=3)
    fetch_together([worker(server, bounds) for _ in range(3)])
    assert server.most <= 3


def test_workers_take_turns_where_there_are_more_of_them_than_connections(server, desk):
    bounds = desk(connections=1)
    fetch_together([worker(server, bounds) for _ in range(3)])
    assert server.most == 1


def test_connections_that_nobody_uses_are_handed_on(server, desk):
    bounds = desk(connections=4)
    clients = [worker(server, bounds) for _ in range(2)]
    for client in clients:
        assert fetch(client) == KEYS
    assert server.most <= 4


HOLDER = """
import sys, time
from pipeline.sources.quota.limiter import Ask
from pipeline.sources.quota.lines import Invitation
host, port, key = sys.argv[1:]
line = Invitation(host, int(port), bytes.fromhex(key), 1, 1, 1).line()
print(line.ask(Ask(1, 4, 0)).connections, flush=True)
time.sleep(600)
"""


def test_what_a_killed_worker_held_is_free(server, desk):
    bounds = desk(connections=4)
    command = [sys.executable, "-c", HOLDER, bounds.host, str(bounds.port), bounds.key.hex()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "4\n"
        threading.Timer(0.3, holder.send_signal, [signal.SIGKILL]).start()
        assert fetch(worker(server, bounds)) == KEYS
        assert holder.wait() == -signal.SIGKILL


@pytest.fixture
def logged(caplog, monkeypatch):
    """What is logged to people; a worker waits for nothing when its desk is gone."""
    monkeypatch.setattr(lines, "FAREWELL", 0.0)
    caplog.set_level(logging.WARNING, "medconcept")
    return lambda: [record.getMessage() for record in caplog.records]


def test_workers_that_do_not_reach_the_desk_keep_to_equal_shares(server, logged):
    bounds = Invitation(LOOPBACK, free_ports(1)[0], b"key", 60, 3, workers=2)
    fetch_together([worker(server, bounds) for _ in range(2)])
    assert server.most <= 2
    assert server.most_in_a_second <= 60
    told = logged()
    assert len(told) == 2
    assert all("this worker keeps to 1/2 of them" in each for each in told)


@pytest.mark.parametrize(("host", "messages"), [(ELSEWHERE, 1), (LOOPBACK, 0)])
def test_a_desk_that_goes_away_leaves_each_its_share(server, desk, logged, host, messages):
    client = worker(server, desk(connections=4, workers=2, host=host))
    assert fetch(client) == KEYS
    desk.end()
    time.sleep(KEPT)  # for which what it gave leave for may be sent
    server.most = 0
    for connection in list(server.open):  # what comes now is counted anew
        connection.shutdown(socket.SHUT_RDWR)
    assert fetch(client) == KEYS
    assert server.most <= 2
    assert len(logged()) == messages


def test_a_worker_that_lost_the_desk_finds_it_again(desk, logged, monkeypatch):
    monkeypatch.setattr(lines, "AGAIN", (0.0, 0.0))
    with closing(desk(connections=40, workers=10, host=ELSEWHERE).line()) as line:
        assert line.ask(Ask(1, 16, 0)).connections == 16
        desk.cut()
        assert line.ask(Ask(1, 16, 4)).connections == 4
        line.mend()
        assert line.ask(Ask(1, 16, 4)).connections == 16
    assert len(logged()) == 1


def test_a_share_on_ray_is_that_of_a_cluster_that_may_grow(monkeypatch):
    cluster = SimpleNamespace(own_address=lambda: "10.0.0.1", cores=lambda: 2)
    monkeypatch.setattr(dags, "ray_cluster", cluster, raising=False)
    assert reach(SimpleNamespace(engine="ray")) == ("10.0.0.1", MANY)


def test_strangers_neither_get_in_nor_stand_in_the_way(server, desk):
    bounds = desk()
    with closing(socket.create_connection((bounds.host, bounds.port))):  # says nothing
        with pytest.raises(channel.LOST):
            channel.connect(bounds.host, bounds.port, b"another key")
        assert fetch(worker(server, bounds)) == KEYS


def test_strangers_in_the_midst_of_their_introduction_go_with_the_desk(desk, monkeypatch):
    monkeypatch.setattr(channel, "INTRODUCTION", 600.0)
    bounds = desk()
    with closing(socket.create_connection((bounds.host, bounds.port), timeout=30)) as stranger:
        assert stranger.recv(1)
        desk.end()
        while stranger.recv(100):
            pass


class Faulty(OwnLine):
    """Breaks at the first question, then notes each; takes a while to hear of throttling."""

    def __init__(self):
        super().__init__(Limiter(PLENTY, PLENTY), lambda cut: None)
        self.asked = []

    def ask(self, wanted):
        self.asked.append(wanted)
        if len(self.asked) == 1:
            raise KeyboardInterrupt
        return super().ask(wanted)

    def throttled(self, after):
        time.sleep(0.2)


def test_who_is_interrupted_while_it_waits_for_leave_wants_nothing_any_more():
    line = Faulty()
    guest = Guest(line, lambda: None)
    with pytest.raises(KeyboardInterrupt), guest.request():
        pass
    with guest.request():
        assert line.asked[-1] == Ask(1, 1, 0)


def test_a_driver_that_is_slow_to_hear_of_throttling_eats_no_deadline():
    line = Faulty()
    line.asked.append("a question")
    before = time.monotonic() - clock()
    with pytest.raises(Throttled), Guest(line, lambda: None).request():
        raise Throttled("HTTP 503", 0.0)
    assert time.monotonic() - clock() >= before + 0.2


def test_a_source_that_has_been_opened_is_sent_without_its_connections(server, desk):
    unopened = partial(Opening, server.uri, 1, Policy(), desk())
    opening = unopened()
    opened = opening()
    assert pickle.loads(pickle.dumps(opening)) == unopened()
    assert opening() is opened


THROTTLING = {
    "503": (503, b"", None, FIRST),
    "SlowDown": (400, SLOW_DOWN, None, FIRST),
    "SlowDown as a 403": (403, SLOW_DOWN, None, FIRST),
    "429": (429, b"", "7", 7),
    "until a date": (503, b"", formatdate(time.time() + 10**6, usegmt=True), LONGEST_ASKED),
    "no date": (429, b"", "soon", FIRST),
}


@pytest.mark.parametrize(("code", "body", "after", "pause"), THROTTLING.values(), ids=THROTTLING)
def test_who_is_throttled_tells_all(server, desk, code, body, after, pause):
    def answer(handler, _):
        handler.send_response(code)
        if after:
            handler.send_header("Retry-After", after)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    cuts = []
    web = Web(server.uri, 1, bounds=desk(requests=100, on_cut=cuts.append))
    server.ill = answer
    with pytest.raises(Throttled, match=f"HTTP {code}"):
        web.get("0.txt", time.monotonic() + 60)
    assert [cut.pause for cut in cuts] == [pause]


def test_who_waits_for_leave_misses_no_deadline(server, desk):
    client = worker(server, desk(requests=2), Policy(deadline=1))
    assert fetch(client, KEYS[:4]) == KEYS[:4]
