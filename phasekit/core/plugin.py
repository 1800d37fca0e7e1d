"""Plugin: frozen options with a name, and interfaces that look that name up when they validate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from phasekit.core.registry import registry
from phasekit.runtime.errors import InputError
from phasekit.runtime.suggest import near


class Options(BaseModel):
    """Frozen options of a plugin, or of a part of one: errors suggest the right spelling."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

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
            entries = registry().entries.items()
            there = [name for (kind, name), rows in entries if kind == cls.kind and issubclass(rows[0][1], cls)]
            raise ValueError(
                f"'{found._called()}' is not a {cls.__qualname__}; available: {', '.join(there) or 'none'}"
            )
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
        return core_schema.with_info_plain_validator_function(look_up, serialization=dump)

    @classmethod
    def _called(cls) -> str:
        return str(cls.model_fields["name"].default or cls.__name__)

    def inputs(self) -> dict[str, Path]:
        """Every file named by an option of this plugin or of one inside it: place -> path."""
        return files_in({key: getattr(self, key) for key in type(self).model_fields})


def explained(error: ValidationError, owner: str, known: list[str]) -> ValidationError:
    """Rewrite `error` in plain words: suggestions for unknown names, and the given value."""
    details: list[InitErrorDetails] = []
    for line in error.errors(include_url=False):
        kind, message = line["type"], line["msg"].removeprefix("Value error, ")
        if kind == "extra_forbidden" and len(line["loc"]) == 1:
            kind = "unknown_option"
            message = f"{owner} has no option '{line['loc'][0]}'; {near(str(line['loc'][0]), known)}"
        elif kind == "missing" and len(line["loc"]) == 1:
            message = f"{owner} needs the option '{line['loc'][0]}'"
        elif kind == "path_type":
            message = f"should be a path, got {line['input']!r}"
        elif kind == "model_type":
            message = f"must be options, written as {{option: value}}, got {line['input']!r}"
        elif kind in ("too_short", "too_long"):
            message = re.sub("^(Tuple|Dictionary) should", "should", message).replace(" after validation", "")
        elif message.startswith("Input should"):
            said = message.replace("Input should", "should", 1).replace("a valid tuple", "a list")
            message = f"{said.removesuffix(', got a number with a fractional part')}, got {line['input']!r}"
        custom = PydanticCustomError(kind, message)
        details.append(InitErrorDetails(type=custom, loc=_place(line), input=line["input"]))
    return ValidationError.from_exception_data(owner, details)


def _place(line: ErrorDetails) -> tuple[str | int, ...]:
    """Return the place of a mistake: an InputError about all options may name one of them."""
    refusal = line.get("ctx", {}).get("error")
    named = refusal.place if isinstance(refusal, InputError) else None
    inside = tuple(int(key) if key.isdecimal() else key for key in named.split(".")) if named else ()
    return line["loc"] if line["loc"][-len(inside) :] == inside else (*line["loc"], *inside)


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
