"""The page of everything that `phasekit` exports, written from the docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pydantic import BaseModel

import phasekit
from phasekit.comparing.task import CompareTask
from phasekit.core.task import Task
from phasekit.solving.task import SolveTask
from phasekit.training.task import TrainTask

TASKS: dict[str, type[Task]] = {"solve": SolveTask, "compare": CompareTask, "train": TrainTask}
GROUPS = {
    "Calls": ("solve", "compare", "train", "run", "reproduce", "volume"),
    "What they return": ("Result", "Comparison", "Trained", "Reproduction", "Volume"),
    "What flows through a run": ("Problem", "State", "Measurement", "Observer"),
    "What a plugin can be": (
        *(
            "Solver",
            "Iterative",
            "Feedback",
            "Learner",
            "Loss",
            "Geometry",
            "Generator",
            "Source",
            "Preparation",
            "Schedule",
        ),
        *("Network", "Plugin", "Options", "Between", "InputFile", "InputPath", "hookimpl"),
    ),
    "Errors": ("PhasekitError", "InputError", "RunError"),
    "Fourier transforms": ("fourier",),
}


def api_page() -> str:
    """Return the page; every public name stands on it once."""
    lines = ["# The Python interface", ""]
    lines += ["What `phasekit` exports. Everything else is imported from the room where it stands, such as"]
    lines += ["`phasekit.reading` for the bases of sources; [CONTRIBUTING](../CONTRIBUTING.md) lists the rooms.", ""]
    for group, names in GROUPS.items():
        lines += [f"## {group}", ""]
        for name in names:
            lines += [f"### `phasekit.{name}`", "", *_described(name, getattr(phasekit, name)), ""]
    return "\n".join(lines).rstrip() + "\n"


def _described(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, ModuleType):
        yield _text(value)
        yield from _members(value, "")
    elif inspect.isclass(value):
        yield _text(value)
        yield from _members(value, f"{name}.")
    elif name in TASKS:
        yield _text(value)
        yield from ("", "| key | default | what |", "| --- | --- | --- |")
        for key, field in TASKS[name].model_fields.items():
            if key != "task":
                default = (
                    "needed" if field.is_required() else f"`{_shown(field.get_default(call_default_factory=True))}`"
                )
                yield f"| `{key}` | {default} | {(field.description or '').replace('|', chr(92) + '|')} |"
        yield "| `observer` | `None` | A `phasekit.Observer` that looks on; no key of recipes. |"
    elif callable(value):
        signature = str(inspect.signature(value)).replace("'", "")
        yield f"```text\n{name}{signature}\n```\n"
        yield _text(value)
    else:
        yield "The type of an option; see [writing a plugin](writing-a-plugin.md)."


def _members(value: Any, prefix: str) -> Iterator[str]:
    """List what a class or module has of its own, with the first line of what it says."""
    own = [(name, member) for name, member in vars(value).items() if not name.startswith("_")]
    rows = []
    for name, member in own:
        plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        plain = plain.fget if isinstance(plain, property) else getattr(plain, "func", plain)
        text = inspect.getdoc(plain)
        foreign = isinstance(value, ModuleType) and getattr(plain, "__module__", None) != value.__name__
        if inspect.isfunction(plain) and text and not foreign and not name.startswith("model_"):
            call = "" if isinstance(member, property) or (not callable(member) and not _is_method(member)) else "()"
            rows.append(f"- `{prefix}{name}{call}`: {text.splitlines()[0]}")
    if rows:
        yield ""
        yield from rows


def _is_method(member: Any) -> bool:
    return isinstance(member, classmethod | staticmethod) or inspect.isfunction(member)


def _text(value: Any) -> str:
    return inspect.getdoc(value) or ""


def _shown(default: Any) -> str:
    if isinstance(default, BaseModel):
        return type(default).__name__
    return repr(list(default)) if isinstance(default, tuple) else repr(default)
