"""For processes whose PYTHONPATH names this folder: a picture that ends with a mark hurts who decodes it."""

import os
import signal
import time

import transforms.panels.stage as stage

_decode = stage.decode


def _hurt(data, *arguments):
    if data.endswith(b"KILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    if data.endswith(b"HUNGRY"):
        eaten = []
        while True:
            eaten.append(b"x" * (256 << 20))
            time.sleep(0.05)  # whoever watches the memory sees it grow
    if data.endswith(b"OSERROR"):
        raise OSError("encoder error -2")
    if data.endswith(b"MEMORY"):
        raise MemoryError
    if data.endswith(b"BUG"):
        raise KeyError("no such thing")
    return _decode(data, *arguments)


stage.decode = _hurt
