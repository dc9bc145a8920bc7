"""Something done again and again beside a block of code."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(do: Callable[[], None], pause: Callable[[], float], name: str) -> Iterator[None]:
    """Call `do` after each `pause()` seconds, from a thread that ends with the block."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(pause()):
            do()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
