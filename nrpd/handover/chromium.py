"""Pictures of HTML, taken by the Chromium of the machine where there is one, without scripts and without a network.

Chromium is steered through two pipes with the messages of its DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/), so that one start serves many pictures, and no port is opened.
The page is blank and is given its content, so that it has no address from which it could load a file. Its
Content-Security-Policy lets nothing but data in the text be shown, it is offline, and all else that Chromium itself
might ask for goes to a proxy that is not there.
"""

from __future__ import annotations

import base64
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from nrpd.errors import NrpdError

WIDTH, HIGHEST = 680, 6000
"""Pixels: the width of a window in which mail is read, and where the picture of a long body ends."""
PATIENCE = 30.0
"""Seconds for one picture, the start included; then there is none."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
_OPTIONS = (
    "--headless", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--no-default-browser-check", "--disable-extensions", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-default-apps", "--disable-dev-shm-usage", "--mute-audio",
    "--force-color-profile=srgb", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
_START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads from 3 and writes to 4; a process of its own puts the pipes there, since a kernel has threads."""


class NoPicture(NrpdError):
    """Chromium did not start, did not answer in time, or answered with an error."""


def find() -> str | None:
    """Path of the machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def pictures(
    pages: Mapping[str, bytes], *, program: str | None = None, tell: Callable[[int, int], None] = lambda *_: None
) -> dict[str, bytes]:
    """Name → PNG of each page (UTF-8 HTML), as far as they could be taken; empty where there is no Chromium.

    `tell` hears how many of how many there are.
    """
    program = program or find()
    made: dict[str, bytes] = {}
    if program is None or not pages:
        return made
    with suppress(NoPicture, OSError), _running(program) as browser:
        for name, page in pages.items():
            made[name] = browser.picture(page.decode("utf-8", "replace"))
            tell(len(made), len(pages))
    return made


class _Browser:
    """One running Chromium."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._buffer = b""
        self._number = 0

    def picture(self, html: str) -> bytes:
        until = time.monotonic() + PATIENCE
        target = self._ask(until, "Target.createTarget", url="about:blank")["targetId"]
        session = self._ask(until, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

        def ask(method: str, **values: Any) -> dict[str, Any]:
            return self._ask(until, method, session, **values)

        ask("Network.enable")
        ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
        ask("Emulation.setScriptExecutionDisabled", value=True)
        ask("Emulation.setDeviceMetricsOverride", width=WIDTH, height=400, deviceScaleFactor=1, mobile=False)
        frame = ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        ask("Page.setDocumentContent", frameId=frame, html=_guarded(html))
        size = ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": min(max(size["height"], 40), HIGHEST), "scale": 1}
        shot = ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        self._ask(until, "Target.closeTarget", targetId=target)
        return base64.b64decode(shot)

    def _ask(self, until: float, method: str, session: str = "", **values: Any) -> dict[str, Any]:
        self._number += 1
        message = {
            "id": self._number,
            "method": method,
            "params": values,
            **({"sessionId": session} if session else {}),
        }
        self._send(json.dumps(message).encode() + b"\0", until)
        while True:
            answer = json.loads(self._next(until))
            if answer.get("id") != self._number:
                continue  # an event
            if "error" in answer:
                raise NoPicture(f"{method}: {answer['error'].get('message', '')}")
            return dict(answer["result"])

    def _send(self, data: bytes, until: float) -> None:
        while data:
            if not select.select([], [self._writing], [], max(0.0, until - time.monotonic()))[1]:
                raise NoPicture("Chromium does not listen")
            data = data[os.write(self._writing, data[:4096]) :]

    def _next(self, until: float) -> bytes:
        while b"\0" not in self._buffer:
            if not select.select([self._reading], [], [], max(0.0, until - time.monotonic()))[0]:
                raise NoPicture("Chromium did not answer in time")
            data = os.read(self._reading, 1 << 16)
            if not data:
                raise NoPicture("Chromium ended")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return message


@contextmanager
def _running(program: str) -> Iterator[_Browser]:
    """Chromium with a profile that is removed afterwards."""
    its_input, writing = os.pipe()
    reading, its_output = os.pipe()
    with tempfile.TemporaryDirectory(prefix="nrpd-chromium-", ignore_cleanup_errors=True) as profile:
        options = [*_OPTIONS, f"--user-data-dir={profile}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium refuses to start as root with it
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, str(its_input), str(its_output), program, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(its_input, its_output), start_new_session=True,
        )  # fmt: skip
        try:
            os.close(its_input)
            os.close(its_output)
            yield _Browser(reading, writing)
        finally:
            os.close(writing)
            os.close(reading)
            process.kill()
            process.wait()


def _guarded(html: str) -> str:
    """The page with a policy in front of all else in its head, so that nothing is loaded whatever it names."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    found = re.search(r"<head\b[^>]*>", html, re.IGNORECASE) or re.match(r"\s*<!doctype[^>]*>", html, re.IGNORECASE)
    place = found.end() if found else 0
    return html[:place] + meta + html[place:]
