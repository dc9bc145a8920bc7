"""Chromium without a window, driven over its debugging pipe: no driver, no port and no package is needed.

Messages of the DevTools protocol go through two pipes, as JSON that a zero byte ends. What the page says in the console
and what it asks for is kept, so that a test can look at it.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)

_SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


#: A view is there, and its charts are.
_DRAWN = "document.querySelector('main h1') && !document.querySelector('[aria-busy], .chart:empty')"


class Browser:
    """A Chromium with one page."""

    def __init__(self, folder):
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True)
        self.errors, self.requests = [], []
        self._sent, self._rest, self._session = 0, b"", None
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # The browser reads its file descriptor 3 and writes 4; the shell puts the pipes there.
        line = f'exec "$@" 3<&{commands} 4>&{answers}'
        switches = [*_SWITCHES, f"--user-data-dir={folder / 'profile'}"]
        self._process = subprocess.Popen(
            ["bash", "-c", line, "bash", CHROMIUM, *switches],
            pass_fds=(commands, answers),
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads))

    def close(self):
        self._process.terminate()
        self._process.wait(30)
        os.close(self._commands)
        os.close(self._answers)

    def call(self, method, **parameters):
        """The answer to a command; events that come before it are kept."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._sent:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self._keep(answer)

    def _receive(self, seconds=60):
        ends = time.monotonic() + seconds
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0, ends - time.monotonic()))
            assert ready, "the browser does not answer"
            part = os.read(self._answers, 1 << 20)
            assert part, "the browser ended"
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _keep(self, event):
        told = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.errors.append(told["exceptionDetails"].get("exception", {}).get("description", str(told)))
        elif event["method"] == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.errors.append(told["entry"]["text"])
        elif event["method"] == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
            self.errors.append(str(told["args"]))
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def size(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, page, view=""):
        """Open a page anew and wait until its view is drawn."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=page.as_uri() + view)
        self.wait(_DRAWN)

    def go(self, view):
        """Follow a link inside the page."""
        self.run(f"void (location.hash = {json.dumps(view)})")
        self.settle()

    def settle(self):
        """Wait until the view that was asked for is drawn."""
        self.run("new Promise((done) => setTimeout(done, 50))")
        self.wait(_DRAWN)

    def run(self, expression):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]["exception"]["description"]
        return answer["result"].get("value")

    def wait(self, condition, seconds=20):
        ends = time.monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < ends, f"never true: {condition}\n{self.errors}"
            time.sleep(0.02)

    def text(self, selector="main"):
        return self.run(f"document.querySelector({json.dumps(selector)}).innerText")

    def texts(self, selector):
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.innerText.trim())")

    def click(self, selector):
        self.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.settle()

    def type(self, selector, text):
        """Put a text into a field as a reader does who pastes it."""
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        if text:
            self.call("Input.insertText", text=text)
        else:
            self.press("Delete")

    def choose(self, selector, value):
        """Choose an option of a select field."""
        field = f"document.querySelector({json.dumps(selector)})"
        self.run(f"({field}.value = {json.dumps(value)}, {field}.dispatchEvent(new Event('change')))")
        self.settle()

    def press(self, key, code=None):
        """Press a key such as "Tab", "Enter", "ArrowDown" or "/"."""
        keys = {"Tab": 9, "Enter": 13, "ArrowDown": 40, "ArrowUp": 38, "Delete": 46, "End": 35, "Home": 36}
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        known = {"key": key, "code": code or key, "windowsVirtualKeyCode": keys.get(key, ord(key[0].upper()))}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **known)
        self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def downloaded(self, name, seconds=20):
        """The text of a file that the page handed out."""
        ends = time.monotonic() + seconds
        while not (self.downloads / name).exists():
            self.run("0")
            assert time.monotonic() < ends, f"{name} was not downloaded"
            time.sleep(0.05)
        return (self.downloads / name).read_bytes().decode()

    def picture(self, path, full=False):
        """A screenshot of what is in sight, or of the whole page."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=full)
        path.write_bytes(base64.b64decode(answer["data"]))
