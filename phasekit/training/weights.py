"""Weights: a network's trained weights in a file that describes their network, never in a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

import phasekit
from phasekit.core.network import Network
from phasekit.runtime.errors import InputError
from phasekit.runtime.storage import appearing
from phasekit.training.figures import keyed_figures

INPUT = "input."
"""Prefix of the names of additional inputs of a network, stored with its weights."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of one network, with all that is needed to rebuild it."""

    network: Network
    detector: tuple[int, ...]
    """Shape of the network's data."""
    box: tuple[int, ...]
    """Shape of the box that the object may fill."""
    tensors: Mapping[str, Tensor]
    """Name of the parameter -> its values, as in `torch.nn.Module.state_dict`."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """Their description, as JSON takes it: how they were trained, the loss reached."""

    def save(self, path: Path | str) -> None:
        """Write a safetensors file, completely or not at all."""
        header = {
            "network": self.network.model_dump_json(),
            "detector": json.dumps(self.detector),
            "box": json.dumps(self.box),
            "about": json.dumps(dict(self.about)),
            "phasekit": phasekit.__version__,
        }
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.tensors.items()}
        with appearing(Path(path)) as temporary:
            temporary.write_bytes(safetensors.torch.save(tensors, header))  # save_file makes files private

    @classmethod
    def load(cls, path: Path | str) -> Weights:
        """Read what `save` wrote; raises InputError for any other file."""
        try:
            with safe_open(path, framework="pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        except FileNotFoundError:
            raise InputError(f"there is no weights file at {path}") from None
        except (SafetensorError, OSError) as error:
            raise InputError(
                f"{path} is not a complete safetensors file ({error}); weights are read only from such files, never "
                "from pickles"
            ) from None
        if missing := {"network", "detector", "box"} - set(header):
            raise InputError(
                f"the header of {path} lacks {', '.join(sorted(missing))}; write weights with Weights.save"
            )
        try:
            header_values = {key: json.loads(header.get(key, "{}")) for key in ("network", "detector", "box", "about")}
            detector, box = (tuple(int(n) for n in header_values[key]) for key in ("detector", "box"))
            if not isinstance(header_values["about"], Mapping):
                raise TypeError("about is not a mapping")
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} has a damaged header ({error}); write weights with Weights.save") from None
        try:
            network = Network.resolve(header_values["network"])
        except ValueError as error:
            raise InputError(f"{path} is for a network that is not installed: {error}") from None
        about = dict(header_values["about"])
        if isinstance(about.get("figures"), Mapping):
            about["figures"] = keyed_figures(about["figures"])
        found = cls(network, detector, box, tensors, about)
        if reason := found._damage():
            raise InputError(f"{path}, written by phasekit {header.get('phasekit', 'unknown')}, {reason}")
        return found

    def _damage(self) -> str | None:
        """Return what is missing or wrong in the network's weights, a predicate; None if nothing is."""
        if reason := self.network.refusal(self.detector, self.box):
            return f"is invalid: {reason}"
        wanted = self.network.drawn(self.detector, self.box, 0).state_dict()
        if extra := sorted(name for name in set(self.tensors) - set(wanted) if not name.startswith(INPUT)):
            return f"has {extra[0]}, which the network '{self.network.name}' lacks; train it again"
        for name, parameter in wanted.items():
            if name not in self.tensors:
                return f"lacks {name}, which the network '{self.network.name}' needs; train it again"
            if self.tensors[name].shape != parameter.shape:
                shapes = f"{tuple(self.tensors[name].shape)}, not {tuple(parameter.shape)}"
                return f"has {name} of shape {shapes} as in the network '{self.network.name}'; train it again"
            if not bool(self.tensors[name].isfinite().all()):
                return f"has values in {name} that are not numbers; use other weights, or train it again"
        return None

    def misfit(self, network: Network, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Return how they differ from the network that needs them, a sentence; None if they fit."""
        ours, wanted = self.network.model_dump(mode="json"), network.model_dump(mode="json")
        differing = [
            f"{key} {_shown(ours.get(key))}, not {_shown(wanted.get(key))}"
            for key in {**ours, **wanted}
            if ours.get(key) != wanted.get(key)
        ]
        for word, theirs, here in (("data of shape", self.detector, detector), ("a box of", self.box, box)):
            if theirs != here:
                differing.append(f"{word} {' × '.join(map(str, theirs))}, not {' × '.join(map(str, here))}")
        if not differing:
            return None
        return (
            f"the weights are for another network: {'; '.join(differing)}; set the same options, or use other weights"
        )


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value
