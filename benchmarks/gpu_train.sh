#!/usr/bin/env bash
# Trains the 64³ network on a GPU for as many minutes as are given, and measures what has come of it. It saves a checkpoint
# every minute and goes on from it: run it again another day with the same folder until it says that it is finished.
#     bash benchmarks/gpu_train.sh [MINUTES] [FOLDER] [RECIPE]     # 20, runs/train-64, examples/train-64.yaml
# The folder is what has to be kept between days (weights.safetensors, checkpoint.h5, run.json).
set -uo pipefail
minutes=${1:-20}
folder=${2:-runs/train-64}
recipe=${3:-examples/train-64.yaml}
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
known=()
[ -f "$folder/run.json" ] && known=(--resume)
python3 -m phasekit run "$recipe" --set "training.minutes=$minutes" --out "$folder" "${known[@]}"
# In half precision they are small enough to come along with the package, and answer alike.
python3 - "$folder" <<'END'
import sys
from dataclasses import replace
from pathlib import Path

from phasekit.training.weights import Weights

folder = Path(sys.argv[1])
weights = Weights.load(folder / "weights.safetensors")
halves = {name: value.half() if value.is_floating_point() else value for name, value in weights.tensors.items()}
replace(weights, tensors=halves).save(folder / "weights-half.safetensors")
END
python3 benchmarks/cnn.py --weights "$folder/weights.safetensors" --only errors novelty speed --device cuda \
    --out "benchmarks/results/cnn-64-cuda.json"
python3 benchmarks/transfer.py --weights "$folder/weights.safetensors" --device cuda \
    --out "benchmarks/results/transfer-64-cuda.json"
