"""Frames come in the order of the one number that varies in their names, or are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phasekit import InputError
from phasekit.reading.frame_order import in_order


def paths(names: list[str]) -> list[Path]:
    return [Path("scan") / name for name in names]


MODELS = ["frame_{}.tif", "frame{}.tif", "scan-12_{:05d}.tif", "a.{:04d}.edf", "2026-01-30_S7_{}_x.cbf", "{}.tiff"]


@settings(deadline=None)
@given(st.sampled_from(MODELS), st.integers(0, 200), st.integers(2, 130), st.randoms(use_true_random=False))
def test_whole_numbers_order_the_frames(model: str, first: int, count: int, random: object) -> None:
    files = paths([model.format(number) for number in range(first, first + count)])
    assert in_order(sorted(files)) == files


@settings(deadline=None)
@given(st.integers(-300, 300), st.integers(2, 80), st.sampled_from(["th_{:.2f}deg", "th{:+.2f}", "{:.3f}_eta"]))
def test_angles_order_the_frames_by_their_value(first: int, count: int, model: str) -> None:
    files = paths([model.format(0.01 * (first + k)) + ".tif" for k in range(count)])
    if "+" in model:  # a plus is text to us, so that both signs are two kinds of names
        files = [file for file in files if "+" in file.name]
    assert in_order(sorted(files)) == files


def test_numbers_that_agree_order_together() -> None:
    files = paths([f"scan_th_{-0.12 + 0.01 * k:.2f}deg_{k:03d}.tif" for k in range(24)])
    assert in_order(sorted(files)) == files


def test_several_numbers_that_disagree_are_refused_and_a_pattern_as_the_sentence_says_is_right() -> None:
    runs = [paths([f"run_{run}_frame_{k}.tif" for k in range(12)]) for run in (1, 2)]
    with pytest.raises(InputError) as caught:
        in_order(sorted(runs[0] + runs[1]))
    assert "2 numbers vary in their names (1 … 2 and 0 … 9)" in str(caught.value)
    assert "say with frames which files to use" in str(caught.value)
    for files in runs:
        assert in_order(sorted(files)) == files
    down = paths([f"th_{0.5 - 0.01 * k:.2f}_{k:03d}.tif" for k in range(12)])
    with pytest.raises(InputError, match="2 numbers vary"):
        in_order(sorted(down))


@pytest.mark.parametrize("names", [["f_1.tif", "f_01.tif"], ["a_1.9.tif", "a_1.10.tif", "a_1.11.tif"]])
def test_a_number_that_does_not_say_the_order_is_refused(names: list[str]) -> None:
    with pytest.raises(InputError, match="one number varies in their names"):
        in_order(paths(names))


def test_a_name_unlike_the_others_is_refused_with_a_pattern_that_leaves_it_out() -> None:
    files = paths([f"frame_{k}.tif" for k in range(11)])
    for other in ("flat.tif", "frame.tif", "frame_3.edf"):
        with pytest.raises(InputError, match=rf"{other} is not named as .* by a pattern such as 'frame_\*\.tif'"):
            in_order(sorted([*files, *paths([other])]))


def test_a_number_that_is_left_out_keeps_its_place() -> None:
    files = paths([f"frame_{k:03d}.tif" for k in range(0, 40, 2)])
    found = in_order([file for k, file in enumerate(files) if k != 7])
    assert found[:7] == files[:7]
    assert found[8:] == files[8:]
    assert found[7] == "number 14 (beside frame_000.tif)"
