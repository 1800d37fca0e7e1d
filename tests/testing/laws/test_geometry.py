"""Every law of geometries catches a geometry that breaks it, and lets a good one through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

import pytest
import torch
from torch import Tensor

from phasekit import Geometry, InputError, fourier
from phasekit.testing.laws import geometry as laws
from phasekit.testing.verdict import Law, LawBroken, LawWaived


class Good(Geometry):
    """The plain unitary transform."""

    fourier_map: ClassVar[bool] = True
    name: Literal["good"] = "good"

    def forward(self, object: Tensor) -> Tensor:
        return fourier.to_wave(object, self.ndim)

    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_object(wave, self.ndim)

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return torch.eye(3, dtype=torch.float64)[: len(space)]


class RealPart(Good):
    def forward(self, object: Tensor) -> Tensor:
        return super().forward(object.real.to(object.dtype))


class InverseWithAFactor(Good):
    def adjoint(self, wave: Tensor) -> Tensor:
        return 1.001 * super().adjoint(wave)


class CallsItselfPlain(Good):
    def forward(self, object: Tensor) -> Tensor:
        return -super().forward(object)


class OtherSign(Good):
    def adjoint(self, wave: Tensor) -> Tensor:
        return fourier.to_wave(wave, self.ndim)


class TransformsTheBatch(Good):
    def forward(self, object: Tensor) -> Tensor:
        wave: Tensor = torch.fft.ifftn(object, norm="ortho")
        return wave


class DropsABatchAxis(Good):
    def forward(self, object: Tensor) -> Tensor:
        return super().forward(object.reshape(-1, *object.shape[-self.ndim :]))


class AlwaysDouble(Good):
    def forward(self, object: Tensor) -> Tensor:
        return super().forward(object.to(torch.complex128))


class OneVoxelBeside(Good):
    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        return super().forward_within(part, [max(corner[0] - 1, 0), *corner[1:]], space)


class OtherSignWithin(Good):
    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        return super().forward_within(part, corner, space).conj().resolve_conj()


class CutsTheGradient(Good):
    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        return super().forward_within(part.detach(), corner, space)


class HalfTheGradient(Good):
    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        return super().forward_within((part + part.detach()) / 2, corner, space)


class ForgetsTheRest(Good):
    def forward_within(self, part: Tensor, corner: Sequence[int], space: Sequence[int]) -> Tensor:
        return self.forward(part)


class Blurs(Good):
    def forward(self, object: Tensor) -> Tensor:
        window = torch.linspace(0.5, 1, object.shape[-1], dtype=torch.float64, device=object.device)
        return super().forward(object * window)


class NotUnitary(Good):
    def forward(self, object: Tensor) -> Tensor:
        wave: Tensor = torch.fft.ifftn(object, dim=fourier.axes(self.ndim))
        return wave


class FlatBasis(Good):
    def basis(self, space: tuple[int, ...]) -> Tensor:
        return torch.ones((len(space), 3), dtype=torch.float64)


class SinglePrecisionBasis(Good):
    def basis(self, space: tuple[int, ...]) -> Tensor:
        return super().basis(space).float()


class Mirrors(Good):
    def frames(self) -> Mapping[str, Tensor]:
        return {**super().frames(), "sample": -torch.eye(3, dtype=torch.float64)}


class NoLaboratory(Good):
    def frames(self) -> Mapping[str, Tensor]:
        return {"sample": torch.eye(3, dtype=torch.float64)}


class TransferElsewhere(Good):
    def beam(self) -> Tensor:
        return torch.tensor([[0, 0, 1.0], [0, 1.0, 0]], dtype=torch.float64)

    def transfer(self) -> Tensor:
        return torch.tensor([0, 1.0, 1.0], dtype=torch.float64)


class GrowsWhenBinned(Good):
    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Any:
        return self

    def basis(self, space: tuple[int, ...]) -> Tensor:
        return 2 * super().basis(space) / space[0]


class MovesWhenWhole(GrowsWhenBinned):
    def windowed(self, centre: Sequence[float], factors: Sequence[int]) -> Any:
        return Good()


class WritesToItsInput(Good):
    def forward(self, object: Tensor) -> Tensor:
        return object.copy_(fourier.to_wave(object, self.ndim))


class ReturnsItsInput(Good):
    def adjoint(self, wave: Tensor) -> Tensor:
        return wave


TWINS: dict[Law, tuple[type[Good], ...]] = {
    laws.linear: (RealPart,),
    laws.adjoint_fits_forward: (InverseWithAFactor, OtherSign, NotUnitary),
    laws.batches_pass_through: (TransformsTheBatch, DropsABatchAxis),
    laws.dtype_and_device_are_kept: (AlwaysDouble,),
    laws.within_a_box_is_the_padded_object: (
        OneVoxelBeside,
        OtherSignWithin,
        CutsTheGradient,
        HalfTheGradient,
        ForgetsTheRest,
    ),
    laws.fourier_map_is_the_plain_transform: (CallsItselfPlain,),
    laws.shift_changes_only_phases: (Blurs,),
    laws.energy_is_kept: (NotUnitary, Blurs),
    laws.basis_has_full_rank: (FlatBasis, SinglePrecisionBasis),
    laws.frames_and_beam_agree: (Mirrors, NoLaboratory, TransferElsewhere),
    laws.whole_windows_change_nothing: (GrowsWhenBinned, MovesWhenWhole),
    laws.inputs_are_left_alone: (WritesToItsInput, ReturnsItsInput),
}
PAIRS = [(law, twin) for law, twins in TWINS.items() for twin in twins]


def test_every_law_of_geometries_has_a_broken_twin() -> None:
    assert set(TWINS) == set(laws.LAWS)


@pytest.mark.parametrize(("law", "twin"), PAIRS, ids=lambda value: value.__name__)
def test_a_law_catches_its_broken_twin(law: Law, twin: type[Good]) -> None:
    with pytest.raises(LawBroken):
        law(twin(), "cpu")


@pytest.mark.parametrize("law", TWINS, ids=lambda law: law.__name__)
def test_a_good_geometry_keeps_every_law(law: Law) -> None:
    law(Good(), "cpu")


def test_a_geometry_of_one_dimensionality_is_checked_where_it_fits() -> None:
    class OnlyFlat(NotUnitary):
        def for_data(self, ndim: int) -> Self:
            if ndim != 2:
                raise InputError("this geometry is for 2-D data")
            return super().for_data(ndim)

    with pytest.raises(LawBroken, match="energy"):
        laws.energy_is_kept(OnlyFlat(), "cpu")


def test_a_geometry_that_takes_no_array_is_excused_with_its_sentence() -> None:
    class Nowhere(Good):
        def for_data(self, ndim: int) -> Self:
            raise InputError("this geometry is for 5-D data")

    with pytest.raises(LawWaived, match="for 5-D data"):
        laws.linear(Nowhere(), "cpu")
