"""The command line lets waiting threads sleep, before it imports torch, and leaves a choice of the user alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = """\
import os, sys
from phasekit.cli.app import main
sys.argv = ["phasekit", "--version"]
try:
    main()
except SystemExit:
    pass
print(os.environ["OMP_WAIT_POLICY"], "torch" in sys.modules)
"""


@pytest.mark.parametrize(("given", "found"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_waiting_threads_sleep_unless_the_user_says_otherwise(given: dict[str, str], found: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"} | given
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"{found} False"
