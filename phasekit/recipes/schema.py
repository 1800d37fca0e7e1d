"""The JSON Schemas of recipes, with which editors complete and check them, and of plugins."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import JsonSchemaMode, JsonSchemaValue, models_json_schema

from phasekit.core.declared import DIALECT, Declared, RecipeSchema, referred
from phasekit.core.registry import registry
from phasekit.recipes.loader import SCHEMA_KEY
from phasekit.recipes.tasks import TASKS
from phasekit.solving.task import SolveTask

RECIPE = "recipe"
"""The name of the recipe's schema; other names are plugins."""


def schema_of(name: str = RECIPE) -> JsonSchemaValue:
    """Return the JSON Schema of a recipe, or of the plugin called `name`; raises InputError with near matches."""
    if name == RECIPE:
        return recipe_schema()
    classes = [cls for _, cls in registry().called(name, RECIPE)]
    if len(classes) == 1:
        return {"$schema": DIALECT, **classes[0].model_json_schema()}
    references, definitions = _defined(classes)
    return {"$schema": DIALECT, "title": name, "anyOf": references, **definitions}


def recipe_schema() -> JsonSchemaValue:
    """Return the JSON Schema of a recipe for any task, with the plugins available now."""
    references, definitions = _defined(list(TASKS.values()))
    branches: list[JsonSchemaValue] = []
    for task, reference in zip(TASKS, references, strict=True):
        keys = referred(reference["$ref"], definitions["$defs"])["properties"]
        keys[SCHEMA_KEY] = {"type": "string", "description": "Path of this schema, for editors; runs ignore it."}
        named = {} if TASKS[task] is SolveTask else {"required": ["task"]}  # the default task
        branches.append({"if": {"properties": {"task": {"const": task}}, **named}, "then": reference})
    task_key = {"enum": list(TASKS), "default": "solve", "description": "What to do."}
    return {
        "$schema": DIALECT,
        "title": "phasekit recipe",
        "type": "object",
        "properties": {"task": task_key},
        "allOf": branches,
        **definitions,
    }


def _defined(classes: list[type[Declared]]) -> tuple[list[JsonSchemaValue], dict[str, Any]]:
    """Return a reference to each class, and {"$defs": …} with all definitions."""
    mode: JsonSchemaMode = "validation"
    found, definitions = models_json_schema([(cls, mode) for cls in classes], schema_generator=RecipeSchema)
    return [found[cls, mode] for cls in classes], definitions
