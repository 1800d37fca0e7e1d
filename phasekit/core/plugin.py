"""Plugin: frozen options with a name, and interfaces that look that name up when they validate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from phasekit.core.declared import Declared, defined
from phasekit.core.mistakes import explained
from phasekit.core.registry import registry


class Options(Declared):
    """Frozen options of a plugin, or of a part of one: a misspelt one is refused with the nearest match."""

    owner: ClassVar[str] = ""
    """Its name in messages: the plugin's name, else that of the class."""

    @model_validator(mode="wrap")
    @classmethod
    def _explain_errors(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> Self:
        """Name the owner and suggest the right spelling of an unknown option."""
        try:
            return handler(data)  # type: ignore[no-any-return]  # pydantic types the handler as Any
        except ValidationError as error:
            raise explained(error, cls._called(), [*cls.model_fields]) from None

    @classmethod
    def _called(cls) -> str:
        return cls.owner or cls.__name__


class Plugin(Options):
    """One class is one plugin: its fields are its options, its methods its behaviour.

    Options are immutable and checked when the plugin is created; a plugin returns its results, and no
    tensor is stored in it. An abstract subclass that sets `kind` is an *interface*: a field annotated with it
    takes an instance, a mapping with `name`, or the bare name of any plugin registered for that kind.
    """

    kind: ClassVar[str] = ""
    example: ClassVar[Mapping[str, Any]] = {}
    """Options that its page shows as a recipe; by default the required ones, and a few more."""

    name: str

    @classmethod
    def shorthand(cls, value: Any) -> Any:
        """Expand a recipe's shorthand; an interface overrides this. Returns `value` or its long form."""
        return value

    @classmethod
    def shorthand_schemas(cls, plugins: Mapping[str, JsonSchemaValue]) -> tuple[JsonSchemaValue, ...]:
        """Return the JSON Schemas of what `shorthand` spells out; `plugins` has that of each long form, by name."""
        return ()

    @classmethod
    def available(cls) -> dict[str, type[Self]]:
        """Return the plugins that a field of this type takes, name -> class; none of two that share a name."""
        found = {
            name: rows[0][1] for (kind, name), rows in registry().entries.items() if kind == cls.kind and not rows[1:]
        }
        return {name: found[name] for name in sorted(found) if issubclass(found[name], cls)}

    @classmethod
    def resolve(cls, value: Any, context: Mapping[str, Any] | None = None) -> Self:
        """Return the plugin for `value` (an instance, a mapping with `name`, a name, a shorthand).

        Raises ValueError (pydantic's ValidationError included) with a sentence and suggestions.
        """
        value = cls.shorthand(value)
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            value = {"name": value}
        if not isinstance(value, Mapping):
            raise ValueError(f"must be the name of a {cls.kind} or a mapping with 'name', got {value!r}")
        if not isinstance(value.get("name"), str):
            raise ValueError(f"this {cls.kind} lacks a 'name'; write {{name: …, options}}")
        found = registry().find(cls.kind, value["name"])
        if not issubclass(found, cls):
            there = ", ".join(cls.available()) or "none"
            raise ValueError(f"'{found._called()}' is not a {cls.__qualname__}; available: {there}")
        return found.model_validate(dict(value), context=dict(context or {}))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Let an interface look up names during validation, so plugins installed later need no rebuilding."""
        if "kind" not in cls.__dict__:
            return handler(source)

        def look_up(value: Any, info: ValidationInfo) -> Plugin:
            return cls.resolve(value, info.context)

        dump = core_schema.plain_serializer_function_ser_schema(
            lambda plugin, info: plugin.model_dump(mode=info.mode) if isinstance(plugin, Plugin) else plugin,
            info_arg=True,
        )
        # Named as pydantic names a class, so that a JSON Schema defines it once.
        ref = f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"
        return core_schema.with_info_plain_validator_function(look_up, serialization=dump, ref=ref)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say what a recipe may write: name and options; for an interface any plugin, bare names, shorthands."""
        if "kind" not in cls.__dict__:
            declared = handler(schema)
            options = handler.resolve_ref_schema(declared)
            needed = [key for key in options.get("required", []) if key != "name"]
            options |= {"title": cls._called(), "required": ["name", *needed]}
            return declared
        # It is defined before what is inside, for a chain holds solvers.
        defined(core_schema.any_schema(ref=schema["ref"]), handler)
        references = {name: defined(found.__pydantic_core_schema__, handler) for name, found in cls.available().items()}
        plugins = {name: handler.resolve_ref_schema(reference) for name, reference in references.items()}
        bare = {"enum": [name for name, options in plugins.items() if options["required"] == ["name"]]}
        return {"title": cls.kind, "anyOf": [bare, *cls.shorthand_schemas(plugins), *references.values()]}

    @classmethod
    def _called(cls) -> str:
        name = cls.model_fields["name"].default
        return name if isinstance(name, str) else cls.__name__

    def written(self) -> Any:
        """Return this plugin as a recipe writes it: by its name alone where every option has its default."""
        changed = super().written()
        return {"name": self.name, **changed} if changed else self.name

    def inputs(self) -> dict[str, Path]:
        """Every file named by an option of this plugin or of one inside it: place -> path."""
        return files_in({key: getattr(self, key) for key in type(self).model_fields})


def files_in(value: Any, place: str = "") -> dict[str, Path]:
    """Walk options (mappings, sequences, plugins) and collect the paths in them: place -> path."""
    if isinstance(value, Path):
        return {place: value}
    if isinstance(value, Plugin):
        inner: Mapping[Any, Any] = {key: getattr(value, key) for key in type(value).model_fields}
    elif isinstance(value, Mapping):
        inner = value
    elif isinstance(value, tuple | list):
        inner = dict(enumerate(value))
    else:
        return {}
    found: dict[str, Path] = {}
    for key, item in inner.items():
        found |= files_in(item, f"{place}.{key}" if place else str(key))
    return found
