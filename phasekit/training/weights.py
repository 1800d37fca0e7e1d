"""Weights: a network's trained weights in a file that says which network they are for. Never pickle."""

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
"""What the names begin with of what a network is shown beside the data, stored with its weights."""


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of one network, with all that is needed to build it again."""

    network: Network
    detector: tuple[int, ...]
    """Shape of the data that they were made for."""
    box: tuple[int, ...]
    """Shape of the part of space that the object may fill."""
    tensors: Mapping[str, Tensor]
    """Name of the parameter -> its values, as `torch.nn.Module.state_dict` has them."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of them, as JSON takes it: what they were trained on, the loss reached."""

    def save(self, path: Path | str) -> None:
        """Write a safetensors file, whole or not at all."""
        header = {
            "network": self.network.model_dump_json(),
            "detector": json.dumps(self.detector),
            "box": json.dumps(self.box),
            "about": json.dumps(dict(self.about)),
            "phasekit": phasekit.__version__,
        }
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.tensors.items()}
        with appearing(Path(path)) as temporary:
            temporary.write_bytes(safetensors.torch.save(tensors, header))  # save_file lets its owner alone read it

    @classmethod
    def load(cls, path: Path | str) -> Weights:
        """Read what `save` wrote; raises InputError for any other file."""
        try:
            with safe_open(path, framework="pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
        except FileNotFoundError:
            raise InputError(f"there are no weights at {path}") from None
        except (SafetensorError, OSError) as error:
            raise InputError(
                f"{path} is no whole safetensors file ({error}); weights are read from those alone, never from pickles"
            ) from None
        if missing := {"network", "detector", "box"} - set(header):
            raise InputError(f"{path} does not say its {', '.join(sorted(missing))}; write weights by Weights.save")
        try:
            told = {key: json.loads(header.get(key, "{}")) for key in ("network", "detector", "box", "about")}
            detector, box = (tuple(int(n) for n in told[key]) for key in ("detector", "box"))
            if not isinstance(told["about"], Mapping):
                raise TypeError("what is said about them is no mapping")
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} has a damaged header ({error}); write weights by Weights.save") from None
        try:
            network = Network.resolve(told["network"])
        except ValueError as error:
            raise InputError(f"{path} is for a network that is not installed here: {error}") from None
        about = dict(told["about"])
        if isinstance(about.get("figures"), Mapping):
            about["figures"] = keyed_figures(about["figures"])
        found = cls(network, detector, box, tensors, about)
        if reason := found._damage():
            raise InputError(f"{path}, written by phasekit {header.get('phasekit', 'unknown')}, {reason}")
        return found

    def _damage(self) -> str | None:
        """Say what of the network's weights is not here, or has another shape; None if all are as they should be."""
        if reason := self.network.refusal(self.detector, self.box):
            return f"cannot be: {reason}"
        wanted = self.network.drawn(self.detector, self.box, 0).state_dict()
        if extra := sorted(name for name in set(self.tensors) - set(wanted) if not name.startswith(INPUT)):
            return f"has {extra[0]}, which the network '{self.network.name}' has not; train it anew"
        for name, parameter in wanted.items():
            if name not in self.tensors:
                return f"lacks {name}, which the network '{self.network.name}' has; train it anew"
            if self.tensors[name].shape != parameter.shape:
                shapes = f"{tuple(self.tensors[name].shape)}, not {tuple(parameter.shape)}"
                return f"has {name} of shape {shapes} as the network '{self.network.name}' has it; train it anew"
            if not bool(self.tensors[name].isfinite().all()):
                return f"has values in {name} that are not numbers; take others, or train it anew"
        return None

    def misfit(self, network: Network, detector: tuple[int, ...], box: tuple[int, ...]) -> str | None:
        """Say in a sentence what differs from the network that they are wanted for; None if nothing does."""
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
        return f"the weights are for another network: {'; '.join(differing)}; state the same, or take other weights"


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, str) else value
