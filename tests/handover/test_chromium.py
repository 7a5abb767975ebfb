"""Pictures of e-mail bodies: taken by a real Chromium, and nothing leaves the machine for them."""

from __future__ import annotations

import io
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray

from nrpd.handover import chromium
from tests.support.chromium import find_chromium


@pytest.fixture
def program() -> str:
    found = find_chromium()
    if found is None:
        pytest.skip("there is no Chromium on the PATH; install it to run the tests that look at pages")
    return found


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Address of a server on this machine, and what it was sent."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        over = threading.Event()

        def listen() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    heard.append(connection.recv(1000))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", heard
        over.set()
        thread.join()


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(matplotlib.image.imread(io.BytesIO(png)) * 255, dtype=np.uint8)[:, :, :3]


@pytest.mark.browser
def test_pictures_show_the_whole_body_and_nothing_is_asked_for(program: str, listener: tuple[str, list[bytes]]) -> None:
    address, heard = listener
    body = (
        f'<!doctype html><html><head><meta charset="utf-8"><link rel="stylesheet" href="{address}/a.css">'
        f"<style>@import url({address}/b.css); body {{margin: 0; background: url({address}/c.png)}}</style></head>"
        f'<body><script src="{address}/d.js"></script>'
        f'<script>document.body.innerHTML = ""; fetch("{address}/e")</script>'
        f'<img src="{address}/f.png"><iframe src="{address}/g"></iframe><img src="file:///etc/hosts">'
        '<div style="height:1500px;background:#102030"></div><div style="height:100px;background:#00ff00"></div>'
        "</body></html>"
    )
    bare = '<div style="width:50px;height:50px;background:#ff0000"></div>'
    told: list[tuple[int, int]] = []
    made = chromium.pictures(
        {"long": body.encode(), "bare": bare.encode()}, program=program, tell=lambda *n: told.append(n)
    )
    assert told == [(1, 2), (2, 2)]
    long = pixels(made["long"])
    assert long.shape[0] > 1600
    assert long.shape[1] == chromium.WIDTH
    assert long[-50, 300].tolist() == [0, 255, 0]
    assert pixels(made["bare"])[20, 20].tolist() == [255, 0, 0]
    assert heard == []


def test_without_a_chromium_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert chromium.pictures({"a": b"<p>x</p>"}) == {}


@pytest.mark.parametrize("does", ["sys.exit(1)", "time.sleep(60)", 'os.write(4, b\'{"id":1,"error":{}}\\0\')'])
def test_a_program_that_is_no_chromium_gives_none_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    monkeypatch.setattr(chromium, "PATIENCE", 1.0)
    broken = tmp_path / "chromium"
    broken.write_text(f"#!{sys.executable}\nimport os, sys, time\n{does}\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    assert chromium.pictures({"a": b"<p>x</p>"}, program=str(broken)) == {}
