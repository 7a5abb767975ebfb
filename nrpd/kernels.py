"""Kernels of a run, and what Ctrl-C does to them.

The terminal sends Ctrl-C to the runner alone, as a kernel is a session of its own; papermill would then kill it with
its requests in flight. So the first Ctrl-C is handed on: the kernel's load lets those requests end, and stops. The
second ends the run at once; what got no answer is then settled by the next one.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from jupyter_client.manager import AsyncKernelManager

_STARTED: WeakSet[AsyncKernelManager] = WeakSet()


class Kernels(AsyncKernelManager):
    """A kernel manager that can be found again while its kernel runs."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _STARTED.add(self)


def _running() -> list[int]:
    """Process ids of the kernels that run now."""
    found = (getattr(manager.provisioner, "pid", None) for manager in _STARTED if manager.has_kernel)
    return [pid for pid in found if pid]


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, the first Ctrl-C goes to the kernels. Where there is none, or no main thread, it does what it
    always does."""
    if threading.current_thread() is not threading.main_thread() or os.name != "posix":
        yield
        return
    handed_on = False

    def interrupt(*_: Any) -> None:
        nonlocal handed_on
        pids = _running()
        if handed_on or not pids:
            raise KeyboardInterrupt
        handed_on = True
        for pid in pids:
            os.kill(pid, signal.SIGINT)

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
