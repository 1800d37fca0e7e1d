"""A page in headless Chromium, asked through the pipe of its debugging protocol; needs nothing but the browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)


class Page:
    """One page of one browser; use it as a context. `errors` has what the console called one, or a script threw."""

    def __init__(self, path: Path, profile: Path, *, width: int = 1280, dark: bool = False) -> None:
        assert BROWSER is not None
        theirs, ours = os.pipe()
        back, out = os.pipe()
        # The browser reads from descriptor 3 and writes to 4.
        launch = 'exec 3<&"$0" 4>&"$1"; shift; exec "$@"'
        flags = ["--headless", "--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"]
        flags += [f"--user-data-dir={profile}", f"--window-size={width},1000", "--remote-debugging-pipe"]
        self.process = subprocess.Popen(
            ["bash", "-c", launch, str(theirs), str(out), BROWSER, *flags, "about:blank"],
            pass_fds=(theirs, out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(out)
        self.ours, self.back, self.rest, self.number = ours, back, b"", 0
        self.errors: list[str] = []
        self.session: str | None = None
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._ask(f"{domain}.enable")
        size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._ask("Page.navigate", url=path.resolve().as_uri())
        self.until("document.readyState === 'complete'")

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.back)

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; take down errors on the way."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.ours, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self.number:
                assert "error" not in told, told["error"]
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            part = os.read(self.back, 1 << 16)
            assert part, "the browser has ended"
            self.rest += part
        one, _, self.rest = self.rest.partition(b"\0")
        told: dict[str, Any] = json.loads(one)
        method, parameters = told.get("method"), told.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str(parameters["args"]))
        return told

    def says(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, promises waited for."""
        given = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        found = self._ask("Runtime.evaluate", **given)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def click(self, node: str) -> None:
        """Click with the mouse into the middle of what an expression gives, which has to be in the window."""
        box = self.says(f"{node}.getBoundingClientRect().toJSON()")
        told = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, **told)

    def key(self, name: str) -> None:
        """Press a key and let it go; it goes to what has the focus."""
        text = {"text": "\r"} if name == "Enter" else {}
        code = {"Enter": 13, "ArrowUp": 38, "ArrowDown": 40}[name]
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code, **text)

    def until(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.says(expression):
            assert time.monotonic() < end, f"not so after {seconds} s: {expression}"
            time.sleep(0.05)
