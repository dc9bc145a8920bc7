"""A mirror served over HTTP from loopback, with counts of what was asked for and rules by which answers go wrong."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: What is to become of a request for a path, the number of which is the second argument: None for the plain answer.
Answer = Callable[["Handler", bytes], None]
Rule = Callable[[str, int], Answer | None]


class Served(ThreadingHTTPServer):
    """`count`: GETs by path, `given`: those answered plainly; `rule`: what goes wrong. It never tells of errors."""

    daemon_threads, block_on_close, request_queue_size = True, False, 128

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.count: Counter[str] = Counter()
        self.given: Counter[str] = Counter()
        self.rule: Rule = lambda path, number: None
        self.uri = f"http://127.0.0.1:{self.server_port}"
        self._lock = threading.Lock()
        self._asked = 0

    def note(self, path: str) -> int:
        """Count a request, and give its number among those for files of articles."""
        with self._lock:
            self.count[path] += 1
            self._asked += path.startswith(("/PMC", "/metadata/PMC"))
            return self._asked

    def articles(self) -> Counter[str]:
        """How often the XML of each article was given."""
        found = Counter[str]()
        for path, count in self.given.items():
            if path.startswith("/PMC") and path.endswith(".xml"):
                found[path.split("/")[1]] += count
        return found

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self.count.clear()
            self.given.clear()
            self._asked = 0

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Handler(SimpleHTTPRequestHandler):
    """Static files over connections that stay open."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Served

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        number = self.server.note(path)
        answer = self.server.rule(path, number)
        if answer is None:
            self.server.given[path] += 1
            super().do_GET()
        else:
            file = Path(self.translate_path(path))
            answer(self, file.read_bytes() if file.is_file() else b"")

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The server of a folder, for as long as the block lasts."""
    server = Served(folder)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def status(code: int, body: bytes = b"", kind: str = "text/html") -> Answer:
    def answer(handler: Handler, data: bytes) -> None:
        handler.send_response(code)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def page(handler: Handler, data: bytes) -> None:
    """A page of HTML with the status 200, as a proxy or a portal answers."""
    status(200, b"<!DOCTYPE html><html><body>Sign in to the network</body></html>")(handler, data)


def damaged(handler: Handler, data: bytes) -> None:
    """The right length, a wrong byte in the middle."""
    middle = len(data) // 2
    changed = data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :] if data else b"x"
    status(200, changed, "application/octet-stream")(handler, data)


def cut_off(handler: Handler, data: bytes) -> None:
    """Half of what was promised, then the connection ends."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[: len(data) // 2])
    handler.close_connection = True


def reset(handler: Handler, data: bytes) -> None:
    """No answer at all."""
    handler.close_connection = True
    handler.connection.close()


def slow(seconds: float) -> Answer:
    """The right answer, late."""

    def answer(handler: Handler, data: bytes) -> None:
        time.sleep(seconds)
        status(200, data, "application/octet-stream")(handler, data)

    return answer
