"""InMemory: an array given from Python where a recipe names a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import (
    GetCoreSchemaHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import core_schema

from phasekit.core.source import is_array
from phasekit.reading.stored import Stored


@dataclass(frozen=True, eq=False)
class InMemory:
    """A copy in memory of an array: of numpy (masked ones too), h5py, torch, or anything that numpy converts."""

    array: np.ndarray[Any, Any]

    @classmethod
    def of(cls, value: Any) -> InMemory:
        """Copy an array; masked values become NaN. Raises ValueError for anything but numbers."""
        if isinstance(value, np.ma.MaskedArray):
            array = np.array(value.data, dtype=np.result_type(value.dtype, np.float32))
            array[np.ma.getmaskarray(value)] = np.nan
        elif hasattr(value, "detach"):  # torch
            array = value.detach().cpu().resolve_conj().numpy().copy()
        else:
            array = np.array(value)
        if array.dtype.kind not in "buifc":
            raise ValueError(f"must be an array of numbers, got {array.dtype}")
        return cls(array)

    def stored(self) -> Stored:
        """Return the array as if read from a file."""
        return Stored(str(self), self.array)

    def __str__(self) -> str:
        """Return its shape and type, for messages."""
        return f"array of shape {self.array.shape}, {self.array.dtype}"

    __repr__ = __str__


@dataclass(frozen=True)
class OrArray:
    """Marks an option that takes an array from Python besides what `written`, the type in a recipe, takes."""

    written: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Take arrays as they are; validate anything else, and describe it to editors, as `written`."""

        def take(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, InMemory):
                return value
            return InMemory.of(value) if is_array(value) else inner(value)

        def dump(value: Any, inner: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
            if isinstance(value, InMemory):
                return str(value) if info.mode_is_json() else value
            return inner(value)

        inner = handler.generate_schema(self.written)
        serialization = core_schema.wrap_serializer_function_ser_schema(dump, info_arg=True, schema=inner)
        return core_schema.no_info_wrap_validator_function(take, inner, serialization=serialization)
