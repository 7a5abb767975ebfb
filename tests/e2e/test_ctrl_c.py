"""Issue "Exactly once": Ctrl-C lets the requests in flight end, then stops with a summary."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

from tests.e2e.conftest import Sampled
from tests.e2e.runs import wait_for

PHASE = "08_persons"


def test_ctrl_c_stops_a_run_that_another_goes_on_with(sampled: Sampled, tmp_path: Path) -> None:
    """The terminal sends it to the runner and all that shares its group; the kernel is a session of its own."""
    with sampled.copy(tmp_path) as (customer, box):
        box.set_faults("slow=1:0.3")
        process = subprocess.Popen(
            customer.command("run", "--to", PHASE), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **customer.environment}, start_new_session=True,
        )  # fmt: skip
        wait_for("a write in flight", lambda: customer.writes(PHASE, "sent") > 0, pause=0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 1
        told = re.search(r"stopped by Ctrl-C\. Of the writes of this run ([\d,]+) were confirmed", said)
        assert told, said
        assert int(told.group(1).replace(",", "")) == customer.writes(PHASE, "done") > 0
        assert customer.writes(PHASE, "sent", "unknown") == 0, "the requests in flight ended"
        box.set_faults("")
        ended = customer.nrpd("run", "--to", PHASE, "--json")
        assert ended.code == 0, ended.err
