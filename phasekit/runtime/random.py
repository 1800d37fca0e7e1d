"""Random numbers by key: the same key draws the same numbers, whatever was drawn before."""

from __future__ import annotations

import hashlib

import torch


def keyed(*key: object, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a generator seeded by a hash of `key` (numbers, words, tuples of these)."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    generator = torch.Generator(device=device)
    generator.manual_seed(int.from_bytes(digest, "big") >> 1)
    return generator
