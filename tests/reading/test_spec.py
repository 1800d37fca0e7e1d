"""A scan of a SPEC file: command, motors and columns as they stand there, or a sentence."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from silx.io.specfile import SpecFile

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
    assert (scan.points, scan.moved(), list(scan.columns)) == (3, ["Theta"], ["Theta", "Epoch", "Seconds", "Monitor"])
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
    assert read(tmp_path, text=text).moved() == ["Lab X"]


def test_the_motors_that_move_are_in_the_order_of_the_command_and_a_scan_of_none_is_refused(tmp_path: Path) -> None:
    assert read(tmp_path, 55).moved() == ["Theta", "Chi"]
    turned = TEXT.replace("a2scan  Theta 0.1 0.2 Chi 80 90", "a2scan  Chi 80 90 Theta 0.1 0.2")
    assert read(tmp_path, 55, turned).moved() == ["Chi", "Theta"]
    with pytest.raises(InputError, match="moves no motor; a scan of one is needed"):
        read(tmp_path, 56).moved()


def test_a_column_that_is_not_there_gets_its_near_match(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no column 'Monitr'; did you mean Monitor"):
        read(tmp_path).column("Monitr")


@pytest.mark.parametrize("comment", ["25 °C", "Å, µm, Grün", "\x85 and \x0c, which end lines elsewhere"])
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_is_read_in_either_encoding(tmp_path: Path, comment: str, encoding: str, end: str) -> None:
    text = TEXT.replace("#UIMR5", f"#C {comment}\n#UIMR5").replace("\n", end)
    (tmp_path / "made.spec").write_bytes(text.encode(encoding))
    scan = read_spec(tmp_path / "made.spec", 54)
    np.testing.assert_array_equal(scan.columns["Theta"], [0.1, 0.2, 0.3])
    assert f"#C {comment}" in scan.header
    assert scan.motors["Lab X"] == 1.5


@settings(deadline=None, max_examples=40)
@given(motors=st.integers(1, 30), points=st.integers(1, 12), columns=st.integers(1, 9), seed=st.integers(0, 9))
def test_whole_files_are_read_as_silx_reads_them(motors: int, points: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names, at = [f"m{k}" for k in range(motors)], rng.normal(size=motors).round(4)
    data = rng.normal(size=(points, columns)).round(5)
    lines = ["#F a", "#E 1", "#D now"]
    lines += [f"#O{k // 8} " + "  ".join(names[k : k + 8]) for k in range(0, motors, 8)]
    lines += ["", "#S 3  ascan  m0 0 1 1 1", "#D now"]
    lines += [f"#P{k // 8} " + " ".join(map(str, at[k : k + 8])) for k in range(0, motors, 8)]
    lines += [f"#N {columns}", "#L " + "  ".join(["m0", *(f"c{k}" for k in range(1, columns))])]
    for row in data:
        lines += [" ".join(map(str, row)), "@A 1 2 3\\", " 4 5 6"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.spec"
        path.write_text("\n".join([*lines, "", "#S 4  timescan 1", "#N 1", "#L t", "1", ""]))
        ours, theirs = read_spec(path, 3), SpecFile(str(path))["3.1"]
    np.testing.assert_allclose(np.stack([*ours.columns.values()]), theirs.data)
    assert list(ours.columns) == list(theirs.labels)
    assert ours.motors == dict(zip(theirs.motor_names, theirs.motor_positions, strict=True))


@pytest.mark.parametrize("positions", ["#P0 32 0.22 90", "#P0 32 0.22 90 1.5 7", ""])
def test_motors_and_positions_that_do_not_count_the_same_are_not_paired(tmp_path: Path, positions: str) -> None:
    scan = read(tmp_path, text=TEXT.replace("#P0 32 0.22 90 1.5", positions))
    assert scan.motors == {}
    assert "names 4 motors (#O) and has" in scan.doubt
    assert scan.moved() == ["Theta"]
    assert read(tmp_path).doubt == ""


def test_the_motors_are_those_of_the_last_header_before_the_scan(tmp_path: Path) -> None:
    again = (
        "#E 99\n#D later\n\n#O0 Chi  Theta  Delta\n\n#S 60  ascan  Theta 0 1 1 1\n#P0 1 2 3\n#L Theta  I\n0 5\n1 6\n"
    )
    assert read(tmp_path, 60, TEXT + again).motors == {"Chi": 1, "Theta": 2, "Delta": 3}
    assert read(tmp_path, 54, TEXT + again).motors["Delta"] == 32


@pytest.mark.parametrize(
    ("row", "expected"),
    [("nan 1 0.2 1001", [np.nan, 1001]), ("0.2 1 0.", [0.2, np.nan]), ("0.2 - 0.2 1001", [0.2, 1001])],
)
def test_a_line_with_nan_or_a_cut_one_keeps_its_place(tmp_path: Path, row: str, expected: list[float]) -> None:
    scan = read(tmp_path, text=TEXT.replace("0.2 1 0.2 1001", row))
    np.testing.assert_array_equal(scan.columns["Theta"], [0.1, expected[0], 0.3])
    np.testing.assert_array_equal(scan.columns["Monitor"], [1000, expected[1], 1004])
    assert ("is cut after 3 of 4 numbers" in "".join(scan.notes)) == (len(row.split()) == 3)


def test_of_two_columns_of_one_name_the_first_is_used_as_silx_does_and_a_note_says_so(tmp_path: Path) -> None:
    scan = read(tmp_path, text=TEXT.replace("Seconds  Monitor", "Monitor  Monitor"))
    np.testing.assert_array_equal(scan.column("Monitor"), [0.2, 0.2, 0.2])
    (note,) = scan.notes
    assert note.endswith("has 2 columns called Monitor: the first is used")


@pytest.mark.parametrize("command", ["ascan  th", "ascan  Theta", "dscan  th", "some_macro  1 2", "lup  th"])
def test_a_motor_that_stands_still_in_its_column_moves_nothing(tmp_path: Path, command: str) -> None:
    text = TEXT.replace("#L Theta  Epoch", "#L Chi  Theta").replace("ascan  Theta 0.1 0.3", f"{command} 0.1 0.3")
    for rows in ([(0.1, 0), (0.2, 1), (0.3, 2)],):
        for theta, k in rows:
            text = text.replace(f"\n{theta} {k} 0.2", f"\n90 {theta} 0.2")
    assert read(tmp_path, text=text).moved() == ["Theta"]


def test_points_that_are_not_those_of_the_command_are_told_or_refused(tmp_path: Path) -> None:
    assert read(tmp_path).unfinished("Theta") == ()
    stopped = read(tmp_path, text=TEXT.replace("0.1 0.3 2 0.2", "0.1 0.5 4 0.2"))
    assert stopped.unfinished("Theta")[0].endswith("has 3 of 5 points: was it stopped?")
    with pytest.raises(InputError, match="has 3 of 2 points, more than commanded; remove the lines"):
        read(tmp_path, text=TEXT.replace("0.1 0.3 2 0.2", "0.1 0.3 1 0.2")).unfinished("Theta")


def test_a_lost_line_is_refused_and_one_of_nan_in_its_place_is_right(tmp_path: Path) -> None:
    rows = [f"{0.1 + 0.1 * k:.1f} {k} 0.2 {1000 + k}" for k in range(8)]
    head = TEXT[: TEXT.index("0.1 0 0.2 1000")].replace("0.1 0.3 2 0.2", "0.1 0.8 7 0.2")
    lost = read(tmp_path, text=head + "\n".join([*rows[:4], *rows[5:]]))
    with pytest.raises(InputError) as caught:
        lost.unfinished("Theta")
    said = str(caught.value)
    assert "between points 3 and 4 Theta goes from 0.4 to 0.6" in said
    assert "insert one there for each, with nan for every number" in said
    mended = read(tmp_path, text=head + "\n".join([*rows[:4], "nan nan nan nan", *rows[5:]]))
    assert mended.unfinished("Theta") == ()
    np.testing.assert_allclose(mended.columns["Theta"], [0.1, 0.2, 0.3, 0.4, np.nan, 0.6, 0.7, 0.8])
