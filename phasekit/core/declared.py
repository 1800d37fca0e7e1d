"""Declared: keys with bounds, defaults and descriptions, declared once, as JSON Schema too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import DEFAULT_REF_TEMPLATE, GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import core_schema, to_jsonable_python

DIALECT = GenerateJsonSchema.schema_dialect
"""The draft of JSON Schema that is written."""


class RecipeSchema(GenerateJsonSchema):
    """Writes JSON Schema for what a recipe may say, defaults as a recipe writes them."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}

    def generate(
        self, schema: core_schema.CoreSchema, mode: Literal["validation", "serialization"] = "validation"
    ) -> JsonSchemaValue:
        """Write the keys at the top, where pydantic writes a reference for what contains itself."""
        found = super().generate(schema, mode)
        reference = found.pop("$ref", None)
        return found if reference is None else {**referred(reference, found["$defs"]), **found}

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Leave the titles of keys out: they repeat the keys."""
        return False

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Return a default that is made anew each time, too."""
        if "default_factory" in schema and not schema.get("default_factory_takes_data"):
            return schema["default_factory"]()  # type: ignore[call-arg]  # one that takes no data
        return super().get_default_value(schema)

    def encode_default(self, dft: Any) -> Any:
        """Write a default as a recipe does."""
        return to_jsonable_python(written(dft))

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Take any choice where a function tells the choices apart: two of them may then look the same here."""
        found = super().tagged_union_schema(schema)
        return {"anyOf": found["oneOf"]} if callable(schema["discriminator"]) else found

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        """Take anything for a type that has no JSON Schema, so that one third-party option does not spoil the rest."""
        return {}


class Declared(BaseModel):
    """Frozen keys; what is not among them is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    @classmethod
    def model_json_schema(
        cls,
        by_alias: bool | None = True,
        ref_template: str = DEFAULT_REF_TEMPLATE,
        schema_generator: type[GenerateJsonSchema] = RecipeSchema,
        mode: Literal["validation", "serialization"] = "validation",
        **options: Any,
    ) -> dict[str, Any]:
        """Return the JSON Schema of what a recipe may write here, for the plugins available now."""
        return super().model_json_schema(by_alias, ref_template, schema_generator, mode, **options)

    def written(self) -> Any:
        """Return this as a recipe writes it: what differs from the defaults, as plain data."""
        fields = ((key, field) for key, field in type(self).model_fields.items() if key in self.model_fields_set)
        return {
            key: value
            for key, field in fields
            if (value := written(getattr(self, key)))
            != written(field.get_default(call_default_factory=True, validated_data={}))
        }


def written(value: Any) -> Any:
    """Return a value of an option as a recipe writes it; what is no option stays."""
    if isinstance(value, Declared):
        return value.written()
    if isinstance(value, Mapping):
        return {key: written(item) for key, item in value.items()}
    return [written(item) for item in value] if isinstance(value, tuple | list) else value


def defined(schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Return the JSON Schema of another type, as it says itself; a reference where it has a definition."""
    return handler(core_schema.definitions_schema(schema, []))


def referred(reference: str, definitions: Mapping[str, JsonSchemaValue]) -> JsonSchemaValue:
    """Return the definition that a `$ref` leads to."""
    return definitions[reference.rpartition("/")[2]]
