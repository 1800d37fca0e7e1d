"""How threads wait for each other."""

from __future__ import annotations

import os


def wait_passively() -> None:
    """Let the threads of torch sleep while they wait, not spin on cores that others need; before torch is imported.

    A variable OMP_WAIT_POLICY that is set stays as it is.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
