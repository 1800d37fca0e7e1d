"""Paths in options: relative to the folder of the recipe, and checked when the plugin is created."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema


@dataclass(frozen=True)
class Existing:
    """Resolves a path relative to the recipe's folder, and refuses one that is not a `word`."""

    word: str
    """ "file", or "file or folder"."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate as a path, then check that it exists."""
        return core_schema.with_info_after_validator_function(self.found, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say whether a file is needed; what lies on the disk, no schema knows."""
        return {**handler(schema), "format": "file-path" if self.word == "file" else "path"}

    def found(self, path: Path, info: ValidationInfo) -> Path:
        """Return the absolute path; raises ValueError if it is not a `word`."""
        folder = (info.context or {}).get("folder")
        resolved = (Path(folder or "") / path.expanduser()).resolve()
        if not resolved.exists():
            raise ValueError(f"{resolved} does not exist; paths are relative to the folder of the recipe")
        if self.word == "file" and not resolved.is_file():
            raise ValueError(f"{resolved} is a folder, not a file; paths are relative to the folder of the recipe")
        return resolved


InputFile = Annotated[Path, Existing("file")]
"""The type of an option that names a file to read: relative to the recipe's folder; it must exist."""

InputPath = Annotated[Path, Existing("file or folder")]
"""The type of an option that names a file, or a folder whose files are read; it must exist."""
