"""JSON that states its schema, so that a later version recognises it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phasekit.runtime.errors import InputError

SCHEMA = 1
"""The version of every JSON file and every `--json` output of this phasekit."""


def json_text(content: Mapping[str, Any]) -> str:
    """Return JSON with the schema first, and null for a number that is not finite."""
    return json.dumps(_finite({"schema": SCHEMA, **content}), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_json(path: Path) -> dict[str, Any]:
    """Read such a file, or one of version 0.1, which stated no schema.

    Raises ValueError if it is damaged, InputError if a later version has written it.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path} does not hold a mapping")
    schema = content.get("schema", SCHEMA)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise InputError(
            f"{path} was written by a later version of phasekit (schema {schema}; this one reads {SCHEMA}); "
            "update phasekit"
        )
    return content
