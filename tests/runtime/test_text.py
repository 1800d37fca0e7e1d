"""Text is read in UTF-8, else in Latin-1; what is no text is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.runtime.text import decoded, plain_text, read_text


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\ufeff")))
def test_any_text_survives_utf_8_and_any_bytes_are_some_text(text: str) -> None:
    assert decoded(text.encode("utf-8")) == text
    assert decoded(text.encode("utf-8-sig")) == text
    assert len(decoded(text.encode("latin-1"))) <= len(text)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_a_file_is_read_whatever_ends_its_lines(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("25 °C\r\nÅ\rµ\n".encode(encoding))
    assert read_text(tmp_path / "a.txt") == "25 °C\nÅ\nµ\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file"), (b"\xff\xfea\0", "save it in UTF-8"), (b"II*\0", "not a text file")],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_text(tmp_path / "a.txt")


def test_a_file_in_utf_16_saved_in_utf_8_as_the_sentence_says_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1 2\n", encoding="utf-16")
    with pytest.raises(InputError, match="in UTF-16; save it in UTF-8"):
        read_text(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text("1 2\n", encoding="utf-8")
    assert read_text(tmp_path / "a.txt") == "1 2\n"


@pytest.mark.parametrize(
    "value", ["µm", "µm".encode(), "µm".encode("latin-1"), np.array([b"\xb5m"]), np.array(["µm"]), b"\xb5m\0\0"]
)
def test_the_text_of_a_value_is_itself(value: Any) -> None:
    assert plain_text(value) == "µm"
