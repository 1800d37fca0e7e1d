"""One number per frame is read from text however its columns are parted, or from numpy's own files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.column import read_column


@pytest.mark.parametrize("text", ["1 2\n3 4\n", "# a, b\n1, 2\n\n3, 4\n", "a\tb\n1\t2\n3\t4", "#a b\n#more\n1 2\n3 4"])
def test_columns_are_read_however_they_are_parted(tmp_path: Path, text: str) -> None:
    (tmp_path / "i0.txt").write_text(text)
    np.testing.assert_allclose(read_column(tmp_path / "i0.txt", 1).array, [2, 4])


def test_a_column_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "scan.csv").write_text("#point;eta; i0\n0;10.1;9e2\n1;10.2;1e3\n")
    np.testing.assert_allclose(read_column(tmp_path / "scan.csv", "i0").array, [900, 1000])


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("1 2\n3 x\n", 1, "row 1 has 'x' where column 1 should be a number"),
        ("1 2\n3\n", 1, "row 1 has 1 columns"),
        ("i0 eta\n1 2\n", "ita", "has no column 'ita'; did you mean eta"),
    ],
)
def test_a_column_that_cannot_be_used_is_refused(tmp_path: Path, text: str, column: int | str, reason: str) -> None:
    (tmp_path / "i0.txt").write_text(text)
    with pytest.raises(InputError, match=reason):
        read_column(tmp_path / "i0.txt", column)


def test_numbers_of_numpy_are_one_line(tmp_path: Path) -> None:
    np.save(tmp_path / "eta.npy", np.arange(5.0))
    np.testing.assert_array_equal(read_column(tmp_path / "eta.npy").array, np.arange(5.0))
    np.save(tmp_path / "eta.npy", np.ones((5, 2)))
    with pytest.raises(InputError, match=r"has shape \(5, 2\); one number per frame is required"):
        read_column(tmp_path / "eta.npy")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "i0.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not a text file in UTF-8"):
        read_column(tmp_path / "i0.txt")
