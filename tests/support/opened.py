"""Workspace, journal and gates of a made-up customer, without an account."""

from __future__ import annotations

from pathlib import Path

from nrpd.parameters import Parameters
from nrpd.workspace import Workspace


def workspace(folder: Path, *, gates: str = "manual", customer: str = "acme") -> Workspace:
    """A customer's folder below `folder`, made."""
    parameters = Parameters.model_validate(
        {
            "customer": customer, "runs_root": str(folder), "source": {"export": str(folder)}, "gates": gates,
            "destination": {"kind": "sandbox", "plan": "growth"},
        }
    )  # fmt: skip
    made = Workspace(parameters)
    made.create()
    return made
