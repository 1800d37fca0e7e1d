"""Near matches for a misspelt word, as the second half of a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(word: str, known: Iterable[str]) -> str:
    """Suggest the known words that `word` may have meant, or list them all: "did you mean beta?"."""
    words = sorted(set(known))
    if not words:
        return "none are available"
    lowered = {w.lower(): w for w in words}
    close = [lowered[match] for match in get_close_matches(word.lower(), lowered, n=3, cutoff=0.6)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"available: {', '.join(words)}"
