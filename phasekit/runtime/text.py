"""Text as the world writes it: UTF-8, else Latin-1."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

from phasekit.runtime.errors import InputError


def read_text(path: Path) -> str:
    r"""Read a text file in UTF-8 or Latin-1, lines ended by "\n"; raises InputError if it is unreadable or no text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f"{path}: this is not a text file in UTF-8: it begins as one in UTF-16; save it in UTF-8")
    if b"\0" in content:
        raise InputError(f"{path}: this is not a text file: it holds bytes of 0; name one in UTF-8")
    return decoded(content).replace("\r\n", "\n").replace("\r", "\n")


def decoded(content: bytes) -> str:
    """Return the text of bytes in UTF-8, else in Latin-1, in which every byte is a character."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def plain_text(value: Any) -> str:
    """Return the text of a value in a file: bytes, a text, or an array of one of these."""
    while getattr(value, "shape", ()) and getattr(value, "size", 0) == 1:
        value = value.reshape(-1)[0]
    return decoded(value.rstrip(b"\0")) if isinstance(value, bytes) else str(value)
