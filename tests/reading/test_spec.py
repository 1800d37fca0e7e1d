"""A scan of a SPEC file: command, motors and columns as they stand there, or a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phasekit import InputError
from phasekit.reading.spec import SpecScan, read_spec

TEXT = """\
#F made_up.spec
#D Sat Feb 01 20:15:38 2020

#O0 Delta  Theta  Chi  Lab X
#o0 del th chi labx

#S 53  ascan  Theta 0.1 0.2 1 0.2
#P0 32 0.22 90 1.5
#N 2
#L Theta  Monitor
0.1 1000
0.2 1001

#S 54  ascan  Theta 0.1 0.3 2 0.2
#P0 32 0.22 90 1.5
#UIMR5  6 14 4 16 1
#N 4
#L Theta  Epoch  Seconds  Monitor
0.1 0 0.2 1000
0.2 1 0.2 1001
0.3 2 0.2 1004

#S 55  a2scan  Theta 0.1 0.2 Chi 80 90 1 0.2
#P0 32 0.22 90 1.5
#N 3
#L Theta  Chi  Monitor
0.1 80 1000
0.2 90 1001

#S 56  timescan 1
#P0 32 0.22 90 1.5
#N 2
#L Time  Monitor
0 1000
1 1001

"""


def read(tmp_path: Path, number: int = 54, text: str = TEXT) -> SpecScan:
    (tmp_path / "made.spec").write_text(text)
    return read_spec(tmp_path / "made.spec", number)


def refused(tmp_path: Path, number: int = 54, text: str = TEXT) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, number, text)
    return str(caught.value)


def test_command_motors_and_columns_are_those_of_the_scan(tmp_path: Path) -> None:
    scan = read(tmp_path)
    assert scan.command == "ascan Theta 0.1 0.3 2 0.2"
    assert scan.motors == {"Delta": 32, "Theta": 0.22, "Chi": 90, "Lab X": 1.5}
    assert (scan.points, scan.moved(), list(scan.columns)) == (3, "Theta", ["Theta", "Epoch", "Seconds", "Monitor"])
    np.testing.assert_array_equal(scan.column("Monitor"), [1000, 1001, 1004])
    assert scan.notes == ()


def test_whole_numbers_of_a_header_line_are_read_and_others_are_none(tmp_path: Path) -> None:
    assert read(tmp_path).numbers("#UIMR5", 4) == [6, 14, 4, 16]
    assert read(tmp_path).numbers("#UIMR5", 6) is None
    assert read(tmp_path, 53).numbers("#UIMR5", 4) is None
    assert read(tmp_path, text=TEXT.replace("6 14 4", "a 14 4")).numbers("#UIMR5", 4) is None


def test_of_a_number_that_stands_twice_the_last_scan_is_read(tmp_path: Path) -> None:
    scan = read(tmp_path, 53, TEXT.replace("#S 56  timescan 1", "#S 53  timescan 1"))
    assert scan.command == "timescan 1"
    assert scan.notes == (f"{tmp_path / 'made.spec'}: scan 53 stands 2 times in the file: the last one is read",)


def test_an_absent_scan_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    assert "has no scan 57; available scans: 53, 54, 55, 56" in refused(tmp_path, 57)


@pytest.mark.parametrize("text", ["hello", ""])
def test_what_is_no_spec_file_is_refused(tmp_path: Path, text: str) -> None:
    assert "is not a SPEC file" in refused(tmp_path, text=text)


def test_columns_without_a_name_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, text=TEXT.replace("#L Theta  Epoch  Seconds", "#L Theta  Epoch Seconds"))
    assert "scan 54 (ascan Theta 0.1 0.3 2 0.2) names 3 columns (#L) but has 4" in said


def test_a_scan_without_points_is_refused(tmp_path: Path) -> None:
    assert "has no points" in refused(tmp_path, text=TEXT[: TEXT.index("#L", TEXT.index("#S 54"))])


def test_a_motor_may_have_a_blank_in_its_name(tmp_path: Path) -> None:
    text = TEXT.replace("#L Theta  Epoch", "#L Lab X  Epoch")
    assert read(tmp_path, text=text).moved() == "Lab X"


@pytest.mark.parametrize(("number", "words"), [(55, "moves Theta and Chi"), (56, "moves no motor")])
def test_a_scan_of_more_or_less_than_one_motor_is_refused(tmp_path: Path, number: int, words: str) -> None:
    with pytest.raises(InputError, match=f"{words}; a scan of one motor is needed"):
        read(tmp_path, number).moved()


def test_a_column_that_is_not_there_gets_its_near_match(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column 'Monitr'; did you mean Monitor"):
        read(tmp_path).column("Monitr")
