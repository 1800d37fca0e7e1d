"""Paths in options: told against the folder of the recipe, and checked when the plugin is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo


def _existing(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    found = (Path(folder or "") / path.expanduser()).resolve()
    if not found.is_file():
        what = "is a folder, not a file" if found.is_dir() else "does not exist"
        raise ValueError(f"{found} {what}; paths are told against the folder of the recipe")
    return found


InputFile = Annotated[Path, AfterValidator(_existing)]
"""The type of an option that names a file to read: made absolute against the recipe's folder; it must exist."""
