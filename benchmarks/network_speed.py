"""What a training step of the network costs, part by part, and what a stream of patterns does.

Draws objects, makes samples, updates networks of several sizes, and asks them, all on one device; a GPU's streams go
through a CUDA graph and stand beside the same without one. Speeds do not depend on the weights, which are random.
Writes benchmarks/results/network_speed-DEVICE.json.

    python benchmarks/network_speed.py [--device cpu] [--side 64] [--batch 64] [--compile] [--profile] [--out FILE]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from figures import RESULTS, write
from torch.profiler import ProfilerActivity, profile

from phasekit import Generator, Geometry, Solver, fourier
from phasekit.runtime.device import synchronize
from phasekit.training.augmentation import Augmentation
from phasekit.training.options import Training
from phasekit.training.processes import Processes
from phasekit.training.samples import Simulator
from phasekit.training.trainer import Trainer
from phasekit.training.weights import Weights
from phasekit_plugins.networks import layers
from phasekit_plugins.solvers.cnn import stream

NETWORKS: dict[str, dict[str, Any]] = {
    "48/64": {"name": "unrolled"},
    "64/128": {"name": "unrolled", "channels": 64, "deep_channels": 128},
    "64/128, 2 blocks": {"name": "unrolled", "channels": 64, "deep_channels": 128, "blocks": 2},
}
AUGMENT = {"photons": [1e6, 1e9], "symmetries": True}
STREAMS = (1, 16, 64, 256)


class Bench:
    """One device, one simulator, and the times that are taken on them."""

    def __init__(self, device: torch.device, side: int, batch: int) -> None:
        self.device, self.batch = device, batch
        self.simulator = Simulator(
            Generator.resolve("superellipsoid"),
            Geometry.resolve("far-field"),
            (side,) * 3,
            Augmentation.model_validate(AUGMENT),
            0,
            4 * batch,
            device,
            room=2**33,
        )

    def timed(self, call: Callable[[], Any], times: int = 1) -> float:
        """Return the seconds of one of `times` calls in a row."""
        synchronize(self.device)
        began = time.perf_counter()
        for _ in range(times):
            call()
        synchronize(self.device)
        return (time.perf_counter() - began) / times

    def samples(self) -> dict[str, float]:
        """Return the milliseconds that an object takes to be drawn, and a batch to be made of known ones."""
        simulator, batch = self.simulator, self.batch
        simulator.objects(range(batch))  # every thread has to find its libraries once
        drawn = self.timed(lambda: simulator.objects(range(batch, 4 * batch))) / (3 * batch)
        simulator.samples(range(batch), 0)
        made = self.timed(lambda: simulator.samples(range(batch), 1), 3)
        return {"draw_object_ms": 1e3 * drawn, "make_batch_ms": 1e3 * made}

    def trainer(self, network: dict[str, Any], precision: str, compile: bool) -> Trainer:
        learner: Any = Solver.resolve({"name": "cnn", "network": network})
        options = Training(samples=4 * self.batch, batch=self.batch, precision=precision, compile=compile)
        return Trainer(learner, options, self.simulator, Processes(), None)

    def update(self, trainer: Trainer, times: int) -> dict[str, float]:
        """Return what an update of the weights takes, samples included."""
        first = self.timed(lambda: trainer._update(0))
        self.timed(lambda: trainer._update(0), 2)
        seconds = self.timed(lambda: trainer._update(1), times)
        return {"first_s": first, "ms": 1e3 * seconds, "samples_per_second": self.batch / seconds}

    def streams(self, cnn: Any) -> dict[str, float]:
        """Return milliseconds for one pattern, and patterns per second in batches, patterns on the device already."""
        exact = self.simulator.samples(range(4 * self.batch), 0).exact
        patterns = fourier.centred(exact.square(), 3)
        rates = {}
        for size in (size for size in STREAMS if size <= len(patterns)):

            def ask(size: int = size) -> Any:
                return cnn.reconstruct(patterns[:size], batch=size, device=self.device.type)

            self.timed(ask, 2)
            seconds = min(self.timed(ask) for _ in range(10))
            name = "one_pattern_ms" if size == 1 else f"patterns_per_second_{size}"
            rates[name] = 1e3 * seconds if size == 1 else size / seconds
        return rates


def asking(trainer: Trainer, folder: str) -> Any:
    """Return the solver with the trainer's weights and an arbitrary novelty detector."""
    learner = trainer.learner
    square = torch.eye(12).tolist()
    novelty = {"middle": [0.0] * 12, "precision": square, "distances": [float(i) for i in range(101)]}
    path = Path(folder) / "weights.safetensors"
    shape = trainer.simulator.shape
    Weights(learner.network, shape, learner.box(shape), trainer.module.state_dict(), {"gate": novelty}).save(path)
    return Solver.resolve({"name": "cnn", "weights": str(path)})


def table(device: torch.device, call: Callable[[], Any]) -> str:
    """Return what the profiler says of two calls."""
    kinds = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * (device.type == "cuda")
    call()
    with profile(activities=kinds) as seen:
        for _ in range(2):
            call()
        synchronize(device)
    key = "self_cuda_time_total" if device.type == "cuda" else "self_cpu_time_total"
    return str(seen.key_averages().table(sort_by=key, row_limit=30, max_name_column_width=70))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--compile", action="store_true", help="torch.compile too")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    device = torch.device(options.device)
    bench = Bench(device, options.side, options.batch)
    precision = "mixed" if device.type == "cuda" else "full"
    found: dict[str, Any] = {
        "device": str(device),
        "side": options.side,
        "batch": options.batch,
        "precision": precision,
    }
    found["samples"] = bench.samples()
    print(found["samples"], flush=True)
    for name, network in NETWORKS.items():
        row: dict[str, Any] = {}
        trainer = bench.trainer(network, precision, compile=False)
        row["update"] = bench.update(trainer, options.times)
        with mock.patch.object(layers, "channels_last", return_value=False):
            row["update_channels_first"] = bench.update(trainer, options.times)
        if options.profile:
            print(table(device, partial(trainer._update, 0)), flush=True)
        if options.compile:
            compiled = bench.trainer(network, precision, compile=True)
            row["update_compiled"] = bench.update(compiled, options.times)
        with tempfile.TemporaryDirectory() as folder:
            cnn = asking(trainer, folder)
            row["stream"] = bench.streams(cnn)
            if device.type == "cuda":
                with (
                    mock.patch.object(stream, "Captured", side_effect=RuntimeError),
                    mock.patch.object(stream, "_graphs", type(stream._graphs)()),
                ):
                    row["stream_without_graph"] = bench.streams(cnn)
                for place, last in (("first", False), ("last", True)):
                    with (
                        mock.patch.object(layers, "channels_last", return_value=last),
                        mock.patch.object(stream, "_graphs", type(stream._graphs)()),
                    ):
                        row[f"stream_channels_{place}"] = bench.streams(cnn)
            if options.profile:
                patterns = bench.simulator.samples(range(options.batch), 0).exact.square()

                def ask(cnn: Any = cnn, patterns: Any = patterns) -> Any:
                    return cnn.reconstruct(patterns, batch=len(patterns), device=device.type)

                print(table(device, ask), flush=True)
        found[name] = row
        print(name, row, flush=True)
    write("network_speed", found, options.out or RESULTS / f"network_speed-{device.type}.json")


if __name__ == "__main__":
    main()
