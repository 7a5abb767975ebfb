"""The Chromium of the machine, for tests that look at pages or click in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright


def find_chromium() -> str | None:
    """The browser that Debian's package, or the like, has put on the PATH."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def started() -> Iterator[Browser]:
    """A browser without a window; the test is skipped where there is none.

    While it runs, its event loop runs in this thread: a fixture should not outlive the module that needs it.
    """
    path = find_chromium()
    if path is None:
        pytest.skip("there is no Chromium on the PATH; install it to run the tests that look at pages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
