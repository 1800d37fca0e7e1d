"""Memory that was freed serves the next large array, without a page fault."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
from phasekit.runtime.allocator import keep_freed_memory
kept = sys.argv[1] == "kept" and keep_freed_memory()
bytes(bytearray(64 << 20))
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(8):
    bytearray(64 << 20)
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(mode: str) -> tuple[bool, int]:
    """Return whether memory is kept, and the page faults of eight large arrays, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", FAULTS, mode], capture_output=True, text=True, check=True)
    kept, faults = map(int, done.stdout.split())
    return bool(kept), faults


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_with_freed_memory_kept_large_arrays_cost_hardly_any_page_fault() -> None:
    (kept, few), (returned, many) = _faults("kept"), _faults("returned")
    assert (kept, returned) == (True, False)
    assert few < 0.1 * many


def test_where_the_c_library_is_another_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from phasekit.runtime import allocator

    monkeypatch.setattr("platform.libc_ver", lambda: ("", ""))
    assert not allocator.keep_freed_memory()
