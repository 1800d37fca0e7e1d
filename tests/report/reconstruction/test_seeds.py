"""The table of seeds is ranked, marks what failed, and has a column for all that a seed came to."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from phasekit import Result
from phasekit.report.html.templates import fragment
from phasekit.report.reconstruction.seeds import seeds_table, standing, support_volumes

from ..page_text import Page
from ..results import make_result

NUISANCE = {
    "background": torch.arange(4.0) + 61,
    "coherence": torch.tensor([[0.25, 0.5, 0.75]]).expand(4, 3),
    "centre": torch.full((4, 3), -0.125),
    "kernel": torch.zeros(4, 3, 3, 3),
}


def table(result: Result) -> Page:
    return Page(fragment("reconstruction/seeds.html", "ranked", seeds_table(result), result.references))


def test_seeds_stand_in_ranked_order_and_failed_ones_are_marked() -> None:
    result = make_result()
    rows = [attributes.get("class") for tag, attributes in table(result).tags if tag == "tr"][1:]
    assert rows == ["best", "agrees", "other", "failed"]
    assert [standing(result, rank) for rank in range(4)] == ["best", "agrees", "", "failed"]


def test_what_the_model_has_besides_the_object_stands_in_the_table_with_its_units() -> None:
    plain = make_result()
    text = table(replace(plain, nuisance=NUISANCE)).text
    heads = ["background, photons"]
    heads += [f"coherence width along axis {axis}, voxels" for axis in range(3)]
    heads += [f"centre along axis {axis}, voxels" for axis in range(3)]
    for words in (" ".join(heads), "61 0.25 0.5 0.75 -0.125 -0.125 -0.125", "64 0.25"):
        assert words in text
    assert "coherence width" not in table(plain).text


def test_every_row_is_as_long_as_the_head() -> None:
    page = table(replace(make_result(), nuisance=NUISANCE))
    columns = sum(attributes.get("scope") == "col" for _, attributes in page.tags)
    cells = sum(tag == "td" or attributes.get("scope") == "row" for tag, attributes in page.tags)
    assert cells == 4 * columns


def test_a_diagnostic_that_is_the_volume_of_the_support_is_not_shown_twice() -> None:
    result = make_result()
    volumes = torch.tensor(support_volumes(result))
    assert volumes.tolist() == pytest.approx([1 / 8] * 4)
    assert seeds_table(replace(result, diagnostics={"support": volumes, "other": volumes + 1}))["own"] == ["other"]


def test_why_a_start_failed_stands_beside_it() -> None:
    result = make_result()
    told = replace(result, reasons={result.failed[0]: "its <support> vanished"})
    assert "failed: its <support> vanished" in table(told).text
    assert "failed:" not in table(result).text
