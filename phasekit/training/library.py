"""The available weights: packaged with plugins or stored by the user, found by name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from phasekit.core.registry import registry
from phasekit.runtime.paths import Existing
from phasekit.runtime.suggest import near

SUFFIX = ".safetensors"


def own_folder() -> Path:
    """Return the folder of the user's own weights: $PHASEKIT_WEIGHTS, or the user's data folder."""
    if own := os.environ.get("PHASEKIT_WEIGHTS"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "phasekit" / "weights"


def library() -> dict[str, tuple[Path, str]]:
    """Return all weights with a name: name -> (path, origin); the user's own precede packaged ones."""
    places = [(own_folder(), "local"), *((folder, origin) for origin, folder in registry().weights)]
    found: dict[str, tuple[Path, str]] = {}
    for folder, origin in places:
        for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else ():
            found.setdefault(path.stem, (path, origin))
    return found


@dataclass(frozen=True)
class _Named:
    """Validator: turns a name or a path into the path of an existing file."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        existing = Existing("file")

        def find(value: Any, info: ValidationInfo) -> Path:
            if not isinstance(value, str | Path):
                raise ValueError(f"should be the name or the path of weights, got {value!r}")
            text = str(value)
            if isinstance(value, str) and "/" not in text and not text.endswith(SUFFIX):
                named = library()
                if text in named:
                    return named[text][0].resolve()
                here = Path((info.context or {}).get("folder") or "") / text
                if not here.is_file():
                    raise ValueError(f"there are no weights called '{text}'; {near(text, sorted(named))}")
            return existing.found(Path(text), info)

        dump = core_schema.to_string_ser_schema(when_used="json-unless-none")
        return core_schema.with_info_plain_validator_function(find, serialization=dump)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Accept the names available now, and anything that looks like a path."""
        path = {"type": "string", "format": "file-path", "pattern": "[./]"}
        return {"title": "name or file", "anyOf": [{"enum": sorted(library())}, path]}


WeightsFile = Annotated[Path, _Named()]
"""The type of an option that names trained weights: a name that `phasekit weights` lists, or a path."""
