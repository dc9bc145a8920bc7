"""Objects a second over HTTP from loopback: our client, alone and as one of many workers that ask the driver for leave,
beside urllib, which opens a connection for each request.

    python -m benchmarks.fetch [--objects 2000] [--bytes 50000] [--threads 16] [--latency 0.01] [--times 3]

The server sleeps `--latency` seconds for each new connection and for each request, as a round trip would: on bare
loopback (0) a new connection costs next to nothing. The ways run in turns, `--times` times, in the same process; the
driver is a process of its own, and its bounds are out of reach.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from urllib.request import urlopen

from pipeline.sources.http import Web
from pipeline.sources.quota.desk import Desk
from pipeline.sources.quota.lines import Invitation
from pipeline.sources.retry import Client, Policy


def serve(port: "multiprocessing.Queue[int]", size: int, latency: float) -> None:
    body = bytes(size)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def setup(self) -> None:
            time.sleep(latency)
            super().setup()

        def do_GET(self) -> None:
            time.sleep(latency)
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    port.put(server.server_port)
    server.serve_forever()


def lead(invitation: "multiprocessing.Queue[Invitation]") -> None:
    """A driver."""
    with Desk(10**9, 10**9, lambda cut: None) as desk:
        invitation.put(desk.serve("127.0.0.1", 1))
        time.sleep(3600)


def rate(get: Callable[[str], bytes], keys: list[str], threads: int, size: int) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        sizes = set(map(len, pool.map(get, keys)))
    assert sizes == {size}
    return len(keys) / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--bytes", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--latency", type=float, default=0.01)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()

    port: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(port, given.bytes, given.latency), daemon=True)
    server.start()
    uri = f"http://127.0.0.1:{port.get()}"
    invitation: multiprocessing.Queue[Invitation] = multiprocessing.Queue()
    driver = multiprocessing.Process(target=lead, args=(invitation,), daemon=True)
    driver.start()
    bounds = invitation.get()
    ways: dict[str, Callable[[str], bytes]] = {
        "kept connections (ours)": Client(Web(uri, given.threads), Policy()).get,
        "ours, with leave": Client(Web(uri, given.threads, bounds=bounds), Policy()).get,
        "a connection a request": lambda key: urlopen(f"{uri}/{key}").read(),
    }
    keys = [f"PMC{n}.1/figure.jpg" for n in range(given.objects)]
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.times):
        for name, get in ways.items():
            rates[name].append(rate(get, keys, given.threads, given.bytes))
    server.terminate()
    driver.terminate()
    for name, measured in rates.items():
        print(f"{name:24} {median(measured):8.0f} objects/s   ({', '.join(f'{each:.0f}' for each in measured)})")


if __name__ == "__main__":
    main()
