"""Keep freed memory in the process, so that a large array costs no page faults the second time."""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Options of glibc's mallopt(3)."""


def keep_freed_memory(largest: int = 1 << 30) -> bool:
    """Let the C library serve arrays up to `largest` bytes from memory that it keeps; return whether it does.

    `phasekit run` and `phasekit.run` call this for their process; `phasekit.solve` does not change its caller's. If
    the C library is not glibc, nothing happens. benchmarks/iteration.py measures the gain.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL("libc.so.6", use_errno=True)
    limit = min(largest, 2**31 - 1)
    return bool(libc.mallopt(M_MMAP_THRESHOLD, limit)) and bool(libc.mallopt(M_TRIM_THRESHOLD, limit))
