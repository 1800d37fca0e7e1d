"""Schedule: a number that changes as a solver runs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from phasekit.core.declared import defined
from phasekit.core.plugin import Plugin


class Schedule(Plugin):
    """A number that changes as a solver runs: a weight, a rate, a β, a σ. A plain number is a constant one."""

    kind: ClassVar[str] = "schedule"

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Accept a plain number as the constant schedule."""
        if isinstance(value, Real) and not isinstance(value, bool):
            return {"name": "constant", "value": value}
        return value

    @classmethod
    def shorthand_schemas(cls, plugins: Mapping[str, JsonSchemaValue]) -> tuple[JsonSchemaValue, ...]:
        """Return the schema of a plain number."""
        return ({"type": "number"},) if "constant" in plugins else ()

    @abstractmethod
    def at(self, step: int, steps: int) -> float:
        """Return the value at `step` of `steps` (0 ≤ step < steps); `at(0, 1)` is the start."""


@dataclass(frozen=True)
class Between:
    """Bounds for an option annotated `Annotated[Schedule | float, Between(low, high)]`, both ends included.

    A number is checked directly, a schedule at both ends.
    """

    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate as a schedule, then check the ends."""

        def check(value: Any, info: ValidationInfo) -> Schedule:
            schedule = Schedule.resolve(value, info.context)
            for end in (schedule.at(0, 1), schedule.at(0, 1000), schedule.at(999, 1000)):
                if not self.low <= end <= self.high:
                    raise ValueError(f"should lie between {self.low:g} and {self.high:g}, got {end:g}")
            return schedule

        dump = core_schema.plain_serializer_function_ser_schema(
            lambda schedule, info: schedule.model_dump(mode=info.mode), info_arg=True
        )
        return core_schema.with_info_plain_validator_function(check, serialization=dump)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say the bounds of a plain number beside what any schedule may be; they say nothing of its other forms."""
        bounds = {key: end for key, end in (("minimum", self.low), ("maximum", self.high)) if isfinite(end)}
        return {**defined(Schedule.__pydantic_core_schema__, handler), **bounds}
