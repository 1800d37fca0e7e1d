"""What the findings mean for a recipe."""

from __future__ import annotations

from phasekit.cli.verdict import verdict
from phasekit.doctor import Diagnosis, Finding

POOR, WRONG = Finding("few-counts", "f", "a"), Finding("order", "f", "a", wrong=True)


def test_a_recipe_is_valid_where_its_data_can_be_right() -> None:
    assert verdict({"": Diagnosis((), {})}) == "the recipe is valid"
    assert verdict({"": Diagnosis((POOR,), {})}) == "the recipe is valid, and the doctor has 1 finding about the data"


def test_what_cannot_be_right_is_never_called_valid() -> None:
    """With one such problem of several, too, and it is named."""
    sentence = verdict({"gold": Diagnosis((), {}), "platinum": Diagnosis((POOR, WRONG), {})})
    assert "valid" not in sentence
    assert "platinum: order" in sentence
    assert "gold" not in sentence
